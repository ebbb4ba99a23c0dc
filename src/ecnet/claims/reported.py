"""Whether the paper's own numbers support its claims: plain counts over its datasets."""

from collections.abc import Iterator
from typing import Any

from ecnet.claims.declared import Claim, Numbers
from ecnet.claims.inference import sign_test

_HALF = 0.005 + 1e-9
"""Half of the last digit that the paper prints."""


def borne_out(claim: Claim) -> dict[str, Any]:
    """Return whether the paper's numbers support a claim, with the counts.

    answer: `yes` if every case of every check is as claimed, `no` if none is, else `partly`;
        `no number` if the paper prints none about it.
    counts: where, held and of, and p or None: that of a sign test, for the rule `most`, which
        takes the cases as independent.
    """
    cases = {"above": _above, "harmonic": _harmonic}.get(claim.rule, _ahead)
    counts: list[dict[str, Any]] = []
    for numbers in claim.reported:
        found = list(cases(claim, numbers))
        held = sum(found)
        p = sign_test(held, len(found) - held) if claim.rule == "most" else None
        counts.append({"where": numbers.where, "held": held, "of": len(found), "p": p})
    return {"answer": _answer([(c["held"], c["of"]) for c in counts]), "counts": counts}


def _ahead(claim: Claim, numbers: Numbers) -> Iterator[bool]:
    """Yield for each dataset, pair and measure whether the first number is the larger one."""
    for dataset in claim.paper.datasets.values():
        for pair in numbers.compare:
            for measure in numbers.measures:
                if scores := numbers.of(claim.paper, dataset, pair, measure):
                    yield scores[0] > scores[1]


def _above(claim: Claim, numbers: Numbers) -> Iterator[bool]:
    """Yield for each dataset and variant whether its accuracy is above the bound."""
    for dataset in claim.paper.datasets.values():
        for variant in claim.variants:
            percent = claim.paper.percent.get((numbers.tables[0], dataset, variant, "accuracy"))
            if percent is not None:
                yield percent > claim.bound


def _harmonic(claim: Claim, numbers: Numbers) -> Iterator[bool]:
    """Yield for each distinct row whether F1 is what rounding allows of the harmonic mean."""
    percent = claim.paper.percent
    rows = {(d, v): t for t, d, v, _ in reversed(percent) if t in numbers.tables}
    for (dataset, variant), table in rows.items():
        precision, recall, f1 = (
            percent[table, dataset, variant, measure] for measure in ("precision", "recall", "f1")
        )
        low, high = (harmonic(precision + d, recall + d) + d for d in (-_HALF, _HALF))
        yield low <= f1 <= high


def harmonic(precision: float, recall: float) -> float:
    """Return the harmonic mean; 0 if both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _answer(counts: list[tuple[int, int]]) -> str:
    if not counts:
        return "no number"
    if all(held == of for held, of in counts):
        return "yes"
    return "partly" if any(held for held, _ in counts) else "no"
