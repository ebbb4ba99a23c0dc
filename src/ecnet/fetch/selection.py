"""Select the files of a dataset in a mirror, so that every record is read once.

A native file may be there both compressed and uncompressed, in two folders, under two names, or
beside a file that contains its records too. One of them is read, and the others are reported.
"""

import filecmp
import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ecnet.datasets.declaration import Format, Source
from ecnet.errors import InputError
from ecnet.fetch import download
from ecnet.fetch.listing import MirrorFile
from ecnet.files import PACKED, plain_name
from ecnet.readers import archived
from ecnet.readers.compressed import opened, stated_size

_SUFFIXES = ("", *PACKED)
"""Suffixes of compressed files; of several variants of a file, the first is read."""
_BLOCK = 1 << 20
_EMPTY = hashlib.sha256().hexdigest()


@dataclass(frozen=True)
class Skipped:
    """A file that is not read, because another one is. why: what the two have in common."""

    read: str
    skipped: str
    why: str


@dataclass(frozen=True)
class Selection:
    """The files that a format is read from: name under which each is read -> file."""

    files: Mapping[str, MirrorFile]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class _Named:
    """A file, and the name under which it is read."""

    name: str
    held: MirrorFile

    @property
    def preference(self) -> int:
        """The index of its suffix in _SUFFIXES."""
        return _SUFFIXES.index(self.name.removeprefix(plain_name(self.name)))


def select(format: Format, held: Iterable[MirrorFile]) -> Selection | None:
    """Return the files of a format among `held`; None if a required one is missing.

    Raises:
        InputError: two variants of one native file differ, two different native files are equal,
            or a file is a broken link.
    """
    found = _found(format, held)
    if not found or not (format.partial or len(found) == len(format.sources)):
        return None
    holders: dict[str, Source] = {}
    for source in found:
        for part in source.holds:
            holders.setdefault(part, source)
    files: dict[str, MirrorFile] = {}
    skipped = []
    for source, natives in found.items():
        for named in natives.values():
            if holder := holders.get(source.pattern):
                whole = next(iter(found[holder].values()))[0].held.path
                why = "the first contains the records of the second"
                skipped += [Skipped(whole, one.held.path, why) for one in named]
            else:
                read, beside = _one(named)
                files[read.name] = read.held
                skipped += beside
    _check_distinct(files)
    return Selection(files, tuple(skipped))


def lacking(format: Format, held: Iterable[MirrorFile]) -> list[str]:
    """Return the patterns of those sources of a format that have no file."""
    found = _found(format, held)
    return [source.pattern for source in format.sources if source not in found]


def _found(format: Format, held: Iterable[MirrorFile]) -> dict[Source, dict[str, list[_Named]]]:
    """Return for each source of a format: native file -> its variants, the preferred one first.

    A file belongs to the first source whose patterns match it.
    """
    found: dict[Source, dict[str, list[_Named]]] = {source: {} for source in format.sources}
    for one in held:
        for source in format.sources:
            if name := source.native_name(one.path):
                native = plain_name(name) if source.several else source.pattern
                found[source].setdefault(native, []).append(_Named(name, one))
                break
    for natives in found.values():
        for named in natives.values():
            named.sort(key=lambda one: (one.preference, one.held.archived, one.held.path))
    return {source: natives for source, natives in found.items() if natives}


def _one(named: Sequence[_Named]) -> tuple[_Named, list[Skipped]]:
    """Return which variant of a native file is read, and why the others are skipped.

    Raises:
        InputError: they differ, or all are broken links.
    """
    there = [one for one in named if not one.held.broken]
    there.sort(key=lambda one: _is_empty(one.held))
    if not there:
        raise InputError(
            f"data.mirror: {named[0].held.path} is not a file, or a broken link; restore it, or "
            "remove it from the mirror"
        )
    read = there[0]
    skipped = []
    for other in there[1:]:
        if _is_empty(other.held):
            why = "the second is empty"
        elif _is_variant(read, other):
            why = "they are compressed variants of one file"
        elif _is_equal(read.held, other.held):
            why = "their contents are equal"
        else:
            raise InputError(
                f"data.mirror: {read.held.path} and {other.held.path} are both named as "
                f"{plain_name(read.name)}, but differ; remove one from the mirror"
            )
        skipped.append(Skipped(read.held.path, other.held.path, why))
    return read, skipped


def _is_variant(read: _Named, other: _Named) -> bool:
    """Return whether `other` is a compressed variant of `read`, without reading them.

    That is assumed of files with the same name in one folder, and of an uncompressed `read`; of a
    file in an archive, too, if both state the same size.
    """
    beside = PurePosixPath(read.held.path).parent == PurePosixPath(other.held.path).parent
    same = plain_name(read.name) == plain_name(other.name)
    packed = read.preference != other.preference or (other.held.archived > read.held.archived)
    variant = same and packed and (beside or read.preference == 0)
    return variant and not _sizes_differ(read.held, other.held)


def _sizes_differ(first: MirrorFile, second: MirrorFile) -> bool:
    """Return whether two files state different uncompressed sizes."""
    if any(download.is_url(held.location) for held in (first, second)):
        return False
    one, other = map(_stated_size, (first, second))
    return one is not None and other is not None and one != other


def _stated_size(held: MirrorFile) -> int | None:
    if not held.archived:
        return stated_size(Path(held.location))
    packed = PurePosixPath(held.path).suffix in PACKED
    return None if packed else archived.size(Path(held.location)) % (1 << 32)


def _is_empty(held: MirrorFile) -> bool:
    """Return whether a file is empty, as after an interrupted download or `gunzip`."""
    if download.is_url(held.location):
        return held.sha256 == _EMPTY
    place = Path(held.location)
    return archived.container(place).is_file() and archived.size(place) == 0


def _check_distinct(files: Mapping[str, MirrorFile]) -> None:
    """Check that different native files have different content: otherwise one is misnamed.

    Raises:
        InputError: two have the same content.
    """
    by_size: dict[object, list[MirrorFile]] = {}
    for held in files.values():
        if not _is_empty(held) and (size := _size(held)) is not None:
            by_size.setdefault(size, []).append(held)
    for group in by_size.values():
        for first, second in itertools.combinations(group, 2):
            if _is_equal(first, second):
                raise InputError(
                    f"data.mirror: {first.path} and {second.path} should be different files, but "
                    "have the same content; replace the copy with the right file"
                )


def _size(held: MirrorFile) -> object:
    """Return a value that is equal for files of equal content, without reading them."""
    if download.is_url(held.location):
        return held.sha256 or None
    return _stated_size(held)


def _is_equal(first: MirrorFile, second: MirrorFile) -> bool:
    """Return whether two files certainly have the same uncompressed content."""
    compressed = {Path(held.path).suffix for held in (first, second)} & {*PACKED}
    if first.sha256 and second.sha256 and (first.sha256 == second.sha256 or not compressed):
        return first.sha256 == second.sha256
    if any(download.is_url(held.location) for held in (first, second)):
        return False
    one, other = Path(first.location), Path(second.location)
    try:
        if first.archived or second.archived:
            return _content_is_equal(first, second)
        same = filecmp.cmp(one, other, shallow=False)
        return same or bool(compressed and _content_is_equal(first, second))
    except (OSError, InputError):  # unreachable or damaged
        return False


def _content_is_equal(first: MirrorFile, second: MirrorFile) -> bool:
    with _opened(first) as one, _opened(second) as other:
        while (block := one.read(_BLOCK)) == other.read(_BLOCK):
            if not block:
                return True
    return False


def _opened(held: MirrorFile) -> AbstractContextManager[IO[bytes]]:
    path = Path(held.location)
    return archived.stored(path) if held.archived else opened(path)
