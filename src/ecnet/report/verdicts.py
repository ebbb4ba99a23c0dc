"""The verdicts on the claims of papers, as the pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecnet.errors import InputError
from ecnet.render import verdicts as judged
from ecnet.render.claims import interval_of, margin_range, margins, reported, tally
from ecnet.render.significance import probability
from ecnet.render.verdicts import LOOKS, Look

_SAME = ("source", "headline", "measured", "verdict", "why", "data")


@dataclass(frozen=True)
class JudgedClaim:
    """A claim and the verdict on it.

    id: unique among all papers. paper: its title; empty if all claims are of one. margins: those
    reported, and what became of them. test: with p and interval, as far as there are any.
    """

    id: str
    source: str
    headline: str
    measured: str
    verdict: str
    why: str
    data: str
    paper: str
    reported: str
    margins: str
    test: str


@dataclass(frozen=True)
class Group:
    """The claims with one verdict."""

    verdict: str
    look: Look
    rows: list[JudgedClaim]

    @property
    def name(self) -> str:
        """The verdict as the name of a class or an anchor."""
        return self.verdict.replace(" ", "-")


def verdicts(path: Path | None) -> list[Group]:
    """Return the claims that the step `claims` judged, by verdict; none without its file.

    Raises:
        InputError: the file cannot be read, lacks a key, or holds an unknown verdict.
    """
    if path is None:
        return []
    found = judged.read(path)
    try:
        titles = {paper["name"]: paper["title"] for paper in found["papers"]}
        rows = [_judged(row, titles, found["interval"]) for row in found["claims"]]
    except KeyError as error:
        raise InputError(f"{path}: lacks the key {error}; run the claims step again") from error
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: {error}; run the claims step again") from error
    by_verdict = {verdict: [row for row in rows if row.verdict == verdict] for verdict in LOOKS}
    return [Group(verdict, LOOKS[verdict], held) for verdict, held in by_verdict.items() if held]


def _judged(row: Mapping[str, Any], titles: Mapping[str, str], method: str) -> JudgedClaim:
    if not isinstance(row["p"], int | float | None):
        raise ValueError(f"{row['id']}: p is {row['p']!r}, which is not a number")
    test = [row["test"], _p(row["p"]), interval_of(row, method)]
    return JudgedClaim(
        id=f"{row['paper']}-{row['id']}",
        **{key: row[key] for key in _SAME},
        paper=titles[row["paper"]] if len(titles) > 1 else "",
        reported=reported(row["reported"]),
        margins=_margins(row),
        test="; ".join(filter(None, test)),
    )


def _margins(row: Mapping[str, Any]) -> str:
    """Return in words which margins are reported, and what became of them; empty without any."""
    count = len(margins(row))
    if not count:
        return ""
    parts = [f"{margin_range(row)} points; {tally(row, 'margin_refuted')} of {count} refuted"]
    if beyond := tally(row, "out_of_reach"):
        parts.append(f"{beyond} out of reach")
    return ", ".join(parts)


def _p(p: float | None) -> str:
    if p is None:
        return ""
    text = probability(p).replace(" ", "\xa0")
    return f"p\xa0{text}" if p < 0.0005 else f"p\xa0=\xa0{text}"
