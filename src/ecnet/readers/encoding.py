"""Convert text of any common encoding to UTF-8; the first bytes determine the encoding."""

import codecs
import io
from pathlib import Path
from typing import IO

import pyarrow as pa

from ecnet.errors import InputError
from ecnet.files import PACKED
from ecnet.readers.compressed import unpack_remedy

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is a prefix of it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PACKED = ((b"\x1f\x8b", "gzip", ".gz"), (b"\x28\xb5\x2f\xfd", "zstd", ".zst"))
_ZIP = b"PK\x03\x04"  # spreadsheets are archives, too
_PEEKED = 64
_BUFFER = 1 << 20


def utf8(stream: IO[bytes], path: Path) -> IO[bytes]:
    """Return the text of `stream` as UTF-8, without a byte-order mark.

    UTF-16 and UTF-32 with a mark are decoded while they are read.

    Raises:
        InputError: the first bytes are those of UTF-16 or UTF-32 without a mark, or of an archive.
    """
    assert isinstance(stream, io.BufferedReader)  # the return type of `opened`
    head = stream.peek(_PEEKED)[:_PEEKED]
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            stream.read(len(mark))
            return stream if encoding == "utf-8" else _transcoded(stream, encoding)
    if encoding := _unmarked(head):
        raise InputError(
            f"{path}: is {encoding} without a byte-order mark; convert it to UTF-8 with: "
            f"iconv -f {encoding} -t UTF-8"
        )
    for magic, program, suffix in _PACKED:
        if head.startswith(magic) and path.suffix in PACKED:
            raise InputError(
                f"{path}: contains another file compressed with {program}; {unpack_remedy(path)}"
            )
        if head.startswith(magic):
            raise InputError(
                f"{path}: is compressed with {program}; rename it to end with {suffix}"
            )
    if head.startswith(_ZIP):
        raise InputError(f"{path}: is an archive or a spreadsheet; unpack it, or save it as CSV")
    return stream


def not_utf8(path: Path, line: int) -> InputError:
    """Return the error for a line that is not UTF-8."""
    return InputError(
        f"{path}: line {line} is not UTF-8; convert the file to UTF-8, from Latin-1 with: "
        "iconv -f LATIN1 -t UTF-8"
    )


def _transcoded(stream: IO[bytes], encoding: str) -> IO[bytes]:
    decoded = pa.transcoding_input_stream(pa.PythonFile(stream, "r"), encoding, "utf-8")
    return io.BufferedReader(decoded, _BUFFER)


def _unmarked(head: bytes) -> str:
    """Return UTF-16 or UTF-32 if zeros are where they are in Latin letters; otherwise empty."""
    zeros = [{byte == 0 for byte in head[place::4]} for place in range(4)]
    if len(head) < 8:
        return ""
    shapes = {
        "UTF-32LE": [{False}, {True}, {True}, {True}],
        "UTF-32BE": [{True}, {True}, {True}, {False}],
        "UTF-16LE": [{False}, {True}, {False}, {True}],
        "UTF-16BE": [{True}, {False}, {True}, {False}],
    }
    return next((name for name, shape in shapes.items() if zeros == shape), "")
