"""Other protocols compared with the default one: their scores, and who is ahead.

A protocol is compared with the default one on the splits of the same seeds, run by run.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from ecnet.evaluate import results
from ecnet.evaluate.measures import ACCURACY, HEADLINE, UNITS, Measure
from ecnet.evaluate.results import Metrics
from ecnet.files import write_json

Key = tuple[str, str, str]
"""Dataset, protocol (empty: the default one), variant."""

Row = dict[str, Any]


def run(*, metrics: list[Path], output: Path, settings: dict[str, Any]) -> None:
    """Write what protocols report as JSON; scores and differences in percent.

    beside: for each table that shows scores beside the default protocol, and for each dataset,
    protocol, variant and metric of it, the mean over the splits, that of the default protocol on
    the same splits, and the difference. readings: for each reading, dataset and metric how far the
    subject is ahead of its best rival, there and under the default protocol.

    metrics: the files that `evaluate` wrote. settings: beside (table -> its protocols and
    variants), readings (protocols), runs (those of a protocol), subject and rivals, average and
    unit.

    Raises:
        InputError: a file is not a metrics file, or lacks a run.
    """
    found = _read(metrics, settings["runs"])
    sources = {dataset: metrics.source for (dataset, _, _), metrics in found.items()}
    write_json(
        output,
        {
            "sources": sources,
            "splits": len(settings["runs"]),
            **{key: settings[key] for key in ("average", "unit", "subject", "rivals")},
            "beside": {
                place: list(_beside(found, shown, settings))
                for place, shown in settings["beside"].items()
            },
            "readings": list(_readings(found, settings)),
        },
    )


def _beside(
    found: Mapping[Key, Metrics], shown: Mapping[str, Any], settings: Mapping[str, Any]
) -> Iterator[Row]:
    for (dataset, protocol, variant), metrics in found.items():
        if protocol not in ("", *shown["protocols"]):
            continue
        if variant not in shown["variants"] or (dataset, "", variant) not in found:
            continue
        for measure in HEADLINE:
            score = _mean(metrics, measure, settings, **_as_shown(settings))
            default = _mean(found[dataset, "", variant], measure, settings, **_as_shown(settings))
            yield {
                "dataset": dataset,
                "protocol": protocol,
                "variant": variant,
                "metric": measure.key,
                "score": score,
                "default": default,
                "difference": score - default,
            }


def _readings(found: Mapping[Key, Metrics], settings: Mapping[str, Any]) -> Iterator[Row]:
    datasets = list(dict.fromkeys(dataset for dataset, _, _ in found))
    shown = _as_shown(settings)
    other = next(unit for unit in UNITS if unit != shown["unit"])
    counted = {
        "": shown,
        **{f"average: {a}": shown | {"average": a} for a in _others(shown["average"])},
        f"unit: {other}": shown | {"unit": other},
    }
    for dataset in datasets:
        for measure in HEADLINE:
            default = _lead(found, dataset, "", measure, settings, shown)
            readings = [(name, "", how) for name, how in counted.items()]
            readings += [(name, name, shown) for name in settings["readings"]]
            for name, protocol, how in readings:
                if measure is ACCURACY and how["average"] != shown["average"]:
                    continue  # accuracy is not an average over classes
                lead = _lead(found, dataset, protocol, measure, settings, how)
                if lead is not None and default is not None:
                    yield {
                        "dataset": dataset,
                        "reading": name,
                        "metric": measure.key,
                        **lead,
                        "default_lead": default["lead"],
                    }


def _others(average: str) -> list[str]:
    """Return the other averages that differ from accuracy."""
    return [name for name in ("macro", "weighted") if name != average]


def _lead(
    found: Mapping[Key, Metrics],
    dataset: str,
    protocol: str,
    measure: Measure,
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
        metrics = found.get((dataset, protocol, rival), found.get((dataset, "", rival)))
        if metrics is not None:
            scores[rival] = _mean(metrics, measure, settings, **how)
    if not scores:
        return None
    best = max(scores, key=lambda rival: scores[rival])
    score, beaten = _mean(subject, measure, settings, **how), scores[best]
    return {"score": score, "rival": best, "rival_score": beaten, "lead": score - beaten}


def _as_shown(settings: Mapping[str, Any]) -> dict[str, str]:
    return {"average": settings["average"], "unit": settings["unit"]}


def _mean(
    metrics: Metrics, measure: Measure, settings: Mapping[str, Any], *, average: str, unit: str
) -> float:
    values = metrics.values(measure, settings["runs"], unit=unit, average=average)
    return 100 * fmean(value for value in values if value is not None)


def _read(paths: Sequence[Path], runs: Sequence[str]) -> dict[Key, Metrics]:
    found = {}
    for metrics in results.read(paths).values():
        metrics.require(runs, "seeds.protocols")
        found[metrics.dataset, metrics.protocol, metrics.variant] = metrics
    return found
