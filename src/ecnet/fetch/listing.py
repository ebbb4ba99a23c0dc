"""List the files of a mirror, with their checksums.

A mirror is a folder, or an HTTP server with a SHA256SUMS file at its root (the output of
`sha256sum`), which also lists its files. Files are stored as <dataset>/.../<file>. Hidden files and
folders, and those that macOS creates, are ignored. In a folder, a .zip or .tar.gz with native files
is like a folder, if it is not itself the only one of them.
"""

import os
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NoReturn

from ecnet import datasets
from ecnet.errors import InputError, UnreachableError
from ecnet.fetch import download
from ecnet.files import is_hidden
from ecnet.readers import archived

_SUMS = "SHA256SUMS"
COMMAND = "find */ -type f -exec sha256sum {} + > SHA256SUMS"
"""Writes the list of checksums at the root of a mirror."""


@dataclass(frozen=True)
class MirrorFile:
    """A file in a mirror.

    path: relative to the mirror, with `/`. location: path or URL. sha256: as the mirror states it,
    or empty. broken: it is not a file, or a link to none.
    """

    path: str
    location: str
    sha256: str = ""
    broken: bool = False

    @property
    def archived(self) -> bool:
        """Whether it is in an archive of several files."""
        place = Path(self.location)
        return archived.container(place) != place


Listing = Mapping[str, tuple[MirrorFile, ...]]
"""The contents of a mirror: folder -> the files below it, sorted by path.

Local folders without the name of a dataset are listed without their files.
"""


def read(mirror: str) -> Listing:
    """List a mirror.

    Raises:
        UnreachableError: the folder does not exist, or the server does not respond.
        InputError: the folder cannot be read or is not a folder, or SHA256SUMS is missing on a
            server or malformed.
    """
    if download.is_url(mirror):
        return _served(mirror.rstrip("/") + "/")
    try:
        folder = Path(mirror).expanduser()
    except RuntimeError as error:
        raise InputError(f"data.mirror: {mirror}: {error}; write the whole path") from error
    try:
        return _local(folder)
    except OSError as error:
        place = error.filename or folder
        raise InputError(f"data.mirror: {place}: cannot be listed ({error.strerror})") from error


def _served(base: str) -> Listing:
    if "@" in urllib.parse.urlsplit(base).netloc:
        raise InputError(
            "data.mirror: contains a user name or password, which would appear in logs; put them "
            "into ~/.netrc"
        )
    try:
        text = download.text(base + _SUMS)
    except InputError as error:
        raise type(error)(
            f"data.mirror: {error}; an HTTP mirror needs this file; write it at the root of the "
            f"mirror with: {COMMAND}"
        ) from error
    found: dict[str, list[MirrorFile]] = {}
    for path, digest in sorted(_parse_sums(text, base + _SUMS).items()):
        parts = PurePosixPath(path).parts
        if len(parts) > 1 and not any(map(is_hidden, parts)):
            held = MirrorFile("/".join(parts), base + urllib.parse.quote(path), digest)
            found.setdefault(parts[0], []).append(held)
    return {folder: tuple(files) for folder, files in found.items()}


def _local(folder: Path) -> Listing:
    if not folder.is_dir():
        kind = InputError if folder.exists() else UnreachableError
        raise kind(
            f"data.mirror: {folder} is not a folder; give a folder with <dataset>/<file>, or an "
            "http:// address"
        )
    sums = _parse_sums(_read_sums(folder / _SUMS), str(folder / _SUMS))
    known = datasets.names()
    return {
        child.name: tuple(_below(child, sums)) if child.name in known else ()
        for child in sorted(folder.iterdir())
        if child.is_dir() and not is_hidden(child.name)
    }


def _below(folder: Path, sums: Mapping[str, str]) -> Iterator[MirrorFile]:
    """Yield the files below the folder of a dataset; a folder reached by two paths counts once."""
    seen = set()
    for parent, children, names in os.walk(folder, onerror=_raise, followlinks=True):
        if (real := os.path.realpath(parent)) in seen:
            children.clear()
            continue
        seen.add(real)
        children[:] = sorted(child for child in children if not is_hidden(child))
        for name in sorted(name for name in names if not is_hidden(name)):
            place = Path(parent, name)
            path = place.relative_to(folder.parent).as_posix()
            inner = _members(place, folder.name) if archived.is_archive(place) else []
            yield from (MirrorFile(f"{path}/{of}", str(place / of)) for of in inner)
            if not inner:
                yield MirrorFile(path, str(place), sums.get(path, ""), broken=not place.is_file())


def _members(place: Path, dataset: str) -> list[str]:
    """Return the paths of the files in an archive; none if no native file is among them.

    Also none if it is named as a native file and has one file: it is that file.
    """

    def is_native(path: str) -> bool:
        formats = datasets.load(dataset).formats
        return any(one.native_name(path) for format in formats for one in format.sources)

    inner = list(dict.fromkeys(archived.members(place)))
    single = len(inner) == 1 and is_native(place.as_posix())
    return [] if single or not any(is_native(f"{place}/{of}") for of in inner) else inner


def _raise(error: OSError) -> NoReturn:
    raise error


def _read_sums(path: Path) -> str:
    """Return the text of SHA256SUMS; empty if there is none."""
    if not path.is_file():
        return ""
    if path.stat().st_size > download.MAX_TEXT:
        raise InputError(
            f"{path}: is too large for a list of checksums; write it again with: {COMMAND}"
        )
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: byte {error.start} is not UTF-8; write it again with: {COMMAND}"
        ) from error


def _parse_sums(text: str, place: str) -> dict[str, str]:
    """Parse a SHA256SUMS file: path -> digest."""
    found = {}
    for number, line in enumerate(text.split("\n"), start=1):
        stated = re.fullmatch("([0-9a-fA-F]{64}) [ *](.+)", line.removesuffix("\r"))
        if stated is None and not line.strip():
            continue
        if stated is None:
            raise InputError(
                f"{place}: line {number} is {line[:80]!r}, not `<SHA-256>  <path>`; "
                f"write it again with: {COMMAND}"
            )
        path = stated[2].removeprefix("./")
        if path.startswith("/") or ".." in path.split("/") or not path.isprintable():
            raise InputError(
                f"{place}: line {number} names {path[:80]!r}, which is not a path in the mirror; "
                f"write it again with: {COMMAND}"
            )
        found[path] = stated[1].lower()
    return found
