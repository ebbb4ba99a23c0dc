"""Records as JSON, one a line, as Zeek writes a log where it is told `LogAscii::use_json=T`.

Zeek leaves out what is not set. Values become the text that the plain log has for them, so that
both give the same records.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ecnet.datasets.declaration import Format
from ecnet.errors import InputError
from ecnet.readers import times
from ecnet.readers.batch import Raw, Rejected
from ecnet.readers.columns import key, spellings
from ecnet.readers.spelling import without_missing

_BLOCK = 4 << 20
_SHOWN = 80
_BRACKETS = (b"[", b"]", b"],")
_ONE_A_LINE = "write one record a line, with: jq -c"

_Record = dict[str, str | None]


class _RecordError(ValueError):
    """What is wrong with a line that is JSON."""


def rows(lines: Iterable[tuple[int, bytes]], format: Format, path: Path) -> Iterator[Raw]:
    """Yield the records of `lines`, each with its number, in blocks.

    They may be the items of an array, one a line, with a comma after each.

    Raises:
        InputError: no line holds a record, or the first records lack a column that Zeek leaves out
            of none.
    """
    columns = _Columns(format)
    size, found = 0, False
    records: list[tuple[int, _Record]] = []
    rejected: list[Rejected] = []
    for number, line in lines:
        if line.strip() in _BRACKETS:
            continue
        try:
            records.append((number, columns.named(_parsed(line.rstrip().removesuffix(b",")))))
        except (ValueError, RecursionError) as error:
            text = line.decode(errors="replace").strip()
            reason = (
                str(error) if isinstance(error, _RecordError) else "is no JSON" if text else "empty"
            )
            rejected.append(Rejected(number, "", text[:_SHOWN], reason))
        size += len(line)
        if size >= _BLOCK and records:
            found = found or columns.check([record for _, record in records], path)
            yield columns.block(records, rejected)
            size, records, rejected = 0, [], []
    if not found and not records:
        why = f"line {rejected[0].row} {rejected[0].reason}" if rejected else "it is empty"
        raise InputError(f"{path}: holds no record in JSON ({why}); {_ONE_A_LINE} . or '.[]'")
    if records or rejected:
        if not found:
            columns.check([record for _, record in records], path)
        yield columns.block(records, rejected)


class _Columns:
    """The columns of a format, in records whose keys may be spelled otherwise."""

    def __init__(self, format: Format) -> None:
        self._format = format
        self._spellings = spellings(format)
        self._names: dict[str, str | None] = {}

    def named(self, record: _Record) -> _Record:
        """Return what the format has of a record, by the format's names."""
        found: _Record = {}
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
        """Check that some record has each column that Zeek does not leave out where it is unset."""
        always = [
            column.header
            for column in self._format.columns
            if column.kind in ("time", "text", "port") and not column.optional
        ]
        have = set().union(*records)
        for name in [*always, *self._format.labels[:1]]:
            if name not in have:
                raise InputError(
                    f"{path}: has no column {name} of {self._format.title}; "
                    f"it has {', '.join(sorted(self._names))[:200]}"
                )
        return True

    def block(self, records: list[tuple[int, _Record]], rejected: list[Rejected]) -> Raw:
        """Return some records, each with its line, as a block."""
        table = {}
        for name in self._spellings.values():
            cells = [record.get(name) for _, record in records]
            table[name] = without_missing(pa.chunked_array([pa.array(cells, pa.string())]))
        row = np.array([number for number, _ in records], dtype=np.int64)
        return times.in_seconds(Raw(pa.table(table), row, rejected), self._format)


def _parsed(line: bytes) -> _Record:
    given = json.loads(
        line.decode(),
        parse_int=str,
        parse_float=str,
        parse_constant=str,
        object_pairs_hook=_record,
    )
    if not isinstance(given, dict):
        raise _RecordError("is JSON, but no object")
    return given


def _record(pairs: list[tuple[str, Any]]) -> _Record:
    """Return an object with the values as text; those of an object in it by `<its name>.<name>`."""
    if any(isinstance(value, dict) for _, value in pairs):
        pairs = [flat for name, value in pairs for flat in _flat(name, value)]
    record = {
        name: value if isinstance(value, str) and value.isascii() else _text(value)
        for name, value in pairs
    }
    if len(record) < len(pairs):
        (name, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise _RecordError(f"has {name} twice")
    return record


def _flat(name: str, value: Any) -> list[tuple[str, Any]]:
    inner = value.items() if isinstance(value, dict) else ()
    return [(f"{name}.{of}", text) for of, text in inner] or [(name, value)]


def _text(value: Any) -> str | None:
    """Return a value as the plain log has it."""
    if isinstance(value, str) and value.isascii():
        return value
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, list):
        return ",".join(_text(item) or "-" for item in value) or "(empty)"
    if value is None:
        return None
    text = str(value)
    text.encode()  # JSON can hold half of a character
    return text
