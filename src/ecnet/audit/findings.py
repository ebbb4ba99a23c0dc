"""Findings: the results of checks, with severity, meaning and remedy."""

from collections.abc import Iterable
from dataclasses import dataclass

SEVERITIES = ("note", "warning", "critical")
"""Ascending. critical: results on these records are meaningless. warning: results are too
optimistic unless something is done. note: worth knowing."""


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


def percent(share: float) -> str:
    """Return a share as a percentage for a sentence."""
    return f"{100 * share:.2f}%"


def listed(names: Iterable[str]) -> str:
    """Return names as a list for a sentence."""
    return ", ".join(names)
