"""Priority sampling: which records of each class a sample keeps, in any order of the records.

Each record gets a priority, a fixed 64-bit hash of (seed, file, row); the k records with the lowest
priorities of each class are kept. So the sample depends neither on the order of records nor on
blocks or threads; samples of single files are merged by the same rule; and the sample for a larger
k contains that for a smaller one. All records of an official test subset are kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ecnet import seeds
from ecnet.readers.spill import BatchReader

Priorities = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Targets = Mapping[str, int | None]


def priorities(seed: int, file: str, rows: npt.NDArray[np.int64]) -> Priorities:
    """Return the priority of each row of a file: the SplitMix64 stream of (seed, file).

    Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014. The function is a
    bijection, so the rows of a file have different priorities.
    """
    with np.errstate(over="ignore"):
        mixed = np.uint64(seeds.key(seed, file)) + rows.astype(np.uint64) * np.uint64(
            0x9E3779B97F4A7C15
        )
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))


class Lowest:
    """The k lowest priorities of each class so far, in memory proportional to k."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._lowest: dict[str, Priorities] = {}

    def add(self, label: str, priority: Priorities) -> None:
        """Add the priorities of records of one class."""
        target = self._targets[label]
        if target is None:
            return
        lowest = self._lowest.get(label, priority[:0])
        if 0 < target == len(lowest):
            priority = priority[priority < lowest.max()]
        seen = np.concatenate([lowest, priority])
        if 0 < target < len(seen):
            seen = np.partition(seen, target - 1)[:target]
        self._lowest[label] = seen[:target]

    def limit(self, label: str) -> np.uint64 | None:
        """Return the highest priority of a class that is still kept; None if none is."""
        target = self._targets[label]
        lowest = self._lowest.get(label)
        if target == 0:
            return None
        if target is None or lowest is None or len(lowest) < target:
            return np.uint64(np.iinfo(np.uint64).max)
        return np.uint64(lowest.max())

    def add_all(self, labels: Sequence[str], of: Indices, priority: Priorities) -> None:
        """Add the priorities of records, whose classes are `labels` at the indices `of`."""
        for index, label in enumerate(labels):
            self.add(label, priority[of == index])

    def among(self, labels: Sequence[str], of: Indices, priority: Priorities) -> Mask:
        """Return which records are among the lowest of their classes so far."""
        limits = [self.limit(label) for label in labels]
        some = np.array([limit is not None for limit in limits], dtype=bool)
        limit = np.array([limit or 0 for limit in limits], dtype=np.uint64)
        lowest: Mask = some[of] & (priority <= limit[of])
        return lowest

    def filter(self, batch: pa.Table) -> pa.Table:
        """Return the records of a batch that are among the lowest of their classes so far."""
        kept = self.among(*_classes(batch), batch["priority"].to_numpy())
        return batch.filter(pa.array(kept | ~_sampled(batch)))

    def update(self, batch: pa.Table) -> None:
        """Add the priorities of the records of a batch."""
        sampled = _sampled(batch)
        labels, of = _classes(batch)
        self.add_all(labels, of[sampled], batch["priority"].to_numpy()[sampled])


def candidates(batches: Iterable[pa.Table], targets: Targets) -> Iterator[pa.Table]:
    """Yield the records of each batch that may be among the lowest of their class."""
    lowest = Lowest(targets)
    for batch in batches:
        lowest.update(batch)
        yield lowest.filter(batch)


def keep_lowest(records: BatchReader, targets: Targets) -> Iterator[pa.Table]:
    """Yield the records that are among the lowest of their class, in order."""
    lowest = Lowest(targets)
    for batch in records(["label", "priority", "subset"]):
        lowest.update(batch)
    for batch in records(None):
        yield lowest.filter(batch)


def _classes(batch: pa.Table) -> tuple[list[str], Indices]:
    """Return the classes in a batch, and the class index of each record."""
    coded = batch["label"].combine_chunks().dictionary_encode()
    return coded.dictionary.to_pylist(), coded.indices.to_numpy()


def _sampled(batch: pa.Table) -> Mask:
    """Return which records are subject to sampling: all except an official test subset."""
    sampled: Mask = pc.not_equal(batch["subset"], "test").to_numpy()
    return sampled
