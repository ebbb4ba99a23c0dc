"""Delimited text (CSV, TSV and the like), with or without a header line."""

import io
import re
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, NamedTuple

from ecnet.datasets.declaration import Column, Format
from ecnet.errors import InputError
from ecnet.readers import dialect, encoding, lines, times
from ecnet.readers.batch import RawBatch
from ecnet.readers.compressed import MAX_LINE, opened
from ecnet.readers.dialect import Dialect
from ecnet.readers.header import check_header, wanted
from ecnet.readers.prefilter import LineFormat, Prefilter
from ecnet.readers.times import TimeFormat

__all__ = ["check_header", "read", "wanted"]

_SEPARATOR_LINE = re.compile(rb'"?sep=."?\r?\n')
_HEAD = 1 << 16
"""The number of bytes after the first line that determine the dialect."""


def read(
    path: Path, format: Format, prefilter: Prefilter | None = None, content: bytes | None = None
) -> Iterator[RawBatch]:
    """Yield the rows of delimited text that pass the prefilter. content: if it is not in a file.

    Raises:
        InputError: the header lacks a column or has one twice, the first line of a file without
            header has a wrong number of fields, dates are in two orders, or a second header differs
            from the first.
    """
    with _open(path, format, content) as file:
        found, formats = file.dialect, _formats(path, format, file.dialect, content)

        def finish(raw: RawBatch) -> RawBatch:
            own = {name: how.format for name, how in formats.items()}
            notices = tuple(how.notice for how in formats.values() if how.notice)
            raw = replace(found.finish(raw, format, path), formats=own, notices=notices)
            raw = times.in_seconds(raw, format)
            for column in map(raw.column, format.columns):
                if column.header in formats:
                    times.check_order(raw, column, path)
            return raw

        yield from lines.rows(
            file.stream,
            path,
            LineFormat(found.names, wanted(format), found.separator, quote='"', finish=finish),
            before=file.before,
            peeked=file.head,
            prefilter=prefilter if found.plain else None,
        )


def is_separator_line(line: bytes) -> bool:
    """Return whether a line only tells spreadsheets the separator."""
    return bool(_SEPARATOR_LINE.fullmatch(line))


class _Opened(NamedTuple):
    """An open file with known dialect.

    before: the number of lines before the records. head: what was read of the records already.
    """

    stream: IO[bytes]
    dialect: Dialect
    before: int
    head: bytes


@contextmanager
def _open(path: Path, format: Format, content: bytes | None) -> Iterator[_Opened]:
    with opened(path, content) as raw:
        stream = encoding.utf8(raw, path)
        first, before = stream.readline(MAX_LINE), 0
        while first.isspace() or is_separator_line(first):
            first, before = stream.readline(MAX_LINE), before + 1
        if not first:
            raise InputError(f"{path}: contains no line; get the file again")
        head = stream.read(_HEAD)
        found = dialect.detect(_text(first + _whole_lines(head), before, path), format, path)
        if found.headed:
            yield _Opened(stream, found, before + 1, head)
        else:
            yield _Opened(stream, found, before, first + head)


def _whole_lines(head: bytes) -> bytes:
    """Return what was read, without an incomplete last line."""
    return head if len(head) < _HEAD else head[: head.rfind(b"\n") + 1]


def _text(data: bytes, before: int, path: Path) -> list[str]:
    """Return lines as text, without line ends."""
    try:
        return [line.removesuffix("\r") for line in data.decode().removesuffix("\n").split("\n")]
    except UnicodeDecodeError as error:
        line = before + 1 + data.count(b"\n", 0, error.start)
        raise encoding.not_utf8(path, line) from error


def _formats(
    path: Path, format: Format, own: Dialect, content: bytes | None
) -> dict[str, TimeFormat]:
    """Return the time formats of the file by header name, for the columns in `own.times`."""
    found = {}
    for column in format.columns:
        if column.header in own.times:
            with closing(_column(path, format, column, content)) as blocks:
                found[column.header] = times.detect(column, blocks, path)
    return found


def _column(
    path: Path, format: Format, column: Column, content: bytes | None
) -> Generator[RawBatch, None, None]:
    """Yield the text of one column: of the first lines, then of the whole file.

    The first lines are enough for most files. Errors are suppressed here: `read` reports them.
    """
    with _open(path, format, content) as file:
        names, separator = file.dialect.names, file.dialect.separator
        how = LineFormat(names, {column.header}, separator, quote='"')
        for stream, peeked in ((io.BytesIO(), _whole_lines(file.head)), (file.stream, file.head)):
            with suppress(InputError):
                yield from lines.rows(stream, path, how, before=file.before, peeked=peeked)
