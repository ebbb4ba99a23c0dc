"""Packet captures (pcap and pcapng), read with tshark."""

import csv
import os
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.datasets.declaration import Format, Source
from ecnet.errors import InputError
from ecnet.files import plain_name
from ecnet.readers import encoding, header, lines
from ecnet.readers.batch import RawBatch
from ecnet.readers.compressed import damage, opened, unpack_remedy
from ecnet.readers.dialect import SEPARATORS
from ecnet.readers.prefilter import LineFormat
from ecnet.readers.tools import Tool

TSHARK = Tool(
    "tshark",
    {
        "apt-get": "sudo apt-get install tshark",
        "dnf": "sudo dnf install wireshark-cli",
        "brew": "brew install wireshark",
    },
)
_OPTIONS = (
    *("-n", "-o", "tcp.calculate_timestamps:TRUE"),
    *("-T", "fields", "-E", "separator=/t", "-E", "quote=n", "-E", "occurrence=f"),
)
_EMPTY = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
"""A capture of Ethernet without a packet."""

_UNREADABLE = 2
"""The exit status of tshark for a file that it cannot read to its end."""

_FRAME = "frame.number"
_BLOCK = 1 << 20
# pcap in both byte orders, with micro- and nanoseconds, and pcapng.
_MAGIC = ("d4c3b2a1", "a1b2c3d4", "4d3cb2a1", "a1b23c4d", "0a0d0d0a")
_CAPTURE_COLUMN, _FILTER_COLUMN = "File Name", "Rule"


class _Rule(NamedTuple):
    """A labelling rule: the labels of the packets that it matches, and their frame numbers."""

    labels: dict[str, str]
    frames: npt.NDArray[np.int64]


def read(
    path: Path, format: Format, source: Source, companions: Mapping[str, Path]
) -> Iterator[RawBatch]:
    """Yield the packets of a capture; the header names of the format's columns are tshark fields.

    If the file does not determine the class, the labels are columns of a companion file with
    display filters. A packet gets the labels of the first rule that matches it, and missing values
    if none does. The frame numbers of each rule are held in memory: 8 bytes per matching packet.

    Raises:
        InputError: tshark is missing or fails, the file is not a capture or is truncated, or no
            rule is for this file.
    """
    check(path)
    rules = [] if source.label else _rules(path, format, companions)
    fields = _fields(format)
    with tshark(path, "-E", "header=y", *selected(fields)) as output:
        if output.readline():
            blocks = lines.rows(output, path, LineFormat(fields, set(fields), separator="\t"))
            for raw in blocks:
                yield _labelled(_numbered(raw), format, rules)


def problem(format: Format) -> str:
    """Return briefly why captures cannot be read on this machine; empty if they can.

    The fields of tshark depend on its version, so it is asked for those of the format.
    """
    return TSHARK.problem(*_OPTIONS, "-r", "-", *selected(_fields(format)), given=_EMPTY)


def _fields(format: Format) -> list[str]:
    return [_FRAME, *(column.header for column in format.columns)]


def selected(fields: Iterable[str]) -> list[str]:
    """Return the options that make tshark print fields."""
    return [part for field in fields for part in ("-e", field)]


@contextmanager
def tshark(path: Path, *arguments: str, memory: int | None = None) -> Iterator[IO[bytes]]:
    """Yield the output of tshark; after it is read, check the exit status.

    memory: how many bytes it may allocate; None: as many as there are.

    Raises:
        InputError: tshark is not installed, fails or crashes.
    """
    program = shutil.which(TSHARK.name)
    if program is None:
        raise InputError(f"{path}: reading it needs tshark; run: {TSHARK.install}")
    command = [program, *_OPTIONS, "-r", str(path)]
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryDirectory() as preferences:
        # The user's own preferences must not change the output.
        environment = {**os.environ, "LC_ALL": "C", "WIRESHARK_CONFIG_DIR": preferences}
        process = subprocess.Popen(
            [*command, *arguments], stdout=subprocess.PIPE, stderr=errors, env=environment
        )
        assert process.stdout is not None
        try:
            if memory is not None:
                resource.prlimit(process.pid, resource.RLIMIT_AS, (memory, memory))
            yield process.stdout
            _check_end(process, errors, path)
        except InputError:  # may be the consequence of an error of tshark
            _check_end(process, errors, path)
            raise
        finally:
            process.kill()
            process.stdout.close()
            process.wait()


def _check_end(process: subprocess.Popen[bytes], errors: IO[bytes], path: Path) -> None:
    """Raise the error message of tshark if its output was read and its exit status is not 0."""
    assert process.stdout is not None
    if process.stdout.read(1) == b"" and (status := process.wait()) != 0:
        errors.seek(0)
        reason = _reason(errors.read().decode(errors="replace"))
        ended = f"status {status}" if status > 0 else f"it crashed: {signal.Signals(-status).name}"
        remedy = "; get the file again, or keep its whole packets with editcap"
        raise InputError(
            f"{path}: tshark fails: {reason} ({ended}){remedy if status == _UNREADABLE else ''}"
        )


def _reason(errors: str) -> str:
    """Return the messages of tshark as one line, without the warning about root."""
    message = errors.split("tshark: ", 1)[-1]
    return " ".join(message.split()) or "no reason given"


def is_capture(path: Path) -> bool:
    """Return whether a file, compressed or not, begins as a capture does."""
    if not path.is_file():  # to look into a pipe would be to take from it
        return False
    try:
        with opened(path) as stream:
            return stream.read(4).hex() in _MAGIC
    except InputError:  # the reader of another format says what is wrong
        return False


def check(path: Path) -> None:
    """Check that the file is a capture; decompress a compressed one to verify its checksum.

    tshark would read a text file as a capture of one packet.

    Raises:
        InputError: it is none, is damaged, or is a .zip.
    """
    if path.suffix == ".zip":
        raise InputError(f"{path}: tshark cannot read .zip; {unpack_remedy(path)}")
    with opened(path) as stream:
        magic = stream.read(4).hex()
        if magic not in _MAGIC:
            raise InputError(f"{path}: is not a pcap or pcapng file; get the file again")
        if plain_name(path.name) != path.name:
            while stream.read(_BLOCK):
                pass


def _rules(path: Path, format: Format, companions: Mapping[str, Path]) -> list[_Rule]:
    """Return the rules for this capture in the order of their file, with matching frames."""
    pattern = next(source.pattern for source in format.sources if source.companion)
    if pattern not in companions:
        raise InputError(f"{path}: needs the file {pattern} with the labels of packets; get it too")
    file = companions[pattern]
    rows = _table(file, (_CAPTURE_COLUMN, _FILTER_COLUMN, *format.labels))
    mine = [row for row in rows if row[_CAPTURE_COLUMN] == plain_name(path.name)]
    if not mine:
        raise InputError(f"{path}: {file} has no rule for {plain_name(path.name)}; is it renamed?")
    return [
        _Rule({name: row[name] for name in format.labels}, _frames(path, row[_FILTER_COLUMN]))
        for row in mine
    ]


def _table(file: Path, names: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a small table as dictionaries of the columns `names`."""
    with opened(file) as stream, damage(file):
        text = encoding.utf8(stream, file).read().decode().splitlines()
        tables = [list(csv.reader(text, delimiter=mark)) or [[]] for mark in SEPARATORS]
    heads = [header.matched([field.strip() for field in rows[0]], names, file) for rows in tables]
    head, rows = max(
        zip(heads, tables, strict=True), key=lambda pair: len(set(pair[0]) & set(names))
    )
    for name in names:
        if name not in head:
            raise InputError(
                f"{file}: has no column {name}; it has {', '.join(rows[0])[:200]}; get it again"
            )
    return [
        {name: cell for name, cell in zip(head, row, strict=False) if name is not None}
        for row in rows[1:]
        if len(row) >= len(head)
    ]


def _frames(path: Path, display_filter: str) -> npt.NDArray[np.int64]:
    with tshark(path, "-Y", display_filter, "-e", _FRAME) as output:
        return np.array([int(line) for line in output], dtype=np.int64)


def _numbered(raw: RawBatch) -> RawBatch:
    """Use the frame numbers as row numbers."""
    row = pc.cast(raw.table[_FRAME], pa.int64()).to_numpy()
    return replace(raw, table=raw.table.drop_columns([_FRAME]), row=row)


def _labelled(raw: RawBatch, format: Format, rules: list[_Rule]) -> RawBatch:
    """Add the label columns of the rules."""
    taken = np.full(len(raw.row), len(rules))
    for place in reversed(range(len(rules))):
        taken[np.isin(raw.row, rules[place].frames)] = place
    table = raw.table
    for name in format.labels:
        values = np.array([*(rule.labels[name] for rule in rules), None], dtype=object)
        table = table.append_column(name, pa.chunked_array([pa.array(values[taken], pa.string())]))
    return replace(raw, table=table)
