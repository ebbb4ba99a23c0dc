"""Zeek's own log format: comment lines describe how the following lines are written.

Concatenated logs have several such headers. Each part is read with its own header.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ecnet.errors import InputError
from ecnet.readers.compressed import MAX_LINE
from ecnet.readers.prefilter import Readable
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
    """The separator and the field names of the lines below a header; both empty if not stated."""

    separator: str = ""
    fields: tuple[str, ...] = ()

    def after(self, comment: bytes, where: str) -> "Header":
        """Return the header after a comment line; not all comments change it.

        Raises:
            InputError: the comment has an unsupported setting.
        """
        text = comment.decode().rstrip("\r\n")
        name = re.match(r"#\w*", text)[0]  # type: ignore[index]
        value = text[len(name) + 1 :]
        if name == "#separator":
            return replace(self, separator=_separator(value, where))
        if name == "#fields":
            own = text[len(name)] if text[len(name) :][:1] in _SEPARATORS else _SEPARATORS[0]
            stated = replace(self, separator=self.separator or own)
            return replace(stated, fields=stated._fields(value, where))
        if name in ("#unset_field", "#empty_field") and _unescaped(value) not in MISSING:
            raise InputError(
                f"{where}: {name} is {value[:_SHOWN]!r}; supported are - and (empty): use one of "
                "them in the fields and in this line"
            )
        return self

    def _fields(self, value: str, where: str) -> tuple[str, ...]:
        fields = tuple(value.split(self.separator))
        if len(fields) == 1:
            raise InputError(
                f"{where}: #fields has no {self.separator!r} between its names, which is the "
                "#separator; write both with the same separator"
            )
        return fields


class Log:
    """A log as streams of bytes, one for each part with its own header."""

    def __init__(
        self,
        stream: Readable,
        path: Path,
        first: bytes,
        before: int,
        header: Header = Header(),
    ) -> None:
        """Take a stream after its `first` line, and `before` lines before that, were read.

        header: what those lines say.
        """
        self.header = header
        self.line = before
        """The number of lines read so far."""
        self._stream, self._path = stream, path
        self._data, self._at = first, 0  # the buffer, and how much of it was returned
        self._begins = True  # whether the next byte is the first of a line

    def parts(self) -> Iterator[Header]:
        """Yield the header of each part that has lines; `read` then returns its lines.

        Raises:
            InputError: there are lines before the first header with field names.
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

        Comments are returned as a single `#`, so that they are not parsed as records.
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
        """Return bytes up to the next comment, or that comment; none at the end of the part."""
        if comment := self._comment():
            if self.header.after(comment, self._where) != self.header:
                return b""
            taken = self._take(self._line_end())
            return _EMPTY_COMMENT if taken.endswith(b"\n") else _COMMENT
        if not self._filled():
            return b""
        end = min(map(self._line_with, (_COMMENT, BOM[:1])))
        return self._take(min(end, self._at + size))

    def _line_with(self, first: bytes) -> int:
        """Return where the next line that begins with a byte is in the buffer, or its end."""
        found = self._data.find(first, self._at + 1)  # 70 times as fast as to find two bytes
        found = self._data.find(b"\n" + first, found - 1) if found > 0 else -1
        return found + 1 or len(self._data)

    def _comment(self) -> bytes:
        """Return the next line if it is a comment, without a byte-order mark."""
        if not (self._begins and self._filled() and self._data[self._at] in _COMMENT + BOM[:1]):
            return b""
        end = self._line_end()
        line = self._data[self._at : end].removeprefix(BOM)
        return line if line.startswith(_COMMENT) else b""

    def _filled(self) -> bool:
        """Read more if the buffer is used up; return whether there is more."""
        if self._at == len(self._data):
            self._data, self._at = self._stream.read(_BLOCK), 0
        return self._at < len(self._data)

    def _line_end(self) -> int:
        """Return where the next line ends in the buffer, or where it exceeds the maximum length."""
        while (end := self._data.find(b"\n", self._at) + 1) == 0:
            more = self._stream.read(_BLOCK) if len(self._data) - self._at < MAX_LINE else b""
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
        return InputError(
            f"{self._path}: is not a Zeek log: line {self.line + 1} is {found!r}, without a "
            "#fields line before it, and it is not JSON; get the file again"
        )


def _separator(value: str, where: str) -> str:
    separator = _unescaped(value)
    if separator not in _SEPARATORS:
        raise InputError(
            f"{where}: #separator is {value[:_SHOWN]!r}; supported are a tab (\\x09), a comma, a "
            "semicolon and |: write the log with one of them"
        )
    return separator


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), value)
