"""Open plain and compressed files as a stream of decompressed bytes."""

import csv
import io
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa

from ecnet.errors import InputError
from ecnet.files import PACKED, is_hidden, plain_name
from ecnet.machine import FULL

MAX_LINE = 1 << 20
"""The maximum length of a header line in bytes: a wrong file may have no line ends."""

_MAX_RATIO, _MIN_LIMIT = 500, 1 << 28
"""A file may decompress to this many times its size, or this many bytes: more is a zip bomb."""

_CODECS = {".gz": "gzip", ".tgz": "gzip", ".zst": "zstd"}
_SKIPPABLE = b"*M\x18"
"""The magic number of a skippable zstd frame, after its first byte."""
_MAGIC = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd", ".zip": b"PK"}
ARCHIVES = (*PACKED, ".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz")
"""Suffixes of compressed files and archives, including those that cannot be read."""

_GZIP_SIZE = 4
"""The number of bytes at the end of a gzip member that state its size."""
_BUFFER = 1 << 20
_DAMAGE = (
    OSError,
    EOFError,
    UnicodeError,
    csv.Error,
    pa.ArrowException,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def opened(path: Path, content: bytes | None = None) -> Iterator[IO[bytes]]:
    """Yield the decompressed bytes of `path`; its suffix determines the compression.

    content: what is read in place of the file, not compressed.

    Damage that is found while reading (a truncated file, a wrong checksum) is an InputError too, if
    the stream is read inside the `with` block.

    Raises:
        InputError: the file cannot be opened, is damaged, or is a .zip of several members.
    """
    held = None if content is None else io.BufferedReader(io.BytesIO(content))
    with damage(path), held or _stream(path) as stream:
        yield stream


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """Turn the exceptions of a damaged file into an InputError that names the file."""
    try:
        yield
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno in FULL:
            raise  # the file is copied, and there is no room for the copy
        # The text of an OSError repeats the path.
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read ({reason}); get the file again") from error


def unpack_remedy(path: Path) -> str:
    """Return what to do with an archive that cannot be read; the raw file is only a copy of it."""
    return f"unpack it to {plain_name(path.name)}, in the mirror if it came from one; run again"


def member(path: Path) -> str:
    """Return the name of the file in a .zip without folders; otherwise the name of `path`.

    A suffix of compression is removed.

    Raises:
        InputError: the .zip is damaged, or does not contain exactly one file.
    """
    if path.suffix != ".zip":
        return plain_name(path.name)
    with damage(path), zipfile.ZipFile(path) as archive:
        return path_in_archive(_member(archive, path)).name


def stated_size(path: Path) -> int | None:
    """Return the decompressed size that a file states, modulo 2^32; None if it states none.

    A .gz of several members states only the size of the last one.
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
    except (InputError, OSError):  # damaged or gone
        pass
    return None


class _Limited(io.RawIOBase):
    """The decompressed bytes of a file, up to the limit for zip bombs."""

    def __init__(self, path: Path, stream: Any) -> None:
        self._path, self._stream = path, stream
        self._left = max(_MIN_LIMIT, _MAX_RATIO * path.stat().st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._stream.read(len(buffer))
        self._left -= len(block)
        if self._left < 0:
            raise InputError(
                f"{self._path}: unpacks to more than {_MAX_RATIO} times its size; if that is "
                f"right, {unpack_remedy(self._path)}"
            )
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _stream(path: Path) -> IO[bytes]:
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would block, a device has no end
        raise InputError(f"{path}: is not a regular file; replace it with the file")
    if path.suffix in PACKED:
        _check_magic(path)
    if path.suffix == ".zip":
        return io.BufferedReader(_Limited(path, _only_member(path)), _BUFFER)
    if path.suffix in _CODECS:
        stream = pa.CompressedInputStream(pa.OSFile(str(path)), _CODECS[path.suffix])
        return io.BufferedReader(_Limited(path, stream), _BUFFER)
    return path.open("rb", buffering=_BUFFER)


def _check_magic(path: Path) -> None:
    """Check that a file is compressed as its name says; some servers decompress what they send."""
    with path.open("rb") as file:
        magic = file.read(4)
    known = (_MAGIC[path.suffix], *((magic[:1] + _SKIPPABLE,) if path.suffix == ".zst" else ()))
    if not magic.startswith(known):
        raise InputError(
            f"{path}: is not a {path.suffix} file; rename it to {plain_name(path.name)} if it is "
            "not compressed, in the mirror if it came from one, or get the file again"
        )


def _only_member(path: Path) -> IO[bytes]:
    try:
        archive = zipfile.ZipFile(path)
        return archive.open(_member(archive, path))
    except RuntimeError as error:  # a compression method that Python does not support
        raise InputError(f"{path}: cannot be unpacked ({error}); {unpack_remedy(path)}") from error


def _member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    """Return the only file in an archive, without hidden files and folders."""
    members = visible(archive)
    if len(members) != 1:
        raise InputError(
            f"{path}: contains {len(members)} files, expected one; {unpack_remedy(path)}"
        )
    if reason := unsafe(members[0]):
        raise InputError(f"{path}: contains {reason}; get the file again")
    if reason := _unreadable(members[0]):
        raise InputError(f"{path}: contains {reason}; {unpack_remedy(path)}")
    return members[0]


def visible(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files in an archive, without hidden ones and those in hidden folders."""
    files = [member for member in archive.infolist() if not member.filename.endswith("/")]
    return [one for one in files if not any(map(is_hidden, path_in_archive(one).parts))]


def path_in_archive(member: zipfile.ZipInfo) -> PurePosixPath:
    """Return the path of a file in an archive; programs for Windows write backslashes."""
    return PurePosixPath(member.orig_filename.replace("\\", "/"))


def unsafe(member: zipfile.ZipInfo) -> str:
    """Return what is suspicious about a member; empty if nothing is. No file is ever extracted."""
    if reason := unsafe_path(member.orig_filename):
        return reason
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        return "a link or a device instead of a file"
    return ""


def unsafe_path(name: str) -> str:
    """Return what is suspicious about the path of a file in an archive; empty if nothing is."""
    path = PurePosixPath(name.replace("\\", "/"))
    if ":" in name or path.is_absolute() or ".." in path.parts:
        return "a file with an absolute path, or a path outside the archive"
    return "" if name.isprintable() else "a file whose name has unprintable characters"


def _unreadable(member: zipfile.ZipInfo) -> str:
    """Return why a member of an archive cannot be read in place; empty if it can."""
    if member.flag_bits & 1:
        return "an encrypted file"
    return "another archive" if path_in_archive(member).suffix in ARCHIVES else ""
