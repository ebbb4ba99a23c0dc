"""Overlaps: which of the files that a dataset's folder holds are read, so that each counts once.

A native file may stand there packed and unpacked, in two folders, under two names, or beside a
file that holds its records too. One of them is read, and the others are named.
"""

import filecmp
import hashlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ecnet.datasets.declaration import Format, Source
from ecnet.errors import InputError
from ecnet.fetch import download
from ecnet.fetch.listing import Held
from ecnet.files import PACKED, plain_name
from ecnet.readers.compressed import opened, stated_size

_PACKINGS = ("", *PACKED)
"""How a file may be packed; of several packings of one file the first is read."""
_BLOCK = 1 << 20
_OF_NOTHING = hashlib.sha256().hexdigest()


@dataclass(frozen=True)
class Overlap:
    """A file that is not read, as another one is. why: what the two have in common."""

    read: str
    unread: str
    why: str


@dataclass(frozen=True)
class Chosen:
    """The files that a format is read from: the name under which each is read -> the file."""

    files: Mapping[str, Held]
    overlaps: tuple[Overlap, ...]


@dataclass(frozen=True)
class _Named:
    """A file, and the name under which it would be read."""

    name: str
    held: Held

    @property
    def packing(self) -> int:
        return _PACKINGS.index(self.name.removeprefix(plain_name(self.name)))


def choose(format: Format, held: Iterable[Held]) -> Chosen | None:
    """Return the files of a format among those that are held; None if it lacks one that it needs.

    Raises:
        InputError: two files that are the same native file differ, two that are not are equal, or
            one is there by name alone.
    """
    found = _found(format, held)
    if not found or not (format.partial or len(found) == len(format.sources)):
        return None
    holders: dict[str, Source] = {}
    for source in found:
        for part in source.holds:
            holders.setdefault(part, source)
    files: dict[str, Held] = {}
    overlaps = []
    for source, natives in found.items():
        for named in natives.values():
            if holder := holders.get(source.pattern):
                whole = next(iter(found[holder].values()))[0].held.path
                why = "the first holds the records of the second too"
                overlaps += [Overlap(whole, one.held.path, why) for one in named]
            else:
                read, beside = _one(named)
                files[read.name] = read.held
                overlaps += beside
    _check_apart(files)
    return Chosen(files, tuple(overlaps))


def lacking(format: Format, held: Iterable[Held]) -> list[str]:
    """Return the patterns of those sources of a format of which nothing is held."""
    found = _found(format, held)
    return [source.pattern for source in format.sources if source not in found]


def _found(format: Format, held: Iterable[Held]) -> dict[Source, dict[str, list[_Named]]]:
    """Return what is there of each source, in the format's order: by native file, by preference.

    A file belongs to the first source that names it.
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
            named.sort(key=lambda one: (one.packing, one.held.path))
    return {source: natives for source, natives in found.items() if natives}


def _one(named: Sequence[_Named]) -> tuple[_Named, list[Overlap]]:
    """Return which of the files that are one native file is read, and why the others are not.

    Raises:
        InputError: they differ, or none is there but by name.
    """
    there = [one for one in named if not one.held.broken]
    there.sort(key=lambda one: _is_empty(one.held))
    if not there:
        raise InputError(
            f"data.mirror: {named[0].held.path} is no file, or a link to none; restore it, or "
            "remove it from the mirror"
        )
    read = there[0]
    overlaps = []
    for other in there[1:]:
        if _is_empty(other.held):
            why = "the second is empty"
        elif _is_packing(read, other):
            why = "they are one file, packed in two ways"
        elif _is_equal(read.held, other.held):
            why = "their contents are equal"
        else:
            raise InputError(
                f"data.mirror: {read.held.path} and {other.held.path} are both "
                f"{plain_name(read.name)} by their names, and differ; remove one from the mirror"
            )
        overlaps.append(Overlap(read.held.path, other.held.path, why))
    return read, overlaps


def _is_packing(read: _Named, other: _Named) -> bool:
    """Tell whether a file is another packing of one: unpacked anywhere, or packed beside it."""
    beside = PurePosixPath(read.held.path).parent == PurePosixPath(other.held.path).parent
    same = plain_name(read.name) == plain_name(other.name)
    alike = same and read.packing != other.packing and (beside or read.packing == 0)
    return alike and not _sizes_differ(read.held, other.held)


def _sizes_differ(first: Held, second: Held) -> bool:
    """Tell whether two files state that they unpack to different numbers of bytes."""
    if any(download.is_url(held.location) for held in (first, second)):
        return False
    one, other = (stated_size(Path(held.location)) for held in (first, second))
    return one is not None and other is not None and one != other


def _is_empty(held: Held) -> bool:
    """Tell whether a file has no byte, as an interrupted download or `gunzip` leaves it."""
    if download.is_url(held.location):
        return held.sha256 == _OF_NOTHING
    place = Path(held.location)
    return place.is_file() and place.stat().st_size == 0


def _check_apart(files: Mapping[str, Held]) -> None:
    """Check that no two native files have the same content: one of them is a copy, misnamed.

    Raises:
        InputError: two have.
    """
    alike: dict[object, list[Held]] = {}
    for held in files.values():
        if not _is_empty(held) and (size := _size(held)) is not None:
            alike.setdefault(size, []).append(held)
    for group in alike.values():
        for first, second in itertools.combinations(group, 2):
            if _is_equal(first, second):
                raise InputError(
                    f"data.mirror: {first.path} and {second.path} are two files by their names, "
                    "and have the same content; put the right one in the place of the copy"
                )


def _size(held: Held) -> object:
    """Return what files of the same content have in common, without reading them."""
    if download.is_url(held.location):
        return held.sha256 or None
    return stated_size(Path(held.location))


def _is_equal(first: Held, second: Held) -> bool:
    """Tell whether two files are sure to unpack to the same bytes."""
    packed = {Path(held.path).suffix for held in (first, second)} & {*PACKED}
    if first.sha256 and second.sha256 and (first.sha256 == second.sha256 or not packed):
        return first.sha256 == second.sha256
    if any(download.is_url(held.location) for held in (first, second)):
        return False
    one, other = Path(first.location), Path(second.location)
    try:
        return filecmp.cmp(one, other, shallow=False) or bool(packed and _unpack_alike(one, other))
    except (OSError, InputError):  # out of reach, or damaged
        return False


def _unpack_alike(first: Path, second: Path) -> bool:
    with opened(first) as one, opened(second) as other:
        while (block := one.read(_BLOCK)) == other.read(_BLOCK):
            if not block:
                return True
    return False
