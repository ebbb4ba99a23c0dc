"""Lines as they arrive on a stream, read in the format of a file."""

import fcntl
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import IO, Protocol, Self

import pandas as pd

from ecnet import datasets
from ecnet.audit.detect_format import Detected
from ecnet.datasets.declaration import Format, Source
from ecnet.errors import InputError
from ecnet.evaluate.scoring.native import Batch, for_model, tolerant, without_labels
from ecnet.evaluate.scoring.trained import Trained
from ecnet.readers import RecordBatch, read
from ecnet.readers.compressed import MAX_LINE
from ecnet.readers.dialect import SEPARATORS
from ecnet.readers.header import known_fields

NAME = "stdin"
_CHUNK = 1 << 20
_COLUMNS = ("row", "column", "value", "reason")
_SHOWN = 80

Line = tuple[int, bytes]
"""A line with its number, from 1."""


class Readable(Protocol):
    """A stream that returns what it has, without waiting for more."""

    def read1(self, size: int, /) -> bytes:
        """Return at most `size` bytes, and none at its end."""


class UntilInterrupt:
    """A stream that ends at Ctrl-C, which is heeded while it waits: no batch is cut short."""

    def __init__(self, stream: Readable) -> None:
        """Take a stream; enter the context to handle the signal."""
        self._stream = stream
        self._waits = self._asked = False

    def __enter__(self) -> Self:
        """Handle the signal, in the main thread."""
        self._before = signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the signal to whoever had it before."""
        signal.signal(signal.SIGINT, self._before)

    def read1(self, size: int, /) -> bytes:
        """Return what the stream has, and nothing after Ctrl-C."""
        try:
            self._waits = True
            return b"" if self._asked else self._stream.read1(size)
        except KeyboardInterrupt:
            return b""
        finally:
            self._waits = False

    def _take(self, *_: object) -> None:
        self._asked = True
        if self._waits:
            raise KeyboardInterrupt


def widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold a whole chunk, where the system can: small chunks take most time."""
    with suppress(AttributeError, OSError):  # not Linux, or no pipe
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _CHUNK)


def batches(stream: Readable, trained: Trained, asked: str = "") -> Iterator[Batch]:
    """Yield the records of a Zeek log, JSON lines or CSV with header, as its lines arrive.

    asked: for a model of a union, the format as `dataset/format`. A line that cannot be read is set
    aside, and the lines around it are not.

    Raises:
        InputError: the stream has no header, or one that lacks a column.
    """
    reader = _Reader(trained, _what(trained, asked))
    for lines in arriving(stream):
        yield from reader.take(lines)
    reader.close()


def arriving(stream: Readable) -> Iterator[list[Line]]:
    """Yield complete lines as soon as they are there, several where they came together."""
    numbers, rest = count(1), b""
    while block := stream.read1(_CHUNK):
        *whole, rest = (rest + block).split(b"\n")
        if len(rest) > MAX_LINE:
            raise InputError(
                f"{NAME}: line {next(numbers) + len(whole)} is longer than {MAX_LINE} bytes"
            )
        if whole:
            yield [(number, line + b"\n") for line, number in zip(whole, numbers, strict=False)]
    if rest:
        yield [(next(numbers), rest)]


class _Reader:
    """Reads lines below the last header of the stream."""

    def __init__(self, trained: Trained, what: Detected) -> None:
        self._trained, self._what = trained, what
        self._header: list[bytes] | None = None
        self._formats = [(tolerant(what.format), True), (without_labels(what.format), False)]
        self._known = False  # whether a line was read: then one format is left

    def take(self, lines: Sequence[Line]) -> Iterator[Batch]:
        """Yield the records of lines; comments of a Zeek log may change the header."""
        waiting: list[Line] = []
        for number, line in lines:
            text = line.lstrip(b"\xef\xbb\xbf")
            if text.startswith(b"#"):
                yield from self._read(waiting)
                waiting = []
                self._comment(text)
            elif self._header is None and text.strip():
                if self._begins(text):
                    waiting.append((number, text))
            else:
                waiting.append((number, line))
        yield from self._read(waiting)

    def close(self) -> None:
        """Stop if no line could be read, as for a file without a record."""
        if not self._known:
            raise InputError(f"{NAME}: has no record of {self._what.format.title}; {_REMEDY}")

    def _comment(self, line: bytes) -> None:
        if line.startswith(b"#separator") or self._header is None:
            self._header = []
        if not line.startswith((b"#close", b"#open")):
            self._header.append(line)

    def _begins(self, line: bytes) -> bool:
        """Take the first line; return whether it is a record already."""
        format, text = self._what.format, line.decode(errors="replace").strip()
        fields = max((text.split(mark) for mark in SEPARATORS), key=len)
        if known_fields(fields, format) > len(fields) / 2:
            self._header = [line]
            return False
        if not (line.startswith(b"{") or format.headerless):
            raise InputError(f"{NAME}: line 1 is no header of {format.title}; {_REMEDY}")
        self._header = []
        return True

    def _read(self, lines: Sequence[Line]) -> Iterator[Batch]:
        """Yield the records of some lines; where they cannot be read together, those of halves."""
        if not lines:
            return
        found = self._tried(lines)
        if isinstance(found, Batch):
            yield found
        elif len(lines) > 1:
            middle = len(lines) // 2
            yield from self._read(lines[:middle])
            yield from self._read(lines[middle:])
        else:
            ((number, line),) = lines
            shown = line.decode(errors="replace").strip()[:_SHOWN]
            aside = pd.DataFrame([(number, "", shown, found)], columns=list(_COLUMNS))
            yield Batch(pd.DataFrame(), aside, labelled=False)

    def _tried(self, lines: Sequence[Line]) -> Batch | str:
        """Return the records of lines, or why they cannot be read."""
        reason = ""
        for format, labelled in self._formats:
            try:
                found = _parsed(self._header or [], lines, format, self._what.source)
            except InputError as error:
                reason = str(error)
                if "has no column" in reason and not (labelled or self._known):
                    raise
                continue
            if len(found.table) and not self._known:
                self._formats, self._known = [(format, labelled)], True
                if not labelled:
                    print(f"{NAME}: has no labels of {format.title}", file=sys.stderr)
            return for_model(found, self._trained, self._what, NAME, labelled)
        return reason


_REMEDY = "begin with the header of the log, for example: tail -n +1 -F conn.log"


def _parsed(
    header: list[bytes], lines: Sequence[Line], format: Format, source: Source
) -> RecordBatch:
    """Return lines below a header as records; their rows are the numbers of the lines.

    They are read as a file, so that all that a file may hold is understood.
    """
    content = b"".join([*header, *(line for _, line in lines)])
    (batch,) = read(Path(NAME), format, source, content=content)
    first = len(header) + 1
    numbers = pd.Series([number for number, _ in lines])
    row = batch.table.schema.get_field_index("row")
    moved = numbers.iloc[batch.table["row"].to_numpy() - first].to_numpy()
    rejected = batch.rejected.assign(
        row=numbers.iloc[batch.rejected["row"].to_numpy("int64") - first].to_numpy()
    )
    return RecordBatch(batch.table.set_column(row, "row", [moved]), rejected, notices=batch.notices)


def _what(trained: Trained, asked: str) -> Detected:
    """Return the format of the stream: the model's, or the one named for a union."""
    own = {f"{trained.dataset.name}/{trained.format.name}": (trained.dataset, trained.format)}
    if trained.format.reader == "union":
        own = {
            f"{dataset.name}/{format.name}": (dataset, format)
            for dataset in map(datasets.load, datasets.parts())
            for format in dataset.formats
            if format.shared
        }
    elif not asked:
        (asked,) = own
    if asked not in own:
        raise InputError(f"--format {asked!r}: the stream has to be one of {', '.join(own)}")
    dataset, format = own[asked]
    if format.captured:
        raise InputError(f"{trained.folder}: takes packet captures, which are files; name one")
    return Detected(dataset, format, Source(NAME), {})
