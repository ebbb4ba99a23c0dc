"""Files in a .zip or .tar.gz of several files, as publishers ship datasets: it is like a folder.

The path of such a file is that of the archive, followed by its path in the archive.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO

from ecnet.errors import InputError
from ecnet.readers import tarred
from ecnet.readers.compressed import ARCHIVES, damage, path_in_archive, unsafe, visible

_ENCRYPTED = 1
_UNREADABLE = tuple(suffix for suffix in ARCHIVES if suffix not in (".gz", ".zst"))


def is_archive(path: Path) -> bool:
    """Return whether a file may be an archive of several files, by its name."""
    return path.name.endswith((".zip", *tarred.SUFFIXES))


def members(path: Path) -> list[str]:
    """Return the paths of the files in an archive, without hidden ones and archives.

    Empty for a .zip that cannot be read. A file with a path outside the archive is not among them.

    Raises:
        InputError: a .tar.gz cannot be read.
    """
    if path.suffix != ".zip":
        return [one for one in tarred.contents(path) if not one.endswith(_UNREADABLE)]
    found: list[str] = []
    with suppress(InputError), damage(path), zipfile.ZipFile(path) as archive:
        for member in visible(archive):
            name = path_in_archive(member)
            if not unsafe(member) and name.suffix not in _UNREADABLE:
                found.append(str(name))
    return found


def container(path: Path) -> Path:
    """Return the file on disk that holds a file: its archive, or the file itself."""
    return next((one for one in path.parents if is_archive(one) and one.is_file()), path)


def tar(path: Path) -> Path | None:
    """Return the .tar.gz that holds a file, by its name alone; None if it is in none.

    The archive need not be there: what was taken from it is not fetched anew when it is gone.
    """
    named = (one for one in path.parents if one.name.endswith(tarred.SUFFIXES))
    return next((one for one in named if not one.is_dir()), None)


def exists(path: Path) -> bool:
    """Return whether there is a file, or a file in an archive."""
    archive = container(path)
    inside = archive == path or path.relative_to(archive).as_posix() in members(archive)
    return archive.is_file() and inside


def size(path: Path) -> int:
    """Return the size of a file in bytes, whether in an archive or not.

    Raises:
        InputError: the archive is damaged, or does not contain the file.
        OSError: there is no such file.
    """
    archive = container(path)
    if archive == path:
        return path.stat().st_size
    if archive.suffix != ".zip":
        return _in_tar(path, archive).bytes
    with damage(archive), zipfile.ZipFile(archive) as held:
        return _member(held, path, archive).file_size


@contextmanager
def stored(path: Path) -> Iterator[IO[bytes]]:
    """Yield the bytes of a file, whether in an archive or not, as they are stored.

    zipfile reads no more bytes of a file than the archive states: a zip bomb has its stated size.

    Raises:
        InputError: the archive is damaged or encrypted, or does not contain the file.
    """
    archive = container(path)
    if archive == path:
        with path.open("rb") as plain:
            yield plain
        return
    if archive.suffix != ".zip":
        _in_tar(path, archive)
        with damage(archive), closing(tarred.each(archive)) as held:
            yield next(stream for name, stream in held if archive / name == path)
        return
    with damage(archive), zipfile.ZipFile(archive) as held:
        member = _member(held, path, archive)
        try:
            stream = held.open(member)
        except RuntimeError as error:  # a compression method that Python does not support
            raise InputError(f"{path}: cannot be unpacked ({error}); unpack {archive}") from error
        with stream:
            yield stream


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, whether in an archive or not.

    Raises:
        InputError: the archive is damaged or encrypted, or does not contain the file.
    """
    archive = container(path)
    if archive != path and archive.suffix != ".zip":
        return _in_tar(path, archive).sha256
    with stored(path) as stream:
        assert isinstance(stream, io.BufferedIOBase)  # both that it opens are
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _in_tar(path: Path, archive: Path) -> tarred.Held:
    inner = path.relative_to(archive).as_posix()
    if inner not in (held := tarred.contents(archive)):
        raise InputError(f"{archive}: does not contain {inner}; get the file again")
    return held[inner]


def _member(held: zipfile.ZipFile, path: Path, archive: Path) -> zipfile.ZipInfo:
    inner = path.relative_to(archive).as_posix()
    found = [one for one in held.infolist() if str(path_in_archive(one)) == inner]
    if not found:
        raise InputError(f"{archive}: does not contain {inner}; get the file again")
    if reason := unsafe(found[-1]):
        raise InputError(f"{archive}: contains {reason}; get the file again")
    if found[-1].flag_bits & _ENCRYPTED:
        raise InputError(f"{path}: is encrypted; unpack {archive} beside it, and run again")
    return found[-1]
