"""Columns that say nothing, or not for every record; and where the records come from."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.audit.coded import Coded, Records
from ecnet.audit.findings import Finding, listed


def measure(columns: Iterable[Coded], used: Iterable[str]) -> list[dict[str, Any]]:
    """Return, for each column, its distinct values, and its rows without or with infinite value."""
    features = set(used)
    return [
        {
            "column": column.name,
            "feature": column.name in features,
            "values": len(column.values),
            "missing": column.missing,
            "infinite": _infinite(column),
        }
        for column in columns
    ]


def hosts(records: Records, host: Coded) -> dict[str, int]:
    """Return how many source hosts each class comes from, as far as they are named."""
    named = host.codes < len(host.values)
    pairs = np.unique(
        host.codes[named].astype(np.int64) * len(records.classes) + records.labels[named]
    )
    counts = np.bincount(pairs % len(records.classes), minlength=len(records.classes))
    return {name: int(count) for name, count in zip(records.classes, counts, strict=True)}


def _infinite(column: Coded) -> int:
    if not pa.types.is_floating(column.values.type):
        return 0
    places = np.flatnonzero(pc.is_inf(column.values).to_numpy(zero_copy_only=False))
    return int(np.isin(column.codes, places).sum())


def findings(found: Sequence[dict[str, Any]], records: int) -> list[Finding]:
    """Return the columns that are constant, lack values or hold infinite ones."""
    constant = [c for c in found if c["values"] + (c["missing"] > 0) < 2]
    lacking = [c for c in found if c["missing"] and c not in constant]
    infinite = [c for c in found if c["infinite"]]
    kinds = (
        (
            "constant-columns",
            "note",
            constant,
            float(len(constant)),
            f"{len(constant)} columns have one value in every record: they say nothing.",
            "Nothing, or leave them out: datasets.<name>.drop in params.yaml.",
        ),
        (
            "missing-values",
            "note",
            lacking,
            max((c["missing"] / records for c in lacking), default=0.0),
            f"{len(lacking)} columns lack values in some records, which can tell classes apart "
            "by itself.",
            "Missing is a value of its own here; do not fill it in with a number that means "
            "something.",
        ),
        (
            "infinite-values",
            "warning",
            infinite,
            max((c["infinite"] / records for c in infinite), default=0.0),
            f"{len(infinite)} columns hold infinite values: a division by zero when the file was "
            "made.",
            "Leave the column out, or say what stands for infinity.",
        ),
    )
    return [
        Finding(check, severity, listed(c["column"] for c in members), value, meaning, remedy)
        for check, severity, members, value, meaning, remedy in kinds
        if members
    ]


def host_findings(found: dict[str, int]) -> list[Finding]:
    """Return the classes that come from a single source host."""
    single = [name for name, count in found.items() if count == 1]
    return [
        Finding(
            "one-host-classes",
            "note",
            listed(single),
            float(len(single)),
            f"{len(single)} of {len(found)} classes come from one source host each: what a model "
            "learns of them may be that host.",
            "Use no address as a feature, and claim nothing about other hosts.",
        )
    ] if single else []  # fmt: skip
