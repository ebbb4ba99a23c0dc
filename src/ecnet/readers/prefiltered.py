"""A stream of the lines that pass a prefilter."""

from collections.abc import Callable, Iterable

import numpy as np

from ecnet.datasets.declaration import Format
from ecnet.readers.prefilter import Candidates, Integers, LineFormat, Prefilter, Readable
from ecnet.readers.scan.automaton import Automaton, build
from ecnet.readers.scan.scan import gather, no_labels, scan

_BLOCK = 2 << 20
_HELD = 64 << 20
"""The maximum size of buffered lines in bytes; above it, lines no longer needed are dropped."""


def automaton_of(line_format: LineFormat, format: Format) -> Automaton | None:
    """Return the automaton for lines; None if it cannot recognise plain ones."""
    columns = {column.header: column for column in format.columns}
    if any(columns[name].format for name in line_format.names if name in columns):
        return None
    kinds = [columns[name].kind if name in columns else "text" for name in line_format.names]
    labels = [
        name in format.labels or (name in line_format.wanted and name not in columns)
        for name in line_format.names
    ]
    return build(kinds, labels, line_format.separator, line_format.quote, line_format.comment)


class PrefilteredStream:
    """The lines of a stream that pass a prefilter, with their line numbers in the file."""

    def __init__(
        self,
        stream: Readable,
        peeked: bytes,
        prefilter: Prefilter,
        automaton: Automaton,
        labels_of: Callable[[Iterable[bytes]], list[int]],
        before: int,
    ) -> None:
        """Prefilter a stream of lines.

        Args:
            stream: the lines after `peeked`.
            peeked: what was read of the stream already.
            prefilter: decides which lines pass.
            automaton: recognises plain lines.
            labels_of: returns the class indices of lines; called once per combination of labels.
            before: the number of lines before `peeked`.
        """
        self._stream, self._rest = stream, peeked
        self._prefilter, self._automaton, self._labels_of = prefilter, automaton, labels_of
        self._interned, self._labels = no_labels(), np.empty(0, dtype=np.int64)
        self._first = self._next = before + 1  # the row of the next line
        self._passing = False  # whether the rest is not filtered
        self._held: list[Candidates] = []
        self._ready = memoryview(b"")
        self._emitted = 0  # lines
        # For each run of consecutive lines of the file: number in this stream, and in the file.
        self._firsts = np.array([1])
        self._first_rows = np.array([self._next])

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes of lines that pass; none at the end."""
        while not len(self._ready) and self._fill():
            pass
        block, self._ready = self._ready[:size], self._ready[size:]
        return bytes(block)

    def rows(self, numbers: Integers) -> Integers:
        """Return the line numbers in the file of lines numbered from 1 in this stream."""
        run = np.searchsorted(self._firsts, numbers, side="right") - 1
        found: Integers = self._first_rows[run] + numbers - self._firsts[run]
        return found

    def _fill(self) -> bool:
        """Read more; return False at the end."""
        if self._passing:
            self._ready, self._rest = memoryview(self._rest or self._stream.read(_BLOCK)), b""
            return len(self._ready) > 0
        read = self._stream.read(_BLOCK)
        data = self._rest + read
        end = data.rfind(b"\n") + 1
        scanned = end > 0 and self._scan(data, end)
        self._rest = data[end:] if scanned else data
        if not (read and scanned):  # the end, a quote, or an endless line: the rest passes
            self._emit()
            self._passing = True
            self._number(np.array([self._next]))
        return True

    def _scan(self, data: bytes, length: int) -> bool:
        """Prefilter complete lines; return False if they contain a quote, which prevents it."""
        found = scan(data, length, self._automaton, self._interned)
        if found is None:
            return False
        starts, codes = found
        new = range(len(self._labels), int(self._interned.seen[0]))
        if new:
            begins = [starts[int(np.argmax(codes == code))] for code in new]
            first = (data[begin : data.index(b"\n", begin) + 1] for begin in begins)
            self._labels = np.append(self._labels, self._labels_of(first))
        label = np.append(self._labels, -1)[codes]  # for code -1 too
        if self._next == self._first:
            label[0] = -1  # the reader needs at least one line
        rows = np.arange(self._next, self._next + len(starts))
        lines, priority = np.frombuffer(data, np.uint8, length), self._prefilter.priorities(rows)
        self._held.append(
            self._prefilter.add(Candidates(lines, starts, rows, priority, label, gather))
        )
        self._next += len(starts)
        if sum(len(lines.data) for lines in self._held) > _HELD:
            self._held = [self._prefilter.refilter(lines) for lines in self._held]
            if sum(len(lines.data) for lines in self._held) > _HELD // 2:
                self._emit()
        return True

    def _emit(self) -> None:
        """Make the buffered lines that may still be kept ready to be read."""
        held = [self._prefilter.refilter(lines) for lines in self._held]
        ready = bytes(self._ready) + b"".join([lines.data.tobytes() for lines in held])
        self._ready = memoryview(ready)
        self._held = []
        if held:
            self._number(np.concatenate([lines.rows for lines in held]))

    def _number(self, rows: Integers) -> None:
        """Record the line numbers in the file of the lines that are emitted next."""
        begins = np.flatnonzero(np.diff(rows, prepend=-1) != 1)
        self._firsts = np.append(self._firsts, self._emitted + 1 + begins)
        self._first_rows = np.append(self._first_rows, rows[begins])
        self._emitted += len(rows)
