"""The verdicts on the paper's claims, as the page shows them."""

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ecnet.errors import InputError
from ecnet.render.inputs import is_simulated

SIGNS = {"holds": "\N{CHECK MARK}", "fails": "\N{BALLOT X}", "cannot be told": "?"}
"""Each verdict, and the sign that stands before its words."""

_KEYS = (
    *("id", "claim", "source", "paper", "measured", "test", "p"),
    *("interval_low", "interval_high", "interval_of", "verdict", "why", "data"),
)


@dataclass(frozen=True)
class Verdict:
    """A claim and what becomes of it. p and interval are empty where there is none."""

    id: str
    claim: str
    source: str
    paper: str
    measured: str
    test: str
    p: str
    interval: str
    verdict: str
    why: str
    data: str

    @property
    def sign(self) -> str:
        """The sign of the verdict, for eyes that do not tell its colour."""
        return SIGNS[self.verdict]

    @property
    def simulated(self) -> bool:
        """Whether simulated records take part in it."""
        return is_simulated(self.data) or self.data == "mixed"


@dataclass(frozen=True)
class Verdicts:
    """All verdicts, and how many there are of each."""

    rows: list[Verdict]

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Verdict, sign and number, of each that occurs."""
        found = Counter(row.verdict for row in self.rows)
        return [
            (verdict, sign, found[verdict]) for verdict, sign in SIGNS.items() if found[verdict]
        ]


def verdicts(path: Path | None) -> Verdicts | None:
    """Return what the table of claims (CSV) holds; None where there is no such table.

    Raises:
        InputError: it cannot be read, lacks a column, or holds a verdict that there is none of.
    """
    if path is None:
        return None
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return Verdicts([_verdict(row) for row in csv.DictReader(file)])
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: {error}; run the claims step again") from error


def _verdict(row: Mapping[str, str]) -> Verdict:
    if missing := [key for key in _KEYS if row.get(key) is None]:
        raise KeyError(f"lacks the column {missing[0]}")
    if row["verdict"] not in SIGNS:
        raise ValueError(f"{row['id']}: {row['verdict']!r} is no verdict")
    texts = {key: row[key] for key in _KEYS if not key.startswith(("p", "interval"))}
    return Verdict(**texts, paper=row["paper"], p=_p(row["p"]), interval=_interval(row))


def _p(text: str) -> str:
    if not text:
        return ""
    return "p\xa0<\xa00.001" if float(text) < 0.001 else f"p\xa0=\xa0{float(text):.3f}"


def _interval(row: Mapping[str, str]) -> str:
    if not row["interval_low"]:
        return ""
    sign = "+" if "minus" in row["interval_of"] else ""  # of a difference alone
    low, high = (f"{float(row[key]):{sign}.2f}" for key in ("interval_low", "interval_high"))
    return f"{low} to {high}".replace("-", "\N{MINUS SIGN}") + f" ({row['interval_of']})"
