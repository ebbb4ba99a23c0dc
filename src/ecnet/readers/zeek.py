"""Zeek logs with labels, as the IoT-23 captures have them.

Their last tab-separated field holds three values parted by three spaces: tunnel_parents, label
and detailed-label. Logs labelled by newer tools part all fields by tabs; the header tells.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.datasets.declaration import Form
from ecnet.errors import InputError
from ecnet.readers import lines
from ecnet.readers.batch import Raw, Rejected
from ecnet.readers.compressed import LONGEST, opened
from ecnet.readers.delimited import check_header, wanted
from ecnet.readers.sieve import Manner, Sieve
from ecnet.readers.spelling import without_missing

_FIELDS, _TYPES = b"#fields", b"#types"
_GROUP = r"(?P<f{}>\S+)"
_SHOWN = 80


def read(path: Path, form: Form, sieve: Sieve | None = None) -> Iterator[Raw]:
    """Yield the flows of a log, as far as they pass; it may lack its closing line.

    Raises:
        InputError: there is no `#fields` line before the first flow, or it lacks a column.
    """
    with opened(path) as stream:
        fields, before = _header(stream, path)
        joined = fields[-1]
        parts = joined.split()
        check_header([*fields[:-1], *parts], form, path)
        manner = Manner(fields, wanted(form) | {joined}, separator="\t", comment="#")
        if len(parts) > 1:
            manner = replace(manner, finish=lambda raw: _parted(raw, joined, parts))
        yield from lines.rows(stream, path, manner, before=before, sieve=sieve)


def _header(stream: IO[bytes], path: Path) -> tuple[list[str], int]:
    """Read up to the `#types` line; return the names of the fields and the number of lines."""
    fields: list[str] = []
    number = 1
    while (line := stream.readline(LONGEST)).startswith(b"#"):
        if line.startswith(_TYPES):
            break
        if line.startswith(_FIELDS):
            fields = line.decode().rstrip("\r\n").split("\t")[1:]
        number += 1
    if not fields or not line.startswith(_TYPES):
        raise InputError(f"{path}: is no Zeek log: no #fields and #types lines; get it again")
    return fields, number


def _parted(raw: Raw, joined: str, parts: list[str]) -> Raw:
    """Part the last field into its values; rows where it does not hold them all are rejected."""
    pattern = "^" + " +".join(_GROUP.format(place) for place in range(len(parts))) + " *$"
    values = pc.extract_regex(raw.table[joined], pattern)
    good = values.is_valid().to_numpy()
    rejected = [
        Rejected(int(raw.row[place]), joined, str(raw.table[joined][int(place)])[:_SHOWN], "is cut")
        for place in np.flatnonzero(~good)
    ]
    table = raw.table.drop_columns([joined])
    for place, name in enumerate(parts):
        text = pc.struct_field(values, f"f{place}")
        table = table.append_column(name, without_missing(text))
    return replace(
        raw,
        table=table.filter(pa.array(good)),
        row=raw.row[good],
        rejected=raw.rejected + rejected,
    )
