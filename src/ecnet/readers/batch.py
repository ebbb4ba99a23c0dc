"""Convert text to typed records: casts, class names, and rows that do not parse."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.datasets.declaration import Column, Format, Source
from ecnet.errors import InputError
from ecnet.readers import bags, times
from ecnet.readers.spelling import canonical, without_missing

_UNKNOWN_PORT = -1
_LAST_PORT = 65535
UNCLOSED = "a quote is not closed, or line ends are mixed; get the file again"
_SHOWN = 80

Mask = npt.NDArray[np.bool_]


class Rejected(NamedTuple):
    """A row that does not parse: its line, the invalid column and value, and the reason."""

    row: int
    column: str
    value: str
    reason: str


def describe(rejected: pd.DataFrame) -> str:
    """Return a description of the first of some rejected rows."""
    line = Rejected(*rejected.iloc[0][list(Rejected._fields)])
    subject = f"{line.column} is " if line.column else ""
    return f"row {line.row}: {subject}{line.value!r}: {line.reason}"


@dataclass(frozen=True)
class RawBatch:
    """A block of rows as text.

    table: one string column per column read, by header name; missing values are null.
    row: (n,) the line number of each row. rejected: lines that are not rows.
    cut: the last row is the last line of the file and has no line end, so it may be truncated.
    formats: header name -> the time format in this file. notices: what the user should know about
    how the file was read.
    """

    table: pa.Table
    row: npt.NDArray[np.int64]
    rejected: list[Rejected] = field(default_factory=list)
    cut: bool = False
    formats: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def column(self, column: Column) -> Column:
        """Return a column with the time format of this file."""
        return replace(column, format=self.formats.get(column.header, column.format))


@dataclass(frozen=True)
class RecordBatch:
    """Typed records, and the rows that do not parse.

    table: the format's columns that the file has, by our names, in the format's order (number and
        time float64, a byte of a packet uint8, category and text string, port int32; missing values
        are null), then `label` (string) and `row` (int64): the line number in the decompressed
        file, from 1, including header lines; for a packet, the frame number.
    rejected: row, column, value, reason; one line per row that is not in `table`.
    notices: see `RawBatch`.
    """

    table: pa.Table
    rejected: pd.DataFrame
    notices: tuple[str, ...] = ()

    @cached_property
    def records(self) -> pd.DataFrame:
        """The table as a DataFrame: ports are Int32, texts `str`."""
        frame: pd.DataFrame = self.table.to_pandas(types_mapper={pa.int32(): pd.Int32Dtype()}.get)
        return frame


def typed(raw: RawBatch, format: Format, source: Source, path: Path) -> RecordBatch:
    """Convert a block of rows to typed records with class names.

    Raises:
        InputError: a row has a label that the format does not have. A row that may be truncated is
            rejected instead.
    """
    columns = [column for column in format.columns if column.header in raw.table.column_names]
    blank = blank_rows(raw.table)
    rejected = list(raw.rejected) + [Rejected(int(row), "", "", "empty") for row in raw.row[blank]]
    kept, arrays = ~blank, {}
    for column in columns:
        text = raw.table[column.header]
        arrays[column.name], bad = cast(text, raw.column(column))
        for place in np.flatnonzero(bad & kept):
            value = text[int(place)].as_py()
            reason = _why(value, column)
            rejected.append(Rejected(int(raw.row[place]), column.header, value[:_SHOWN], reason))
        kept &= ~bad
    label, unknown = _label(raw.table, format, source)
    for place in np.flatnonzero(unknown & kept):
        row, values = int(raw.row[place]), _label_values(raw.table, format, int(place))
        if not (raw.cut and place == len(raw.row) - 1):
            if "\n" in values:
                raise InputError(f"{path}: line {row}: a label spans several lines: {UNCLOSED}")
            known = ", ".join(format.classes)
            raise InputError(
                f"{path}: line {row}: unknown label {values}; {format.title} has {known}"
            )
        rejected.append(Rejected(row, format.labels[-1], values[:_SHOWN], "line is truncated"))
    kept &= ~unknown
    table = pa.table({**arrays, "label": label, "row": pa.array(raw.row)})
    return RecordBatch(
        table=table if kept.all() else table.filter(pa.array(kept)),
        rejected=pd.DataFrame(sorted(rejected), columns=list(Rejected._fields)),
        notices=raw.notices,
    )


def _why(value: str, column: Column) -> str:
    """Return why a value is not of a column's kind, and how to write it."""
    if column.kind == "time":
        return f"is not a time; supported are {times.SUPPORTED}"
    if column.kind == "bag":
        return f"is not {bags.EXPECTED}"
    if "," in value:
        return (
            f"is not a {column.kind}; write it with a decimal point, without thousands separators"
        )
    return f"is not a {column.kind}"


def cast(text: pa.ChunkedArray, column: Column) -> tuple[pa.ChunkedArray, Mask]:
    """Return the typed values of a column, and where the text is not of the column's kind."""
    if column.kind == "category":
        return canonical(text, column.hexadecimal), np.zeros(len(text), dtype=bool)
    if column.kind == "text":
        return without_missing(text), np.zeros(len(text), dtype=bool)
    if column.kind == "time":
        return _times(text, column)
    if column.kind == "bag":
        return _one_by_one(pc.fill_null(text, bags.EMPTY), bags.canonical, pa.string())
    return _ports(text) if column.kind == "port" else _numbers(text)


def _numbers(text: pa.ChunkedArray) -> tuple[pa.ChunkedArray, Mask]:
    try:
        numbers = pc.cast(text, pa.float64())
    except pa.ArrowInvalid:
        return _one_by_one(text, _number, pa.float64())
    if pc.any(pc.is_nan(numbers)).as_py():  # NAN, or nan(1), which only pyarrow accepts
        return _one_by_one(text, _number, pa.float64())
    return numbers, np.zeros(len(text), dtype=bool)


def _number(text: str) -> float | None:
    number = float(_without_underscores(text))
    return None if math.isnan(number) else number


def _ports(text: pa.ChunkedArray) -> tuple[pa.ChunkedArray, Mask]:
    try:
        numbers = pc.cast(text, pa.int32())  # accepts hexadecimal too
        ends = pc.min_max(numbers)
    except pa.ArrowInvalid:
        return _one_by_one(text, _port, pa.int32())
    if ends["min"].is_valid and not 0 <= ends["min"].as_py() <= ends["max"].as_py() <= _LAST_PORT:
        return _one_by_one(text, _port, pa.int32())
    return numbers, np.zeros(len(text), dtype=bool)


def _port(text: str) -> int | None:
    text = _without_underscores(text)
    number = int(text, 16) if text[:2] in ("0x", "0X") else float(text)
    if number == _UNKNOWN_PORT:
        return None
    if not 0 <= number <= _LAST_PORT or number != int(number):  # also excludes inf and nan
        raise ValueError(text)
    return int(number)


def _without_underscores(text: str) -> str:
    """Return a text that Python cannot read as a number if it has `_`.

    Python accepts 1_0, pyarrow does not: a cell must not depend on its neighbours.
    """
    return text.replace("_", " _")


def _times(text: pa.ChunkedArray, column: Column) -> tuple[pa.ChunkedArray, Mask]:
    if column.format:
        return times.parse(without_missing(text), column.format)
    values, bad = _numbers(text)
    beyond = times.out_of_range(values)
    return pc.if_else(pa.array(~beyond), values, None), bad | beyond


def _one_by_one(
    text: pa.ChunkedArray, parse: Callable[[str], float | str | None], kind: pa.DataType
) -> tuple[pa.ChunkedArray, Mask]:
    """Parse each distinct value separately: slower, for bags and blocks with unusual values."""
    coded = without_missing(text).combine_chunks().dictionary_encode()
    parsed: list[float | str | None] = []
    bad = []
    for value in coded.dictionary.to_pylist():
        try:
            parsed.append(parse(value))
            bad.append(False)
        except ValueError:
            parsed.append(None)
            bad.append(True)
    values = pa.array(parsed, kind).take(coded.indices)
    wrong = pa.array(bad, pa.bool_()).take(coded.indices).fill_null(False)
    return pa.chunked_array([values]), wrong.to_numpy(zero_copy_only=False)


def blank_rows(table: pa.Table) -> Mask:
    """Return (n,) where every column is missing: pyarrow reads an empty line like this."""
    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        if column.null_count == 0:
            return np.zeros(table.num_rows, dtype=bool)
        blank &= column.is_null().to_numpy()
    return blank


def _label(table: pa.Table, format: Format, source: Source) -> tuple[pa.Array, Mask]:
    """Return the class of each row, and where it is unknown; combinations are classified once."""
    columns = {name: canonical(table[name]) for name in format.labels}
    combined = np.zeros(table.num_rows, dtype=np.int64)
    for text in columns.values():
        coded = text.combine_chunks().dictionary_encode(null_encoding="encode")
        combined = combined * len(coded.dictionary) + coded.indices.to_numpy()
        combined = np.unique(combined, return_inverse=True)[1]  # prevents an overflow
    _, first, of = np.unique(combined, return_index=True, return_inverse=True)
    values = pd.DataFrame(
        {name: text.take(pa.array(first)).to_pandas() for name, text in columns.items()},
        index=range(len(first)),
    )
    label = format.classify(values, source).astype("str")
    unknown: Mask = ~label.isin(format.classes).to_numpy()
    named = pa.array(label, pa.string(), from_pandas=True).take(pa.array(of))
    return named, unknown[of]


def _label_values(table: pa.Table, format: Format, place: int) -> str:
    values = ((name, table[name][place].as_py()) for name in format.labels)
    return ", ".join(f"{name}={'' if value is None else value}" for name, value in values)
