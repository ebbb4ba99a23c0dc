"""Checks of classes: too few records for every subset, and counts different from the paper's."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ecnet.audit.codes import Codes
from ecnet.audit.findings import Finding, listed, percent
from ecnet.datasets.declaration import Format, Issue
from ecnet.datasets.papers import LabelCount
from ecnet.prepare.split_checks import SUBSETS, IntArray


def measure(
    classes: Sequence[str], labels: Codes, record_id: IntArray
) -> dict[str, dict[str, int]]:
    """Return the numbers of records and of distinct records of each class.

    labels: (n,). record_id: (n,) equal for records with equal features and label.
    """
    label_of = np.zeros(int(record_id.max(initial=-1)) + 1, dtype=np.int64)
    label_of[record_id] = labels
    records, distinct = (np.bincount(of, minlength=len(classes)) for of in (labels, label_of))
    return {
        name: {"records": int(records[place]), "distinct": int(distinct[place])}
        for place, name in enumerate(classes)
    }


def beside_paper(
    format: Format, found: Mapping[str, int], label_counts: Sequence[LabelCount]
) -> list[dict[str, Any]]:
    """Return the paper's label counts with those found; None for a label without a class.

    Classes that are not in the paper's table have no paper count.
    """
    rows: list[dict[str, Any]] = [
        {"paper_label": row.paper, "class": row.label, "paper": row.count,
         "found": found.get(row.label, 0) if row.label else None}
        for row in label_counts
    ]  # fmt: skip
    named = {row.label for row in label_counts}
    rows += [
        {"paper_label": "", "class": name, "paper": None, "found": found.get(name, 0)}
        for name in format.classes
        if name not in named and rows
    ]
    for row in rows:
        both = row["paper"] is not None and row["found"] is not None
        row["difference"] = row["found"] - row["paper"] if both else None
    return rows


def findings(found: Mapping[str, Mapping[str, int]]) -> list[Finding]:
    """Return the classes with fewer distinct records than there are subsets."""
    small = {n: c["distinct"] for n, c in found.items() if c["distinct"] < len(SUBSETS)}
    return [
        Finding(
            "small-classes",
            "warning",
            listed(small),
            float(min(small.values())),
            f"{len(small)} classes have fewer than {len(SUBSETS)} distinct records "
            f"({listed(f'{name}: {count}' for name, count in small.items())}): they cannot be in "
            "every subset of a split without duplicates.",
            "Name them with every result, and exclude them from averages if they are not tested.",
        )
    ] if small else []  # fmt: skip


def paper_findings(rows: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Return the finding for label counts that differ from the paper's."""
    differing = [row for row in rows if row["paper"] is not None and row["difference"] != 0]
    return [
        Finding(
            "paper-counts",
            "note",
            listed(row["paper_label"] for row in differing),
            float(len(differing)),
            f"{len(differing)} of the {sum(row['paper'] is not None for row in rows)} labels in "
            "the paper's table have different counts in these files.",
            "The paper's results are for different records.",
        )
    ] if differing else []  # fmt: skip


def rejected_findings(aside: int, records: int, most: float) -> list[Finding]:
    """Return the finding for rows that do not parse."""
    share = aside / max(aside + records, 1)
    return [
        Finding(
            "rows-set-aside",
            "warning" if share > most else "note",
            "",
            share,
            f"{aside:,} rows ({percent(share)}) do not parse and were set aside.",
            "Inspect them: line, column, value and reason are recorded.",
        )
    ] if aside else []  # fmt: skip


def issue_findings(issues: Sequence[Issue]) -> list[Finding]:
    """Return the known issues of the dataset from the literature."""
    return [
        Finding("known-issue", "note", "", 1.0, issue.text, f"Read {issue.citation}")
        for issue in issues
    ]
