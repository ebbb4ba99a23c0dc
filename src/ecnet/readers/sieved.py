"""A stream of lines that have passed a sieve."""

from collections.abc import Callable, Iterable

import numpy as np

from ecnet.datasets.declaration import Format
from ecnet.readers.scan.automaton import Layout, layout
from ecnet.readers.scan.scan import gather, scan, unknown
from ecnet.readers.sieve import Chosen, Integers, Manner, Readable, Sieve

_BLOCK = 2 << 20
_HELD = 64 << 20
"""Bytes of lines that wait; when there are more, those that are out by now are dropped."""


def layout_of(manner: Manner, format: Format) -> Layout | None:
    """Return what lines are like; None where it cannot be told whether they are plain."""
    columns = {column.header: column for column in format.columns}
    if any(columns[name].format for name in manner.names if name in columns):
        return None
    kinds = [columns[name].kind if name in columns else "text" for name in manner.names]
    labels = [
        name in format.labels or (name in manner.wanted and name not in columns)
        for name in manner.names
    ]
    return layout(kinds, labels, manner.separator, manner.quote, manner.comment)


class Sieved:
    """The lines of a stream that pass a sieve, as a stream that knows which lines they are."""

    def __init__(
        self,
        stream: Readable,
        back: bytes,
        sieve: Sieve,
        layout: Layout,
        labels_of: Callable[[Iterable[bytes]], list[int]],
        before: int,
    ) -> None:
        """Sieve a stream of lines.

        back: what was read of the stream already. before: how many lines came before that.
        labels_of: tells the classes of lines, and is asked once for all that have the label fields
            of one.
        """
        self._stream, self._rest = stream, back
        self._sieve, self._layout, self._labels_of = sieve, layout, labels_of
        self._known, self._labels = unknown(), np.empty(0, dtype=np.int64)
        self._first = self._next = before + 1  # the row of the next line
        self._passing = False  # what follows is not sieved
        self._held: list[Chosen] = []
        self._ready = memoryview(b"")
        self._handed = 0  # lines
        # Of each run of lines that follow each other in the file: the first, as handed on, and row.
        self._firsts = np.array([1])
        self._first_rows = np.array([self._next])

    def read(self, size: int) -> bytes:
        """Return some bytes of lines that pass, at most `size`; none at the end."""
        while not len(self._ready) and self._fill():
            pass
        block, self._ready = self._ready[:size], self._ready[size:]
        return bytes(block)

    def rows(self, numbers: Integers) -> Integers:
        """Return which lines of the file the lines are that were handed on as 1, 2 and so on."""
        run = np.searchsorted(self._firsts, numbers, side="right") - 1
        found: Integers = self._first_rows[run] + numbers - self._firsts[run]
        return found

    def _fill(self) -> bool:
        """Read on; tell whether there was anything to do."""
        if self._passing:
            self._ready, self._rest = memoryview(self._rest or self._stream.read(_BLOCK)), b""
            return len(self._ready) > 0
        read = self._stream.read(_BLOCK)
        data = self._rest + read
        end = data.rfind(b"\n") + 1
        scanned = end > 0 and self._scan(data, end)
        self._rest = data[end:] if scanned else data
        if not (read and scanned):  # the end, a quote, or a line without end: the rest passes
            self._hand_on()
            self._passing = True
            self._follow(np.array([self._next]))
        return True

    def _scan(self, data: bytes, length: int) -> bool:
        """Sieve some whole lines; tell whether it could be done, which a quote prevents."""
        found = scan(data, length, self._layout, self._known)
        if found is None:
            return False
        starts, codes = found
        new = range(len(self._labels), int(self._known.seen[0]))
        if new:
            begins = [starts[int(np.argmax(codes == code))] for code in new]
            known = self._labels_of(data[begin : data.index(b"\n", begin) + 1] for begin in begins)
            self._labels = np.append(self._labels, known)
        label = np.append(self._labels, -1)[codes]  # of code -1 as well
        if self._next == self._first:
            label[0] = -1  # a reader is to see one line at least
        rows = np.arange(self._next, self._next + len(starts))
        lines, priority = np.frombuffer(data, np.uint8, length), self._sieve.priorities(rows)
        self._held.append(self._sieve.first(Chosen(lines, starts, rows, priority, label, gather)))
        self._next += len(starts)
        if sum(len(lines.data) for lines in self._held) > _HELD:
            self._held = [self._sieve.again(lines) for lines in self._held]
            if sum(len(lines.data) for lines in self._held) > _HELD // 2:
                self._hand_on()
        return True

    def _hand_on(self) -> None:
        """Make what is held, and may be kept still, ready to be read."""
        held = [self._sieve.again(lines) for lines in self._held]
        ready = bytes(self._ready) + b"".join([lines.data.tobytes() for lines in held])
        self._ready = memoryview(ready)
        self._held = []
        if held:
            self._follow(np.concatenate([lines.rows for lines in held]))

    def _follow(self, rows: Integers) -> None:
        """Note which lines of the file are handed on next."""
        begins = np.flatnonzero(np.diff(rows, prepend=-1) != 1)
        self._firsts = np.append(self._firsts, self._handed + 1 + begins)
        self._first_rows = np.append(self._first_rows, rows[begins])
        self._handed += len(rows)
