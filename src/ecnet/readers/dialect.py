"""How a delimited file is written, told by its first lines: separator, header, marks of numbers.

What the format's own columns fit decides, never a count of characters alone.
"""

import csv
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.datasets.declaration import Column, Format
from ecnet.errors import InputError
from ecnet.readers import decimals, header, times
from ecnet.readers.batch import Raw, cast
from ecnet.readers.decimals import Marks
from ecnet.readers.spelling import MISSING

_SHOWN = 40
SEPARATORS = (",", "\t", ";", "|")

_Names = tuple[str | None, ...]
"""The format's name of each field; None where it has none."""


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    names: of all fields of a line, those that the format does not have included, each once.
    headed: the first line is a header. marks: those of its numbers. spaced: blanks stand before
    quotes, which then are a part of the field for a parser of CSV. times: the columns of times
    whose format is to be told.
    """

    names: tuple[str, ...]
    separator: str
    headed: bool
    marks: Marks = decimals.PLAIN
    spaced: bool = False
    times: frozenset[str] = frozenset()

    @property
    def plain(self) -> bool:
        """Whether fields mean what they say as they are."""
        return self.marks == decimals.PLAIN and not self.spaced

    def finish(self, raw: Raw, format: Format, path: Path) -> Raw:
        """Return a block of the file's rows as a plain file would have them."""
        if self.spaced:
            raw = _unquoted(raw)
        raw = header.without_repeats(raw, format, path)
        if self.separator != "," and self.marks == decimals.PLAIN:
            decimals.check_points(raw, format, path)
        return decimals.pointed(raw, format, self.marks)


@dataclass(frozen=True)
class _Reading:
    """One way to read the first records: (n,) rows of cells, and the names of the cells."""

    separator: str
    names: _Names
    rows: list[list[str]]

    def sound(self, format: Format, path: Path) -> int:
        """Return how many of the rows have a cell of its kind in each column."""
        bad = np.zeros(len(self.rows), dtype=bool)
        raw = decimals.pointed(self.raw(), format, self.marks(format, path))
        for column in format.columns:
            if column.header in raw.table.column_names:
                bad[raw.row] |= cast(raw.table[column.header], self._written(column))[1]
        return int((~bad[raw.row]).sum())

    @property
    def width(self) -> int:
        """How many fields most rows have."""
        return Counter(map(len, self.rows)).most_common(1)[0][0]

    def with_added(self) -> "list[_Reading]":
        """Return the readings that take an index before, or an empty field after, each record."""
        before = [(None,), ()] if _indexed(self.rows) else [()]
        after = [(None,), ()] if _closed(self.rows) else [()]
        ways = [(*index, *self.names, *end) for index in before for end in after if index or end]
        return [replace(self, names=way) for way in ways if len(way) == self.width]

    def raw(self) -> Raw:
        """Return the rows as a block; rows of another width are left out."""
        rows = [row for row in self.rows if len(row) == len(self.names)]
        columns = {
            name: pa.chunked_array([[_cell(row[place]) for row in rows]], pa.string())
            for place, name in enumerate(self.names)
            if name is not None
        }
        return Raw(pa.table(columns), np.arange(len(rows)))

    def marks(self, format: Format, path: Path) -> Marks:
        """Return the marks of the numbers."""
        numbers = {column.header for column in decimals.numeric(format)}
        places = [place for place, name in enumerate(self.names) if name in numbers]
        return decimals.told(
            (row[place] for row in self.rows for place in places if place < len(row)), path
        )

    def times(self, format: Format) -> frozenset[str]:
        """Return the columns of times whose format is to be told from the file."""
        return frozenset(
            column.header
            for column in format.columns
            if column.kind == "time"
            and column.header in self.names
            and (column.format or times.format_of(self._first(column), column))
        )

    def _written(self, column: Column) -> Column:
        """Return a column as the first of its cells is written."""
        told = times.format_of(self._first(column), column) if column.kind == "time" else None
        return column if told is None else replace(column, format=told)

    def _first(self, column: Column) -> str:
        """Return the first cell of a column that is not missing."""
        place = self.names.index(column.header)
        cells = (row[place] for row in self.rows if place < len(row))
        return next((cell for cell in cells if cell not in MISSING), "")


def told(lines: Sequence[str], format: Format, path: Path) -> Dialect:
    """Return how a file is written, given its first lines.

    Raises:
        InputError: it is of a kind that is not read, its header lacks a column or has one twice,
            or a file without header has another number of fields than the format.
    """
    first, following = lines[0], [line.replace("\r", "") for line in lines[1:]]
    if re.match(r"\s*(%|@relation\b)", first, re.IGNORECASE):
        names = ", ".join(source.pattern for source in format.sources if not source.companion)
        raise InputError(
            f"{path}: is an ARFF file, which is not read, for it may have other classes; get what "
            f"was published as CSV: {names}"
        )
    if "\r" in first:
        way = "tr '\\r' '\\n'" if "\r" in first.rstrip("\r") else "tr -d '\\r'"
        raise InputError(f"{path}: has carriage returns for line ends; write it anew with: {way}")
    separator = max(SEPARATORS, key=lambda mark: _likeness(first, mark, format))
    fields = _parted([first], separator)[0]
    numbered = header.numbered(fields, format)
    headed = numbered is not None or header.is_header(fields, format)
    if headed:
        named = tuple(numbered or header.declared(fields, format, path))
        reading = _fitted(_Reading(separator, named, _parted(following, separator)), format, path)
    else:
        header.check_record(fields, path)
        reading = _without_header([first, *following], format, path)
    return Dialect(
        names=_named(reading.names),
        separator=reading.separator,
        headed=headed,
        marks=reading.marks(format, path),
        spaced=_spaced(lines, reading.separator),
        times=reading.times(format),
    )


def _likeness(line: str, separator: str, format: Format) -> tuple[int, int]:
    """Return how many fields are known, and how many there are."""
    try:
        fields = _parted([line], separator)[0]
    except csv.Error:  # one is too long
        return 0, 0
    return header.known(fields, format), len(fields)


def _parted(lines: Sequence[str], separator: str) -> list[list[str]]:
    """Return the fields of each line, without outer blanks."""
    rows = csv.reader(lines, delimiter=separator)
    return [[field.strip() for field in row] for row in rows] or [[]]


def _cell(text: str) -> str | None:
    return None if text in MISSING else text


def _named(names: _Names) -> tuple[str, ...]:
    """Name the fields that the format does not have, each otherwise."""
    return tuple(name or f"field {place}" for place, name in enumerate(names, start=1))


def _fitted(reading: _Reading, format: Format, path: Path) -> _Reading:
    """Return a reading whose names are as many as the fields of the records, if that is certain.

    A header may lack a name for an index (R writes it so) or for what follows a last separator, or
    have such a name where the records have no field.
    """
    cores = [reading]
    if reading.names[-1] is None:
        cores.append(replace(reading, names=reading.names[:-1]))
    return _chosen(cores, format, path) or reading


def _without_header(lines: Sequence[str], format: Format, path: Path) -> _Reading:
    """Return how records that follow no header are read.

    They are those of the layout, or without its last column where this is optional.
    """
    layouts: list[_Names] = [format.layout[:width] for width in header.layout_widths(format)]
    cores = [
        _Reading(separator, layout, _parted(lines, separator))
        for separator in SEPARATORS
        if _likeness(lines[0], separator, format)[1] >= len(layouts[-1])
        for layout in layouts
    ]
    first = (core for core in cores if len(core.names) == len(core.rows[0]))
    found = _chosen(cores, format, path) or next(first, None)
    if found is None:
        raise _another_width(lines, format, path)
    return found


def _chosen(cores: Sequence[_Reading], format: Format, path: Path) -> _Reading | None:
    """Return the one of some readings that fits the records, or one with what was added to them.

    What was added must be certain: no reading without it fits, and no other with it.
    """
    usual = [core for core in cores if len(core.names) == core.width]
    ways = {(way.separator, way.names): way for core in cores for way in core.with_added()}
    added = [way for way in ways.values() if way not in usual]
    if len(usual) == 1 and not added:
        return usual[0]
    for reading in usual:
        if reading.sound(format, path):
            return reading
    certain = [way for way in added if 2 * way.sound(format, path) > len(way.rows)]
    return certain[0] if len(certain) == 1 else next(iter(usual), None)


def _another_width(lines: Sequence[str], format: Format, path: Path) -> InputError:
    width = max(_likeness(lines[0], separator, format)[1] for separator in SEPARATORS)
    what = "is it a file of another dataset?"
    if len(format.layout) < width <= len(format.layout) + 2:
        what = "delete what was added, such as an index"
    return InputError(
        f"{path}: line 1 has {width} fields ({lines[0][:_SHOWN]!r}), a {format.title} file has "
        f"{len(format.layout)}; {what}"
    )


def _indexed(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first fields count the rows."""
    index = [row[0] for row in rows if row]
    if not all(re.fullmatch(r"\d{1,18}", text) for text in index):
        return False
    return all(int(b) - int(a) == 1 for a, b in itertools.pairwise(index))


def _closed(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether each row ends with a separator."""
    return all(row and not row[-1] for row in rows)


def _spaced(lines: Sequence[str], separator: str) -> bool:
    pattern = re.compile(rf'(?:^|{re.escape(separator)})[ \t]+"')
    return any(pattern.search(line) for line in lines)


def _unquoted(raw: Raw) -> Raw:
    """Take off quotes that stand after blanks."""
    table = raw.table
    for place, name in enumerate(table.column_names):
        text = pc.replace_substring_regex(table[name], r'^\s+"(.*)"\s*$', r"\1")
        text = pc.if_else(pc.is_in(text, pa.array(MISSING)), pa.scalar(None, pa.string()), text)
        table = table.set_column(place, name, text)
    return replace(raw, table=table)
