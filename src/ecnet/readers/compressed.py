"""Plain and compressed files as one stream of bytes, unpacked on the fly."""

import csv
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa

from ecnet.errors import InputError
from ecnet.files import PACKED, is_hidden, plain_name

LONGEST = 1 << 20
"""Bytes of a header line at most: a foreign file may have no line end at all."""

_MOST_TIMES, _FREE = 500, 1 << 28
"""A packed file may unpack to so many times its size, or to so many bytes: more is a bomb."""

_CODECS = {".gz": "gzip", ".zst": "zstd"}
_SKIPPABLE = b"*M\x18"
"""What stands in a frame of zstd that holds no data, after its first byte."""
_MAGIC = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd", ".zip": b"PK"}
ARCHIVES = (*PACKED, ".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz")
"""How names of packed files end, those that are not read included."""

_GZIP_SIZE = 4
"""Bytes at the end of a gzip member that state its size."""
_BUFFER = 1 << 20
_DAMAGE = (
    OSError,
    EOFError,
    UnicodeError,
    csv.Error,
    pa.ArrowException,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Yield the unpacked bytes of `path`; its suffix says how it is packed.

    Damage found while the stream is read (a file cut short, a wrong checksum) ends in an
    InputError too, as long as it is read inside the `with`.

    Raises:
        InputError: the file cannot be opened, is damaged, or is a .zip of several members.
    """
    with damage(path), _stream(path) as stream:
        yield stream


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """Turn what a damaged file raises into an InputError that names the file."""
    try:
        yield
    except _DAMAGE as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read ({reason}); get the file again") from error


def to_unpack(path: Path) -> str:
    """Return what to do with a packed file that is not read; a raw file is but a copy of it."""
    return f"unpack it to {plain_name(path.name)}, in the mirror if it came from one; run again"


def member(path: Path) -> str:
    """Return the name of the one file that a .zip holds, without folders; else that of `path`.

    Neither has the suffix of a compression.

    Raises:
        InputError: the .zip is damaged, or holds more files or none.
    """
    if path.suffix != ".zip":
        return plain_name(path.name)
    with damage(path), zipfile.ZipFile(path) as archive:
        return _path_in_archive(_member(archive, path)).name


def stated_size(path: Path) -> int | None:
    """Return how many bytes a file states that it unpacks to, modulo 2^32; None if it does not.

    A .gz of several members states the size of the last one alone.
    """
    try:
        if path.suffix not in PACKED:
            return path.stat().st_size % (1 << 32)
        with path.open("rb") as file:
            if path.suffix == ".gz" and file.read(2) == _MAGIC[".gz"]:
                file.seek(-_GZIP_SIZE, os.SEEK_END)
                return int.from_bytes(file.read(_GZIP_SIZE), "little")
        if path.suffix == ".zip":
            with damage(path), zipfile.ZipFile(path) as archive:
                return _member(archive, path).file_size % (1 << 32)
    except (InputError, OSError):  # of one that is damaged or gone nothing is known
        pass
    return None


class _Unpacked(io.RawIOBase):
    """What a packed file unpacks to, as long as it is not out of all proportion."""

    def __init__(self, path: Path, stream: Any) -> None:
        self._path, self._stream = path, stream
        self._left = max(_FREE, _MOST_TIMES * path.stat().st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._stream.read(len(buffer))
        self._left -= len(block)
        if self._left < 0:
            raise InputError(
                f"{self._path}: unpacks to more than {_MOST_TIMES} times its size; if it is to be "
                f"so, {to_unpack(self._path)}"
            )
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _stream(path: Path) -> IO[bytes]:
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for, a device has no end
        raise InputError(f"{path}: is no file; put one in its place")
    if path.suffix in PACKED:
        _check_magic(path)
    if path.suffix == ".zip":
        return io.BufferedReader(_Unpacked(path, _only_member(path)), _BUFFER)
    if path.suffix in _CODECS:
        packed = pa.CompressedInputStream(pa.OSFile(str(path)), _CODECS[path.suffix])
        return io.BufferedReader(_Unpacked(path, packed), _BUFFER)
    return path.open("rb", buffering=_BUFFER)


def _check_magic(path: Path) -> None:
    """Check that a file is packed as its name says; some servers unpack what they send."""
    with path.open("rb") as file:
        magic = file.read(4)
    known = (_MAGIC[path.suffix], *((magic[:1] + _SKIPPABLE,) if path.suffix == ".zst" else ()))
    if not magic.startswith(known):
        raise InputError(
            f"{path}: is no {path.suffix} file, though it is named so; name it "
            f"{plain_name(path.name)} if it is not packed, in the mirror if it came from one, or "
            "get the file again"
        )


def _only_member(path: Path) -> IO[bytes]:
    try:
        archive = zipfile.ZipFile(path)
        return archive.open(_member(archive, path))
    except RuntimeError as error:  # packed in a way that Python does not know
        raise InputError(f"{path}: cannot be unpacked ({error}); {to_unpack(path)}") from error


def _member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    """Return the one member of an archive that is a file, hidden ones and folders left out."""
    files = [member for member in archive.infolist() if not member.filename.endswith("/")]
    members = [one for one in files if not any(map(is_hidden, _path_in_archive(one).parts))]
    if len(members) != 1:
        raise InputError(f"{path}: holds {len(members)} files, expected one; {to_unpack(path)}")
    if reason := _foul(members[0]):
        raise InputError(f"{path}: holds {reason}; get the file again")
    if reason := _closed(members[0]):
        raise InputError(f"{path}: holds {reason}; {to_unpack(path)}")
    return members[0]


def _path_in_archive(member: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(member.orig_filename.replace("\\", "/"))


def _foul(member: zipfile.ZipInfo) -> str:
    """Return what is wrong with a member of an archive; nothing is ever written by its name."""
    name = _path_in_archive(member)
    mode = member.external_attr >> 16
    if ":" in member.orig_filename or name.is_absolute() or ".." in name.parts:
        return "a file whose name leads elsewhere"
    if not member.orig_filename.isprintable():
        return "a file whose name cannot be printed"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "no file, but a link or a device"
    return ""


def _closed(member: zipfile.ZipInfo) -> str:
    """Return why a member of an archive cannot be read as it is."""
    if member.flag_bits & 1:
        return "an encrypted file"
    return "another archive" if _path_in_archive(member).suffix in ARCHIVES else ""
