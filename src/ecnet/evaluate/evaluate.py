"""Step `evaluate`: the metrics of predictions; every number of a table comes from here."""

from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from ecnet.errors import InputError
from ecnet.evaluate.calibration import calibration, false_alarms
from ecnet.evaluate.covariance import Answers, beside, covariances
from ecnet.evaluate.measures import UNITS
from ecnet.evaluate.metrics import IntArray, metrics
from ecnet.evaluate.predictions import IDENTITY, Classified, describe, read, runs_of
from ecnet.evaluate.summary import confusion_rows, mean_scores, summarised
from ecnet.files import write_csv, write_json
from ecnet.prepare.records import ATTACK

_CONFUSION = ("true", "predicted", "count", "source")


def run(
    *,
    predictions: list[Path],
    models: list[Path],
    outputs: list[Path],
    confusion: list[Path],
    scores: Path,
    covariance: Path,
    settings: dict[str, Any],
) -> None:
    """Write the metrics of several variants: for each run, by vector and by record.

    predictions, models: what `predict` and `train` wrote for each variant.
    outputs: written, JSON for each variant: what it is; by run `parameters`, `bytes` of the
        weights, `sizes` of the subsets, `ratio` (see `ecnet.evaluate.interval`), and `runs`:
        `vector` (each row of the test set once) and `record` (weighted by count) -> see `view`; and
        `summary`: see `summarised`.
    confusion: written, CSV for each variant: see `confusion_rows`.
    scores: written, JSON: what the tables show of each variant, for DVC: see `mean_scores`.
    covariance: written, JSON: how the scores of the variants vary together with the test records
        that are drawn: `measures`, see `covariances`; `records`, how many different ones are
        tested; `trained`, of the records that are divided anew for each split, the share that it
        trains on; `variants` in the order of its matrices; and what it is of.
    settings: average and unit, as for the tables; bins and detection_rates, as for calibration;
        confidence, of intervals; drawn, the subset that is drawn anew for each split: test, or
        validation where an official test set stays; leak_alpha, for a model on shuffled labels,
        else None.

    Raises:
        InputError: a file cannot be read, does not belong to the model, or holds an unknown
            class or run; the variants were tested on different records; or a model on shuffled
            labels beats chance.
    """
    found: dict[Path, dict[str, Any]] = {}
    tested: dict[Path, list[Answers]] = {}
    for path, model, output in zip(predictions, models, outputs, strict=True):
        described = describe(model)
        classified = read(path, described, model)
        found[output] = _evaluated(model, described, classified, settings)
        runs = found[output]["over_splits"]
        tested[path] = [_tested(classified[name], settings["unit"]) for name in runs]
    write_json(covariance, _together(list(found.values()), tested, settings))
    shown = {}
    for (output, of), path in zip(found.items(), confusion, strict=True):
        write_json(output, of)
        own = [of["runs"][name][settings["unit"]] for name in of["over_splits"]]
        rows = confusion_rows(own, of["classes"])
        write_csv(path, _CONFUSION, ((*row, of["source"]) for row in rows))
        means = mean_scores(of["summary"][settings["unit"]], settings["average"])
        shown[of["variant"]] = {**means, "source": of["source"]}
    write_json(scores, shown)


def _evaluated(
    model: Path,
    described: dict[str, Any],
    classified: dict[str, Classified],
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Return the metrics of one variant, as `run` writes them."""
    runs = dict(zip(runs_of(described), described["runs"], strict=True))
    found = {name: _both(of_run, described, settings) for name, of_run in classified.items()}
    if settings["leak_alpha"] is not None:
        _at_chance(model, found, settings["leak_alpha"])
    sizes = {
        run.name: one["records"] | {"test": found[run.name]["vector"]["n"]}
        for run, one in runs.items()
    }
    over_splits = [run.name for run in runs if run.weights == next(iter(runs)).weights]
    drawn = settings["drawn"]
    ratio = fmean(sizes[name][drawn] / sizes[name]["train"] for name in over_splits)
    summary = summarised(
        [found[name] for name in over_splits], ratio=ratio, confidence=settings["confidence"]
    )
    return {
        **{key: described[key] for key in IDENTITY},
        **{key: {r.name: one[key] for r, one in runs.items()} for key in ("parameters", "bytes")},
        **{"sizes": sizes, "ratio": ratio, "over_splits": over_splits, "summary": summary},
        "runs": found,
    }


def _tested(found: Classified, unit: str) -> Answers:
    weight = found.count if unit == "record" else np.ones_like(found.count)
    return Answers(found.record, weight, found.true, found.predicted[None])


def _together(
    found: list[dict[str, Any]], tested: dict[Path, list[Answers]], settings: dict[str, Any]
) -> dict[str, Any]:
    """Return the covariances of variants, as `run` writes them. tested: of each, by split."""
    splits = beside(tested)
    first, unit, average = found[0], settings["unit"], settings["average"]
    sizes = [first["sizes"][name] for name in first["over_splits"]]
    divided = dict.fromkeys(("train", "validation", settings["drawn"]))
    return {
        **{key: first[key] for key in IDENTITY if key not in ("variant", "family")},
        **{"unit": unit, "average": average, "runs": first["over_splits"]},
        "variants": [of["variant"] for of in found],
        "trained": fmean(of_run["train"] / sum(of_run[key] for key in divided) for of_run in sizes),
        "records": len(np.unique(np.concatenate([split.record for split in splits]))),
        "measures": covariances(splits, first["classes"], average),
    }


def _at_chance(model: Path, runs: dict[str, Any], chance: float) -> None:
    """Stop if a model on shuffled labels does what only a leak explains.

    Nothing predicts such labels better than the largest class does. So the hits of any model
    follow at most the binomial distribution of that class's share, and `chance` is the probability
    of as many hits below which they are called a leak.
    """
    from scipy.special import bdtrc  # here: no other evaluation needs it

    for name, run in runs.items():
        confusion = np.array(run["vector"]["confusion"])
        hits, n = int(np.trace(confusion)), int(confusion.sum())
        share = float(confusion.sum(axis=1).max() / n)
        if bdtrc(hits - 1, n, share) < chance:
            raise InputError(
                f"{model}: run {name}: trained on shuffled labels, and right on {hits} of {n} test "
                f"records where the largest class has {share:.1%}: something tells it the labels "
                "of the test set; nothing of this dataset can be trusted until it is found"
            )


def view(
    found: Classified, weight: IntArray, described: dict[str, Any], settings: dict[str, Any]
) -> dict[str, Any]:
    """Return `metrics`, `calibration` and, for the binary task, `false_alarms`, so weighted.

    described: the model's task and classes. settings: bins and detection_rates.
    """
    classes = described["classes"]
    held = metrics(found.true, found.predicted, weight, classes)
    held["calibration"] = calibration(
        found.probabilities, found.true, found.predicted, weight, settings["bins"]
    )
    if described["task"] == "binary":
        attack = classes.index(ATTACK)
        held["false_alarms"] = false_alarms(
            found.probabilities[:, attack],
            found.true == attack,
            weight,
            settings["detection_rates"],
        )
    return held


def _both(found: Classified, described: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    weights = zip(UNITS, (np.ones_like(found.count), found.count), strict=True)
    return {unit: view(found, weight, described, settings) for unit, weight in weights}
