"""What a person reads of scored records: counts, hosts, timeline, unseen values, measures."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from ecnet.evaluate.metrics import metrics
from ecnet.evaluate.scoring.native import Batch
from ecnet.evaluate.scoring.trained import Scored, Trained

_MOST_HOSTS = 100_000
"""Of more hosts, those with the fewest records are forgotten: memory is bounded."""
_SHOWN = 10
_WIDTHS = (1, 60, 600, 3600, 6 * 3600, 86400, 10 * 86400, 100 * 86400, 1000 * 86400)
"""Widths of the timeline's bins in seconds; each is a multiple of the one before."""
_MOST_BINS, _SHOWN_BINS = 10_000, 24
_LAST_TIME = 253_402_300_800.0
"""The end of the year 9999, in seconds since the epoch."""


class Timeline:
    """Counts of all records and of attacks by time, in bins that widen as needed."""

    def __init__(self) -> None:
        """Start with bins of a second."""
        self._counts: dict[int, list[int]] = {}
        self._width = 0

    def add(self, times: Any, attack: Any) -> None:
        """Count records. times: (n,) seconds since the epoch. attack: (n,) bool."""
        usable = (times >= 0) & (times < _LAST_TIME)
        width = _WIDTHS[self._width]
        bins, place = np.unique(times[usable] // width, return_inverse=True)
        every = np.bincount(place, minlength=len(bins))
        some = np.bincount(place, weights=attack[usable], minlength=len(bins))
        for start, n, attacks in zip(bins.tolist(), every.tolist(), some.tolist(), strict=True):
            entry = self._counts.setdefault(int(start) * width, [0, 0])
            entry[0] += n
            entry[1] += int(attacks)
        self._widen(_MOST_BINS)

    def rows(self) -> list[tuple[str, int, int]]:
        """Return for each bin its start (UTC), its records, and its attacks."""
        self._widen(_SHOWN_BINS)
        return [(_shown(start), n, attacks) for start, (n, attacks) in sorted(self._counts.items())]

    def _widen(self, most: int) -> None:
        while len(self._counts) > most and self._width + 1 < len(_WIDTHS):
            self._width += 1
            merged: dict[int, list[int]] = {}
            for start, found in self._counts.items():
                begin = start - start % _WIDTHS[self._width]
                entry = merged.setdefault(begin, [0, 0])
                entry[0] += found[0]
                entry[1] += found[1]
            self._counts = merged


class Summary:
    """Counts over all records; its size does not grow with them."""

    def __init__(self, trained: Trained) -> None:
        """Start with nothing."""
        self.trained = trained
        self.records, self.rejected, self.unseen_records = 0, 0, 0
        self.classes: Counter[str] = Counter()
        self.hosts: Counter[str] = Counter()
        self.unseen: Counter[str] = Counter()
        self.timeline = Timeline()
        size = len(trained.classes)
        self.confusion = np.zeros((size, size), np.int64)
        self.labelled, self.foreign = False, 0
        self.captures: set[str] = set()
        self.notices: dict[str, None] = {}

    def add(self, batch: Batch, scored: Scored) -> None:
        """Count the records of a batch with their answers."""
        given, trained = batch.records, self.trained
        best = scored.probabilities.argmax(axis=1)
        attack = best != _place(trained.classes, trained.normal)
        self.records += len(given)
        self.captures.update(given["capture"].unique())
        counts = np.bincount(best, minlength=len(trained.classes))
        self.classes.update(dict(zip(trained.classes, counts.tolist(), strict=True)))
        any_unseen = np.zeros(len(given), bool)
        for name, mask in scored.unseen.items():
            self.unseen[name] += int(mask.sum())
            any_unseen |= mask
        self.unseen_records += int(any_unseen.sum())
        if trained.format.host:
            hosts = given[trained.format.host][attack].value_counts(sort=False)
            self.hosts.update(dict(zip(hosts.index, hosts.tolist(), strict=True)))
            if len(self.hosts) > _MOST_HOSTS:
                self.hosts = Counter(dict(self.hosts.most_common(_MOST_HOSTS // 2)))
        if trained.format.time:
            self.timeline.add(given[trained.format.time].to_numpy("float64"), attack)
        if batch.labelled:
            self.labelled = True
            true = trained.indices(given["label"])
            np.add.at(self.confusion, (true[true >= 0], best[true >= 0]), 1)
            self.foreign += int((true < 0).sum())

    def measures(self) -> dict[str, Any] | None:
        """Return the metrics of the labelled records; None without any that the model can name."""
        if not self.confusion.any():
            return None
        true, predicted = np.nonzero(self.confusion)
        weight = self.confusion[true, predicted]
        return metrics(true, predicted, weight, list(self.trained.classes))


def lines(
    found: Summary,
    drift: Mapping[str, tuple[str, float]] | None,
    *,
    limit: float,
    training: Mapping[str, Any] | None,
) -> Iterator[str]:
    """Yield the lines of the summary.

    drift: by column the measure and the distance from train; None if train is not at hand.
    limit: the distance from which a column is named. training: the measures of the run on the
    test side of training, if they are at hand.
    """
    described, run = found.trained.described, found.trained.run
    simulated = "simulated" in described["source"]
    origin = "simulated traffic" if simulated else f"source {described['source']}"
    yield (
        f"{described['dataset']} {described['task']} {described['variant']}, run {run.name}, "
        f"trained on {origin}: {found.records:,} records scored, {found.rejected:,} rows set aside"
    )
    yield from (f"note: {notice}" for notice in found.notices)
    if not found.records:
        return
    yield from _counted("class", found.classes, found.records)
    if found.hosts:
        yield f"source hosts with most records that are not {found.trained.normal}:"
        yield from (f"    {host}: {n:,}" for host, n in found.hosts.most_common(_SHOWN))
    if rows := found.timeline.rows():
        yield f"time (UTC): records, of them not {found.trained.normal}"
        yield from (f"    {start}: {every:,}, {attacks:,}" for start, every, attacks in rows)
    share = found.unseen_records / found.records
    yield f"values that training did not see: in {share:.1%} of the records"
    yield from _counted("column", found.unseen, found.records)
    yield from _drifted(drift, limit)
    if found.labelled:
        yield from _measured(found, training)


def _counted(what: str, counts: Counter[str], of: int) -> Iterator[str]:
    for name, n in counts.most_common():
        if n:
            yield f"    {what} {name}: {n:,} ({n / of:.1%})"


def _drifted(drift: Mapping[str, tuple[str, float]] | None, limit: float) -> Iterator[str]:
    if drift is None:
        yield "drift: not measured, because fit.safetensors is not beside the encoder"
        return
    far = {name: one for name, one in drift.items() if one[1] >= limit}
    if far:
        yield f"warning: {len(far)} of {len(drift)} columns are unlike those of training:"
        yield from (f"    {name}: {how} {value:.2f}" for name, (how, value) in far.items())
    elif drift:
        name, (how, value) = next(iter(drift.items()))
        yield f"drift: no column reaches {limit}; the furthest is {name} ({how} {value:.2f})"


def _measured(found: Summary, training: Mapping[str, Any] | None) -> Iterator[str]:
    measured = found.measures()
    if known := sorted(found.captures & set(found.trained.fitted["captures"])):
        more = f" and {len(known) - 1} more" if len(known) > 1 else ""
        yield (
            f"note: training had records of captures named {known[0]}{more}: measures on these are "
            "too good"
        )
    if found.foreign:
        yield f"labels: {found.foreign:,} records have none that the model knows; not measured"
    if measured is None:
        return
    for place, name in enumerate(("accuracy", "macro-F1")):
        beside = f"; test side of training: {_scores(training)[place]:.4f}" if training else ""
        yield f"{name}: {_scores(measured)[place]:.4f}{beside}"
    yield "confusion, by true class: records of each answer"
    for name, row in zip(found.trained.classes, measured["confusion"], strict=True):
        answers = zip(found.trained.classes, row, strict=True)
        if any(row):
            yield f"    {name}: " + ", ".join(f"{cls} {n:,}" for cls, n in answers if n)


def _scores(measured: Mapping[str, Any]) -> tuple[float, float]:
    """Return accuracy and macro-F1."""
    return measured["accuracy"], measured["macro"]["f1"]


def _place(classes: tuple[str, ...], normal: str) -> int:
    """Return the index of the normal class; -1 if the model knows none."""
    return classes.index(normal) if normal in classes else -1


def _shown(start: int) -> str:
    return datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%d %H:%M:%S")
