"""Read native files as typed batches of records.

`read` selects the reader for a format. Readers do not know where a file came from.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ecnet.datasets.declaration import Format, Source
from ecnet.errors import InputError
from ecnet.files import plain_name
from ecnet.readers import compressed, delimited, frames, jsonlines, packets, ranges, zeek
from ecnet.readers.batch import RawBatch, RecordBatch, describe, typed
from ecnet.readers.prefilter import Prefilter
from ecnet.readers.ranges import Range
from ecnet.readers.tools import Tool

__all__ = ["Prefilter", "RecordBatch", "cut", "describe", "problem", "read", "required"]


def read(
    path: Path,
    format: Format,
    source: Source,
    *,
    companions: Mapping[str, Path] | None = None,
    prefilter: Prefilter | None = None,
    content: bytes | None = None,
    part: Range | None = None,
) -> Iterator[RecordBatch]:
    """Yield the records of the native file `path` in blocks, in the order of the file.

    Memory is bounded by the size of a block. Every line except headers and comments is a row of
    `records` or of `rejected` in exactly one batch.

    Args:
        path: a file of `source`; plain, .gz, .zst or a .zip of one member.
        format: the format of `source`.
        source: has the class of all records, if the file determines it.
        companions: files that are read together with the records, by the pattern of their source.
        prefilter: drops and counts records that are not needed, if the reader supports it.
        content: what is read in place of a file, which `path` then only names; not for packets.
        part: what alone is read of a Zeek log.

    Raises:
        InputError: the file is not of this format, is damaged, truncated or empty, or has a label
            that the format does not have. Records before the damage were yielded already.
    """
    if content is None and path.is_file():
        _check(path, format, source)
    if format.reader == "frames":
        yield from frames.read(path, format, source, prefilter)
        return
    for raw in (
        _raw(path, format, source, companions or {}, prefilter, content)
        if part is None
        else zeek.read_range(path, format, part, prefilter)
    ):
        yield typed(raw, format, source, path)


def cut(path: Path, format: Format, count: int) -> list[Range]:
    """Return at most `count` parts of a file that can be read at the same time; none if it cannot.

    Raises:
        InputError: the file cannot be read, or its header is wrong.
    """
    return ranges.cut(path, count) if format.reader == "zeek" else []


def required(format: Format) -> Tool | None:
    """Return the program that reading a format requires; None if it requires none."""
    return packets.TSHARK if format.reader == "packets" else None


def problem(format: Format) -> str:
    """Return briefly why a format cannot be read on this machine; empty if it can."""
    return packets.problem(format) if format.reader == "packets" else ""


def _check(path: Path, format: Format, source: Source) -> None:
    """Check that a file is not empty, and that a .zip does not contain another native file."""
    if path.stat().st_size == 0:
        raise InputError(f"{path}: is empty; get the file again")
    held, plain = compressed.member(path), plain_name(path.name)
    other = next((one for one in format.sources if one.names(held)), source)
    if other is not source or (source.several and source.names(held) and held != plain):
        raise InputError(
            f"{path}: contains {held}, which is another file of {format.title}; replace it with "
            f"{plain}, in the mirror if it came from one, and run again"
        )


def _raw(
    path: Path,
    format: Format,
    source: Source,
    companions: Mapping[str, Path],
    prefilter: Prefilter | None,
    content: bytes | None,
) -> Iterator[RawBatch]:
    if format.reader == "packets":
        return packets.read(path, format, source, companions)
    if format.reader == "zeek":
        return zeek.read(path, format, prefilter, content)
    if format.reader == "jsonlines":
        return jsonlines.read(path, format, content)
    return delimited.read(path, format, prefilter, content)
