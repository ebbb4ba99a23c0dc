"""Plain and compressed files as one stream of bytes, unpacked on the fly."""

import csv
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa

from ecnet.errors import InputError
from ecnet.files import PACKED, plain_name

LONGEST = 1 << 20
"""Bytes of a header line at most: a foreign file may have no line end at all."""

_MOST_TIMES, _FREE = 500, 1 << 28
"""A packed file may unpack to so many times its size, or to so many bytes: more is a bomb."""

_CODECS = {".gz": "gzip", ".zst": "zstd"}
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
    if path.suffix == ".zip":
        return io.BufferedReader(_Unpacked(path, _only_member(path)), _BUFFER)
    if path.suffix in _CODECS:
        packed = pa.CompressedInputStream(pa.OSFile(str(path)), _CODECS[path.suffix])
        return io.BufferedReader(_Unpacked(path, packed), _BUFFER)
    return path.open("rb", buffering=_BUFFER)


def _only_member(path: Path) -> IO[bytes]:
    try:
        archive = zipfile.ZipFile(path)
        members = [member for member in archive.infolist() if not member.filename.endswith("/")]
        if len(members) != 1:
            raise InputError(f"{path}: holds {len(members)} files, expected one; {to_unpack(path)}")
        if reason := _foul(members[0]):
            raise InputError(f"{path}: holds {reason}; get the file again")
        return archive.open(members[0])
    except RuntimeError as error:  # packed in a way that Python does not know
        raise InputError(f"{path}: cannot be unpacked ({error}); {to_unpack(path)}") from error


def _foul(member: zipfile.ZipInfo) -> str:
    """Return what is wrong with a member of an archive; nothing is ever written by its name."""
    name = PurePosixPath(member.orig_filename.replace("\\", "/"))
    mode = member.external_attr >> 16
    if ":" in member.orig_filename or name.is_absolute() or ".." in name.parts:
        return "a file whose name leads elsewhere"
    if not member.orig_filename.isprintable():
        return "a file whose name cannot be printed"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "no file, but a link or a device"
    if member.flag_bits & 1:
        return "an encrypted file"
    if name.suffix in (*PACKED, ".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz"):
        return "another archive"
    return ""
