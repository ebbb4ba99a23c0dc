"""Lines of delimited text to blocks of rows, each row with the number of its line."""

import io
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
    back = back or stream.readline()
    if not back:
        raise InputError(f"{path}: holds no record; get the file again")
    counted = _Counted(stream, back)
    invalid: list[Any] = []
    reader = _reader(counted, names, wanted, separator, quote, invalid)
    taken, valid = 0, 0
    held: Raw | None = None
    for block in reader:
        if held is not None:
            yield held
        row = before + _lines(valid, block.num_rows, invalid)
        fresh = [_rejected(line, before) for line in invalid[taken:] if not _is(line, comment)]
        held = Raw(pa.Table.from_batches([block]), row, fresh)
        taken, valid = len(invalid), valid + block.num_rows
    if held is None or valid == 0:
        raise InputError(f"{path}: holds no record of {len(names)} fields; get the file again")
    if counted.lines != valid + len(invalid):
        raise InputError(
            f"{path}: has {before + counted.lines} lines, but {before + valid + len(invalid)} were "
            f"told apart: a quote is not closed, or line ends are mixed; get the file again"
        )
    last = len(held.row) > 0 and held.row[-1] == before + counted.lines
    yield replace(held, cut=bool(counted.cut and last))


def _reader(
    stream: _Counted,
    names: Sequence[str],
    wanted: Collection[str],
    separator: str,
    quote: str,
    invalid: list[Any],
) -> Any:
    def keep(row: Any) -> str:
        invalid.append(row)
        return "skip"

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
            invalid_row_handler=keep,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=[name for name in names if name in wanted],
            null_values=list(MISSING),
            strings_can_be_null=True,
        ),
    )


def _lines(valid: int, count: int, invalid: Sequence[Any]) -> npt.NDArray[np.int64]:
    """Return the lines of the next `count` valid rows, `valid` being those before them."""
    numbers = np.array([line.number for line in invalid], dtype=np.int64)
    valid_before = numbers - 1 - np.arange(len(numbers))
    place = np.arange(valid, valid + count)
    return place + 1 + np.searchsorted(valid_before, place, side="right")


def _rejected(line: Any, before: int) -> Rejected:
    reason = f"has {line.actual_columns} fields, expected {line.expected_columns}"
    return Rejected(before + line.number, "", line.text[:_SHOWN], reason)


def _is(line: Any, comment: str) -> bool:
    return bool(comment) and line.text.startswith(comment)
