"""The runs of a variant together: means over splits, their intervals, and added counts."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ecnet.evaluate.estimate import corrected_t
from ecnet.evaluate.measures import (
    AVERAGED,
    AVERAGES,
    CALIBRATION,
    PAPER,
    PLAIN,
    UNITS,
    Measure,
)

_GROUPS: dict[str, tuple[Measure, ...]] = {
    **dict.fromkeys(AVERAGES, AVERAGED),
    "calibration": CALIBRATION,
}


def summarised(
    runs: list[dict[str, Any]], *, ratio: float, confidence: float
) -> dict[str, dict[str, Any]]:
    """Return, by unit and score, the mean over splits and its interval (`ecnet.evaluate.estimate`).

    Laid out as the metrics of one run: `accuracy` -> mean, sd, low, high and n; `macro` -> `f1` ->
    the same, and so on; None for false alarms if a run has no scores for them.
    ratio: test records for each train record.
    """

    def over_splits(values: Iterable[float]) -> dict[str, Any]:
        return corrected_t(list(values), ratio).interval(confidence)._asdict()

    return {unit: _over([run[unit] for run in runs], over_splits) for unit in UNITS}


def _over(views: list[dict[str, Any]], over_splits: Callable[..., Any]) -> dict[str, Any]:
    found = {m.key: over_splits(view[m.key] for view in views) for m in PLAIN}
    for group, measures in _GROUPS.items():
        found[group] = {m.key: over_splits(view[group][m.key] for view in views) for m in measures}
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
    return {measure.key: measure.of(summary, average)["mean"] for measure in PAPER}


def confusion_rows(runs: list[dict[str, Any]], classes: list[str]) -> list[tuple[str, str, int]]:
    """Return true class, predicted class and count, the counts of all runs added up."""
    total = np.sum([found["confusion"] for found in runs], axis=0).tolist()
    return [
        (true, predicted, count)
        for true, row in zip(classes, total, strict=True)
        for predicted, count in zip(classes, row, strict=True)
    ]
