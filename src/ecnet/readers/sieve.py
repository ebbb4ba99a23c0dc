"""A sieve before a reader: of a large file only lines that a sample may keep are parsed.

Every line is scanned. What is plainly a record of a class, and not among those of lowest priority
of its class, is counted and dropped; all else is handed on, and the reader sees no difference
but fewer lines.
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
from ecnet.readers.batch import Raw, typed
from ecnet.readers.priority import Lowest, Priorities, Targets, priorities

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]


class Readable(Protocol):
    """What bytes can be read from."""

    def read(self, size: int, /) -> bytes:
        """Return some bytes, at most `size`; none at the end."""


@dataclass(frozen=True)
class Manner:
    """How lines are written.

    names: of all fields of a line, in order. wanted: those to keep. quote: the quoting character;
    empty for none. comment: how lines start that are no records. finish: what is done to each
    block of rows.
    """

    names: Sequence[str]
    wanted: Collection[str]
    separator: str
    quote: str = ""
    comment: str = ""
    finish: Callable[[Raw], Raw] = lambda raw: raw


@dataclass(frozen=True)
class Chosen:
    """Lines that may be kept: their bytes, and for each line where it begins and what it is.

    label: (n,) index into the labels, or -1 where nothing is known of the line. gather: copies
    lines, given where they begin and end, into an array.
    """

    data: Bytes
    starts: Integers
    rows: Integers
    priority: Priorities
    label: Integers
    gather: Callable[[Bytes, Integers, Integers, Bytes], None]

    def filter(self, kept: npt.NDArray[np.bool_]) -> "Chosen":
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


class Sieve:
    """What of one file a sample may keep, and how many records of each class it does not."""

    def __init__(
        self, format: Format, source: Source, targets: Targets, seed: int, file: str
    ) -> None:
        """Keep the records of `file` of lowest priority, as many of each class as `targets` has."""
        self.dropped: Counter[str] = Counter()
        self.format, self.source = format, source
        self._lowest = Lowest(targets)
        self._labels = list(targets)
        self._seed, self._file = seed, file

    def priorities(self, rows: Integers) -> Priorities:
        """Return the priorities of some rows of the file."""
        return priorities(self._seed, self._file, rows)

    def first(self, lines: Chosen) -> Chosen:
        """Return which of lines that are new may be kept."""
        self._lowest.add_all(self._labels, lines.label, lines.priority)
        return self.again(lines)

    def again(self, lines: Chosen) -> Chosen:
        """Return those of the lines that may be kept still."""
        kept = self._lowest.among(self._labels, lines.label, lines.priority)
        kept |= lines.label < 0  # of which nothing is known
        dropped = np.bincount(lines.label[~kept])
        for index in np.flatnonzero(dropped):
            self.dropped[self._labels[index]] += int(dropped[index])
        return lines.filter(kept)

    def labels(self, raw: Raw, path: Path) -> list[int]:
        """Return the index of the class of each row; -1 where it is none, or no record."""
        try:
            batch = typed(raw, self.format, self.source, path)
        except InputError:  # one of them is of no class
            if len(raw.row) == 1:
                return [-1]
            single = (Raw(raw.table.slice(at, 1), raw.row[[at]]) for at in range(len(raw.row)))
            return [label for row in single for label in self.labels(row, path)]
        index = {label: place for place, label in enumerate(self._labels)}
        columns = (batch.table[name].to_pylist() for name in ("row", "label"))
        found = dict(zip(*columns, strict=True))
        return [index[found[row]] if row in found else -1 for row in raw.row.tolist()]
