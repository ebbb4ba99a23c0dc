"""Plain and compressed files as one stream of bytes, unpacked on the fly."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa

from ecnet.errors import InputError

LONGEST = 1 << 20
"""Bytes of a header line at most: a foreign file may have no line end at all."""

_CODECS = {".gz": "gzip", ".zst": "zstd"}
_BUFFER = 1 << 20
_DAMAGE = (
    OSError,
    EOFError,
    UnicodeDecodeError,
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


def _stream(path: Path) -> IO[bytes]:
    if path.suffix == ".zip":
        return _only_member(path)
    if path.suffix in _CODECS:
        packed = pa.CompressedInputStream(pa.OSFile(str(path)), _CODECS[path.suffix])
        return io.BufferedReader(packed, _BUFFER)
    return path.open("rb", buffering=_BUFFER)


def _only_member(path: Path) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise InputError(f"{path}: holds {len(members)} files, expected one; unpack it beside it")
    try:
        return archive.open(members[0])
    except RuntimeError as error:  # encrypted, or packed in a way that Python does not know
        raise InputError(f"{path}: cannot be unpacked ({error}); unpack it beside it") from error
