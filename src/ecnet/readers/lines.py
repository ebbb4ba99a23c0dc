"""Lines of delimited text to blocks of rows, each row with the number of its line."""

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
from ecnet.readers.batch import UNCLOSED, Raw, Rejected
from ecnet.readers.sieve import Integers, Manner, Readable, Sieve
from ecnet.readers.spelling import MISSING

_BLOCK = 4 << 20
_SHOWN = 80
_MOST_INVALID = 1_000_000
"""Lines with a wrong number of fields after which a file is given up, so that memory is bounded."""


class _Counted(io.RawIOBase):
    """A stream that counts its line ends, after lines that were taken off it are put back.

    rows: from the numbers of its lines, 1 for the first, to those in the file.
    """

    def __init__(
        self, stream: Readable, back: bytes, path: Path, rows: Callable[[Integers], Integers]
    ) -> None:
        self._stream, self._back, self._path, self.rows = stream, back, path, rows
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._ends = 0
        self._last = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block, self._back = self._back[:size], self._back[size:]
        block += self._stream.read(size - len(block))
        if not block.isascii():  # pyarrow would print a traceback for a line that it cannot show
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
            raise encoding.foreign(self._path, row) from error

    @property
    def cut(self) -> bool:
        """Whether the last line has no line end."""
        return self._last not in (b"\n", b"")

    @property
    def lines(self) -> int:
        return self._ends + self.cut

    def placed(self, line: Rejected) -> Rejected:
        """Return a line that is no row under its number in the file."""
        return line._replace(row=int(self.rows(np.array([line.row]))[0]))


class _Invalid:
    """The lines that have not the number of fields they must have, in order.

    pyarrow reads ahead of the block that it gives, by how much depends on the moment: so a line
    is handed on only with the block that it lies in.
    """

    def __init__(self, comment: str) -> None:
        self.numbers: list[int] = []
        self._comment = comment
        self._waiting: deque[Rejected] = deque()

    def take(self, line: Any) -> str:
        """Take one line from pyarrow and tell it to go on, or to stop where it is no use."""
        self.numbers.append(line.number)
        if not (self._comment and line.text.startswith(self._comment)):
            reason = f"has {line.actual_columns} fields, expected {line.expected_columns}"
            self._waiting.append(Rejected(line.number, "", line.text[:_SHOWN], reason))
        return "skip" if len(self.numbers) < _MOST_INVALID else "error"

    def lines_of(self, valid: int, count: int) -> Integers:
        """Return the lines of the next `count` valid rows, `valid` being those before them."""
        numbers = np.array(self.numbers, dtype=np.int64)
        valid_before = numbers - 1 - np.arange(len(numbers))
        place = np.arange(valid, valid + count)
        return place + 1 + np.searchsorted(valid_before, place, side="right")

    def up_to(self, lines: Integers) -> list[Rejected]:
        """Hand on the lines that come before the last of `lines`."""
        found = []
        while len(lines) and self._waiting and self._waiting[0].row < lines[-1]:
            found.append(self._waiting.popleft())
        return found

    def rest(self) -> list[Rejected]:
        """Hand on the lines that come after the last valid row."""
        return list(self._waiting)


def rows(
    stream: Readable,
    path: Path,
    manner: Manner,
    *,
    before: int = 0,
    back: bytes = b"",
    sieve: Sieve | None = None,
) -> Iterator[Raw]:
    """Yield the lines of `stream` as rows, in blocks.

    Args:
        manner: how they are written.
        before: how many lines of the file have been read already.
        back: what has been read of the records already, a block at most.
        sieve: what decides which records are not needed.

    Raises:
        InputError: there is no row at all, or a quoted field runs over several lines.
    """
    back = back or stream.read(_BLOCK)
    if not back:
        after = f" after line {before}, its header" if before else ""
        raise InputError(f"{path}: holds no record{after}; get the file again")
    dropped_before = 0 if sieve is None else sieve.dropped.total()
    counted = _counted(stream, path, manner, before=before, back=back, sieve=sieve)
    invalid = _Invalid(manner.comment)
    valid = 0
    held: Raw | None = None
    for block in _reader(counted, manner, invalid):
        if held is not None:
            yield manner.finish(held)
        lines = invalid.lines_of(valid, block.num_rows)
        valid += block.num_rows
        rejected = [counted.placed(line) for line in invalid.up_to(lines)]
        held = Raw(pa.Table.from_batches([block]), counted.rows(lines), rejected)
    dropped = 0 if sieve is None else sieve.dropped.total() - dropped_before
    if held is None or valid + dropped == 0:
        raise _no_record(path, manner, [counted.placed(line) for line in invalid.rest()])
    end = counted.rows(np.array([counted.lines]))
    yield manner.finish(
        replace(
            held,
            rejected=held.rejected + [counted.placed(line) for line in invalid.rest()],
            cut=bool(counted.cut and len(held.row) > 0 and held.row[-1] == end[0]),
        )
    )
    # After the last row: a fault of a row is named first, wherever blocks end.
    told = valid + len(invalid.numbers)
    if counted.lines != told:
        raise InputError(
            f"{path}: {told + dropped} of {counted.lines + dropped} lines were told apart: "
            f"{UNCLOSED}"
        )


def _no_record(path: Path, manner: Manner, rejected: list[Rejected]) -> InputError:
    """Return the error of a file without records, which names what its first line is."""
    if not rejected:
        return InputError(f"{path}: holds no record but comments; get the file again")
    first = rejected[0]
    return InputError(
        f"{path}: holds no record of {len(manner.names)} fields: line {first.row} {first.reason} "
        f"({first.value!r}); get the file again, or give it the columns that its header names"
    )


def _counted(
    stream: Readable, path: Path, manner: Manner, *, before: int, back: bytes, sieve: Sieve | None
) -> _Counted:
    """Return the stream, sieved if it can be."""
    plain = _Counted(stream, back, path, lambda lines: before + lines)
    if sieve is None:
        return plain
    from ecnet.readers.sieved import Sieved, layout_of  # numba, which small files do without

    layout = layout_of(manner, sieve.format)
    if layout is None:
        return plain

    def labels_of(found: Iterable[bytes]) -> list[int]:
        blocks = rows(io.BytesIO(b"".join(found)), path, manner)
        return [label for raw in blocks for label in sieve.labels(raw, path)]

    sieved = Sieved(stream, back, sieve, layout, labels_of, before)
    return _Counted(sieved, b"", path, sieved.rows)


def _reader(stream: _Counted, manner: Manner, invalid: "_Invalid") -> Any:
    return pyarrow.csv.open_csv(
        stream,
        read_options=pyarrow.csv.ReadOptions(
            # With threads pyarrow would not tell the numbers of invalid rows.
            use_threads=False,
            block_size=_BLOCK,
            column_names=list(manner.names),
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=manner.separator,
            quote_char=manner.quote or False,
            # Skipped empty lines would shift the numbers of all later rows.
            ignore_empty_lines=False,
            invalid_row_handler=invalid.take,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(manner.names, pa.string()),
            include_columns=[name for name in manner.names if name in manner.wanted],
            null_values=list(MISSING),
            strings_can_be_null=True,
        ),
    )
