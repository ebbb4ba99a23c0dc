"""Evaluate: the metrics of a variant's predictions; every number of a table comes from here.

A job of this step is a few sums, so that what it imports would be most of its time: numpy and
Arrow are enough.
"""

from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from ecnet.errors import InputError
from ecnet.evaluate.calibration import calibration, false_alarms
from ecnet.evaluate.measures import UNITS
from ecnet.evaluate.metrics import IntArray, metrics
from ecnet.evaluate.predictions import IDENTITY, Classified, describe, listed, read
from ecnet.evaluate.summary import confusion_rows, mean_scores, summarised
from ecnet.files import write_csv, write_json
from ecnet.seeds import Run

_ATTACK = "Attack"
_CONFUSION = ("true", "predicted", "count", "source")


def run(
    *,
    predictions: list[Path],
    model: Path,
    output: Path,
    scores: Path,
    confusion: Path,
    settings: dict[str, Any],
) -> None:
    """Write the metrics of one variant as JSON: for each run, by vector and by record.

    predictions: one Parquet file for each run, with the columns count, true and predicted.
    model: the variant's model.json.
    output: JSON with the identity of the variant; by run `parameters`, `bytes` of the weights,
        `sizes` of the subsets, `ratio` (see `ecnet.evaluate.interval`), and `runs`: `vector` (each
        row of the test set once) and `record` (weighted by count) -> see `view`; and `summary`:
        see `summarised`.
    scores, confusion: the same as the tables show it, in files that DVC compares and plots: see
        `mean_scores` and `confusion_rows`.
    settings: average and unit, as for the tables; bins and detection_rates, as for calibration;
        confidence, of intervals; drawn, the subset that is drawn anew for each split: test, or
        validation where an official test set stays; leak_alpha, for a model on shuffled labels,
        else None.

    Raises:
        InputError: a file cannot be read, does not belong to the model, or holds an unknown
            class; the runs are not those of the model; or a model on shuffled labels beats chance.
    """
    described = describe(model)
    trained = {Run(run["split"], run["weights"]): run for run in described["runs"]}
    found: dict[str, Any] = {}
    for path in predictions:
        classified = read(path, described, model)
        if classified.run in found:
            raise InputError(
                f"{path}: run {classified.run} is given twice; name one file for each run"
            )
        found[classified.run] = _both(classified, described, settings)
    if found.keys() != {run.name for run in trained}:
        raise InputError(
            f"{model}: holds runs {listed(run.name for run in trained)}, the predictions "
            f"{listed(found)}; run the predict step again"
        )
    if settings["leak_alpha"] is not None:
        _at_chance(model, found, settings["leak_alpha"])
    sizes = {
        run.name: one["records"] | {"test": found[run.name]["vector"]["n"]}
        for run, one in trained.items()
    }
    over_splits = [run.name for run in trained if run.weights == next(iter(trained)).weights]
    drawn = settings["drawn"]
    ratio = fmean(sizes[name][drawn] / sizes[name]["train"] for name in over_splits)
    summary = summarised(
        [found[name] for name in over_splits],
        ratio=ratio,
        confidence=settings["confidence"],
    )
    write_json(
        output,
        {key: described[key] for key in IDENTITY}
        | {key: {r.name: one[key] for r, one in trained.items()} for key in ("parameters", "bytes")}
        | {"sizes": sizes, "ratio": ratio, "over_splits": over_splits, "summary": summary}
        | {"runs": {run.name: found[run.name] for run in trained}},
    )
    shown = [found[name][settings["unit"]] for name in over_splits]
    source = described["source"]
    means = mean_scores(summary[settings["unit"]], settings["average"])
    write_json(scores, {**means, "source": source})
    rows = confusion_rows(shown, described["classes"])
    write_csv(confusion, _CONFUSION, ((*row, source) for row in rows))


def _at_chance(model: Path, runs: dict[str, Any], chance: float) -> None:
    """Stop if a model on shuffled labels does what only a leak explains.

    Labels that say nothing cannot be foretold better than by always naming the largest class. So
    the hits of any model are at most those of a coin that shows its share, and chance is how rarely
    such a coin may show so many before they are called a leak.
    """
    from scipy.special import bdtrc  # here: no other evaluation wants it

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
        attack = classes.index(_ATTACK)
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
