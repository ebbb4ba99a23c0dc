"""Decimal and thousands separators: numbers as spreadsheets write them in different countries."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.datasets.declaration import Column, Format
from ecnet.errors import InputError
from ecnet.readers.batch import RawBatch, Rejected

_SHOWN = 80
_POWER = r"(?:[eE][+-]?\d+)?"


class Marks(NamedTuple):
    """The decimal separator of numbers, and the thousands separator (empty: none)."""

    decimal: str = "."
    thousands: str = ""


PLAIN = Marks()


def numeric(format: Format) -> list[Column]:
    """Return the columns whose cells may be numbers, including categories such as codes."""
    return [column for column in format.columns if column.kind != "text" and not column.format]


def detect(cells: Iterable[str], path: Path) -> Marks:
    """Return the separators of numbers, as far as the cells determine them.

    A cell determines them if it has only one interpretation: `0,5` and `1.234,5` do, `1,234` does
    not.

    Raises:
        InputError: more numbers have decimal commas than decimal points, but some have points.
    """
    marked = [cell for cell in map(str.strip, cells) if "," in cell or "." in cell]
    if not any("," in cell or cell.count(".") > 1 for cell in marked):
        return PLAIN
    commas = [cell for cell in marked if _decimal(cell, ",", ".") or _grouped(cell, ".", ",")]
    points = [cell for cell in marked if _decimal(cell, ".", ",") or _grouped(cell, ",", ".")]
    if len(commas) <= len(points):
        return Marks(".", "," if any(_grouped(cell, ",", ".") for cell in marked) else "")
    if points:
        raise InputError(
            f"{path}: holds numbers with a decimal comma ({commas[0]}) and with a decimal point "
            f"({points[0]}); write all of them with a decimal point"
        )
    return Marks(",", "." if any(_grouped(cell, ".", ",") for cell in marked) else "")


def check_points(raw: RawBatch, format: Format, path: Path) -> None:
    """Check that no number of a block has a decimal comma, if the first lines have none.

    Raises:
        InputError: one has; then an earlier `1.234` may mean more than a thousand.
    """
    for column in numeric(format):
        if column.header not in raw.table.column_names:
            continue
        text = raw.table[column.header]
        if not pc.any(pc.match_substring(text, ",")).as_py():
            continue
        for place, cell in enumerate(map(str.strip, pc.fill_null(text, "").to_pylist())):
            if _decimal(cell, ",", ".") or _grouped(cell, ".", ","):
                raise InputError(
                    f"{path}: line {raw.row[place]}: {column.header} is {cell[:_SHOWN]!r}, with a "
                    "decimal comma, and the first lines of the file have none; write all numbers "
                    "with a decimal point"
                )


def normalized(raw: RawBatch, format: Format, marks: Marks) -> RawBatch:
    """Return a block with decimal points and without thousands separators.

    A row with a number that is still ambiguous is rejected.
    """
    if marks == PLAIN:
        return raw
    table, good, rejected = raw.table, np.ones(len(raw.row), dtype=bool), list(raw.rejected)
    for column in numeric(format):
        if column.header not in table.column_names:
            continue
        text = pc.utf8_trim_whitespace(table[column.header])
        if column.kind != "category":
            for place in np.flatnonzero(good & _ambiguous(text, marks)):
                value = text[int(place)].as_py()
                good[place] = False
                rejected.append(
                    Rejected(
                        int(raw.row[place]),
                        column.header,
                        value[:_SHOWN],
                        "is ambiguous: it may have a decimal comma or a decimal point",
                    )
                )
            text = _ungrouped(text, marks)
        table = _with(table, column.header, _with_point(text, marks))
    for name in format.labels:
        if name in table.column_names:
            table = _with(table, name, _with_point(table[name], marks))
    if good.all():
        return replace(raw, table=table)
    kept = table.filter(pa.array(good))
    return replace(raw, table=kept, row=raw.row[good], rejected=rejected)


def _decimal(cell: str, mark: str, other: str) -> bool:
    """Return whether a cell can only be a number with this decimal separator."""
    mark, other = re.escape(mark), re.escape(other)
    if re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}{mark}\d{{3}}", cell):
        return False
    alone = rf"[+-]?\d*{mark}\d+{_POWER}"
    return bool(re.fullmatch(rf"{alone}|[+-]?\d{{1,3}}(?:{other}\d{{3}})+{mark}\d+", cell))


def _grouped(cell: str, mark: str, decimal: str) -> bool:
    """Return whether a cell can only be a number with the thousands separator `mark`."""
    mark, decimal = re.escape(mark), re.escape(decimal)
    groups = rf"[+-]?[1-9]\d{{0,2}}(?:{mark}\d{{3}})"
    return bool(re.fullmatch(rf"{groups}{{2,}}|{groups}+{decimal}\d+", cell))


def _ambiguous(text: pa.ChunkedArray, marks: Marks) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    if marks.thousands or marks.decimal == ".":
        return np.zeros(len(text), dtype=bool)
    found = pc.match_substring_regex(text, r"^[+-]?[1-9]\d{0,2}\.\d{3}$")
    return np.asarray(pc.fill_null(found, False).to_numpy())


def _ungrouped(text: pa.ChunkedArray, marks: Marks) -> pa.ChunkedArray:
    """Remove thousands separators from numbers that have them in the right places."""
    if not marks.thousands:
        return text
    mark, decimal = re.escape(marks.thousands), re.escape(marks.decimal)
    grouped = pc.match_substring_regex(
        text, rf"^[+-]?[1-9]\d{{0,2}}({mark}\d{{3}})+({decimal}\d*)?$"
    )
    return pc.if_else(grouped, pc.replace_substring(text, marks.thousands, ""), text)


def _with_point(text: pa.ChunkedArray, marks: Marks) -> pa.ChunkedArray:
    if marks.decimal == ".":
        return text
    number = pc.match_substring_regex(text, rf"^\s*[+-]?\d*,\d*{_POWER}\s*$")
    return pc.if_else(number, pc.replace_substring(text, ",", "."), text)


def _with(table: pa.Table, name: str, text: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, text)
