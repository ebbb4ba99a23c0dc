"""Listing: which files a mirror holds, and the checksums that it states of them.

A mirror is a folder, or an HTTP server with a SHA256SUMS file at its root (as `sha256sum` writes
it, which then also lists what there is); files lie in it as <dataset>/.../<file>. Hidden files and
folders, and those that macOS leaves beside others, are no files of a dataset.
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

_SUMS = "SHA256SUMS"
_WRITTEN = "find */ -type f -exec sha256sum {} + > SHA256SUMS"
"""How a list of checksums is written at the root of a mirror."""


@dataclass(frozen=True)
class Held:
    """A file that a mirror holds.

    path: relative to the mirror, with `/`. location: path or URL. sha256: as the mirror states it,
    or empty. broken: it is there by name alone (a link to nothing, say).
    """

    path: str
    location: str
    sha256: str = ""
    broken: bool = False


Listing = Mapping[str, tuple[Held, ...]]
"""What a mirror holds: the name of each of its folders -> the files below, by path.

A local folder that is named as no dataset is listed without its files.
"""


def read(mirror: str) -> Listing:
    """List a mirror.

    Raises:
        UnreachableError: the folder does not exist, or the server does not answer.
        InputError: the folder cannot be read or is none, the server has no SHA256SUMS, or that
            is no list of checksums.
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
            "data.mirror: holds a name or password, which logs would show; put them into ~/.netrc"
        )
    try:
        text = download.text(base + _SUMS)
    except InputError as error:
        raise type(error)(
            f"data.mirror: {error}; an HTTP mirror needs it, written at its root by: {_WRITTEN}"
        ) from error
    found: dict[str, list[Held]] = {}
    for path, digest in sorted(_sums(text, base + _SUMS).items()):
        parts = PurePosixPath(path).parts
        if len(parts) > 1 and not any(map(is_hidden, parts)):
            held = Held("/".join(parts), base + urllib.parse.quote(path), digest)
            found.setdefault(parts[0], []).append(held)
    return {folder: tuple(files) for folder, files in found.items()}


def _local(folder: Path) -> Listing:
    if not folder.is_dir():
        kind = InputError if folder.exists() else UnreachableError
        raise kind(
            f"data.mirror: {folder} is no folder; give one that holds <dataset>/<file>, or an "
            "http:// address"
        )
    sums = _sums(_stated(folder / _SUMS), str(folder / _SUMS))
    known = datasets.names()
    return {
        child.name: tuple(_below(child, sums)) if child.name in known else ()
        for child in sorted(folder.iterdir())
        if child.is_dir() and not is_hidden(child.name)
    }


def _below(folder: Path, sums: Mapping[str, str]) -> Iterator[Held]:
    """Yield the files below the folder of a dataset; of a folder that is met twice, once."""
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
            yield Held(path, str(place), sums.get(path, ""), broken=not place.is_file())


def _raise(error: OSError) -> NoReturn:
    raise error


def _stated(path: Path) -> str:
    """Return the checksums of a folder; empty if it has none."""
    if not path.is_file():
        return ""
    if path.stat().st_size > download.LONGEST_TEXT:
        raise InputError(f"{path}: is too large for a list of checksums; write it anew: {_WRITTEN}")
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: byte {error.start} is no UTF-8; write it anew: {_WRITTEN}"
        ) from error


def _sums(text: str, place: str) -> dict[str, str]:
    """Parse a SHA256SUMS file: path -> digest."""
    found = {}
    for number, line in enumerate(text.split("\n"), start=1):
        stated = re.fullmatch("([0-9a-fA-F]{64}) [ *](.+)", line.removesuffix("\r"))
        if stated is None and not line.strip():
            continue
        if stated is None:
            raise InputError(
                f"{place}: line {number} is {line[:80]!r}, not `<SHA-256>  <path>`; "
                f"write it anew: {_WRITTEN}"
            )
        path = stated[2].removeprefix("./")
        if path.startswith("/") or ".." in path.split("/") or not path.isprintable():
            raise InputError(
                f"{place}: line {number} names {path[:80]!r}, which is no path inside the mirror"
            )
        found[path] = stated[1].lower()
    return found
