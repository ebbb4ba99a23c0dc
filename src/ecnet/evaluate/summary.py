"""The runs of a variant together: means over splits, their intervals, and added counts."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ecnet.evaluate.interval import corrected
from ecnet.evaluate.metrics import SCORES

UNITS = ("vector", "record")

_PLAIN = ("accuracy", "balanced_accuracy", "mcc")
_GROUPS = {
    **dict.fromkeys(("macro", "weighted", "micro"), SCORES),
    "calibration": ("ece", "brier", "confidence"),
}


def summarised(
    runs: list[dict[str, Any]], *, ratio: float, confidence: float
) -> dict[str, dict[str, Any]]:
    """Return, by unit and score, the mean over splits and its interval (`ecnet.evaluate.interval`).

    Laid out as the metrics of one run: `accuracy` -> mean, sd, low, high and n; `macro` -> `f1` ->
    the same, and so on; None for false alarms that a run has none of. ratio: test records for each
    train record.
    """

    def over_splits(values: Iterable[float]) -> dict[str, Any]:
        return corrected(list(values), ratio=ratio, confidence=confidence)._asdict()

    return {unit: _over([run[unit] for run in runs], over_splits) for unit in UNITS}


def _over(views: list[dict[str, Any]], over_splits: Callable[..., Any]) -> dict[str, Any]:
    found = {name: over_splits(view[name] for view in views) for name in _PLAIN}
    for group, names in _GROUPS.items():
        found[group] = {name: over_splits(view[group][name] for view in views) for name in names}
    if "false_alarms" in views[0]:
        alarms = [view["false_alarms"] for view in views]
        found["false_alarms"] = (
            {rate: over_splits(alarm[rate] for alarm in alarms) for rate in alarms[0]}
            if None not in alarms
            else None
        )
    return found


def mean_scores(summary: dict[str, Any], average: str) -> dict[str, float]:
    """Return the means over splits of what the tables show, as fractions."""
    means = {name: summary[average][name]["mean"] for name in SCORES}
    return {"accuracy": summary["accuracy"]["mean"], **means}


def confusion_rows(runs: list[dict[str, Any]], classes: list[str]) -> list[tuple[str, str, int]]:
    """Return true class, predicted class and count, the counts of all runs added up."""
    total = np.sum([found["confusion"] for found in runs], axis=0).tolist()
    return [
        (true, predicted, count)
        for true, row in zip(classes, total, strict=True)
        for predicted, count in zip(classes, row, strict=True)
    ]
