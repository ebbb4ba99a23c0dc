"""The registry of measures: every list of them in tables, claims and comparisons comes from here.

To add a measure, compute it in `ecnet.evaluate.metrics` (or `calibration`) and name it here with
its path in the metrics of a run. The summary over runs has the same paths.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

UNITS = ("vector", "record")
"""What is counted: each distinct vector of features once, or every record."""

AVERAGES = ("macro", "weighted", "micro")
"""How a score of each class becomes one score."""

_AVERAGE = "<average>"  # in a path: the average that the settings choose


@dataclass(frozen=True)
class Measure:
    """A number that `evaluate` writes for each run.

    key: its name in CSV columns and settings. title: its name in tables and figures.
    path: its keys in the metrics of a run, or in the summary.
    scale: the factor of tables: 100 (percent of a fraction) or 1. digits: decimals in tables.
    better: whether a higher or a lower value is the better one; empty if neither is.
    """

    key: str
    title: str
    path: tuple[str, ...]
    scale: int = 100
    digits: int = 2
    better: Literal["up", "down", ""] = "up"

    @property
    def column(self) -> str:
        """The name of its column in CSV, with the unit."""
        return f"{self.key}_percent" if self.scale == 100 else self.key

    def keys(self, average: str) -> tuple[str, ...]:
        """Return its keys in the metrics of a run for a choice of the average."""
        return tuple(average if key == _AVERAGE else key for key in self.path)

    def of(self, view: Mapping[str, Any], average: str = "macro") -> Any:
        """Return its value in the metrics of a run, or its interval in a summary.

        Raises:
            KeyError, TypeError: `view` lacks it.
        """
        found: Any = view
        for key in self.keys(average):
            found = found[key]
        return found


ACCURACY = Measure("accuracy", "Accuracy", ("accuracy",))
BALANCED_ACCURACY = Measure("balanced_accuracy", "Balanced accuracy", ("balanced_accuracy",))
MCC = Measure("mcc", "MCC", ("mcc",), scale=1, digits=3)
PRECISION = Measure("precision", "Precision", (_AVERAGE, "precision"))
RECALL = Measure("recall", "Recall", (_AVERAGE, "recall"))
F1 = Measure("f1", "F1", (_AVERAGE, "f1"))
ECE = Measure("ece", "Calibration error", ("calibration", "ece"), better="down")
BRIER = Measure("brier", "Brier score", ("calibration", "brier"), 1, 3, "down")
CONFIDENCE = Measure("confidence", "Confidence", ("calibration", "confidence"), better="")

MEASURES = (
    *(ACCURACY, BALANCED_ACCURACY, MCC),
    *(PRECISION, RECALL, F1),
    *(ECE, BRIER, CONFIDENCE),
)
BY_KEY = {measure.key: measure for measure in MEASURES}

PLAIN = tuple(measure for measure in MEASURES if len(measure.path) == 1)
"""One number for all classes."""
AVERAGED = tuple(measure for measure in MEASURES if _AVERAGE in measure.path)
"""A number for each class, averaged over classes."""
CALIBRATION = tuple(measure for measure in MEASURES if measure.path[0] == "calibration")
PAPER = (ACCURACY, *AVERAGED)
"""What the paper's Tables VI and VII report, in their order."""
HEADLINE = (ACCURACY, F1)
"""The two that represent the others in a table or figure with room for two."""


def of_class(measure: Measure, cls: str) -> Measure:
    """Return an averaged measure of one class alone; None in runs without a record of it."""
    return Measure(f"{measure.title} of {cls}", measure.title, ("per_class", cls, measure.key))


def false_alarms(rate: str) -> Measure:
    """Return the share of normal records called attacks at a detection rate (`0.95`)."""
    percent = f"{100 * float(rate):g}"
    return Measure(f"at_{percent}", f"{percent} %", ("false_alarms", rate), better="down")
