"""Zeek logs with labels, as in the IoT-23 captures.

Their last tab-separated field has three values separated by three spaces: tunnel_parents, label and
detailed-label. Logs labelled by newer tools separate all fields by tabs, or are JSON; the header or
the first character determines which. Other programs write the names as a plain first line.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.datasets.declaration import Format
from ecnet.errors import InputError
from ecnet.readers import delimited, encoding, jsonlines, lines, times
from ecnet.readers.batch import RawBatch, Rejected, blank_rows
from ecnet.readers.columns import key, spellings
from ecnet.readers.compressed import MAX_LINE, opened
from ecnet.readers.dialect import SEPARATORS
from ecnet.readers.header import check_header, known_fields, wanted, without_repeated_headers
from ecnet.readers.prefilter import LineFormat, Prefilter
from ecnet.readers.ranges import Range
from ecnet.readers.spelling import without_missing
from ecnet.readers.zeeklog import Header, Log

_GROUP = r"(?P<f{}>\S+)"
_SHOWN = 80
_BLOCK = 4 << 20


def read(
    path: Path, format: Format, prefilter: Prefilter | None = None, content: bytes | None = None
) -> Iterator[RawBatch]:
    """Yield the flows of a log that pass the prefilter; JSON is not filtered.

    The closing line is optional. Each part of concatenated logs is read with its own header.
    content: of the log, if it is not in a file.

    Raises:
        InputError: there is no `#fields` line before the first flow, it lacks a column, or the
            header has an unsupported setting.
    """
    with opened(path, content) as raw:
        stream = encoding.utf8(raw, path)
        before, first = 0, stream.readline(MAX_LINE)
        while first.isspace():
            before, first = before + 1, stream.readline(MAX_LINE)
        if first.lstrip().startswith((b"{", b"[")):
            given = jsonlines.numbered(stream, first, before, path)
            yield from jsonlines.rows(given, format, path)
            return
        plain = _plain_header(first, format)
        joined = plain is not None and _has_joined(plain, format)
        if delimited.is_separator_line(first) or (plain and not joined):
            yield from delimited.read(path, format, prefilter, content)
            return
        if plain:
            log = Log(stream, path, b"", before + 1, plain)
        else:
            log = Log(stream, path, first, before)
        yield from _flows(log, path, format, prefilter, repeats=plain is not None)


def read_range(
    path: Path, format: Format, part: Range, prefilter: Prefilter | None = None
) -> Iterator[RawBatch]:
    """Yield the flows of one of the ranges into which `ranges.cut` cuts a log, as `read` does.

    Raises:
        InputError: as `read`; or the header changes within the range, so that those after it were
            read with a wrong one.
    """
    with part.log(path) as log:
        yield from _flows(log, path, format, prefilter)
        if log.header != part.header:
            raise InputError(f"{path}: has another header at line {log.line} or before")


def _flows(
    log: Log, path: Path, format: Format, prefilter: Prefilter | None, *, repeats: bool = False
) -> Iterator[RawBatch]:
    """Yield the flows of each part of a log. repeats: its plain header may be repeated."""
    empty = True
    for header in log.parts():
        line_format = _line_format(
            header, format, path if empty else Path(f"{path}: line {log.line}")
        )
        if repeats:
            line_format = _with_repeats(line_format, format, path)
        before, empty = log.line, False
        peeked = log.read(_BLOCK)
        yield from lines.rows(
            log, path, line_format, before=before, peeked=peeked, prefilter=prefilter
        )
    if empty:
        raise InputError(f"{path}: contains no record; get the file again")


def _plain_header(first: bytes, format: Format) -> Header | None:
    """Return the header that the first line is, if it has names only; None if it is none."""
    text = first.decode(errors="replace").strip("\r\n")
    separator = max(SEPARATORS, key=text.count)
    fields = tuple(field.strip() for field in text.split(separator))
    is_header = not text.startswith("#") and known_fields(fields, format) > len(fields) / 2
    return Header(separator, fields) if is_header else None


def _has_joined(header: Header, format: Format) -> bool:
    """Return whether a field has several names, as in the published logs."""
    return any(known_fields(field.split(), format) > 1 for field in header.fields)


def _line_format(header: Header, format: Format, path: Path) -> LineFormat:
    """Return how the lines below a header are parsed; a field of several columns is split."""
    given = {name for field in header.fields for name in field.split()}
    known = {of: name for of, name in spellings(format).items() if name not in given}
    fields = {
        # The current labeller writes `detailedlabel`.
        field: [known.get(key(name), name) for name in field.split()]
        for field in header.fields
    }
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

    def finish(raw: RawBatch) -> RawBatch:
        for field, names in joined.items():
            raw = _split(raw, field, names)
        return times.in_seconds(_with_optional(raw, format), format)

    return LineFormat(
        [name(place, field) for place, field in enumerate(header.fields, start=1)],
        columns | joined.keys(),
        separator=header.separator,
        comment="#",
        finish=finish,
    )


def _with_repeats(line_format: LineFormat, format: Format, path: Path) -> LineFormat:
    """Return a line format that skips repetitions of a plain header, as in concatenated files."""

    def finish(raw: RawBatch) -> RawBatch:
        return line_format.finish(without_repeated_headers(raw, format, path))

    return replace(line_format, finish=finish)


def _with_optional(raw: RawBatch, format: Format) -> RawBatch:
    """Return a block with the optional columns that this part lacks: other parts may have them."""
    table = raw.table
    for column in format.columns:
        if column.header not in table.column_names:
            missing = pa.nulls(len(raw.row), pa.string())
            table = table.append_column(column.header, pa.chunked_array([missing]))
    return replace(raw, table=table)


def _split(raw: RawBatch, joined: str, parts: list[str]) -> RawBatch:
    """Split a field into its values; rows in which it lacks some of them are rejected."""
    pattern = "^" + " +".join(_GROUP.format(place) for place in range(len(parts))) + " *$"
    coded = raw.table[joined].combine_chunks().dictionary_encode()  # labels are few
    values = pc.extract_regex(coded.dictionary, pattern)
    split = values.is_valid().take(coded.indices).fill_null(False).to_numpy(zero_copy_only=False)
    good = split | blank_rows(raw.table)
    rejected = [
        Rejected(
            int(raw.row[place]), joined, str(raw.table[joined][int(place)])[:_SHOWN], "is truncated"
        )
        for place in np.flatnonzero(~good)
    ]
    table = raw.table.drop_columns([joined])
    for place, name in enumerate(parts):
        text = without_missing(pc.struct_field(values, f"f{place}"))
        table = table.append_column(name, text.take(coded.indices))
    return replace(
        raw,
        table=table.filter(pa.array(good)),
        row=raw.row[good],
        rejected=raw.rejected + rejected,
    )
