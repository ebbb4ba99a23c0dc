"""Detect the dialect of a delimited file from its first lines: separator, header, number formats.

Candidates are compared by how well the format's columns fit, not by counts of characters alone.
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
from ecnet.readers.batch import RawBatch, cast
from ecnet.readers.decimals import Marks
from ecnet.readers.spelling import MISSING

_SHOWN = 40
SEPARATORS = (",", "\t", ";", "|")

_Names = tuple[str | None, ...]
"""The format's name of each field; None for fields that the format does not have."""


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    names: of all fields of a line, all different, including fields that the format does not have.
    headed: the first line is a header. marks: separators in numbers. spaced: there are blanks
    before quotes, so that a CSV parser does not recognise the quotes. times: the time columns whose
    format must be detected.
    """

    names: tuple[str, ...]
    separator: str
    headed: bool
    marks: Marks = decimals.PLAIN
    spaced: bool = False
    times: frozenset[str] = frozenset()

    @property
    def plain(self) -> bool:
        """Whether fields need no conversion."""
        return self.marks == decimals.PLAIN and not self.spaced

    def finish(self, raw: RawBatch, format: Format, path: Path) -> RawBatch:
        """Return a block of rows as they would be in a plain file."""
        if self.spaced:
            raw = _unquoted(raw)
        raw = header.without_repeated_headers(raw, format, path)
        if self.separator != "," and self.marks == decimals.PLAIN:
            decimals.check_points(raw, format, path)
        return decimals.normalized(raw, format, self.marks)


@dataclass(frozen=True)
class _Candidate:
    """One interpretation of the first records: rows of cells, and the names of the cells."""

    separator: str
    names: _Names
    rows: list[list[str]]

    def valid_rows(self, format: Format, path: Path) -> int:
        """Return the number of rows in which every cell is of its column's kind."""
        bad = np.zeros(len(self.rows), dtype=bool)
        raw = decimals.normalized(self.raw(), format, self.marks(format, path))
        for column in format.columns:
            if column.header in raw.table.column_names:
                bad[raw.row] |= cast(raw.table[column.header], self._with_format(column))[1]
        return int((~bad[raw.row]).sum())

    @property
    def width(self) -> int:
        """The number of fields of most rows."""
        return Counter(map(len, self.rows)).most_common(1)[0][0]

    def with_added(self) -> "list[_Candidate]":
        """Return the candidates with an index before, or empty fields after, each record."""
        before = [(None,), ()] if _has_index(self.rows) else [()]
        after: list[_Names] = [(None,) * count for count in range(_empty_ends(self.rows) + 1)]
        ways = [(*index, *self.names, *end) for index in before for end in after if index or end]
        return [replace(self, names=way) for way in ways if len(way) == self.width]

    def raw(self) -> RawBatch:
        """Return the rows as a block, without rows of a different width."""
        rows = [row for row in self.rows if len(row) == len(self.names)]
        columns = {
            name: pa.chunked_array([[_cell(row[place]) for row in rows]], pa.string())
            for place, name in enumerate(self.names)
            if name is not None
        }
        return RawBatch(pa.table(columns), np.arange(len(rows)))

    def marks(self, format: Format, path: Path) -> Marks:
        """Return the separators in numbers."""
        numbers = {column.header for column in decimals.numeric(format)}
        places = [place for place, name in enumerate(self.names) if name in numbers]
        return decimals.detect(
            (row[place] for row in self.rows for place in places if place < len(row)), path
        )

    def times(self, format: Format) -> frozenset[str]:
        """Return the time columns whose format must be detected in the file."""
        return frozenset(
            column.header
            for column in format.columns
            if column.kind == "time"
            and column.header in self.names
            and (column.format or times.format_of(self._first(column), column))
        )

    def _with_format(self, column: Column) -> Column:
        """Return a column with the time format of its first cell."""
        own = times.format_of(self._first(column), column) if column.kind == "time" else None
        return column if own is None else replace(column, format=own)

    def _first(self, column: Column) -> str:
        """Return the first cell of a column that is not missing."""
        place = self.names.index(column.header)
        cells = (row[place] for row in self.rows if place < len(row))
        return next((cell for cell in cells if cell not in MISSING), "")


def detect(lines: Sequence[str], format: Format, path: Path) -> Dialect:
    """Return the dialect of a file, given its first lines.

    Raises:
        InputError: the kind of file is not supported, its header lacks a column or has one twice,
            or a file without header has a different number of fields than the format.
    """
    first, following = lines[0], [line.replace("\r", "") for line in lines[1:]]
    if re.match(r"\s*(%|@(relation|attribute|data)\b)", first, re.IGNORECASE):
        names = ", ".join(source.pattern for source in format.sources if not source.companion)
        raise InputError(
            f"{path}: is an ARFF file, which is not supported, because it may have other classes; "
            f"get the files published as CSV: {names}"
        )
    if "\r" in first:
        command = "tr '\\r' '\\n'" if "\r" in first.rstrip("\r") else "tr -d '\\r'"
        raise InputError(
            f"{path}: has carriage returns as line ends; convert the file with: {command}"
        )
    separator = max(SEPARATORS, key=lambda mark: _fit(first, mark, format))
    fields = _split([first], separator)[0]
    numbered = header.numbered(fields, format)
    headed = numbered is not None or header.is_header(fields, format)
    if headed:
        named = tuple(numbered or header.declared(fields, format, path))
        found = _adjusted(_Candidate(separator, named, _split(following, separator)), format, path)
    else:
        header.check_record(fields, path)
        found = _without_header([first, *following], format, path)
    return Dialect(
        names=_all_named(found.names),
        separator=found.separator,
        headed=headed,
        marks=found.marks(format, path),
        spaced=_spaced(lines, found.separator),
        times=found.times(format),
    )


def _fit(line: str, separator: str, format: Format) -> tuple[int, int]:
    """Return the number of fields with known names, and the number of all fields."""
    try:
        fields = _split([line], separator)[0]
    except csv.Error:  # a field is too long
        return 0, 0
    return header.known_fields(fields, format), len(fields)


def _split(lines: Sequence[str], separator: str) -> list[list[str]]:
    """Return the fields of each line, without outer blanks."""
    rows = csv.reader(lines, delimiter=separator)
    return [[field.strip() for field in row] for row in rows] or [[]]


def _cell(text: str) -> str | None:
    return None if text in MISSING else text


def _all_named(names: _Names) -> tuple[str, ...]:
    """Give different names to the fields that the format does not have."""
    return tuple(name or f"field {place}" for place, name in enumerate(names, start=1))


def _adjusted(candidate: _Candidate, format: Format, path: Path) -> _Candidate:
    """Return a candidate with as many names as the records have fields, if that is certain.

    A header may lack a name for an index (as R writes it) or for the empty fields after the last
    separators, or it may have such names although the records lack the fields.
    """
    cores = [candidate]
    while cores[-1].names[-1:] == (None,):
        cores.append(replace(candidate, names=cores[-1].names[:-1]))
    return _best(cores, format, path) or candidate


def _without_header(lines: Sequence[str], format: Format, path: Path) -> _Candidate:
    """Return the interpretation of records without header.

    They have the fields of the layout, or all except its last column if that is optional.
    """
    layouts: list[_Names] = [format.layout[:width] for width in header.layout_widths(format)]
    cores = [
        _Candidate(separator, layout, _split(lines, separator))
        for separator in SEPARATORS
        if _fit(lines[0], separator, format)[1] >= len(layouts[-1])
        for layout in layouts
    ]
    first = (core for core in cores if len(core.names) == len(core.rows[0]))
    found = _best(cores, format, path) or next(first, None)
    if found is None:
        raise _wrong_width(lines, format, path)
    return found


def _best(cores: Sequence[_Candidate], format: Format, path: Path) -> _Candidate | None:
    """Return the candidate that fits the records, possibly with additional fields.

    Additional fields must be certain: no candidate without them fits, and only one with them; where
    the empty fields begin makes no difference, so a last column that is always empty is missing.
    """
    usual = [core for core in cores if len(core.names) == core.width]
    ways = {(way.separator, way.names): way for core in cores for way in core.with_added()}
    added = [way for way in ways.values() if way not in usual]
    if len(usual) == 1 and not added:
        return usual[0]
    for candidate in usual:
        if candidate.valid_rows(format, path):
            return candidate
    certain = [way for way in added if 2 * way.valid_rows(format, path) > len(way.rows)]
    differ = len({(way.separator, way.names[0]) for way in certain}) > 1
    return certain[-1] if certain and not differ else next(iter(usual), None)


def _wrong_width(lines: Sequence[str], format: Format, path: Path) -> InputError:
    width = max(_fit(lines[0], separator, format)[1] for separator in SEPARATORS)
    what = "is it a file of another dataset?"
    if len(format.layout) < width <= len(format.layout) + 2:
        what = "delete added fields, such as an index"
    return InputError(
        f"{path}: line 1 has {width} fields ({lines[0][:_SHOWN]!r}), a {format.title} file has "
        f"{len(format.layout)}; {what}"
    )


def _has_index(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first fields number the rows."""
    index = [row[0] for row in rows if row]
    if not all(re.fullmatch(r"\d{1,18}", text) for text in index):
        return False
    return all(int(b) - int(a) == 1 for a, b in itertools.pairwise(index))


def _empty_ends(rows: Sequence[Sequence[str]]) -> int:
    """Return how many empty fields every row has at its end."""
    ends = (itertools.takewhile(lambda field: not field, reversed(row)) for row in rows)
    return min((sum(1 for _ in end) for end in ends), default=0)


def _spaced(lines: Sequence[str], separator: str) -> bool:
    pattern = re.compile(rf'(?:^|{re.escape(separator)})[ \t]+"')
    return any(pattern.search(line) for line in lines)


def _unquoted(raw: RawBatch) -> RawBatch:
    """Remove quotes that follow blanks."""
    table = raw.table
    for place, name in enumerate(table.column_names):
        text = pc.replace_substring_regex(table[name], r'^\s+"(.*)"\s*$', r"\1")
        text = pc.if_else(pc.is_in(text, pa.array(MISSING)), pa.scalar(None, pa.string()), text)
        table = table.set_column(place, name, text)
    return replace(raw, table=table)
