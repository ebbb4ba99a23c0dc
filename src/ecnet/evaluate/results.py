"""The reader of metrics files: what `evaluate` wrote of a variant, typed and checked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecnet.errors import InputError
from ecnet.evaluate.interval import MeanInterval
from ecnet.evaluate.measures import Measure
from ecnet.files import read_json

Key = tuple[str, str, str, str]
"""Task, dataset, protocol, variant."""

_AGAIN = "run the train, predict and evaluate steps again"


@dataclass(frozen=True)
class Metrics:
    """The metrics of one variant on one dataset, under one protocol and for one task.

    protocol: empty for the default one. ratio: see `ecnet.evaluate.interval`.
    parameters, bytes: of the model and of its weights, by run. sizes: records by run and subset.
    over_splits: the runs that tables average over, in order. runs: run -> unit -> metrics.
    summary: unit -> the same with intervals.
    """

    path: Path
    dataset: str
    protocol: str
    task: str
    variant: str
    family: str
    source: str
    format: str
    classes: tuple[str, ...]
    parameters: Mapping[str, int]
    bytes: Mapping[str, int]
    sizes: Mapping[str, Mapping[str, int]]
    ratio: float
    over_splits: tuple[str, ...]
    runs: Mapping[str, Mapping[str, Any]]
    summary: Mapping[str, Any]

    @property
    def key(self) -> Key:
        """Task, dataset, protocol and variant."""
        return self.task, self.dataset, self.protocol, self.variant

    def require(self, runs: Sequence[str], seeds: str = "seeds", *, exactly: bool = False) -> None:
        """Stop if runs are missing; with `exactly`, also if there are others.

        seeds: the key of params.yaml that the runs follow from.

        Raises:
            InputError: a run is missing or there is one too many.
        """
        for name in ("runs", "parameters", "bytes"):
            for run in runs:
                if run not in getattr(self, name):
                    raise InputError(
                        f"{self.path}: {name} lacks the run {run}, which {seeds} of params.yaml "
                        f"asks for; {_AGAIN}"
                    )
        if exactly and (others := [run for run in self.runs if run not in runs]):
            raise InputError(
                f"{self.path}: holds the run {others[0]}, which {seeds} of params.yaml does not "
                f"ask for; {_AGAIN}"
            )

    def view(self, run: str, unit: str) -> Mapping[str, Any]:
        """Return all metrics of a run by a unit (InputError if it has none)."""
        found = self.runs.get(run, {}).get(unit)
        if not isinstance(found, Mapping):
            raise self._lacks(f"runs.{run}.{unit}")
        return found

    def views(self, unit: str) -> list[Mapping[str, Any]]:
        """Return the metrics of the runs that tables average over, in order."""
        return [self.view(run, unit) for run in self.over_splits]

    def values(
        self, measure: Measure, runs: Sequence[str], *, unit: str, average: str
    ) -> list[float | None]:
        """Return a measure of some runs as it was written: a fraction, not a percentage.

        None where the measure has no value: that of a class without a test record.

        Raises:
            InputError: a run lacks the measure.
        """
        return [self._value(measure, run, unit, average) for run in runs]

    def _value(self, measure: Measure, run: str, unit: str, average: str) -> float | None:
        try:
            value = measure.of(self.view(run, unit), average)
        except (KeyError, TypeError) as error:
            raise self._lacks(".".join(("runs", run, unit, *measure.keys(average)))) from error
        if not isinstance(value, int | float | None) or isinstance(value, bool):
            raise self._lacks(".".join(("runs", run, unit, *measure.keys(average))))
        return value

    def interval(self, measure: Measure, *, unit: str, average: str) -> MeanInterval | None:
        """Return the mean over splits and its interval, scaled as tables show it.

        None for false alarms of a variant that has no scores to draw a threshold on.

        Raises:
            InputError: the summary lacks the measure.
        """
        summary = self._summary(unit)
        if measure.path[0] == "false_alarms" and summary.get("false_alarms", {}) is None:
            return None
        try:
            found = MeanInterval(**measure.of(summary, average))
        except (KeyError, TypeError) as error:
            raise self._lacks(".".join(("summary", unit, *measure.keys(average)))) from error
        return found.scaled(measure.scale)

    def _summary(self, unit: str) -> Mapping[str, Any]:
        found = self.summary.get(unit)
        if not isinstance(found, Mapping):
            raise self._lacks(f"summary.{unit}")
        return found

    def untested(self) -> dict[str, list[str]]:
        """Return the classes without a test record in some runs -> these runs."""
        found: dict[str, list[str]] = {}
        for run in self.over_splits:
            for cls in self.view(run, "vector")["absent"]:
                found.setdefault(cls, []).append(run)
        return found

    def _lacks(self, key: str) -> InputError:
        return InputError(f"{self.path}: lacks a value for {key}; run the evaluate step again")


_TEXTS = ("dataset", "protocol", "task", "variant", "family", "source", "format")
_OF_RUNS = ("parameters", "bytes")
_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys(("classes", "over_splits"), list),
    **dict.fromkeys((*_OF_RUNS, "sizes", "runs", "summary"), dict),
    "ratio": (int, float),
}


def read(paths: Iterable[Path]) -> dict[Key, Metrics]:
    """Return the metrics in files, in their order.

    Raises:
        InputError: a file is not what `evaluate` writes, or two are about the same variant.
    """
    found: dict[Key, Metrics] = {}
    for path in paths:
        metrics = parse(path, read_json(path))
        if metrics.key in found:
            named = ", ".join(filter(None, metrics.key[1:]))
            raise InputError(f"{path}: {named} is given twice; name each file once")
        found[metrics.key] = metrics
    return found


def parse(path: Path, raw: Any) -> Metrics:
    """Return the metrics in the JSON of a file (InputError if it holds something else)."""
    for key, kind in _KINDS.items():
        if not isinstance(raw, dict) or key not in raw:
            raise InputError(f"{path}: lacks the key {key}; run the evaluate step again")
        if not isinstance(raw[key], kind):
            raise InputError(f"{path}: {key} has a value of another kind; run evaluate again")
    for key in ("classes", "over_splits"):
        _each(path, key, raw[key], str)
    for key in _OF_RUNS:
        _each(path, key, raw[key].values(), int)
    for key in ("sizes", "runs"):
        _each(path, key, raw[key].values(), dict)
    lists = {key: tuple(raw[key]) for key in ("classes", "over_splits")}
    return Metrics(path=path, **{key: raw[key] for key in _KINDS} | lists)


def _each(path: Path, key: str, values: Iterable[Any], kind: type) -> None:
    if not all(isinstance(value, kind) for value in values):
        raise InputError(f"{path}: {key} holds a value of another kind; run evaluate again")
