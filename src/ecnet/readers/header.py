"""Header lines: match columns to a format, and find repeated headers among the records."""

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
from ecnet.readers.batch import RawBatch
from ecnet.readers.columns import key

_NUMERIC = ("number", "port", "time")
_WORD = r"^[\s\x{FEFF}\"']*[A-Za-z_][^\s\"']"  # two characters at least: flags may be letters
_NUMBERS = r"(?i)^\s*(nan|inf|infinity|na|null|none)\s*$"
_MIN_CELLS = 3
"""The minimum number of such cells for a row to be a header; fewer are cells that do not parse."""

_NUMBERED = re.compile(r"([A-Za-z_. ]*)(\d{1,4})")
_INDEX = ("", "Unnamed: 0")
_SEPARATOR = r"[,;|\t]"
_REMEDY = "split the file there, and give each part its own header"


def wanted(format: Format) -> set[str]:
    """Return the header names of all columns that are read."""
    return {column.header for column in format.columns} | set(format.labels)


def known_fields(fields: Sequence[str], format: Format) -> int:
    """Return how many fields are names of the format's columns, in any spelling."""
    keys = {key(name) for name in wanted(format) | set(format.layout)}
    return sum(key(field) in keys for field in fields)


def is_header(fields: Sequence[str], format: Format) -> bool:
    """Return whether a line is a header: most of its fields are names of the format.

    Most, not all: otherwise a header with a misspelt name would be read as a record.
    """
    return not format.headerless or known_fields(fields, format) > len(fields) / 2


def numbered(fields: Sequence[str], format: Format) -> list[str | None] | None:
    """Return the format's names of columns that a program has numbered; None if it has not.

    pandas (0, 1, 2) and R (V1, V2) write such headers for files without header, with or without an
    index.
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
    """Return the possible numbers of fields of a record without header."""
    optional = {column.header for column in format.columns if column.optional}
    width = len(format.layout)
    return [width, width - 1] if format.layout and format.layout[-1] in optional else [width]


def check_record(fields: Sequence[str], path: Path) -> None:
    """Check that no program has used the first record as a header and changed it.

    pandas makes column names unique: 0, 0, 0 become 0, 0.1, 0.2.

    Raises:
        InputError: one has, so the original values are lost.
    """
    made = [
        field
        for place, field in enumerate(fields)
        if ((stem := field.rpartition("."))[2].isdecimal() and stem[0] in fields[:place])
        or field.startswith("Unnamed: ")
    ]
    if len(made) >= _MIN_CELLS and len(set(fields)) == len(fields):
        raise InputError(
            f"{path}: line 1 is a record that a program used as column names, and changed to make "
            f"them unique ({', '.join(made[:_MIN_CELLS])}); get the published file, or export it "
            "again with header=None"
        )


def declared(fields: Sequence[str], format: Format, path: Path) -> list[str | None]:
    """Return the format's name of each field of a header; None for fields it does not have.

    Raises:
        InputError: a column is missing, or two fields match it.
    """
    names = matched(fields, [*(column.header for column in format.columns), *format.labels], path)
    _check_present([name for name in names if name], fields, format, path)
    return names


def matched(fields: Sequence[str], names: Sequence[str], path: Path) -> list[str | None]:
    """Return the one of `names` that each field of a header matches; None if it matches none.

    Another spelling (`Flow ID` for `Flow_ID`) matches if no field has the exact name.

    Raises:
        InputError: two fields match the same name.
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
    """Check that a header has every required column of the format, and none of them twice.

    Columns that the format does not declare are ignored.

    Raises:
        InputError: one is missing (the message has the most similar name) or occurs twice.
    """
    _check_present(names, names, format, path)
    declared(names, format, path)


def without_repeated_headers(raw: RawBatch, format: Format, path: Path) -> RawBatch:
    """Return a block without the rows that repeat the header, as in concatenated files.

    Raises:
        InputError: a row is a header with other columns, or with a different order.
    """
    keys = {key(name) for name in wanted(format)}
    for line in raw.rejected:
        cells = re.split(_SEPARATOR, line.value)[:-1]  # the last one may be truncated
        if len(cells) > 1 and _most_known(cells, keys):
            raise InputError(
                f"{path}: line {line.row} is a second header with other columns: {line.value!r}; "
                f"{_REMEDY}"
            )
    suspects = np.flatnonzero(_words(raw.table, format))
    if not len(suspects):
        return raw
    for place in suspects.tolist():
        _check_repeat(raw, place, keys, path)
    kept = np.ones(len(raw.row), dtype=bool)
    kept[suspects] = False
    return replace(raw, table=raw.table.filter(pa.array(kept)), row=raw.row[kept])


def _required(format: Format) -> list[str]:
    return [*(column.header for column in format.columns if not column.optional), *format.labels]


def _check_present(found: Sequence[str], fields: Sequence[str], format: Format, path: Path) -> None:
    """Check that all required columns were found among the fields of a header."""
    absent = [name for name in _required(format) if name not in found]
    if absent:
        near = difflib.get_close_matches(absent[0], fields, n=1)
        hint = f"it has {', '.join(fields)[:200]}"
        if near:
            hint = f"the most similar is {near[0]}: rename it, if it is that column"
        elif not found:
            hint += "; is its header line missing?"
        raise InputError(f"{path}: has no column {absent[0]} of {format.title}; {hint}")


def _most_known(cells: Sequence[str], keys: set[str]) -> bool:
    return sum(key(cell) in keys for cell in cells) > len(cells) / 2


def _words(table: pa.Table, format: Format) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return where each numeric column has a word: such a row is a header."""
    numeric = [
        table[column.header]
        for column in format.columns
        if column.kind in _NUMERIC and column.header in table.column_names
    ]
    only_words = np.ones(table.num_rows, dtype=bool)
    count = np.zeros(table.num_rows, dtype=int)
    for text in numeric:
        word = pc.and_not(
            pc.match_substring_regex(text, _WORD), pc.match_substring_regex(text, _NUMBERS)
        )
        only_words &= pc.fill_null(word, True).to_numpy()
        if not only_words.any():
            break
        count += pc.fill_null(word, False).to_numpy()
    return only_words & (count >= min(_MIN_CELLS, len(numeric)))


def _check_repeat(raw: RawBatch, place: int, keys: set[str], path: Path) -> None:
    """Check that a row is an exact repetition of the header."""
    names = raw.table.column_names
    cells = [raw.table[name][place].as_py() or "" for name in names]
    if [key(cell) for cell in cells] == [key(name) for name in names]:
        return
    line = int(raw.row[place])
    other = [
        (name, cell) for name, cell in zip(names, cells, strict=True) if key(cell) != key(name)
    ]
    what = "with a different order of columns"
    if not _most_known(cells, keys):
        what = "with other columns"
    raise InputError(
        f"{path}: line {line} is a second header {what} (instead of {other[0][0]} it has "
        f"{other[0][1][:80]!r}); {_REMEDY}"
    )
