"""From raw text to typed records: casts, class names, and the rows that do not parse."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.datasets.declaration import Column, Form, Source
from ecnet.errors import InputError

MISSING = ("", "-", "(empty)", "?", "NaN", "nan")
"""What stands for a missing value; `-` and `(empty)` are Zeek's."""

_MISSING = pa.array(MISSING)
_UNKNOWN_PORT = -1
_LAST_PORT = 65535
_SHOWN = 80

Mask = npt.NDArray[np.bool_]


class Rejected(NamedTuple):
    """A row that does not parse: its line, the column and value at fault, and why."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Raw:
    """A block of rows as text.

    table: a string column for each column read, by header name, missing values as nulls.
    row: (n,) the line of each row. rejected: lines that are no row at all.
    cut: the last row is the file's last line and has no line end: it may have been cut short.
    """

    table: pa.Table
    row: npt.NDArray[np.int64]
    rejected: list[Rejected] = field(default_factory=list)
    cut: bool = False


@dataclass(frozen=True)
class Batch:
    """Typed records, and the rows that could not be typed.

    records: the form's columns that the file has, by our names and in the form's order (number
        and time float64, category and text `str`, port Int32), then `label` (str) and `row`
        (int64): the 1-based line in the unpacked file, header lines included, or the frame
        number of a packet.
    rejected: row, column, value, reason; one line for each row left out of `records`.
    """

    records: pd.DataFrame
    rejected: pd.DataFrame


def typed(raw: Raw, form: Form, source: Source, path: Path) -> Batch:
    """Type a block of rows and name their classes.

    Raises:
        InputError: a row has a label that the form does not know. A row that may have been cut
            short is rejected instead.
    """
    columns = [column for column in form.columns if column.header in raw.table.column_names]
    blank = _blank(raw.table)
    rejected = list(raw.rejected) + [Rejected(int(row), "", "", "empty") for row in raw.row[blank]]
    kept, series = ~blank, {}
    for column in columns:
        text = raw.table[column.header]
        series[column.name], bad = cast(text, column)
        for place in np.flatnonzero(bad & kept):
            value, reason = text[int(place)].as_py(), f"is no {column.kind}"
            rejected.append(Rejected(int(raw.row[place]), column.header, value[:_SHOWN], reason))
        kept &= ~bad
    label, unknown = _label(raw.table, form, source)
    for place in np.flatnonzero(unknown & kept):
        row, values = int(raw.row[place]), _label_values(raw.table, form, int(place))
        if not (raw.cut and place == len(raw.row) - 1):
            known = ", ".join(form.classes)
            raise InputError(
                f"{path}: line {row}: unknown label {values}; {form.title} has {known}"
            )
        rejected.append(Rejected(row, form.labels[-1], values[:_SHOWN], "line is cut short"))
    kept &= ~unknown
    records = pd.DataFrame({**series, "label": label, "row": raw.row})
    return Batch(
        records=records[kept].reset_index(drop=True),
        rejected=pd.DataFrame(sorted(rejected), columns=list(Rejected._fields)),
    )


def without_missing(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return `text` without outer blanks and with nulls where it stands for a missing value."""
    trimmed = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.is_in(trimmed, _MISSING), pa.scalar(None, pa.string()), trimmed)


def cast(text: pa.ChunkedArray, column: Column) -> tuple["pd.Series[Any]", Mask]:
    """Return the typed values of a column and where the text is not of the column's kind."""
    if column.kind in ("category", "text"):
        return without_missing(text).to_pandas(), np.zeros(len(text), dtype=bool)
    parse = _ports if column.kind == "port" else _times if column.format else _numbers
    return parse(text, column)


def _numbers(text: pa.ChunkedArray, _: Column) -> tuple["pd.Series[Any]", Mask]:
    try:
        return pc.cast(text, pa.float64()).to_pandas(), np.zeros(len(text), dtype=bool)
    except pa.ArrowInvalid:
        return _one_by_one(text, float, dtype="float64")


def _ports(text: pa.ChunkedArray, _: Column) -> tuple["pd.Series[Any]", Mask]:
    try:
        numbers = pc.cast(text, pa.int32())  # takes hexadecimal as well
        ends = pc.min_max(numbers)
    except pa.ArrowInvalid:
        return _one_by_one(text, _port, dtype="Int32")
    if ends["min"].is_valid and not 0 <= ends["min"].as_py() <= ends["max"].as_py() <= _LAST_PORT:
        return _one_by_one(text, _port, dtype="Int32")
    return numbers.to_pandas(types_mapper={pa.int32(): pd.Int32Dtype()}.get), np.zeros(
        len(text), dtype=bool
    )


def _port(text: str) -> int | None:
    number = float(int(text, 16)) if text.lower().startswith("0x") else float(text)
    if number == _UNKNOWN_PORT:
        return None
    if not (number.is_integer() and 0 <= number <= _LAST_PORT):
        raise ValueError(text)
    return int(number)


def _times(text: pa.ChunkedArray, column: Column) -> tuple["pd.Series[Any]", Mask]:
    values = without_missing(text).to_pandas()
    parsed = pd.to_datetime(values, format=column.format, errors="coerce", utc=True)
    seconds = (parsed - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    return seconds, (seconds.isna() & values.notna()).to_numpy()


def _one_by_one(
    text: pa.ChunkedArray, parse: Callable[[str], float | None], dtype: str
) -> tuple["pd.Series[Any]", Mask]:
    """Parse each distinct value by itself: the slow way, for blocks that hold odd ones."""
    values = without_missing(text).to_pandas()
    parsed: dict[str, float | None] = {}
    bad = set()
    for value in values.dropna().unique():
        try:
            # Python takes 1_0 for 10, pyarrow does not: a cell must not depend on its neighbours.
            parsed[value] = parse(value.replace("_", " _"))
        except ValueError:
            bad.add(value)
    return values.map(parsed).astype(dtype), values.isin(bad).to_numpy()


def _blank(table: pa.Table) -> Mask:
    """Return where every column is missing, as pyarrow reads an empty line."""
    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        if column.null_count == 0:
            return np.zeros(table.num_rows, dtype=bool)
        blank &= column.is_null().to_numpy()
    return blank


def _label(table: pa.Table, form: Form, source: Source) -> tuple["pd.Series[str]", Mask]:
    values = pd.DataFrame(
        {name: table[name].to_pandas() for name in form.labels}, index=range(table.num_rows)
    )
    label = form.classify(values, source).astype("str")
    return label, ~label.isin(form.classes).to_numpy()


def _label_values(table: pa.Table, form: Form, place: int) -> str:
    values = ((name, table[name][place].as_py()) for name in form.labels)
    return ", ".join(f"{name}={'' if value is None else value}" for name, value in values)
