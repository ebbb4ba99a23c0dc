"""Delimited text (CSV, TSV and their kin), with or without a header line."""

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
from ecnet.readers.batch import Raw
from ecnet.readers.compressed import LONGEST, opened
from ecnet.readers.dialect import Dialect
from ecnet.readers.header import check_header, wanted
from ecnet.readers.sieve import Manner, Sieve
from ecnet.readers.times import TimeFormat

__all__ = ["check_header", "read", "wanted"]

_SEPARATOR_LINE = re.compile(rb'"?sep=."?\r?\n')
_HEAD = 1 << 16
"""Bytes after the first line that tell how a file is written."""


def read(path: Path, format: Format, sieve: Sieve | None = None) -> Iterator[Raw]:
    """Yield the rows of a delimited file, as far as they pass; its first lines tell its dialect.

    Raises:
        InputError: the header lacks a column or has one twice, the first line of a file without
            header has not the format's number of fields, dates are in two orders, or a second
            header differs from the first.
    """
    with _begun(path, format) as begun:
        told, formats = begun.dialect, _formats(path, format, begun.dialect)

        def finish(raw: Raw) -> Raw:
            written = {name: how.format for name, how in formats.items()}
            notices = tuple(how.notice for how in formats.values() if how.notice)
            raw = replace(told.finish(raw, format, path), formats=written, notices=notices)
            raw = times.in_seconds(raw, format)
            for column in map(raw.column, format.columns):
                if column.header in formats:
                    times.check_order(raw, column, path)
            return raw

        yield from lines.rows(
            begun.stream,
            path,
            Manner(told.names, wanted(format), told.separator, quote='"', finish=finish),
            before=begun.before,
            back=begun.head,
            sieve=sieve if told.plain else None,
        )


class _Opening(NamedTuple):
    """A file whose first lines have told how it is written.

    before: how many lines come before the records. head: what was read of the records.
    """

    stream: IO[bytes]
    dialect: Dialect
    before: int
    head: bytes


@contextmanager
def _begun(path: Path, format: Format) -> Iterator[_Opening]:
    with opened(path) as packed:
        stream = encoding.utf8(packed, path)
        first, before = stream.readline(LONGEST), 0
        while first.isspace() or _SEPARATOR_LINE.fullmatch(first):  # for a spreadsheet alone
            first, before = stream.readline(LONGEST), before + 1
        if not first:
            raise InputError(f"{path}: holds no line; get the file again")
        head = stream.read(_HEAD)
        told = dialect.told(_text(first + _whole_lines(head), before, path), format, path)
        if told.headed:
            yield _Opening(stream, told, before + 1, head)
        else:
            yield _Opening(stream, told, before, first + head)


def _whole_lines(head: bytes) -> bytes:
    """Return what was read without a line at its end that goes on."""
    return head if len(head) < _HEAD else head[: head.rfind(b"\n") + 1]


def _text(data: bytes, before: int, path: Path) -> list[str]:
    """Return lines as text, without their ends."""
    try:
        return [line.removesuffix("\r") for line in data.decode().removesuffix("\n").split("\n")]
    except UnicodeDecodeError as error:
        line = before + 1 + data.count(b"\n", 0, error.start)
        raise encoding.foreign(path, line) from error


def _formats(path: Path, format: Format, told: Dialect) -> dict[str, TimeFormat]:
    """Return how the file writes its times, by header name, where that is to be told."""
    found = {}
    for column in format.columns:
        if column.header in told.times:
            with closing(_column(path, format, column)) as blocks:
                found[column.header] = times.told(column, blocks, path)
    return found


def _column(path: Path, format: Format, column: Column) -> Generator[Raw, None, None]:
    """Yield the text of one column, of the first lines and then of all, as far as it can be read.

    Most files need no more than the first. What is wrong with a file, `read` says.
    """
    with _begun(path, format) as begun:
        names, separator = begun.dialect.names, begun.dialect.separator
        manner = Manner(names, {column.header}, separator, quote='"')
        for stream, back in ((io.BytesIO(), _whole_lines(begun.head)), (begun.stream, begun.head)):
            with suppress(InputError):
                yield from lines.rows(stream, path, manner, before=begun.before, back=back)
