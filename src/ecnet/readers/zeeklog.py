"""Zeek's own way to write a log: comment lines say how the lines that follow them are written.

Logs that were joined have such a header in the middle. Each part of a log is read by its own.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from ecnet.errors import InputError
from ecnet.readers.compressed import LONGEST
from ecnet.readers.spelling import MISSING

BOM = codecs.BOM_UTF8
_COMMENT = b"#"
_EMPTY_COMMENT = b"#\n"
_SEPARATORS = ("\t", ",", ";", "|")
_ESCAPED = re.compile(r"\\x([0-9a-fA-F]{2})")
_SHOWN = 40
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Header:
    """How the lines below a header are written: their separator, and the names of their fields."""

    separator: str = "\t"
    fields: tuple[str, ...] = ()

    def after(self, comment: bytes, where: str) -> "Header":
        """Return what holds after a comment line; only some say how lines are written.

        Raises:
            InputError: it says that they are written in a way that is not read.
        """
        text = comment.decode().rstrip("\r\n")
        name = re.match(r"#\w*", text)[0]  # type: ignore[index]
        value = text[len(name) + 1 :]
        if name == "#separator":
            return replace(self, separator=_separator(value, where))
        if name == "#fields":
            return replace(self, fields=self._fields(value, where))
        if name in ("#unset_field", "#empty_field") and _unescaped(value) not in MISSING:
            raise InputError(
                f"{where}: {name} is {value[:_SHOWN]!r}; read are - and (empty): write the fields, "
                "and this line, with one of them"
            )
        return self

    def _fields(self, value: str, where: str) -> tuple[str, ...]:
        fields = tuple(value.split(self.separator))
        if len(fields) == 1:
            raise InputError(
                f"{where}: #fields has no {self.separator!r} between its names, which #separator "
                "asks for; write the two alike"
            )
        return fields


class Log:
    """A log as streams of bytes, one for each part that has a header of its own."""

    def __init__(self, stream: IO[bytes], path: Path, first: bytes, before: int) -> None:
        """Take a stream of which the `first` line has been read, and blank ones before it."""
        self.header = Header()
        self.line = before
        """How many lines were read so far."""
        self._stream, self._path = stream, path
        self._data, self._at = first, 0  # what was read of the stream, and how much of it is given
        self._begins = True  # what comes next begins a line

    def parts(self) -> Iterator[Header]:
        """Yield the header of each part that holds lines; `read` then gives these.

        Raises:
            InputError: lines come before any header that names their fields.
        """
        while self._filled():
            while comment := self._comment():
                self.header = self.header.after(comment, self._where)
                self._take(self._line_end())
            if not self.header.fields:
                raise self._no_fields()
            if self._filled():
                yield self.header

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes (two or more) of the part; none at its end.

        A comment is given as one of a single field, lest it be taken for a record.
        """
        pieces: list[bytes] = []
        while size >= len(_EMPTY_COMMENT) and (piece := self._piece(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    @property
    def _where(self) -> str:
        return f"{self._path}: line {self.line + 1}"

    def _piece(self, size: int) -> bytes:
        """Return some bytes up to the next comment, or that comment; none where the part ends."""
        if comment := self._comment():
            if self.header.after(comment, self._where) != self.header:
                return b""
            taken = self._take(self._line_end())
            return _EMPTY_COMMENT if taken.endswith(b"\n") else _COMMENT
        if not self._filled():
            return b""
        end = self._data.find(b"\n" + _COMMENT, self._at) + 1 or len(self._data)
        end = self._data.find(b"\n" + BOM[:1], self._at, end) + 1 or end
        return self._take(min(end, self._at + size))

    def _comment(self) -> bytes:
        """Return the next line if it is a comment, without a byte-order mark."""
        if not (self._begins and self._filled() and self._data[self._at] in _COMMENT + BOM[:1]):
            return b""
        end = self._line_end()
        line = self._data[self._at : end].removeprefix(BOM)
        return line if line.startswith(_COMMENT) else b""

    def _filled(self) -> bool:
        """Read on where all is given; tell whether there is more."""
        if self._at == len(self._data):
            self._data, self._at = self._stream.read(_BLOCK), 0
        return self._at < len(self._data)

    def _line_end(self) -> int:
        """Return where in the data the next line ends, or where it has become too long for one."""
        while (end := self._data.find(b"\n", self._at) + 1) == 0:
            more = self._stream.read(_BLOCK) if len(self._data) - self._at < LONGEST else b""
            if not more:
                return len(self._data)
            self._data, self._at = self._data[self._at :] + more, 0
        return end

    def _take(self, end: int) -> bytes:
        taken, self._at = self._data[self._at : end], end
        self.line += taken.count(b"\n")
        self._begins = taken.endswith(b"\n")
        return taken

    def _no_fields(self) -> InputError:
        end = self._line_end()
        found = self._data[self._at : end][:_SHOWN].decode(errors="replace").rstrip("\r\n")
        before = "before it there is no" if self.line else "it does not begin with a"
        return InputError(
            f"{self._path}: is no Zeek log: line {self.line + 1} is {found!r}, and {before} "
            "#fields line that names the columns; nor is it JSON; get it again"
        )


def _separator(value: str, where: str) -> str:
    separator = _unescaped(value)
    if separator not in _SEPARATORS:
        raise InputError(
            f"{where}: #separator is {value[:_SHOWN]!r}; read are a tab (\\x09), a comma, a "
            "semicolon and |: write the log with one of them"
        )
    return separator


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), value)
