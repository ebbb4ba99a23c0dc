"""JSON Lines, as Zeek writes logs with `LogAscii::use_json=T`, or as a format of its own.

Zeek omits unset fields. Values are converted to the text of a plain log, so that both give the same
records. A bag of words stays JSON.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa

from ecnet.datasets.declaration import Format
from ecnet.errors import InputError
from ecnet.readers import encoding, times
from ecnet.readers.batch import RawBatch, Rejected
from ecnet.readers.columns import key, spellings
from ecnet.readers.compressed import MAX_LINE, opened
from ecnet.readers.spelling import without_missing

_BLOCK = 4 << 20
_SHOWN = 80
_BRACKETS = (b"[", b"]", b"],")
_REMEDY = "write one record per line, with: jq -c"

_Record = dict[str, str | None]


class _RecordError(ValueError):
    """A line is JSON, but not a valid record."""


def read(path: Path, format: Format, content: bytes | None = None) -> Iterator[RawBatch]:
    """Yield the records of a file in blocks; its first line is a record.

    content: of the file, if it is not in one.

    Raises:
        InputError: as for `rows`, or a line is too long.
    """
    with opened(path, content) as raw:
        stream = encoding.utf8(raw, path)
        yield from rows(numbered(stream, stream.readline(MAX_LINE), 0, path), format, path)


def numbered(
    stream: IO[bytes], first: bytes, before: int, path: Path
) -> Iterator[tuple[int, bytes]]:
    """Yield numbered lines: `first`, then those of the stream; `before` lines precede them."""
    line, number = first, before + 1
    while line:
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            raise InputError(f"{path}: line {number} is longer than {MAX_LINE} bytes; get it again")
        yield number, line
        line, number = stream.readline(MAX_LINE), number + 1


def rows(lines: Iterable[tuple[int, bytes]], format: Format, path: Path) -> Iterator[RawBatch]:
    """Yield the records of numbered `lines` in blocks.

    They may be the items of an array, one per line, each followed by a comma.

    Raises:
        InputError: no line is a record, or the first records lack a column that is always written.
    """
    columns = _Columns(format)
    size, found = 0, False
    records: list[tuple[int, _Record]] = []
    rejected: list[Rejected] = []
    for number, line in lines:
        if line.strip() in _BRACKETS:
            continue
        try:
            parsed = _parsed(line.rstrip().removesuffix(b","), columns.bags)
            records.append((number, columns.named(parsed)))
        except (ValueError, RecursionError) as error:
            text = line.decode(errors="replace").strip()
            reason = (
                str(error)
                if isinstance(error, _RecordError)
                else "is not JSON"
                if text
                else "empty"
            )
            rejected.append(Rejected(number, "", text[:_SHOWN], reason))
        size += len(line)
        if size >= _BLOCK and records:
            found = found or columns.check([record for _, record in records], path)
            yield columns.block(records, rejected)
            size, records, rejected = 0, [], []
    if not found and not records:
        why = f"line {rejected[0].row} {rejected[0].reason}" if rejected else "it is empty"
        raise InputError(f"{path}: contains no JSON record ({why}); {_REMEDY} . or '.[]'")
    if records or rejected:
        if not found:
            columns.check([record for _, record in records], path)
        yield columns.block(records, rejected)


class _Columns:
    """The columns of a format, in records whose keys may have other spellings."""

    def __init__(self, format: Format) -> None:
        self._format = format
        self._spellings = spellings(format)
        self._joined = [c.header for c in format.columns if " " in c.header]
        self.bags = frozenset(c.header for c in format.columns if c.kind == "bag")
        self._names: dict[str, str | None] = {}

    def named(self, record: _Record) -> _Record:
        """Return the values of a record that the format has, by the format's names."""
        found: _Record = {}
        for header in self._joined:
            parts = [text for name in header.split() if (text := record.get(name)) is not None]
            if len(parts) == len(header.split()):
                record[header] = " ".join(parts)
        for spelled, value in record.items():
            if spelled not in self._names:
                self._names[spelled] = self._spellings.get(key(spelled))
            name = self._names[spelled]
            if name is None or (name != spelled and name in record):
                continue
            if name in found:
                raise _RecordError(f"has {name} twice")
            found[name] = value
        return found

    def check(self, records: list[_Record], path: Path) -> bool:
        """Check that each column that is always written occurs in some record."""
        always = [
            column.header
            for column in self._format.columns
            if (column.kind in ("time", "text", "port") or self._format.reader == "jsonlines")
            and not column.optional
        ]
        have = set().union(*records)
        for name in [*always, *self._format.labels[:1]]:
            if name not in have:
                raise InputError(
                    f"{path}: has no column {name} of {self._format.title}; "
                    f"it has {', '.join(sorted(self._names))[:200]}"
                )
        return True

    def block(self, records: list[tuple[int, _Record]], rejected: list[Rejected]) -> RawBatch:
        """Return numbered records as a block."""
        table = {}
        for name in self._spellings.values():
            cells = [record.get(name) for _, record in records]
            table[name] = without_missing(pa.chunked_array([pa.array(cells, pa.string())]))
        row = np.array([number for number, _ in records], dtype=np.int64)
        return times.in_seconds(RawBatch(pa.table(table), row, rejected), self._format)


def _parsed(line: bytes, bags: Set[str]) -> _Record:
    given = json.loads(
        line.decode(),
        parse_int=str,
        parse_float=str,
        parse_constant=str,
        object_pairs_hook=partial(_record, bags=bags),
    )
    if not isinstance(given, dict):
        raise _RecordError("is JSON, but not an object")
    return given


def _record(pairs: list[tuple[str, Any]], bags: Set[str]) -> _Record:
    """Return an object with values as text; nested objects are flattened to `<outer>.<inner>`.

    Those named in `bags` are JSON.
    """
    if any(isinstance(value, dict) for _, value in pairs):
        pairs = [flat for name, value in pairs for flat in _flat(name, value, bags)]
    record = {
        name: value if isinstance(value, str) and value.isascii() else _text(value)
        for name, value in pairs
    }
    if len(record) < len(pairs):
        (name, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise _RecordError(f"has {name} twice")
    return record


def _flat(name: str, value: Any, bags: Set[str]) -> list[tuple[str, Any]]:
    if name in bags:
        return [(name, json.dumps(value))]
    inner = value.items() if isinstance(value, dict) else ()
    return [(f"{name}.{of}", text) for of, text in inner] or [(name, value)]


def _text(value: Any) -> str | None:
    """Return a value as in a plain log."""
    if isinstance(value, str) and value.isascii():
        return value
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, list):
        return ",".join(_text(item) or "-" for item in value) or "(empty)"
    if value is None:
        return None
    text = str(value)
    text.encode()  # fails for a lone surrogate, which JSON can contain
    return text
