"""Packet captures as bytes: a record is a packet, a column one byte of a view of it.

The capture determines the class. A packet that a sample has no room for is parsed, so that it is
counted or set aside, but its views are not made: a large capture takes little memory.
"""

from collections.abc import Iterator
from itertools import compress, islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ecnet.datasets.declaration import VIEW_BYTES, Format, Source
from ecnet.errors import InputError
from ecnet.readers import pcap
from ecnet.readers.batch import RecordBatch, Rejected
from ecnet.readers.layers import LINKS, VIEWS, Layers, MalformedError, layers, views
from ecnet.readers.pcap import Packet
from ecnet.readers.prefilter import Prefilter

_CHUNK = 1 << 12
_BLOCK = 1 << 14
"""Records of a batch: of fewer, the 1,024 columns would take longer than their values."""


def read(
    path: Path, format: Format, source: Source, prefilter: Prefilter | None
) -> Iterator[RecordBatch]:
    """Yield the packets of a capture; at least one batch, if it has a packet.

    Raises:
        InputError: the file is no capture or is damaged, a link type is not understood, or the file
            does not determine the class.
    """
    label, packets = _label(path, format, source), pcap.packets(path)
    rows: list[int] = []
    held, rejected, waiting = bytearray(), list[Rejected](), False
    while chunk := list(islice(packets, _CHUNK)):
        waiting = True
        for packet, found in _wanted(_parsed(chunk, path, rejected), label, prefilter):
            rows.append(packet.number)
            held += views(packet, found)
        if len(rows) >= _BLOCK:
            yield _batch(format, label, rows, bytes(held), rejected)
            rows, held, rejected, waiting = [], bytearray(), [], False
    if waiting:
        yield _batch(format, label, rows, bytes(held), rejected)


def _label(path: Path, format: Format, source: Source) -> str:
    """Return the class of all packets of a file."""
    label = str(format.classify(pd.DataFrame(index=[0]), source).iloc[0])
    if label not in format.classes:
        names = ", ".join(one.pattern for one in format.sources)
        raise InputError(
            f"{path}: its name does not tell the class of its packets; name it {names}"
        )
    return label


def _parsed(
    chunk: list[Packet], path: Path, rejected: list[Rejected]
) -> list[tuple[Packet, Layers]]:
    """Return packets with their layers; those that are malformed go to `rejected`."""
    parsed = []
    for packet in chunk:
        if packet.link not in LINKS:
            known = ", ".join(f"{number} ({name})" for number, name in LINKS.items())
            raise InputError(
                f"{path}: packet {packet.number} has the link type {packet.link}; read are {known}"
            )
        try:
            parsed.append((packet, layers(packet)))
        except MalformedError as error:
            shown = packet.data[:20].hex()
            rejected.append(Rejected(packet.number, "frame", shown, str(error)))
    return parsed


def _wanted(
    parsed: list[tuple[Packet, Layers]], label: str, prefilter: Prefilter | None
) -> Iterator[tuple[Packet, Layers]]:
    """Return the packets that a sample may keep."""
    if prefilter is None:
        return iter(parsed)
    rows = np.array([packet.number for packet, _ in parsed], dtype=np.int64)
    return compress(parsed, prefilter.take(label, rows))


def _batch(
    format: Format, label: str, rows: list[int], held: bytes, rejected: list[Rejected]
) -> RecordBatch:
    """Return records from the views of packets, all those of a packet one after the other."""
    matrix = np.frombuffer(held, np.uint8).reshape(len(rows), len(VIEWS) * VIEW_BYTES)
    columns = {column.name: array for column, array in zip(format.columns, matrix.T, strict=True)}
    labels = pa.repeat(pa.scalar(label, pa.string()), len(rows))
    table = pa.table({**columns, "label": labels, "row": pa.array(rows, pa.int64())})
    return RecordBatch(table, pd.DataFrame(rejected, columns=list(Rejected._fields)))
