"""Header lines: which of a file's columns are those of a format, and a header among the records."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.datasets.declaration import Format
from ecnet.errors import InputError
from ecnet.readers.batch import Raw
from ecnet.readers.columns import key

_NUMERIC = ("number", "port", "time")
_WORD = r"^[\s\x{FEFF}\"']*[A-Za-z_][^\s\"']"  # two characters at least: flags may be letters
_NUMBERS = r"(?i)^\s*(nan|inf|infinity|na|null|none)\s*$"
_FEWEST = 3
"""Cells that must be those of another kind of row, at least: fewer are cells that do not parse."""

_NUMBERED = re.compile(r"([A-Za-z_. ]*)(\d{1,4})")
_INDEX = ("", "Unnamed: 0")
_PARTS = r"[,;|\t]"
_SPLIT = "part the file there, and give each part its own header"


def wanted(format: Format) -> set[str]:
    """Return the header names of all columns that are read."""
    return {column.header for column in format.columns} | set(format.labels)


def known(fields: Sequence[str], format: Format) -> int:
    """Return how many fields are names of the format's columns, however they are spelled."""
    keys = {key(name) for name in wanted(format) | set(format.layout)}
    return sum(key(field) in keys for field in fields)


def is_header(fields: Sequence[str], format: Format) -> bool:
    """Tell a header from a record: most of its fields are names that the format has.

    Most, not all: a header with a misspelt name must not be taken for a record.
    """
    return not format.headerless or known(fields, format) > len(fields) / 2


def numbered(fields: Sequence[str], format: Format) -> list[str | None] | None:
    """Return the format's names of columns that a program has numbered; None if it has not.

    So a file without header comes out of pandas (0, 1, 2) or R (V1, V2), an index before it or not.
    """
    index, given = (fields[:1], fields[1:]) if fields[0] in _INDEX else ([], fields)
    found = [_NUMBERED.fullmatch(field) for field in given]
    numbers = [(one[1], int(one[2])) for one in found if one]
    if not numbers or len(numbers) < len(given) or len(given) not in layout_widths(format):
        return None
    prefix, first = numbers[0]
    if first > 1 or numbers != [(prefix, first + place) for place in range(len(given))]:
        return None
    return [*(None for _ in index), *format.layout[: len(given)]]


def layout_widths(format: Format) -> list[int]:
    """Return how many fields a record without header may have; the last may be optional."""
    optional = {column.header for column in format.columns if column.optional}
    width = len(format.layout)
    return [width, width - 1] if format.layout and format.layout[-1] in optional else [width]


def check_record(fields: Sequence[str], path: Path) -> None:
    """Check that the first record was not taken for a header when the file was written anew.

    pandas makes the names of columns unlike each other: 0, 0, 0 become 0, 0.1, 0.2.

    Raises:
        InputError: it was, so that its values are not those of the record.
    """
    made = [
        field
        for place, field in enumerate(fields)
        if ((stem := field.rpartition("."))[2].isdecimal() and stem[0] in fields[:place])
        or field.startswith("Unnamed: ")
    ]
    if len(made) >= _FEWEST and len(set(fields)) == len(fields):
        raise InputError(
            f"{path}: line 1 is a record that a program took for names of columns, and changed so "
            f"that no two are alike ({', '.join(made[:_FEWEST])}); get the published file, or "
            "read that with header=None before it is written anew"
        )


def declared(fields: Sequence[str], format: Format, path: Path) -> list[str | None]:
    """Return for each field of a header the format's name of it; None where the format has none.

    Raises:
        InputError: a column is missing, or two fields could be it.
    """
    names = matched(fields, [*(column.header for column in format.columns), *format.labels], path)
    _check_present([name for name in names if name], fields, format, path)
    return names


def matched(fields: Sequence[str], names: Sequence[str], path: Path) -> list[str | None]:
    """Return for each field of a header the one of `names` that it is; None where it is none.

    A name in another spelling (`Flow ID` for `Flow_ID`) counts where no field has the name itself.

    Raises:
        InputError: two fields could be the same one.
    """
    found: list[str | None] = [None] * len(fields)
    keys = [key(field) for field in fields]
    for name in dict.fromkeys(names):
        places = [place for place, field in enumerate(fields) if field == name]
        places = places or [place for place, of in enumerate(keys) if of == key(name)]
        if len(places) > 1:
            first, second = places[:2]
            raise InputError(
                f"{path}: has the column {name} twice, as field {first + 1} ({fields[first]}) and "
                f"{second + 1} ({fields[second]}); delete or rename one of them"
            )
        if places:
            found[places[0]] = name
    return found


def check_header(names: Sequence[str], format: Format, path: Path) -> None:
    """Check that a header has every column that the format needs, and none of them twice.

    Columns that the format does not declare are no error: they are not read.

    Raises:
        InputError: one is missing (with the nearest name met) or stands twice.
    """
    _check_present(names, names, format, path)
    declared(names, format, path)


def without_repeats(raw: Raw, format: Format, path: Path) -> Raw:
    """Return a block without the rows that repeat the header, as in files that were joined.

    Raises:
        InputError: a row is a header of other columns, or of these in another order.
    """
    keys = {key(name) for name in wanted(format)}
    for line in raw.rejected:
        cells = re.split(_PARTS, line.value)[:-1]  # the last may be cut
        if len(cells) > 1 and _most_known(cells, keys):
            raise InputError(
                f"{path}: line {line.row} is a second header of other columns: {line.value!r}; "
                f"{_SPLIT}"
            )
    suspects = np.flatnonzero(_words(raw.table, format))
    if not len(suspects):
        return raw
    for place in suspects.tolist():
        _check_repeat(raw, place, keys, path)
    kept = np.ones(len(raw.row), dtype=bool)
    kept[suspects] = False
    return replace(raw, table=raw.table.filter(pa.array(kept)), row=raw.row[kept])


def _needed(format: Format) -> list[str]:
    return [*(column.header for column in format.columns if not column.optional), *format.labels]


def _check_present(found: Sequence[str], fields: Sequence[str], format: Format, path: Path) -> None:
    """Check that all that is needed was found among the fields of a header."""
    absent = [name for name in _needed(format) if name not in found]
    if absent:
        near = difflib.get_close_matches(absent[0], fields, n=1)
        hint = f"it has {', '.join(fields)[:200]}"
        if near:
            hint = f"the nearest is {near[0]}: rename it, if that is what it holds"
        elif not found:
            hint += "; is its header line missing?"
        raise InputError(f"{path}: has no column {absent[0]} of {format.title}; {hint}")


def _most_known(cells: Sequence[str], keys: set[str]) -> bool:
    return sum(key(cell) in keys for cell in cells) > len(cells) / 2


def _words(table: pa.Table, format: Format) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return where each column of numbers holds a word: such a row is a header, no record."""
    numeric = [
        table[column.header]
        for column in format.columns
        if column.kind in _NUMERIC and column.header in table.column_names
    ]
    alone = np.ones(table.num_rows, dtype=bool)  # no number was met
    count = np.zeros(table.num_rows, dtype=int)
    for text in numeric:
        word = pc.and_not(
            pc.match_substring_regex(text, _WORD), pc.match_substring_regex(text, _NUMBERS)
        )
        alone &= pc.fill_null(word, True).to_numpy()
        if not alone.any():
            break
        count += pc.fill_null(word, False).to_numpy()
    return alone & (count >= min(_FEWEST, len(numeric)))


def _check_repeat(raw: Raw, place: int, keys: set[str], path: Path) -> None:
    """Check that a row is the header over again."""
    names = raw.table.column_names
    cells = [raw.table[name][place].as_py() or "" for name in names]
    if [key(cell) for cell in cells] == [key(name) for name in names]:
        return
    line = int(raw.row[place])
    other = [
        (name, cell) for name, cell in zip(names, cells, strict=True) if key(cell) != key(name)
    ]
    what = "of these columns in another order" if _most_known(cells, keys) else "of other columns"
    raise InputError(
        f"{path}: line {line} is no record but a second header {what} (in the place of "
        f"{other[0][0]} it has {other[0][1][:80]!r}); {_SPLIT}"
    )
