"""Checks of columns (constant, missing or infinite values) and of source hosts."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.audit.codes import CodedColumn, CodedRecords
from ecnet.audit.findings import Finding, listed


def measure(columns: Iterable[CodedColumn], used: Iterable[str]) -> list[dict[str, Any]]:
    """Return the numbers of distinct, missing and infinite values of each column."""
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


def hosts(records: CodedRecords, host: CodedColumn) -> dict[str, int]:
    """Return the number of known source hosts of each class."""
    named = host.codes < len(host.values)
    pairs = np.unique(
        host.codes[named].astype(np.int64) * len(records.classes) + records.labels[named]
    )
    counts = np.bincount(pairs % len(records.classes), minlength=len(records.classes))
    return {name: int(count) for name, count in zip(records.classes, counts, strict=True)}


def _infinite(column: CodedColumn) -> int:
    if not pa.types.is_floating(column.values.type):
        return 0
    places = np.flatnonzero(pc.is_inf(column.values).to_numpy(zero_copy_only=False))
    return int(np.isin(column.codes, places).sum())


def findings(found: Sequence[dict[str, Any]], records: int) -> list[Finding]:
    """Return the findings for constant columns, and for missing and infinite values."""
    constant = [c for c in found if c["values"] + (c["missing"] > 0) < 2]
    lacking = [c for c in found if c["missing"] and c not in constant]
    infinite = [c for c in found if c["infinite"]]
    kinds = (
        (
            "constant-columns",
            "note",
            constant,
            float(len(constant)),
            f"{len(constant)} columns have the same value in every record: they carry no "
            "information.",
            "Nothing, or leave them out: datasets.<name>.drop in params.yaml.",
        ),
        (
            "missing-values",
            "note",
            lacking,
            max((c["missing"] / records for c in lacking), default=0.0),
            f"{len(lacking)} columns have missing values in some records, which alone may reveal "
            "the class.",
            "Missing is a separate value here; do not replace it with a meaningful number.",
        ),
        (
            "infinite-values",
            "warning",
            infinite,
            max((c["infinite"] / records for c in infinite), default=0.0),
            f"{len(infinite)} columns have infinite values: a division by zero when the file was "
            "made.",
            "Leave the column out, or define a replacement for infinity.",
        ),
    )
    return [
        Finding(check, severity, listed(c["column"] for c in members), value, meaning, remedy)
        for check, severity, members, value, meaning, remedy in kinds
        if members
    ]


def host_findings(found: dict[str, int]) -> list[Finding]:
    """Return the finding for classes from a single source host."""
    single = [name for name, count in found.items() if count == 1]
    return [
        Finding(
            "one-host-classes",
            "note",
            listed(single),
            float(len(single)),
            f"{len(single)} of {len(found)} classes come from one source host each: a model may "
            "learn the host instead of the attack.",
            "Use no address as a feature, and make no claims about other hosts.",
        )
    ] if single else []  # fmt: skip
