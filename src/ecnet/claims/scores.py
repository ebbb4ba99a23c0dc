"""The scores that the statistics read: those of each split, and those of each weights seed.

A run `S-W` is a split (seed S) and a draw of the initial weights (seed W). Every split has a run
with the first weights seed; the first split has one with every weights seed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from ecnet.errors import InputError
from ecnet.evaluate import results
from ecnet.evaluate.measures import Measure
from ecnet.evaluate.results import Metrics

Key = tuple[str, str, str]
"""Task, dataset, variant."""


@dataclass(frozen=True)
class RunScores:
    """The scores of one variant on one dataset.

    by_split: the run of each split with the first weights seed. by_weights: the run of each weights
    seed on the first split. attacks: the attack classes.
    """

    metrics: Metrics
    by_split: tuple[str, ...]
    by_weights: tuple[str, ...]
    attacks: tuple[str, ...]
    average: str
    unit: str

    @property
    def parameters(self) -> float:
        """The number of parameters, mean over splits."""
        return fmean(self.metrics.parameters[run] for run in self.by_split)

    @property
    def bytes(self) -> float:
        """The bytes of the weights, mean over splits."""
        return fmean(self.metrics.bytes[run] for run in self.by_split)

    @property
    def records(self) -> int:
        """The number of distinct test records, mean over splits."""
        return round(fmean(self.metrics.sizes[run]["test"] for run in self.by_split))

    def fewest(self, measure: Measure) -> float:
        """Return the fewest test records that a measure of one class rests on, over the splits.

        Infinite for a measure of all classes.
        """
        if measure.path[0] != "per_class":
            return math.inf
        views = (self.metrics.view(run, self.unit) for run in self.by_split)
        supports = [view["per_class"][measure.path[1]]["support"] for view in views]
        return float(min(supports))

    def splits(self, measure: Measure) -> list[float | None]:
        """Return a measure of each split, in percent; None where the test set lacks the class."""
        return self._percent(measure, self.by_split)

    def tested(self, measure: Measure) -> list[float]:
        """Return a measure of each split that has a value, in percent."""
        return [value for value in self.splits(measure) if value is not None]

    def weights(self, measure: Measure) -> list[float]:
        """Return a measure of all classes with each weights seed, in percent."""
        return [value for value in self._percent(measure, self.by_weights) if value is not None]

    def _percent(self, measure: Measure, runs: Sequence[str]) -> list[float | None]:
        values = self.metrics.values(measure, runs, unit=self.unit, average=self.average)
        return [None if value is None else 100 * float(value) for value in values]


def read(paths: Sequence[Path], settings: Mapping[str, Any]) -> dict[Key, RunScores]:
    """Return the scores in metrics files, sorted by task, dataset and variant.

    settings: protocol, seeds (split and weights), average, unit, and normal (dataset -> its normal
        class).

    Raises:
        InputError: a file is not a metrics file of the protocol, lacks a run, or is about the same
            variant as another one.
    """
    splits, weights = settings["seeds"]["split"], settings["seeds"]["weights"]
    by_split = tuple(f"{split}-{weights[0]}" for split in splits)
    by_weights = tuple(f"{splits[0]}-{weight}" for weight in weights)
    found: dict[Key, RunScores] = {}
    for metrics in results.read(paths).values():
        if metrics.protocol != settings["protocol"]:
            raise InputError(
                f"{metrics.path}: protocol is {metrics.protocol!r}; the statistics are of "
                f"{settings['protocol'] or 'the default protocol'!r} only"
            )
        metrics.require((*by_split, *by_weights))
        normal = settings["normal"][metrics.dataset]
        found[metrics.task, metrics.dataset, metrics.variant] = RunScores(
            metrics=metrics,
            by_split=by_split,
            by_weights=by_weights,
            attacks=tuple(cls for cls in metrics.classes if cls != normal),
            average=settings["average"],
            unit=settings["unit"],
        )
    return dict(sorted(found.items()))
