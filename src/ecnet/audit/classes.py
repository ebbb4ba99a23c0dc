"""Classes: too small to are in every subset, and counted otherwise than the paper does."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ecnet.audit.coded import Codes
from ecnet.audit.findings import Finding, listed, percent
from ecnet.datasets.declaration import Format, Issue
from ecnet.prepare.split_checks import SUBSETS, IntArray


def measure(classes: Sequence[str], labels: Codes, twins: IntArray) -> dict[str, dict[str, int]]:
    """Return the records and the distinct ones of each class. labels, twins: (n,)."""
    label_of = np.zeros(int(twins.max(initial=-1)) + 1, dtype=np.int64)
    label_of[twins] = labels
    records, distinct = (np.bincount(of, minlength=len(classes)) for of in (labels, label_of))
    return {
        name: {"records": int(records[place]), "distinct": int(distinct[place])}
        for place, name in enumerate(classes)
    }


def beside_paper(format: Format, found: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the paper's label counts beside those found; found is None for a label without class.

    A class that the paper's table does not name has no count in it.
    """
    rows: list[dict[str, Any]] = [
        {"paper_label": row.paper, "class": row.label, "paper": row.count,
         "found": found.get(row.label, 0) if row.label else None}
        for row in format.paper_counts
    ]  # fmt: skip
    named = {row.label for row in format.paper_counts}
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
            f"({listed(f'{name}: {count}' for name, count in small.items())}): they cannot stand "
            "in every subset of a split without a twin.",
            "Name them with every result, and leave them out of averages where they are not "
            "tested.",
        )
    ] if small else []  # fmt: skip


def paper_findings(rows: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Return how the label counts differ from the paper's."""
    differing = [row for row in rows if row["paper"] is not None and row["difference"] != 0]
    return [
        Finding(
            "paper-counts",
            "note",
            listed(row["paper_label"] for row in differing),
            float(len(differing)),
            f"{len(differing)} of the {sum(row['paper'] is not None for row in rows)} labels that "
            "the paper counts have another count in these files.",
            "Read its results as those of other records.",
        )
    ] if differing else []  # fmt: skip


def aside_findings(aside: int, records: int, most: float) -> list[Finding]:
    """Return how many rows did not parse."""
    share = aside / max(aside + records, 1)
    return [
        Finding(
            "rows-set-aside",
            "warning" if share > most else "note",
            "",
            share,
            f"{aside:,} rows ({percent(share)}) do not parse and are set aside.",
            "Look at them: line, column, value and reason are recorded.",
        )
    ] if aside else []  # fmt: skip


def issue_findings(issues: Sequence[Issue]) -> list[Finding]:
    """Return what the literature says of the dataset."""
    return [
        Finding("known-issue", "note", "", 1.0, issue.text, f"Read {issue.citation}")
        for issue in issues
    ]
