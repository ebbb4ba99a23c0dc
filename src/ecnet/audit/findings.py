"""Findings: the results of checks, with severity, meaning and remedy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SEVERITIES = ("note", "warning", "critical")
"""Ascending. critical: results on these records are meaningless. warning: results are too
optimistic unless something is done. note: worth knowing."""


TASKS = ("multiclass", "binary")


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    check: its id. subject: the affected columns, classes or capture; empty for all.
    value: the number that determines the severity. meaning, remedy: sentences.
    """

    check: str
    severity: str
    subject: str
    value: float
    meaning: str
    remedy: str


def severity_of(value: float, limit: float, *, above: bool = True) -> str:
    """Return `warning` if a value is at or above (else: below) a limit, otherwise `note`."""
    return "warning" if (value >= limit if above else value < limit) else "note"


def predictors(
    trees: Iterable[Mapping[str, Any]], limit: float, *, features: bool
) -> list[Mapping[str, Any]]:
    """Return the trees of single columns that predict the class: those at or above a macro-F1.

    trees: as `ecnet.audit.single_column.measure` returns them; those of columns that copy the
        label are left out. features: whether the columns are features.
    """
    return [
        tree
        for tree in trees
        if tree["feature"] == features and not tree["copies"] and best_f1(tree) >= limit
    ]


def best_f1(tree: Mapping[str, Any]) -> float:
    """Return the macro-F1 of a tree in the task where it is better; 0 without scores."""
    return max((float(tree[task]["f1"]) for task in TASKS if tree[task]), default=0.0)


def percent(share: float) -> str:
    """Return a share as a percentage for a sentence."""
    return f"{100 * share:.2f}%"


_LISTED = 40


def listed(names: Iterable[str]) -> str:
    """Return names as a list for a sentence: of many, the first ones, and how many more."""
    named = list(names)
    more = f" and {len(named) - _LISTED} more" if len(named) > _LISTED else ""
    return ", ".join(named[:_LISTED]) + more
