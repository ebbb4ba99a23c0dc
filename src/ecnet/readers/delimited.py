"""CSV and TSV, with or without a header line."""

import csv
import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from ecnet.datasets.declaration import Form
from ecnet.errors import InputError
from ecnet.readers import lines
from ecnet.readers.batch import Raw
from ecnet.readers.compressed import LONGEST, opened
from ecnet.readers.sieve import Manner, Sieve


def read(path: Path, form: Form, sieve: Sieve | None = None) -> Iterator[Raw]:
    """Yield the rows of a delimited file, as far as they pass; its first line tells the separator.

    Raises:
        InputError: the header lacks a column or has one twice, or the first line of a file
            without header has not the form's number of fields.
    """
    with opened(path) as stream:
        first = stream.readline(LONGEST)
        text = first.decode("utf-8-sig")
        separator = "\t" if text.count("\t") > text.count(",") else ","
        fields = [field.strip() for field in next(csv.reader([text], delimiter=separator), [])]
        headed = _is_header(fields, form)
        if headed:
            check_header(fields, form, path)
        elif len(fields) != len(form.layout):
            raise InputError(
                f"{path}: line 1 has {len(fields)} fields, a {form.title} file has "
                f"{len(form.layout)}; is it a file of another dataset?"
            )
        manner = Manner(fields if headed else form.layout, wanted(form), separator, quote='"')
        yield from lines.rows(
            stream,
            path,
            manner,
            before=1 if headed else 0,
            back=b"" if headed else first,
            sieve=sieve,
        )


def wanted(form: Form) -> set[str]:
    """Return the header names of all columns that are read."""
    return {column.header for column in form.columns} | set(form.labels)


def check_header(names: Sequence[str], form: Form, path: Path) -> None:
    """Check that a header has every column the form needs, and none of them twice.

    Columns that the form does not declare are no error: they are not read.

    Raises:
        InputError: one is missing (with the nearest name met) or stands twice.
    """
    needed = [column.header for column in form.columns if not column.optional]
    for name in [*needed, *form.labels]:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"the nearest is {near[0]}" if near else f"it has {', '.join(names)[:200]}"
            raise InputError(f"{path}: has no column {name} of {form.title}; {hint}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"{path}: has the column {twice[0]} twice; name one of them otherwise")


def _is_header(fields: Sequence[str], form: Form) -> bool:
    """Tell a header from a record: most of its fields are names that the form has.

    Most, not all: a header with a misspelt name must not be taken for a record.
    """
    known = wanted(form) | set(form.layout)
    return not form.headerless or sum(field in known for field in fields) > len(fields) / 2
