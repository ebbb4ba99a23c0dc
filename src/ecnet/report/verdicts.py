"""The verdicts on the paper's claims, as the page shows them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecnet.errors import InputError
from ecnet.files import read_object
from ecnet.render.claims import interval_of, reported
from ecnet.render.significance import probability

SIGNS = {"holds": "\N{CHECK MARK}", "fails": "\N{BALLOT X}", "cannot be told": "?"}
"""Each verdict, and the sign before its words."""

_SAME = ("id", "claim", "source", "measured", "verdict", "why", "data")


@dataclass(frozen=True)
class JudgedClaim:
    """A claim and the verdict on it. test: with p and interval, as far as there are any."""

    id: str
    claim: str
    source: str
    measured: str
    verdict: str
    why: str
    data: str
    paper: str
    test: str

    @property
    def sign(self) -> str:
        """The sign of the verdict, for readers who do not see its colour."""
        return SIGNS[self.verdict]


@dataclass(frozen=True)
class Verdicts:
    """All verdicts, and how many there are of each."""

    rows: list[JudgedClaim]

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Verdict, sign and number, of each that occurs."""
        found = Counter(row.verdict for row in self.rows)
        return [
            (verdict, sign, found[verdict]) for verdict, sign in SIGNS.items() if found[verdict]
        ]


def verdicts(path: Path | None) -> Verdicts | None:
    """Return what the step `claims` wrote; None without its file.

    Raises:
        InputError: the file cannot be read, lacks a key, or holds an unknown verdict.
    """
    if path is None:
        return None
    found = read_object(path, "claims", ("claims",))
    try:
        return Verdicts([_judged(row) for row in found["claims"]])
    except KeyError as error:
        raise InputError(f"{path}: lacks the key {error}; run the claims step again") from error
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: {error}; run the claims step again") from error


def _judged(row: Mapping[str, Any]) -> JudgedClaim:
    if row["verdict"] not in SIGNS:
        raise ValueError(f"{row['id']}: {row['verdict']!r} is not a verdict")
    if not isinstance(row["p"], int | float | None):
        raise ValueError(f"{row['id']}: p is {row['p']!r}, which is not a number")
    test = [row["test"], _p(row["p"]), interval_of(row)]
    return JudgedClaim(
        **{key: row[key] for key in _SAME},
        paper=reported(row["paper"]),
        test="; ".join(filter(None, test)),
    )


def _p(p: float | None) -> str:
    if p is None:
        return ""
    text = probability(p).replace(" ", "\xa0")
    return f"p\xa0{text}" if p < 0.0005 else f"p\xa0=\xa0{text}"
