"""A format with a few columns, and helpers to read files of it."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from ecnet.datasets.declaration import Column, Format, Source
from ecnet.errors import InputError
from ecnet.readers import RecordBatch, read

SOURCE = Source("*")
FORMAT = Format(
    name="small",
    title="small format",
    reader="delimited",
    sources=(SOURCE,),
    columns=(
        Column("size"),
        Column("proto", "category", native="Proto"),
        Column("sport", "port"),
        Column("at", "time"),
        Column("note", "text", optional=True),
    ),
    labels=("kind",),
    classify=lambda labels, _: labels["kind"].map({"ok": "Normal", "bad": "Attack"}),
    classes=("Normal", "Attack"),
    layout=("size", "Proto", "sport", "at", "note", "kind"),
    headerless=True,
)
HEADER = "size,Proto,sport,at,note,kind\n"
ROW = "1.5,tcp,80,10.25,x,ok\n"


def whole(path: Path, format: Format = FORMAT) -> RecordBatch:
    batches = list(read(path, format, SOURCE))
    return RecordBatch(
        table=pa.concat_tables([batch.table for batch in batches]),
        rejected=pd.concat([batch.rejected for batch in batches], ignore_index=True),
    )


def failure(path: Path, format: Format = FORMAT) -> str:
    with pytest.raises(InputError) as error:
        whole(path, format)
    text = str(error.value)
    assert "\n" not in text
    assert str(path) in text
    return text


ZEEK = Format(
    name="zeek",
    title="Zeek log",
    reader="zeek",
    sources=(SOURCE,),
    columns=(
        Column("ts", "time"),
        Column("proto", "category"),
        Column("tunnel_parents", "text", optional=True),
    ),
    labels=("label", "detailed-label"),
    classify=lambda labels, _: labels["label"].mask(
        labels["label"] != "Benign", labels["detailed-label"]
    ),
    classes=("Benign", "DDoS"),
)
