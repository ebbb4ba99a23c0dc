"""Zeek logs with labels, as the IoT-23 captures have them.

Their last tab-separated field holds three values parted by three spaces: tunnel_parents, label
and detailed-label. Logs labelled by newer tools part all fields by tabs, or are JSON; the header,
or the first character, tells.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.datasets.declaration import Format
from ecnet.errors import InputError
from ecnet.readers import delimited, encoding, jsonlines, lines, times
from ecnet.readers.batch import Raw, Rejected, blank_rows
from ecnet.readers.columns import key, spellings
from ecnet.readers.compressed import LONGEST, opened
from ecnet.readers.dialect import SEPARATORS
from ecnet.readers.header import check_header, known, wanted
from ecnet.readers.sieve import Manner, Sieve
from ecnet.readers.spelling import without_missing
from ecnet.readers.zeeklog import Header, Log

_GROUP = r"(?P<f{}>\S+)"
_SHOWN = 80
_BLOCK = 4 << 20


def read(path: Path, format: Format, sieve: Sieve | None = None) -> Iterator[Raw]:
    """Yield the flows of a log, as far as they pass; it may lack its closing line.

    Logs that were joined are read each by its own header. Of JSON all flows pass.

    Raises:
        InputError: there is no `#fields` line before the first flow, it lacks a column, or fields
            are written in a way that is not read.
    """
    with opened(path) as packed:
        stream = encoding.utf8(packed, path)
        before, first = 0, stream.readline(LONGEST)
        while first.isspace():
            before, first = before + 1, stream.readline(LONGEST)
        if first.lstrip().startswith((b"{", b"[")):
            yield from jsonlines.rows(_lines(stream, first, before, path), format, path)
            return
        if _is_table(first, format):
            yield from delimited.read(path, format, sieve)
            return
        log, empty = Log(stream, path, first, before), True
        for header in log.parts():
            manner = _manner(header, format, path if empty else Path(f"{path}: line {log.line}"))
            before, empty = log.line, False
            back = log.read(_BLOCK)
            yield from lines.rows(log, path, manner, before=before, back=back, sieve=sieve)
        if empty:
            raise InputError(f"{path}: holds no record; get the file again")


def _is_table(first: bytes, format: Format) -> bool:
    """Tell whether the first line is a header as other programs write it: names, and no more."""
    text = first.decode(errors="replace").strip()
    fields = max((text.split(mark) for mark in SEPARATORS), key=len)
    return not text.startswith("#") and known(fields, format) > len(fields) / 2


def _lines(stream: IO[bytes], first: bytes, before: int, path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a stream, each with its number; `before` of them were read before."""
    line, number = first, before + 1
    while line:
        if len(line) == LONGEST and not line.endswith(b"\n"):
            raise InputError(f"{path}: line {number} is longer than {LONGEST} bytes; get it again")
        yield number, line
        line, number = stream.readline(LONGEST), number + 1


def _manner(header: Header, format: Format, path: Path) -> Manner:
    """Return how the lines below a header are written; a field of several columns is parted."""
    fields = {field: _declared(field.split(), header, format) for field in header.fields}
    check_header([name for field in header.fields for name in fields[field]], format, path)
    columns = wanted(format)
    joined = {
        field: names
        for field, names in fields.items()
        if len(names) > 1 and columns.intersection(names)
    }

    def name(place: int, field: str) -> str:
        own = field if field in joined else " ".join(fields[field])
        return own if own in columns | joined.keys() else f"field {place}"

    def finish(raw: Raw) -> Raw:
        for field, names in joined.items():
            raw = _parted(raw, field, names)
        return times.in_seconds(_with_all(raw, format), format)

    return Manner(
        [name(place, field) for place, field in enumerate(header.fields, start=1)],
        columns | joined.keys(),
        separator=header.separator,
        comment="#",
        finish=finish,
    )


def _declared(names: list[str], header: Header, format: Format) -> list[str]:
    """Return the format's names of some columns; the labeller of today writes `detailedlabel`."""
    given = {name for field in header.fields for name in field.split()}
    known = {of: name for of, name in spellings(format).items() if name not in given}
    return [known.get(key(name), name) for name in names]


def _with_all(raw: Raw, format: Format) -> Raw:
    """Return a block with the optional columns that the log lacks: other parts may have them."""
    table = raw.table
    for column in format.columns:
        if column.header not in table.column_names:
            missing = pa.nulls(len(raw.row), pa.string())
            table = table.append_column(column.header, pa.chunked_array([missing]))
    return replace(raw, table=table)


def _parted(raw: Raw, joined: str, parts: list[str]) -> Raw:
    """Part the last field into its values; rows where it does not hold them all are rejected."""
    pattern = "^" + " +".join(_GROUP.format(place) for place in range(len(parts))) + " *$"
    values = pc.extract_regex(raw.table[joined], pattern)
    good = values.is_valid().to_numpy() | blank_rows(raw.table)
    rejected = [
        Rejected(int(raw.row[place]), joined, str(raw.table[joined][int(place)])[:_SHOWN], "is cut")
        for place in np.flatnonzero(~good)
    ]
    table = raw.table.drop_columns([joined])
    for place, name in enumerate(parts):
        text = pc.struct_field(values, f"f{place}")
        table = table.append_column(name, without_missing(text))
    return replace(
        raw,
        table=table.filter(pa.array(good)),
        row=raw.row[good],
        rejected=raw.rejected + rejected,
    )
