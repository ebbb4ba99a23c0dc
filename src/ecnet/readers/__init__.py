"""Native files to typed batches of records.

`read` hides which reader a format needs. No reader knows where a file came from.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ecnet.datasets.declaration import Format, Source
from ecnet.errors import InputError
from ecnet.files import plain_name
from ecnet.readers import compressed, delimited, packets, zeek
from ecnet.readers.batch import Batch, Raw, typed, worded
from ecnet.readers.sieve import Sieve

__all__ = ["Batch", "Sieve", "read", "worded"]


def read(
    path: Path,
    format: Format,
    source: Source,
    *,
    companions: Mapping[str, Path] | None = None,
    sieve: Sieve | None = None,
) -> Iterator[Batch]:
    """Yield the records of the native file `path`, a block at a time, in the file's order.

    Memory is bounded by the block, whatever the file's size. Every line that is no header and
    no comment is a row of `records` or of `rejected` of exactly one batch.

    Args:
        path: a file of `source`; plain, .gz, .zst or a .zip of one member.
        format: the format that `source` belongs to.
        source: names the class where the file is the class.
        companions: files that are read beside the records, by the pattern of their source.
        sieve: drops, and counts, records that are not needed, where the reader knows how to.

    Raises:
        InputError: the file is not of this format, is damaged or cut short, is empty, or holds a
            label that the format does not know. Records that came before the damage have been
            yielded by then.
    """
    if path.is_file():
        _check(path, format, source)
    for raw in _raw(path, format, source, companions or {}, sieve):
        yield typed(raw, format, source, path)


def _check(path: Path, format: Format, source: Source) -> None:
    """Check that a file is not empty, and that a .zip holds no other file of the format."""
    if path.stat().st_size == 0:
        raise InputError(f"{path}: is empty; get the file again")
    held, plain = compressed.member(path), plain_name(path.name)
    other = next((one for one in format.sources if one.names(held)), source)
    if other is not source or (source.several and source.names(held) and held != plain):
        raise InputError(
            f"{path}: holds {held}, which is another file of {format.title}; put {plain} in its "
            "place, in the mirror if it came from one, and run again"
        )


def _raw(
    path: Path,
    format: Format,
    source: Source,
    companions: Mapping[str, Path],
    sieve: Sieve | None,
) -> Iterator[Raw]:
    if format.reader == "packets":
        return packets.read(path, format, source, companions)
    if format.reader == "zeek":
        return zeek.read(path, format, sieve)
    return delimited.read(path, format, sieve)
