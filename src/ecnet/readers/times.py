"""Times: detect how a file writes them, and convert them to seconds since the epoch (as UTC)."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.datasets.declaration import Column, Format
from ecnet.errors import InputError

if TYPE_CHECKING:
    from ecnet.readers.batch import RawBatch

SUPPORTED = (
    "2019-07-25 03:25:53, 25/07/2019 03:25:53 AM, 25/07/2019 03:25 or seconds since 1970, of the "
    "years 1 to 9999, the same in the whole file"
)
"""The supported times, for messages."""

_DATE = r"^\s*(?:{first})[/.-](?:{second})[/.-]\d{{4}}\b"
_TO_12, _TO_31 = "0?[1-9]|1[0-2]", "1[3-9]|2[0-9]|3[01]"
_AMBIGUOUS = re.compile(rf"({_TO_12})[/.-]({_TO_12})[/.-](\d{{4}})\b")
_DAY_FIRST = _DATE.format(first=_TO_31, second=_TO_12)
_MONTH_FIRST = _DATE.format(first=_TO_12, second=_TO_31)
_NOT_SECONDS = r"\d{12,13}(?:\.\d*)?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.*"
"""Milliseconds (as seconds they would be in the year 5138 or later), or ISO 8601."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = datetime.min.replace(tzinfo=UTC).timestamp()
_END = datetime.max.replace(tzinfo=UTC, microsecond=0).timestamp() + 1
_MAX_TRIED = 100
"""The maximum number of values that are tried to detect the format."""


class TimeFormat(NamedTuple):
    """The format of times, and a notice for the user, or an empty text."""

    format: str
    notice: str = ""


def detect(column: Column, blocks: "Iterable[RawBatch]", path: Path) -> TimeFormat:
    """Return the format of the times of a column in a file, given its blocks.

    If dates may be day/month or month/day, the whole file is searched for a date that has only one
    interpretation. If there is none, and dates are written as in the published file, its order is
    used, with a notice.

    Raises:
        InputError: dates contradict each other, or are ambiguous and not written as published.
    """
    found, readings = None, ""
    for raw in blocks:
        text = pc.utf8_trim_whitespace(raw.table[column.header])
        found = _first_format(text, column) if found is None else found
        if found is None:
            continue
        if not _ordered(found):
            return TimeFormat(found)
        day, month = _first(raw, text, _DAY_FIRST), _first(raw, text, _MONTH_FIRST)
        if day and month:
            raise _both(path, column, day, month)
        if day or month:
            return TimeFormat(found if day else _swapped(found))
        readings = readings or _readings(text)
    if found is None:
        return TimeFormat(column.format)
    return _undecided(column, found, readings, path) if readings else TimeFormat(found)


def check_order(raw: "RawBatch", column: Column, path: Path) -> None:
    """Check that no date of a block contradicts the order of day and month.

    column: with the time format of the file.

    Raises:
        InputError: a date does.
    """
    if not _ordered(column.format):
        return
    day_first = column.format.startswith("%d")
    other = _MONTH_FIRST if day_first else _DAY_FIRST
    if met := _first(raw, raw.table[column.header], other):
        order = "day/month" if day_first else "month/day"
        raise InputError(
            f"{path}: line {met[0]}: {column.header} is {met[1]!r}, but earlier dates are {order}; "
            "write all times as 2019-07-25 03:25:53"
        )


def parse(text: pa.ChunkedArray, format: str) -> tuple[pa.ChunkedArray, npt.NDArray[np.bool_]]:
    """Return (n,) seconds since the epoch, and where the text does not have the format.

    text: (n,) without outer blanks, missing values as nulls.
    """
    values = text.to_pandas()
    parsed = pd.to_datetime(values, format=format, errors="coerce", utc=True)
    if format == "ISO8601":  # pandas also accepts a year alone
        parsed = parsed.where(values.str.match(r"\d{4}-\d\d-\d\d").fillna(False).astype(bool))
    # Microseconds can represent the years 1 to 9999; pandas would subtract in nanoseconds.
    instants = parsed.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    seconds = instants.astype(np.int64) / 10**6
    bad = np.isnat(instants) & values.notna().to_numpy()
    return pa.chunked_array([pa.array(seconds, pa.float64(), mask=np.isnat(instants))]), bad


def out_of_range(seconds: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Return (n,) where seconds since the epoch are not in the years 1 to 9999, as dates are."""
    values = seconds.to_numpy()
    outside: npt.NDArray[np.bool_] = (values < _FIRST) | (values >= _END)
    return outside


def in_seconds(raw: "RawBatch", format: Format) -> "RawBatch":
    """Return a block with times converted to seconds since 1970, if seconds are published.

    Zeek, and programs that save a file again, may write milliseconds or ISO 8601.
    """
    table = raw.table
    for column in format.columns:
        name = column.header
        if column.kind != "time" or column.format or raw.formats.get(name):
            continue
        if name in table.column_names and _any(text := table[name], _NOT_SECONDS):
            cells = [cell and _seconds(cell.strip()) for cell in text.to_pylist()]
            place = table.column_names.index(name)
            table = table.set_column(place, name, pa.chunked_array([pa.array(cells, pa.string())]))
    return replace(raw, table=table)


def _seconds(text: str) -> str:
    if not re.fullmatch(_NOT_SECONDS, text):
        return text
    if text[4] != "-":
        return str(float(text) / 1000)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH
    return str(since // timedelta(microseconds=1) / 10**6)


def _any(text: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(text, f"^\\s*(?:{pattern})\\s*$")).as_py())


def format_of(text: str, column: Column) -> str | None:
    """Return the format of one time; if it is ambiguous, with the day before the month.

    Empty for seconds since the epoch; None if the text is not a time.
    """
    if re.fullmatch(r"-?\d+(\.\d*)?([eE][+-]?\d+)?", text):
        return "" if not column.format or re.fullmatch(r"\d{9,10}(\.\d*)?", text) else None
    if re.match(r"\d{4}-\d\d-\d\d([T ]\d|$)", text):
        return "ISO8601"
    date, _, clock = text.partition(" ")
    if met := re.fullmatch(r"\d{1,2}([/.-])\d{1,2}\1\d{4}", date):
        day = met[1].join(("%d", "%m", "%Y"))
    elif re.fullmatch(r"\d{4}/\d{1,2}/\d{1,2}", date):
        day = "%Y/%m/%d"
    else:
        return None
    met = re.fullmatch(r"\d{1,2}:\d\d(:\d\d)?(\.\d+)?( ?)([AaPp][Mm])?", clock)
    if not met:
        return None
    half = f"{met[3]}%p" if met[4] else ""
    hour = "%I" if half else "%H"
    return f"{day} {hour}:%M{':%S' if met[1] else ''}{'.%f' if met[2] else ''}{half}"


def _first_format(text: pa.ChunkedArray, column: Column) -> str | None:
    tried = (
        format_of(value, column) for value in pc.drop_null(text).slice(0, _MAX_TRIED).to_pylist()
    )
    return next((format for format in tried if format is not None), None)


def _ordered(format: str) -> bool:
    """Return whether a format depends on the order of day and month."""
    return format.startswith(("%d", "%m"))


def _swapped(format: str) -> str:
    return "%m" + format[2] + "%d" + format[5:]


def _first(raw: "RawBatch", text: pa.ChunkedArray, pattern: str) -> tuple[int, str] | None:
    """Return the line number and value of the first cell that matches."""
    place = pc.index(pc.match_substring_regex(text, pattern), True).as_py()
    return None if place < 0 else (int(raw.row[place]), text[place].as_py())


def _both(path: Path, column: Column, day: tuple[int, str], month: tuple[int, str]) -> InputError:
    return InputError(
        f"{path}: {column.header} is day/month in line {day[0]} ({day[1]}) and month/day in line "
        f"{month[0]} ({month[1]}); write all times as 2019-07-25 03:25:53"
    )


def _readings(text: pa.ChunkedArray) -> str:
    """Return what the first date with two interpretations may mean; empty if there is none."""
    for cell in pc.unique(pc.drop_null(text)).to_pylist():
        if (met := _AMBIGUOUS.match(cell)) and int(met[1]) != int(met[2]):
            one, other, year = met[1].zfill(2), met[2].zfill(2), met[3]
            return f"{met[0]} may be {year}-{other}-{one} or {year}-{one}-{other}"
    return ""


def _undecided(column: Column, found: str, readings: str, path: Path) -> TimeFormat:
    """Return the published order with a notice, if dates are written as published."""
    why = (
        f"{path}: the dates of {column.header} may be day/month or month/day ({readings}), because "
        "none has a number above 12 in either place"
    )
    if column.format not in (found, _swapped(found)):
        raise InputError(f"{why}; write them as 2019-07-25 03:25:53")
    order = "day/month" if column.format.startswith("%d") else "month/day"
    return TimeFormat(
        column.format,
        f"{why}; read as {order}, the order of the published file. If that is wrong, write them as "
        "2019-07-25 03:25:53",
    )
