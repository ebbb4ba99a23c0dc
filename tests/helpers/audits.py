"""Records with and without planted faults, and how tests audit them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ecnet.audit import checks
from ecnet.audit.codes import CodedRecords, Coder
from ecnet.datasets.declaration import Column, Dataset, Format, Source

FORMAT = Format(
    name="small",
    title="small format",
    reader="delimited",
    sources=(Source("*"),),
    columns=(
        Column("at", "time"),
        Column("host", "text"),
        Column("port", "port"),
        Column("size"),
        Column("rate"),
        Column("proto", "category"),
        Column("serial", shortcut=True),
    ),
    labels=("label",),
    classify=lambda labels, _: labels["label"],
    classes=("Normal", "Scan", "Flood", "Theft"),
    host="host",
    time="at",
)
DATASET = Dataset(
    name="small",
    title="Small",
    page="",
    size="",
    licence="",
    citation="",
    normal="Normal",
    formats=(FORMAT,),
)
SETTINGS = {
    "keep": [],
    "drop": [],
    "seed": 1,
    "validation": 0.2,
    "test": 0.2,
    "max_rejected": 0.01,
    "duplicates": 0.01,
    "best_accuracy": 0.99,
    "max_depth": 16,
    "single_column_f1": 0.9,
    "drift": 0.5,
    "min_records": 20,
    "label_counts": [],
}


def clean(records: int = 600, classes: int = 3, seed: int = 1) -> pd.DataFrame:
    """Return records whose columns are related to the class, but none of them determines it."""
    random = np.random.default_rng(seed)
    label = np.arange(records) % classes
    return pd.DataFrame(
        {
            "at": 1.5e9 + random.permutation(records),
            "host": random.choice(["10.0.0.1", "10.0.0.2", "10.0.0.3"], records),
            "port": pd.array(random.integers(1024, 60000, records), "Int32"),
            "size": label + random.normal(0, 2, records),
            "rate": random.normal(0, 1, records) - label / 2,
            "proto": random.choice(["tcp", "udp"], records),
            "serial": random.permutation(records).astype(float),
            "label": np.array(FORMAT.classes)[label],
        }
    )


def coded(
    records: pd.DataFrame, capture: Any = "one", format: Format = FORMAT, batch: int = 0
) -> CodedRecords:
    """Return records as codes, added in batches of `batch` (0: all at once)."""
    coder = Coder(format)
    captures = pd.Series(capture, index=records.index, dtype="str")
    size = batch or len(records)
    for start in range(0, len(records), size):
        part = records.iloc[start : start + size]
        coder.add(part, captures.iloc[start : start + size])
    return coder.records()


def audited(
    records: pd.DataFrame,
    capture: Any = "one",
    format: Format = FORMAT,
    batch: int = 0,
    **changes: Any,
) -> dict[str, Any]:
    """Return the audit of records; `changes`: of the settings."""
    return checks.audit(
        coded(records, capture, format, batch),
        replace(DATASET, formats=(format,)),
        format,
        read=records["label"].value_counts().to_dict(),
        aside=0,
        settings=SETTINGS | changes,
    )


def found(audit: Mapping[str, Any], check: str) -> list[dict[str, Any]]:
    """Return the findings of a check."""
    return [finding for finding in audit["findings"] if finding["check"] == check]
