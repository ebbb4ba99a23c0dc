"""Files in a .tar.gz of several files, as the authors of IoT-23 ship it: it is like a folder.

Such an archive has no list of its files, and is read only from start to end. It is therefore read
once to list its files, and the list is kept in the folder of the run; and once to unpack them.
"""

import hashlib
import sys
import tarfile
from collections.abc import Generator, Iterator
from functools import cache
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from ecnet import paths
from ecnet.errors import InputError
from ecnet.files import is_hidden, read_json, write_json
from ecnet.readers.compressed import damage, opened, unsafe_path

SUFFIXES = (".tar", ".tar.gz", ".tgz")

_MOST = 10_000
"""The maximum number of files in an archive."""
_HEADER = 1 << 16
"""The maximum number of bytes of the headers of one file: a path is shorter than 4 KiB."""
_BLOCK = 1 << 20


class Held(NamedTuple):
    """A file in an archive."""

    bytes: int
    sha256: str


def contents(path: Path) -> dict[str, Held]:
    """Return the files in an archive by their paths, without hidden ones.

    Links, devices, and files with a path outside the archive are not among them.

    Raises:
        InputError: the archive is damaged, has too many files, or two with the same path.
        OSError: there is no such archive.
    """
    state = path.stat()
    version = f"{path.absolute()}\0{state.st_size}\0{state.st_mtime_ns}"
    return _contents(path, hashlib.sha256(version.encode(errors="surrogateescape")).hexdigest())


@cache
def _contents(path: Path, version: str) -> dict[str, Held]:
    kept = Path(paths.ARCHIVE.format(version=version[:32]))
    if not kept.exists():
        print(f"{path}: is read to list its files, which is done once", file=sys.stderr)
        write_json(kept, dict(_listed(path)))
    return {name: Held(*held) for name, held in read_json(kept).items()}


def _listed(path: Path) -> Iterator[tuple[str, Held]]:
    with damage(path):
        for name, stream in each(path):
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            yield name, Held(stream.tell(), digest)


def each(path: Path) -> Generator[tuple[str, BufferedReader]]:
    """Yield path and bytes of each file in an archive, in its order.

    The bytes of a file are read before the next one is asked for, within `compressed.damage`.

    Raises:
        InputError: as `contents`; the files before the damage were yielded already.
    """
    seen: set[str] = set()
    with opened(path) as content:
        for member, archive in _members(_Forward(content)):
            name = str(PurePosixPath(member.name))
            if not _is_plain(member):
                continue
            if name in seen or len(seen) == _MOST:
                what = f"{name} twice" if name in seen else f"more than {_MOST} files"
                raise InputError(f"{path}: contains {what}; unpack it, and run again")
            seen.add(name)
            stream = archive.extractfile(member)
            assert isinstance(stream, BufferedReader)  # it is a regular file
            yield name, stream
        while block := content.read(_BLOCK):
            if block.strip(b"\0"):
                raise tarfile.ReadError("there is more after its end")


def _members(stream: "_Forward") -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    try:
        with tarfile.TarFile(fileobj=stream) as archive:  # type: ignore[arg-type]
            while (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # all headers, otherwise
                stream.left = member.size + tarfile.BLOCKSIZE
                yield member, archive
                stream.left = _HEADER
        if stream.last != bytes(tarfile.BLOCKSIZE):  # tarfile takes any other header for the end
            raise tarfile.ReadError("a header is damaged, or the end is missing")
    except (ValueError, OverflowError) as error:  # of numbers in a header
        raise tarfile.ReadError(f"a header is damaged: {error}") from error


def _is_plain(member: tarfile.TarInfo) -> bool:
    """Return whether a member is a file with a path in the archive, and neither hidden nor sparse.

    The holes of a sparse file take no space, so that its size is no limit.
    """
    hidden = any(map(is_hidden, PurePosixPath(member.name).parts))
    return member.isreg() and member.sparse is None and not (hidden or unsafe_path(member.name))


class _Forward:
    """A file that is read from start to end, and from which only `left` bytes more are read.

    What is skipped does not count. tarfile reads a header at once, however long it says it is.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._at = stream, 0
        self.left, self.last = _HEADER, b""

    def tell(self) -> int:
        return self._at

    def read(self, size: int) -> bytes:
        self.left -= size
        if self.left < 0:
            raise tarfile.ReadError("a header is too long")
        self.last = self._stream.read(size)
        self._at += len(self.last)
        return self.last

    def seek(self, position: int) -> None:
        if position < self._at:
            raise tarfile.ReadError("a header leads back")
        while skipped := len(self._stream.read(min(position - self._at, _BLOCK))):
            self._at += skipped
