"""The comparison of two runs: which numbers changed, and whether that is explained or allowed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import Any

from ecnet.evaluate.measures import AVERAGED, AVERAGES, PLAIN, UNITS
from ecnet.evaluate.results import Metrics
from ecnet.provenance.compare.results import Results

DEVIATIONS = 3
"""How many standard deviations over the old run's models a mean may move on another machine.

Models differ by split and by initial weights. Another order of sums on another processor should
change the result of a training less than a new seed does.
"""

FLOOR = 0.02
"""How far a mean may always move on another machine.

Two or three models may agree by chance, and then their deviation is too small: a single record of
a class with ten in the test set moves a macro average over five classes by 0.02.
"""

_SHOWN_ALONE = frozenset(("tables", "figures", "render"))
"""Sections of params.yaml and steps that change how numbers are shown, but not the numbers."""


@dataclass(frozen=True)
class Change:
    """A score whose values changed. old, new: means over models. allowed: how far it may move."""

    metrics: str
    score: str
    old: float
    new: float
    allowed: float

    @property
    def size(self) -> float:
        """How far the mean moved."""
        return abs(self.new - self.old)


@dataclass(frozen=True)
class Judgement:
    """What differs between two runs.

    causes: settings, code and data that differ (`params: models`). machine: the processor and
    libraries that differ. changes: the largest first. beyond: one line for each number that
    changed by more than is allowed. compared: the number of metrics files in both.
    """

    causes: list[str]
    machine: list[str]
    compared: int
    missing: list[str]
    added: list[str]
    changes: list[Change]
    beyond: list[str]

    @property
    def passed(self) -> bool:
        """Whether every change is explained or allowed; metrics that are missing are changes."""
        return bool(self.causes) or not (self.beyond or self.missing)


def judge(old: Results, new: Results) -> Judgement:
    """Compare two runs.

    A change is explained if params, code, lock or data differ. Otherwise every value must be
    equal on the same processor with the same libraries. On another, the mean over models of each
    score may move by DEVIATIONS standard deviations of the old run or by FLOOR, whichever is
    more; classes, sizes of the networks and numbers of test records must be equal there as well.
    """
    machine = list(_machine(old.provenance, new.provenance))
    exact = not machine
    both = sorted(old.metrics.keys() & new.metrics.keys())
    pairs = [(name, old.metrics[name], new.metrics[name]) for name in both]
    changes = [change for pair in pairs for change in _changes(*pair, exact=exact)]
    others = [other for pair in pairs for other in _others(*pair, exact=exact)]
    return Judgement(
        causes=list(_causes(old.provenance, new.provenance)),
        machine=machine,
        compared=len(both),
        missing=sorted(old.metrics.keys() - new.metrics.keys()),
        added=sorted(new.metrics.keys() - old.metrics.keys()),
        changes=sorted(changes, key=lambda change: (-change.size, change.metrics, change.score)),
        beyond=[*_beyond(changes), *others],
    )


def scores(metrics: Metrics) -> dict[str, list[float]]:
    """Return each score of a variant (`macro f1 by vector`) -> its values, by order of runs."""
    found = {}
    for unit in UNITS:
        views = [metrics.view(run, unit) for run in sorted(metrics.runs)]
        for measure in PLAIN:
            found[f"{measure.key} by {unit}"] = [measure.of(view) for view in views]
        for average in AVERAGES:
            for measure in AVERAGED:
                values = [measure.of(view, average) for view in views]
                found[f"{average} {measure.key} by {unit}"] = values
    return found


def allowed(values: list[float]) -> float:
    """Return how far the mean of `values`, one for each run, may move on another machine."""
    return max(DEVIATIONS * stdev(values) if len(values) > 1 else 0.0, FLOOR)


def _changes(name: str, old: Metrics, new: Metrics, *, exact: bool) -> Iterator[Change]:
    after = scores(new)
    for score, values in scores(old).items():
        if values != after[score]:
            limit = 0.0 if exact else allowed(values)
            yield Change(name, score, fmean(values), fmean(after[score]), limit)


def _beyond(changes: list[Change]) -> Iterator[str]:
    for change in changes:
        # Where nothing is allowed, runs that swapped their values have changed as well.
        if change.allowed == 0 or change.size > change.allowed:
            yield (
                f"{change.metrics}: {change.score} was {change.old!r}, is {change.new!r} "
                f"(allowed: {change.allowed:.4f})"
            )


def _others(name: str, old: Metrics, new: Metrics, *, exact: bool) -> Iterator[str]:
    """Yield a line for each change, other than of scores, that no machine explains."""
    for key in ("format", "source", "classes", "parameters"):
        if getattr(old, key) != getattr(new, key):
            yield f"{name}: {key} changed"
    if _sizes(old) != _sizes(new):
        yield f"{name}: the number of test records changed"
    elif exact and replace(old, path=new.path) != new and scores(old) == scores(new):
        yield f"{name}: a value of a single class changed"


def _sizes(metrics: Metrics) -> dict[tuple[str, str], int]:
    return {(run, unit): metrics.view(run, unit)["n"] for run in metrics.runs for unit in UNITS}


def _causes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key, words in (("params", "params"), ("code", "code"), ("datasets", "data")):
        if changed := sorted(set(_differing(old[key], new[key])) - _SHOWN_ALONE):
            yield f"{words}: {', '.join(changed)}"
    if old["lock"] != new["lock"]:
        yield "requirements.lock"


def _machine(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old["processor"] != new["processor"]:
        before, after = (run["processor"]["model"] or "unnamed" for run in (old, new))
        kernels = " (other instructions, kernels or threads)" if before == after else ""
        yield f"processor: {before} -> {after}{kernels}"
    for name in _differing(old["libraries"], new["libraries"]):
        before, after = (run["libraries"].get(name, "absent") for run in (old, new))
        yield f"{name}: {before} -> {after}"


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
