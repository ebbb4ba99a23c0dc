"""Whether the paper's own numbers support its claims: plain counts over its datasets."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from ecnet.claims import paper
from ecnet.claims.inference import sign_test

Cell = tuple[str, str, str]
"""A number of the paper on any dataset: its table, row and column, as in `paper.Reported`."""

_HALF = 0.005 + 1e-9
"""Half of the last digit that the paper prints."""


class Fact(Protocol):
    """A check of the paper's tables. where: the numbers that it counts."""

    @property
    def where(self) -> str:
        """Which numbers are counted."""

    def cases(self) -> Iterator[bool]:
        """Yield, for each case, whether it is as claimed."""


@dataclass(frozen=True)
class Ahead:
    """The first number of each pair is the larger one, on each dataset."""

    where: str
    pairs: tuple[tuple[Cell, Cell], ...]

    def cases(self) -> Iterator[bool]:
        """Yield whether it is, for each dataset and pair."""
        for dataset in paper.DATASETS:
            for a, b in self.pairs:
                yield _printed()[dataset, a] > _printed()[dataset, b]


@dataclass(frozen=True)
class Above:
    """Each number is larger than `least`, on each dataset."""

    where: str
    cells: tuple[Cell, ...]
    least: float

    def cases(self) -> Iterator[bool]:
        """Yield whether it is, for each dataset and number."""
        for dataset in paper.DATASETS:
            for cell in self.cells:
                yield _printed()[dataset, cell] > self.least


@dataclass(frozen=True)
class Harmonic:
    """The F1 of each row is what rounding allows of the harmonic mean of precision and recall."""

    where: str
    rows: tuple[tuple[str, str], ...]

    def cases(self) -> Iterator[bool]:
        """Yield whether it is, for each dataset and row."""
        for dataset in paper.DATASETS:
            for row in self.rows:
                precision, recall, f1 = (
                    _printed()[dataset, (*row, column)] for column in ("precision", "recall", "f1")
                )
                yield (
                    harmonic(precision - _HALF, recall - _HALF) - _HALF
                    <= f1
                    <= harmonic(precision + _HALF, recall + _HALF) + _HALF
                )


def harmonic(precision: float, recall: float) -> float:
    """Return the harmonic mean; 0 if both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def borne_out(facts: tuple[Fact, ...], *, signs: bool) -> dict[str, Any]:
    """Return whether the paper's numbers support a claim, with the counts.

    answer: `yes` if every case of every fact is as claimed, `no` if none is, else `partly`;
        `no number` if the paper prints none about it.
    counts: where, held and of, and p of a sign test or None. signs: whether the cases are
        independent, as a sign test needs.
    """
    counts: list[dict[str, Any]] = []
    for fact in facts:
        cases = list(fact.cases())
        held = sum(cases)
        p = sign_test(held, len(cases) - held) if signs else None
        counts.append({"where": fact.where, "held": held, "of": len(cases), "p": p})
    return {"answer": _answer([(c["held"], c["of"]) for c in counts]), "counts": counts}


def _answer(counts: list[tuple[int, int]]) -> str:
    if not counts:
        return "no number"
    if all(held == of for held, of in counts):
        return "yes"
    return "partly" if any(held for held, _ in counts) else "no"


@cache
def _printed() -> dict[tuple[str, Cell], float]:
    return {(e.dataset, (e.table, e.row, e.column)): e.percent for e in paper.reported()}
