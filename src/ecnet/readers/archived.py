"""Files in a .zip of several files, as Kaggle and IEEE DataPort ship datasets: it is like a folder.

The path of such a file is that of the archive, followed by its path in the archive.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ecnet.errors import InputError
from ecnet.readers.compressed import ARCHIVES, damage, path_in_archive, unsafe, visible

_ENCRYPTED = 1
_UNREADABLE = tuple(suffix for suffix in ARCHIVES if suffix not in (".gz", ".zst"))


def members(path: Path) -> list[str]:
    """Return the paths of the files in a .zip, without hidden ones and archives.

    Empty if it cannot be read. A file with a path outside the archive is not one of them.
    """
    found: list[str] = []
    with suppress(InputError), damage(path), zipfile.ZipFile(path) as archive:
        for member in visible(archive):
            name = path_in_archive(member)
            if not unsafe(member) and name.suffix not in _UNREADABLE:
                found.append(str(name))
    return found


def container(path: Path) -> Path:
    """Return the file on disk that holds a file: its archive, or the file itself."""
    return next((one for one in path.parents if one.suffix == ".zip" and one.is_file()), path)


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
    with damage(archive), zipfile.ZipFile(archive) as held:
        member = _member(held, path, archive)
        try:
            stream = held.open(member)
        except RuntimeError as error:  # a compression method that Python does not support
            raise InputError(f"{path}: cannot be unpacked ({error}); unpack {archive}") from error
        with stream:
            yield stream


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
