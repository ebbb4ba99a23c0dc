"""From raw text to typed records: casts, class names, and the rows that do not parse."""

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
from ecnet.readers import times
from ecnet.readers.spelling import canonical, without_missing

_UNKNOWN_PORT = -1
_LAST_PORT = 65535
UNCLOSED = "a quote is not closed, or line ends are mixed; get the file again"
_SHOWN = 80

Mask = npt.NDArray[np.bool_]


class Rejected(NamedTuple):
    """A row that does not parse: its line, the column and value at fault, and why."""

    row: int
    column: str
    value: str
    reason: str


def worded(rejected: pd.DataFrame) -> str:
    """Return the first of some rejected rows in words."""
    line = Rejected(*rejected.iloc[0][list(Rejected._fields)])
    subject = f"{line.column} is " if line.column else ""
    return f"row {line.row}: {subject}{line.value!r}: {line.reason}"


@dataclass(frozen=True)
class Raw:
    """A block of rows as text.

    table: a string column for each column read, by header name, missing values as nulls.
    row: (n,) the line of each row. rejected: lines that are no row at all.
    cut: the last row is the file's last line and has no line end: it may have been cut short.
    formats: how the file writes the times of some columns, by header name.
    notices: what a reader of the records should know of how the file was read.
    """

    table: pa.Table
    row: npt.NDArray[np.int64]
    rejected: list[Rejected] = field(default_factory=list)
    cut: bool = False
    formats: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def column(self, column: Column) -> Column:
        """Return a column as it is written in the file."""
        return replace(column, format=self.formats.get(column.header, column.format))


@dataclass(frozen=True)
class Batch:
    """Typed records, and the rows that could not be typed.

    table: the format's columns that the file has, by our names and in the format's order (number
        and time float64, category and text string, port int32; what is missing is null), then
        `label` (string) and `row` (int64): the 1-based line in the unpacked file, header lines
        included, or the frame number of a packet.
    rejected: row, column, value, reason; one line for each row left out of `table`.
    notices: as of `Raw`.
    """

    table: pa.Table
    rejected: pd.DataFrame
    notices: tuple[str, ...] = ()

    @cached_property
    def records(self) -> pd.DataFrame:
        """The table as pandas has it: a port is Int32, a text `str`."""
        frame: pd.DataFrame = self.table.to_pandas(types_mapper={pa.int32(): pd.Int32Dtype()}.get)
        return frame


def typed(raw: Raw, format: Format, source: Source, path: Path) -> Batch:
    """Type a block of rows and name their classes.

    Raises:
        InputError: a row has a label that the format does not know. A row that may have been cut
            short is rejected instead.
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
                raise InputError(f"{path}: line {row}: a label runs over several lines: {UNCLOSED}")
            known = ", ".join(format.classes)
            raise InputError(
                f"{path}: line {row}: unknown label {values}; {format.title} has {known}"
            )
        rejected.append(Rejected(row, format.labels[-1], values[:_SHOWN], "line is cut short"))
    kept &= ~unknown
    table = pa.table({**arrays, "label": label, "row": pa.array(raw.row)})
    return Batch(
        table=table if kept.all() else table.filter(pa.array(kept)),
        rejected=pd.DataFrame(sorted(rejected), columns=list(Rejected._fields)),
        notices=raw.notices,
    )


def _why(value: str, column: Column) -> str:
    """Return why a value is not of a column's kind, and what would be."""
    if column.kind == "time":
        return f"is no time; read are {times.READ}"
    if "," in value:
        return f"is no {column.kind}; write it with a decimal point and without marks of thousands"
    return f"is no {column.kind}"


def cast(text: pa.ChunkedArray, column: Column) -> tuple[pa.ChunkedArray, Mask]:
    """Return the typed values of a column and where the text is not of the column's kind."""
    if column.kind == "category":
        return canonical(text, column.hexadecimal), np.zeros(len(text), dtype=bool)
    if column.kind == "text":
        return without_missing(text), np.zeros(len(text), dtype=bool)
    parse = _ports if column.kind == "port" else _times if column.format else _numbers
    return parse(text, column)


def _numbers(text: pa.ChunkedArray, _: Column) -> tuple[pa.ChunkedArray, Mask]:
    try:
        numbers = pc.cast(text, pa.float64())
    except pa.ArrowInvalid:
        return _one_by_one(text, _number, pa.float64())
    if pc.any(pc.is_nan(numbers)).as_py():  # of NAN, and of what pyarrow alone takes: nan(1)
        return _one_by_one(text, _number, pa.float64())
    return numbers, np.zeros(len(text), dtype=bool)


def _number(text: str) -> float | None:
    number = float(text)
    return None if math.isnan(number) else number


def _ports(text: pa.ChunkedArray, _: Column) -> tuple[pa.ChunkedArray, Mask]:
    try:
        numbers = pc.cast(text, pa.int32())  # takes hexadecimal as well
        ends = pc.min_max(numbers)
    except pa.ArrowInvalid:
        return _one_by_one(text, _port, pa.int32())
    if ends["min"].is_valid and not 0 <= ends["min"].as_py() <= ends["max"].as_py() <= _LAST_PORT:
        return _one_by_one(text, _port, pa.int32())
    return numbers, np.zeros(len(text), dtype=bool)


def _port(text: str) -> int | None:
    number = int(text, 16) if text[:2] in ("0x", "0X") else float(text)
    if number == _UNKNOWN_PORT:
        return None
    if not 0 <= number <= _LAST_PORT or number != int(number):  # neither inf nor nan is within
        raise ValueError(text)
    return int(number)


def _times(text: pa.ChunkedArray, column: Column) -> tuple[pa.ChunkedArray, Mask]:
    return times.parse(without_missing(text), column.format)


def _one_by_one(
    text: pa.ChunkedArray, parse: Callable[[str], float | None], kind: pa.DataType
) -> tuple[pa.ChunkedArray, Mask]:
    """Parse each distinct value by itself: the slow way, for blocks that hold odd ones."""
    coded = without_missing(text).combine_chunks().dictionary_encode()
    parsed: list[float | None] = []
    bad = []
    for value in coded.dictionary.to_pylist():
        try:
            # Python takes 1_0 for 10, pyarrow does not: a cell must not depend on its neighbours.
            parsed.append(parse(value.replace("_", " _")))
            bad.append(False)
        except ValueError:
            parsed.append(None)
            bad.append(True)
    values = pa.array(parsed, kind).take(coded.indices)
    wrong = pa.array(bad, pa.bool_()).take(coded.indices).fill_null(False)
    return pa.chunked_array([values]), wrong.to_numpy(zero_copy_only=False)


def blank_rows(table: pa.Table) -> Mask:
    """Return (n,) where every column is missing, as pyarrow reads an empty line."""
    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        if column.null_count == 0:
            return np.zeros(table.num_rows, dtype=bool)
        blank &= column.is_null().to_numpy()
    return blank


def _label(table: pa.Table, format: Format, source: Source) -> tuple[pa.Array, Mask]:
    """Return the class of each row, and where it is none; each combination is asked for once."""
    columns = {name: canonical(table[name]) for name in format.labels}
    combined = np.zeros(table.num_rows, dtype=np.int64)
    for text in columns.values():
        coded = text.combine_chunks().dictionary_encode(null_encoding="encode")
        combined = combined * len(coded.dictionary) + coded.indices.to_numpy()
        combined = np.unique(combined, return_inverse=True)[1]  # so that no product overflows
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
