"""Checks of drift: between captures, and between the halves of a capture in time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ecnet.audit.codes import CodedColumn, CodedRecords, Codes
from ecnet.audit.findings import Finding, listed, severity_of
from ecnet.prepare.split_checks import Mask

Counts = npt.NDArray[np.int64]


def total_variation(one: Counts, other: Counts) -> float:
    """Return the total variation distance of two distributions, 0 to 1.

    one, other: (k,) counts of the same k values.
    """
    return float(np.abs(one / one.sum() - other / other.sum()).sum() / 2)


def kolmogorov_smirnov(one: Counts, other: Counts) -> float:
    """Return the Kolmogorov-Smirnov statistic of two samples, 0 to 1.

    one, other: (k,) counts of the same k ascending values.
    """
    return float(np.abs(np.cumsum(one) / one.sum() - np.cumsum(other) / other.sum()).max())


def captures(records: CodedRecords) -> dict[str, Any]:
    """Return for each capture its records per class, and the distance of its class shares.

    distance: the total variation distance from the class shares of all captures together.
    """
    names = records.capture.values.to_pylist()
    counts = np.zeros((len(names), len(records.classes)), dtype=np.int64)
    np.add.at(counts, (records.capture.codes, records.labels), 1)
    return {
        name: {
            "classes": {c: int(n) for c, n in zip(records.classes, row, strict=True) if n},
            "distance": total_variation(row, counts.sum(axis=0)),
        }
        for name, row in zip(names, counts, strict=True)
    }


def over_time(
    records: CodedRecords, columns: Sequence[CodedColumn], time: CodedColumn, *, smallest: int
) -> list[dict[str, Any]]:
    """Return for each column where the two halves of a capture differ most.

    Captures are split at the median time. Columns are compared within each class that has
    `smallest` records in both halves: numbers by the Kolmogorov-Smirnov statistic, others by the
    total variation distance. The column `label` has the distance of the class shares. Empty if
    nothing can be compared.
    """
    found: dict[str, dict[str, Any]] = {}
    label = CodedColumn("label", records.labels, pa.array(records.classes))
    for capture, rows, later in _halves(records, time):
        compared = [("", label, np.ones(len(rows), dtype=bool))]
        for number, name in enumerate(records.classes):
            member = records.labels[rows] == number
            if min((member & later).sum(), (member & ~later).sum()) >= smallest:
                compared += [(name, column, member) for column in columns]
        for name, column, member in compared:
            codes = column.codes[rows][member]
            value = _distance(codes, later[member], ordered=column.ordered)
            entry = found.setdefault(column.name, {"column": column.name, "distance": -1.0})
            entry["compared"] = entry.get("compared", 0) + 1
            if value > entry["distance"]:
                measure = "kolmogorov-smirnov" if column.ordered else "total variation"
                entry |= {"distance": value, "measure": measure, "capture": capture, "class": name}
    return list(found.values())


def _halves(
    records: CodedRecords, time: CodedColumn
) -> Iterator[tuple[str, npt.NDArray[np.int64], Mask]]:
    """Yield each capture with two halves: its rows with a time, and which are in the later one."""
    timed = time.codes < len(time.values)
    for number, name in enumerate(records.capture.values.to_pylist()):
        rows = np.flatnonzero((records.capture.codes == number) & timed)
        if len(rows):
            at = time.codes[rows]
            later = at > np.partition(at, (len(at) - 1) // 2)[(len(at) - 1) // 2]
            if later.any():
                yield name, rows, later


def _distance(codes: Codes, later: Mask, *, ordered: bool) -> float:
    values, place = np.unique(codes, return_inverse=True)
    early, late = (np.bincount(place[half], minlength=len(values)) for half in (~later, later))
    return kolmogorov_smirnov(early, late) if ordered else total_variation(early, late)


def findings(
    by_capture: Mapping[str, Any], by_time: Sequence[Mapping[str, Any]], limits: Mapping[str, float]
) -> list[Finding]:
    """Return the findings for drift between captures and over time."""
    found = []
    if len(by_capture) > 1:
        worst = max(by_capture, key=lambda name: float(by_capture[name]["distance"]))
        value = by_capture[worst]["distance"]
        found.append(
            Finding(
                "drift-between-captures",
                severity_of(value, limits["drift"]),
                worst,
                value,
                f"The class shares differ between captures; those of {worst} are furthest from the "
                f"shares of all (total variation distance {value:.4f}): it has "
                f"{listed(by_capture[worst]['classes'])}.",
                "Hold out whole captures as a second test: split.rule: capture.",
            )
        )
    moved = [entry for entry in by_time if entry["distance"] >= limits["drift"]]
    worst_entry = max(by_time, key=lambda entry: float(entry["distance"]), default=None)
    if worst_entry:
        value, name = worst_entry["distance"], worst_entry["class"]
        found.append(
            Finding(
                "drift-over-time",
                severity_of(value, limits["drift"]),
                listed(entry["column"] for entry in moved or [worst_entry]),
                value,
                f"Between the earlier and the later half of {worst_entry['capture']}, "
                f"{worst_entry['column']} {f'of {name} ' if name else ''}differs most "
                f"({worst_entry['measure']} {value:.4f}); {len(moved)} of {len(by_time)} columns "
                f"reach {limits['drift']} somewhere.",
                "Test on later records too: split.rule: temporal.",
            )
        )
    return found
