"""A finding: what a check saw, how much it matters, what it means and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass

SEVERITIES = ("note", "warning", "critical")
"""Ascending. critical: results on these records mean nothing as they are. warning: they look
better than they are, unless something is done. note: a reader should know."""


@dataclass(frozen=True)
class Finding:
    """What one check found.

    check: its id. subject: the columns, classes or capture that it is about; empty if all.
    value: the number that the severity was judged by. meaning, remedy: sentences.
    """

    check: str
    severity: str
    subject: str
    value: float
    meaning: str
    remedy: str


def judged(value: float, limit: float, *, above: bool = True) -> str:
    """Return `warning` if a value reaches a limit (from above, or from below), else `note`."""
    return "warning" if (value >= limit if above else value < limit) else "note"


def percent(share: float) -> str:
    """Return a share as it stands in a sentence."""
    return f"{100 * share:.2f}%"


def listed(names: Iterable[str]) -> str:
    """Return names as they stand in a sentence."""
    return ", ".join(names)
