"""What the statistics read: the scores of each run, told apart by what its run varies.

A run `S-W` is a split (seed S) and a draw of the first weights (seed W). Every split has a run
with the first weights seed; the first split has one with every weights seed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from ecnet.errors import InputError
from ecnet.files import read_object

Key = tuple[str, str, str]
"""Task, dataset, variant."""

OF_CLASS = "F1 of "
"""What the name of a metric of one class begins with; the class follows."""

_KEYS = ("task", "dataset", "variant", "source", "classes", "parameters", "bytes", "ratio", "runs")


@dataclass(frozen=True)
class Scores:
    """The scores of one variant on one dataset.

    attacks: its attack classes. ratio: the mean over splits of the test records for each
        train record. parameters, bytes: of the model and its weights, mean over splits.
    by_split: the metrics of each split, with the first weights seed; by_weights: those of each
        weights seed, on the first split.
    """

    source: str
    attacks: tuple[str, ...]
    ratio: float
    parameters: float
    bytes: float
    average: str
    by_split: tuple[Mapping[str, Any], ...]
    by_weights: tuple[Mapping[str, Any], ...]

    def splits(self, metric: str) -> list[float | None]:
        """Return a metric of each split, in percent; None where the test set lacks the class."""
        return [_percent(run, metric, self.average) for run in self.by_split]

    def weights(self, metric: str) -> list[float]:
        """Return a metric, of all classes, with each weights seed, in percent."""
        found = (_percent(run, metric, self.average) for run in self.by_weights)
        return [value for value in found if value is not None]


def read(paths: Sequence[Path], settings: Mapping[str, Any]) -> dict[Key, Scores]:
    """Return the scores in metrics files, sorted by task, dataset and variant.

    settings: seeds (split and weights), average, unit, and normal (dataset -> its normal class).

    Raises:
        InputError: a file is no metrics file of the default protocol, lacks a run, or says what
            another one says.
    """
    found: dict[Key, Scores] = {}
    for path in paths:
        raw = _raw(path)
        key = raw["task"], raw["dataset"], raw["variant"]
        if key in found:
            raise InputError(f"{path}: {', '.join(key)} is given twice; name each file once")
        found[key] = _scores(path, raw, settings)
    return dict(sorted(found.items()))


def _raw(path: Path) -> dict[str, Any]:
    raw = read_object(path, "evaluate", _KEYS)
    if raw.get("protocol"):
        raise InputError(
            f"{path}: protocol is {raw['protocol']!r}; the statistics are of the default one alone"
        )
    return raw


def _scores(path: Path, raw: dict[str, Any], settings: Mapping[str, Any]) -> Scores:
    splits, weights = settings["seeds"]["split"], settings["seeds"]["weights"]
    by_split = [f"{split}-{weights[0]}" for split in splits]
    by_weights = [f"{splits[0]}-{weight}" for weight in weights]
    for run in (*by_split, *by_weights):
        for key in ("runs", "parameters", "bytes"):
            if run not in raw[key]:
                raise InputError(
                    f"{path}: {key} lacks the run {run}, which seeds of params.yaml ask for; "
                    "run the train, predict and evaluate steps again"
                )
    return Scores(
        source=raw["source"],
        attacks=tuple(cls for cls in raw["classes"] if cls != settings["normal"][raw["dataset"]]),
        ratio=raw["ratio"],
        parameters=fmean(raw["parameters"][run] for run in by_split),
        bytes=fmean(raw["bytes"][run] for run in by_split),
        average=settings["average"],
        by_split=tuple(raw["runs"][run][settings["unit"]] for run in by_split),
        by_weights=tuple(raw["runs"][run][settings["unit"]] for run in by_weights),
    )


def _percent(run: Mapping[str, Any], metric: str, average: str) -> float | None:
    if metric == "accuracy":
        return 100 * float(run["accuracy"])
    if not metric.startswith(OF_CLASS):
        return 100 * float(run[average][metric])
    value = run["per_class"][metric.removeprefix(OF_CLASS)]["f1"]
    return None if value is None else 100 * float(value)
