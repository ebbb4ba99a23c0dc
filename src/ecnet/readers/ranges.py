"""Byte ranges of a large Zeek log, to be read at the same time.

Each begins and ends between two lines, and knows how many lines are before it, so its rows have the
numbers that they have in the file.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from threading import Event
from typing import IO

import numpy as np

from ecnet.files import PACKED
from ecnet.readers.compressed import MAX_LINE, opened
from ecnet.readers.zeeklog import BOM, Header, Log

_COMMENT = b"#"
_NEWLINE = ord("\n")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Range:
    """Whole lines of a log.

    begin, end: byte offsets in the file. before: the number of lines before `begin`. header: of the
    lines. stopped: once it is set, the range ends early; all ranges of a file share it.
    """

    begin: int
    end: int
    before: int
    header: Header
    stopped: Event

    @contextmanager
    def log(self, path: Path) -> Iterator[Log]:
        """Yield the lines of the range in the log at `path`."""
        with opened(path) as file:
            file.seek(self.begin)
            yield Log(_Part(file, self), path, b"", self.before, self.header)


class _Part:
    """The bytes of a file up to the end of a range."""

    def __init__(self, file: IO[bytes], part: Range) -> None:
        self._file, self._part = file, part

    def read(self, size: int, /) -> bytes:
        left = self._part.end - self._file.tell()
        return b"" if self._part.stopped.is_set() else self._file.read(min(size, left))


def cut(path: Path, count: int) -> list[Range]:
    """Return at most `count` ranges of about the same size; none if the file cannot be cut.

    Only a plain file that begins with the header of a Zeek log can be.

    Raises:
        InputError: the file cannot be read, or its header is wrong.
    """
    if count < 2 or path.suffix in PACKED:
        return []
    with opened(path) as file:
        first = file.readline(MAX_LINE)
        log = Log(file, path, first, 0)
        header = next(log.parts(), None) if first.startswith(_COMMENT) else None
        if header is None:
            return []
        file.seek(0)
        begin = sum(len(file.readline()) for _ in range(log.line))
        size = path.stat().st_size
        steps = (begin + (size - begin) * place // count for place in range(1, count))
        edges = sorted({begin, *(_line_start(file, step) for step in steps), size})
    pairs = list(pairwise(edges))
    if len(pairs) < 2:
        return []
    with ThreadPoolExecutor(count) as pool:
        lines = pool.map(lambda pair: _lines(path, *pair), pairs)
        before = list(accumulate(lines, initial=log.line))
    stopped = Event()
    return [Range(*pair, of, header, stopped) for pair, of in zip(pairs, before, strict=False)]


def _line_start(file: IO[bytes], place: int) -> int:
    """Return where the first line at `place` or after it begins; or the end of the file.

    Lines that begin with a byte-order mark are passed over: what parses a range drops a mark at its
    beginning, and within the file it is a wrong value.
    """
    start = _next_line(file, place)
    while _begins_with_mark(file, start):
        start = _next_line(file, start + 1)
    return start


def _next_line(file: IO[bytes], place: int) -> int:
    file.seek(place - 1)
    while block := file.read(_BLOCK):
        if end := block.find(b"\n") + 1:
            return file.tell() - len(block) + end
    return file.tell()


def _begins_with_mark(file: IO[bytes], start: int) -> bool:
    file.seek(start)
    return file.read(len(BOM)) == BOM


def _lines(path: Path, begin: int, end: int) -> int:
    """Return the number of line ends between two offsets; numpy lets other threads run."""
    count = 0
    with opened(path) as file:
        file.seek(begin)
        while block := file.read(min(_BLOCK, end - file.tell())):
            count += int(np.count_nonzero(np.frombuffer(block, np.uint8) == _NEWLINE))
    return count
