"""Protocols beside the default one: what each reports, and whether it changes who is ahead.

A protocol is compared with the default one on the splits of the same seeds, run by run.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from ecnet.errors import InputError
from ecnet.files import read_object, write_json

METRICS = ("accuracy", "f1")

Key = tuple[str, str, str]
"""Dataset, protocol (empty: the default one), variant."""

Row = dict[str, Any]


def run(*, metrics: list[Path], output: Path, settings: dict[str, Any]) -> None:
    """Write what protocols report as JSON; scores and differences in percent.

    inflation: for each dataset, protocol, variant and metric the mean over the splits, that of the
    default protocol on the same splits, and the difference. readings: for each reading, dataset and
    metric how far the subject is ahead of its best rival, there and under the default protocol.

    metrics: the files that `evaluate` wrote. settings: inflation and interpretation (protocol ->
    title), runs (those of a protocol), subject and rivals, average and unit.

    Raises:
        InputError: a file is no metrics file, or lacks a run.
    """
    found = _read(metrics, settings["runs"])
    sources = {dataset: raw["source"] for (dataset, _, _), raw in found.items()}
    write_json(
        output,
        {
            "sources": sources,
            "splits": len(settings["runs"]),
            **{key: settings[key] for key in ("average", "unit", "subject", "rivals")},
            "inflation": list(_inflation(found, settings)),
            "readings": list(_readings(found, settings)),
        },
    )


def _inflation(found: Mapping[Key, Row], settings: Mapping[str, Any]) -> Iterator[Row]:
    for (dataset, protocol, variant), raw in found.items():
        if protocol not in ("", *settings["inflation"]):
            continue
        if variant not in settings["inflated"] or (dataset, "", variant) not in found:
            continue
        for metric in METRICS:
            score = _mean(raw, metric, settings, **_as_shown(settings))
            default = _mean(found[dataset, "", variant], metric, settings, **_as_shown(settings))
            yield {
                "dataset": dataset,
                "protocol": protocol,
                "variant": variant,
                "metric": metric,
                "score": score,
                "default": default,
                "difference": score - default,
            }


def _readings(found: Mapping[Key, Row], settings: Mapping[str, Any]) -> Iterator[Row]:
    datasets = list(dict.fromkeys(dataset for dataset, _, _ in found))
    shown = _as_shown(settings)
    other = "record" if shown["unit"] == "vector" else "vector"
    counted = {
        "": shown,
        **{f"average: {a}": shown | {"average": a} for a in _others(shown["average"])},
        f"unit: {other}": shown | {"unit": other},
    }
    for dataset in datasets:
        for metric in METRICS:
            default = _lead(found, dataset, "", metric, settings, shown)
            readings = [(name, "", how) for name, how in counted.items()]
            readings += [(name, name, shown) for name in settings["interpretation"]]
            for name, protocol, how in readings:
                if metric == "accuracy" and how["average"] != shown["average"]:
                    continue  # which is no average over classes
                lead = _lead(found, dataset, protocol, metric, settings, how)
                if lead is not None and default is not None:
                    yield {
                        "dataset": dataset,
                        "reading": name,
                        "metric": metric,
                        **lead,
                        "default_lead": default["lead"],
                    }


def _others(average: str) -> list[str]:
    """Return the other averages that differ from accuracy."""
    return [name for name in ("macro", "weighted") if name != average]


def _lead(
    found: Mapping[Key, Row],
    dataset: str,
    protocol: str,
    metric: str,
    settings: Mapping[str, Any],
    how: Mapping[str, str],
) -> Row | None:
    """Return the subject's score, its best rival and the lead; None where one was not run.

    A protocol that changes the subject's own hyperparameters alone leaves its rivals as they are.
    """
    subject = found.get((dataset, protocol, settings["subject"]))
    if subject is None:
        return None
    scores = {}
    for rival in settings["rivals"]:
        raw = found.get((dataset, protocol, rival), found.get((dataset, "", rival)))
        if raw is not None:
            scores[rival] = _mean(raw, metric, settings, **how)
    if not scores:
        return None
    best = max(scores, key=lambda rival: scores[rival])
    score, beaten = _mean(subject, metric, settings, **how), scores[best]
    return {"score": score, "rival": best, "rival_score": beaten, "lead": score - beaten}


def _as_shown(settings: Mapping[str, Any]) -> dict[str, str]:
    return {"average": settings["average"], "unit": settings["unit"]}


def _mean(
    raw: Mapping[str, Any], metric: str, settings: Mapping[str, Any], *, average: str, unit: str
) -> float:
    views = [raw["runs"][run][unit] for run in settings["runs"]]
    values = (view["accuracy"] if metric == "accuracy" else view[average][metric] for view in views)
    return 100 * fmean(values)


def _read(paths: Sequence[Path], runs: Sequence[str]) -> dict[Key, Row]:
    found: dict[Key, Row] = {}
    for path in paths:
        raw = read_object(path, "evaluate", ("dataset", "protocol", "variant", "source", "runs"))
        if missing := [run for run in runs if run not in raw["runs"]]:
            raise InputError(
                f"{path}: lacks the run {missing[0]}, which seeds.protocols of params.yaml asks "
                "for; run the train, predict and evaluate steps again"
            )
        found[raw["dataset"], raw["protocol"], raw["variant"]] = raw
    return found
