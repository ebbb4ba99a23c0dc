"""A prefilter for large files, so that only lines that a sample may keep are parsed.

Every line is scanned. A line that is certainly a record of a class, and not among the lowest
priorities of the class, is counted and dropped. All other lines go to the reader.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ecnet.datasets.declaration import Format, Source
from ecnet.errors import InputError
from ecnet.readers.batch import RawBatch, typed
from ecnet.readers.priority import Lowest, Mask, Priorities, Targets, priorities

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end."""


@dataclass(frozen=True)
class LineFormat:
    """How the lines of a file are parsed.

    names: of all fields of a line, in order. wanted: the fields to keep. quote: the quote
    character; empty for none. comment: the prefix of lines that are not records. finish: applied to
    each block of rows.
    """

    names: Sequence[str]
    wanted: Collection[str]
    separator: str
    quote: str = ""
    comment: str = ""
    finish: Callable[[RawBatch], RawBatch] = lambda raw: raw


@dataclass(frozen=True)
class Candidates:
    """Lines that the sample may keep.

    data: their bytes. starts: (n,) the offset of each line. rows: (n,) its line number in the file.
    priority: (n,). label: (n,) index into the labels, or -1 if the class is unknown. gather: copies
    the lines between given offsets into an array.
    """

    data: Bytes
    starts: Integers
    rows: Integers
    priority: Priorities
    label: Integers
    gather: Callable[[Bytes, Integers, Integers, Bytes], None]

    def filter(self, kept: npt.NDArray[np.bool_]) -> "Candidates":
        """Return some of the lines."""
        if kept.all():
            return self
        begins, ends = self.starts[kept], np.append(self.starts[1:], len(self.data))[kept]
        lengths = ends - begins
        data = np.empty(lengths.sum(), dtype=np.uint8)
        self.gather(self.data, begins, ends, data)
        starts = np.cumsum(lengths) - lengths
        return replace(
            self,
            data=data,
            starts=starts,
            rows=self.rows[kept],
            priority=self.priority[kept],
            label=self.label[kept],
        )


class Prefilter:
    """Decides which records of a file a sample may keep, and counts the dropped ones by class."""

    def __init__(
        self, format: Format, source: Source, targets: Targets, seed: int, file: str
    ) -> None:
        """Keep the records of `file` with the lowest priorities, up to `targets` of each class."""
        self.dropped: Counter[str] = Counter()
        self.format, self.source = format, source
        self._lowest = Lowest(targets)
        self._labels = list(targets)
        self._seed, self._file = seed, file

    def priorities(self, rows: Integers) -> Priorities:
        """Return the priorities of rows of the file."""
        return priorities(self._seed, self._file, rows)

    def add(self, lines: Candidates) -> Candidates:
        """Take new lines; return those that may be kept."""
        self._lowest.add_all(self._labels, lines.label, lines.priority)
        return self.refilter(lines)

    def refilter(self, lines: Candidates) -> Candidates:
        """Return the lines that may still be kept."""
        kept = self._lowest.among(self._labels, lines.label, lines.priority)
        kept |= lines.label < 0  # unknown class
        dropped = np.bincount(lines.label[~kept])
        for index in np.flatnonzero(dropped):
            self.dropped[self._labels[index]] += int(dropped[index])
        return lines.filter(kept)

    def take(self, label: str, rows: Integers) -> Mask:
        """Take records of one class; return which of them may be kept."""
        priority = self.priorities(rows)
        self._lowest.add(label, priority)
        kept = self._lowest.among([label], np.zeros(len(rows), dtype=np.int64), priority)
        self.dropped[label] += int((~kept).sum())
        return kept

    def labels(self, raw: RawBatch, path: Path) -> list[int]:
        """Return the class index of each row; -1 for an unknown label or a rejected row."""
        try:
            batch = typed(raw, self.format, self.source, path)
        except InputError:  # one of the labels is unknown
            if len(raw.row) == 1:
                return [-1]
            single = (RawBatch(raw.table.slice(at, 1), raw.row[[at]]) for at in range(len(raw.row)))
            return [label for row in single for label in self.labels(row, path)]
        index = {label: place for place, label in enumerate(self._labels)}
        columns = (batch.table[name].to_pylist() for name in ("row", "label"))
        found = dict(zip(*columns, strict=True))
        return [index[found[row]] if row in found else -1 for row in raw.row.tolist()]
