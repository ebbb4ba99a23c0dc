"""Lines of delimited text to blocks of rows, each row with the number of its line."""

import io
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv

from ecnet.errors import InputError
from ecnet.readers.batch import MISSING, Raw, Rejected

_BLOCK = 4 << 20
_SHOWN = 80
_MOST_INVALID = 1_000_000
"""Lines with a wrong number of fields after which a file is given up, so that memory is bounded."""


class _Counted(io.RawIOBase):
    """A stream that counts its line ends, after lines that were taken off it are put back."""

    def __init__(self, stream: IO[bytes], back: bytes) -> None:
        self._stream, self._back = stream, back
        self._ends = 0
        self._last = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block, self._back = self._back or self._stream.read(size), b""
        self._ends += block.count(b"\n")
        self._last = block[-1:] or self._last
        return block

    @property
    def cut(self) -> bool:
        """Whether the last line has no line end."""
        return self._last not in (b"\n", b"")

    @property
    def lines(self) -> int:
        return self._ends + self.cut


class _Invalid:
    """The lines that have not the number of fields they must have, in order.

    pyarrow reads ahead of the block that it gives, by how much depends on the moment: so a line
    is handed on only with the block that it lies in.
    """

    def __init__(self, before: int, comment: str) -> None:
        self.numbers: list[int] = []
        self._before = before
        self._comment = comment
        self._waiting: deque[Rejected] = deque()

    def take(self, line: Any) -> str:
        """Take one line from pyarrow and tell it to go on, or to stop where it is no use."""
        self.numbers.append(line.number)
        if not (self._comment and line.text.startswith(self._comment)):
            reason = f"has {line.actual_columns} fields, expected {line.expected_columns}"
            row = self._before + line.number
            self._waiting.append(Rejected(row, "", line.text[:_SHOWN], reason))
        return "skip" if len(self.numbers) < _MOST_INVALID else "error"

    def lines_of(self, valid: int, count: int) -> npt.NDArray[np.int64]:
        """Return the lines of the next `count` valid rows, `valid` being those before them."""
        numbers = np.array(self.numbers, dtype=np.int64)
        valid_before = numbers - 1 - np.arange(len(numbers))
        place = np.arange(valid, valid + count)
        return place + 1 + np.searchsorted(valid_before, place, side="right")

    def up_to(self, row: npt.NDArray[np.int64]) -> list[Rejected]:
        """Hand on the lines that come before the last of `row`."""
        found = []
        while len(row) and self._waiting and self._waiting[0].row < row[-1]:
            found.append(self._waiting.popleft())
        return found

    def rest(self) -> list[Rejected]:
        """Hand on the lines that come after the last valid row."""
        return list(self._waiting)


def rows(
    stream: IO[bytes],
    path: Path,
    *,
    names: Sequence[str],
    wanted: Collection[str],
    separator: str,
    quote: str = "",
    before: int = 0,
    back: bytes = b"",
    comment: str = "",
) -> Iterator[Raw]:
    """Yield the lines of `stream` as rows, in blocks.

    Args:
        names: of all fields of a line, in order. wanted: those to keep.
        quote: the quoting character; empty for none.
        before: how many lines of the file have been read already.
        back: a first line that has been read and is a record after all.
        comment: how lines start that are no records.

    Raises:
        InputError: there is no row at all, or a quoted field runs over several lines.
    """
    back = back or stream.readline(_BLOCK)
    if not back:
        raise InputError(f"{path}: holds no record; get the file again")
    counted, invalid = _Counted(stream, back), _Invalid(before, comment)
    valid = 0
    held: Raw | None = None
    for block in _reader(counted, names, wanted, separator, quote, invalid):
        if held is not None:
            yield held
        row = before + invalid.lines_of(valid, block.num_rows)
        valid += block.num_rows
        held = Raw(pa.Table.from_batches([block]), row, invalid.up_to(row))
    if held is None or valid == 0:
        raise InputError(f"{path}: holds no record of {len(names)} fields; get the file again")
    told = valid + len(invalid.numbers)
    if counted.lines != told:
        raise InputError(
            f"{path}: {told} of {counted.lines} lines were told apart: a quote is not closed, or "
            "line ends are mixed; get the file again"
        )
    last = len(held.row) > 0 and held.row[-1] == before + counted.lines
    yield replace(held, rejected=held.rejected + invalid.rest(), cut=bool(counted.cut and last))


def _reader(
    stream: _Counted,
    names: Sequence[str],
    wanted: Collection[str],
    separator: str,
    quote: str,
    invalid: "_Invalid",
) -> Any:
    return pyarrow.csv.open_csv(
        stream,
        read_options=pyarrow.csv.ReadOptions(
            # With threads pyarrow would not tell the numbers of invalid rows.
            use_threads=False,
            block_size=_BLOCK,
            column_names=list(names),
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=separator,
            quote_char=quote or False,
            # Skipped empty lines would shift the numbers of all later rows.
            ignore_empty_lines=False,
            invalid_row_handler=invalid.take,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=[name for name in names if name in wanted],
            null_values=list(MISSING),
            strings_can_be_null=True,
        ),
    )
