"""Parse lines of delimited text into blocks of rows with line numbers."""

import codecs
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from ecnet.errors import InputError
from ecnet.readers import encoding
from ecnet.readers.batch import UNCLOSED, RawBatch, Rejected
from ecnet.readers.prefilter import Integers, LineFormat, Prefilter, Readable
from ecnet.readers.spelling import MISSING

_BLOCK = 4 << 20
_SHOWN = 80
MAX_INVALID = 1_000_000
"""The maximum number of lines with a wrong number of fields; it bounds memory."""


class _CountingStream(io.RawIOBase):
    """A stream that counts its line ends.

    peeked: bytes that were read already; they come first. rows: from line numbers of this stream,
    starting at 1, to those of the file.
    """

    def __init__(
        self, stream: Readable, peeked: bytes, path: Path, rows: Callable[[Integers], Integers]
    ) -> None:
        self._stream, self._peeked, self._path, self.rows = stream, peeked, path, rows
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._ends = 0
        self._last = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block, self._peeked = self._peeked[:size], self._peeked[size:]
        block += self._stream.read(size - len(block))
        if not block.isascii():  # pyarrow would print a traceback for a line that is not UTF-8
            self._check(block)
        self._ends += block.count(b"\n")
        self._last = block[-1:] or self._last
        return block

    def _check(self, block: bytes) -> None:
        try:
            self._decoder.decode(block)
        except UnicodeDecodeError as error:
            line = self._ends + block.count(b"\n", 0, error.start) + 1
            row = int(self.rows(np.array([line]))[0])
            raise encoding.not_utf8(self._path, row) from error

    @property
    def cut(self) -> bool:
        """Whether the last line has no line end."""
        return self._last not in (b"\n", b"")

    @property
    def lines(self) -> int:
        return self._ends + self.cut

    def in_file(self, line: Rejected) -> Rejected:
        """Return a rejected line with its line number in the file."""
        return line._replace(row=int(self.rows(np.array([line.row]))[0]))


class _InvalidLines:
    """The lines with a wrong number of fields, in order.

    pyarrow reads ahead of the block that it returns, by a varying amount. So a line is reported
    only together with the block that contains it.
    """

    def __init__(self, comment: str) -> None:
        self.numbers: list[int] = []
        self._comment = comment
        self._waiting: deque[Rejected] = deque()

    def take(self, line: Any) -> str:
        """Take one line from pyarrow; return whether to skip it or to stop."""
        self.numbers.append(line.number)
        if not (self._comment and line.text.startswith(self._comment)):
            reason = f"has {line.actual_columns} fields, expected {line.expected_columns}"
            self._waiting.append(Rejected(line.number, "", line.text[:_SHOWN], reason))
        return "skip" if len(self.numbers) < MAX_INVALID else "error"

    def lines_of(self, valid: int, count: int) -> Integers:
        """Return the line numbers of the next `count` valid rows after the first `valid` ones."""
        numbers = np.array(self.numbers, dtype=np.int64)
        valid_before = numbers - 1 - np.arange(len(numbers))
        place = np.arange(valid, valid + count)
        return place + 1 + np.searchsorted(valid_before, place, side="right")

    def up_to(self, lines: Integers) -> list[Rejected]:
        """Return the invalid lines before the last of `lines`."""
        found = []
        while len(lines) and self._waiting and self._waiting[0].row < lines[-1]:
            found.append(self._waiting.popleft())
        return found

    def rest(self) -> list[Rejected]:
        """Return the invalid lines after the last valid row."""
        return list(self._waiting)


def rows(
    stream: Readable,
    path: Path,
    line_format: LineFormat,
    *,
    before: int = 0,
    peeked: bytes = b"",
    prefilter: Prefilter | None = None,
) -> Iterator[RawBatch]:
    """Yield the lines of `stream` as rows, in blocks.

    Args:
        stream: the lines after `peeked`.
        path: of the file, for messages.
        line_format: how the lines are parsed.
        before: the number of lines of the file before the records.
        peeked: what was read of the records already, one block at most.
        prefilter: drops records that are not needed.

    Raises:
        InputError: there is no row, or a quoted field spans several lines.
    """
    peeked = peeked or stream.read(_BLOCK)
    if not peeked:
        after = f" after line {before}, its header" if before else ""
        raise InputError(f"{path}: contains no record{after}; get the file again")
    dropped_before = 0 if prefilter is None else prefilter.dropped.total()
    counted = _counting_stream(
        stream, path, line_format, before=before, peeked=peeked, prefilter=prefilter
    )
    invalid = _InvalidLines(line_format.comment)
    valid = 0
    held: RawBatch | None = None
    for block in _reader(counted, line_format, invalid):
        if held is not None:
            yield line_format.finish(held)
        lines = invalid.lines_of(valid, block.num_rows)
        valid += block.num_rows
        rejected = [counted.in_file(line) for line in invalid.up_to(lines)]
        held = RawBatch(pa.Table.from_batches([block]), counted.rows(lines), rejected)
    dropped = 0 if prefilter is None else prefilter.dropped.total() - dropped_before
    if held is None or valid + dropped == 0:
        raise _no_record(path, line_format, [counted.in_file(line) for line in invalid.rest()])
    end = counted.rows(np.array([counted.lines]))
    yield line_format.finish(
        replace(
            held,
            rejected=held.rejected + [counted.in_file(line) for line in invalid.rest()],
            cut=bool(counted.cut and len(held.row) > 0 and held.row[-1] == end[0]),
        )
    )
    # After the last row: errors of rows are reported first, wherever blocks end.
    parsed = valid + len(invalid.numbers)
    if counted.lines != parsed:
        raise InputError(
            f"{path}: only {parsed + dropped} of {counted.lines + dropped} lines were parsed: "
            f"{UNCLOSED}"
        )


def _no_record(path: Path, line_format: LineFormat, rejected: list[Rejected]) -> InputError:
    """Return the error for a file without records, which describes its first line."""
    if not rejected:
        return InputError(f"{path}: contains only comments; get the file again")
    first = rejected[0]
    return InputError(
        f"{path}: contains no record of {len(line_format.names)} fields: line {first.row} "
        f"{first.reason} ({first.value!r}); get the file again, or give it the columns that its "
        "header names"
    )


def _counting_stream(
    stream: Readable,
    path: Path,
    line_format: LineFormat,
    *,
    before: int,
    peeked: bytes,
    prefilter: Prefilter | None,
) -> _CountingStream:
    """Return the stream, prefiltered if possible."""
    plain = _CountingStream(stream, peeked, path, lambda lines: before + lines)
    if prefilter is None:
        return plain
    # Imported here, because it loads numba, which small files do not need.
    from ecnet.readers.prefiltered import PrefilteredStream, automaton_of

    automaton = automaton_of(line_format, prefilter.format)
    if automaton is None:
        return plain

    def labels_of(found: Iterable[bytes]) -> list[int]:
        given = list(found)
        label = [-1] * len(given)  # of a line that turns out to be no row, too
        for raw in rows(io.BytesIO(b"".join(given)), path, line_format):
            for row, of in zip(raw.row.tolist(), prefilter.labels(raw, path), strict=True):
                label[row - 1] = of
        return label

    filtered = PrefilteredStream(stream, peeked, prefilter, automaton, labels_of, before)
    return _CountingStream(filtered, b"", path, filtered.rows)


def _reader(stream: _CountingStream, line_format: LineFormat, invalid: "_InvalidLines") -> Any:
    return pyarrow.csv.open_csv(
        stream,
        read_options=pyarrow.csv.ReadOptions(
            # With threads, pyarrow does not report the numbers of invalid rows.
            use_threads=False,
            block_size=_BLOCK,
            column_names=list(line_format.names),
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=line_format.separator,
            quote_char=line_format.quote or False,
            # Skipping empty lines would shift the numbers of all later rows.
            ignore_empty_lines=False,
            invalid_row_handler=invalid.take,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(line_format.names, pa.string()),
            include_columns=[name for name in line_format.names if name in line_format.wanted],
            null_values=list(MISSING),
            strings_can_be_null=True,
        ),
    )
