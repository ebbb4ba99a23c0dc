"""The claims of a paper, as its paper.yaml declares them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecnet.datasets.papers import Paper
from ecnet.evaluate.measures import BY_KEY, F1, Measure, of_class

CLASSES = "classes"
"""In place of measures: the F1 of each attack class. Not the recall: a control that always answers
one class has a recall of 1 for it."""

Pair = tuple[str, str]
"""Two variants, of which the first is claimed to be ahead."""
Scores = tuple[float, float]
"""The scores of such a pair, in percent."""


@dataclass(frozen=True)
class Numbers:
    """The paper's numbers that bear on a claim.

    where: in words. tables: of the first and of the second variant of each pair.
    """

    where: str
    tables: tuple[str, ...]
    compare: tuple[Pair, ...]
    measures: tuple[str, ...]

    def of(self, paper: Paper, dataset: str, pair: Pair, measure: str) -> Scores | None:
        """Return the numbers of both variants in percent; None if the paper does not print them.

        dataset: ours.
        """
        if pair not in self.compare or measure not in self.measures:
            return None
        a, b = (
            paper.percent.get((self.tables[end], dataset, variant, measure))
            for variant, end in zip(pair, (0, -1), strict=True)
        )
        return None if a is None or b is None else (a, b)


@dataclass(frozen=True)
class Claim:
    """A claim of a paper.

    source: where in the paper. rule: see `ecnet.claims.rules`. compare: the pairs of variants of
    the rules `everywhere` and `most`; on each of `datasets`, in each measure, or in the F1 of each
    attack class. variants: those of `above` and `size`. bound: of `above`, in percent.
    """

    paper: Paper
    id: str
    claim: str
    source: str
    rule: str
    reported: tuple[Numbers, ...]
    compare: tuple[Pair, ...]
    measures: tuple[str, ...]
    by_class: bool
    task: str
    datasets: tuple[str, ...]
    variants: tuple[str, ...]
    bound: float

    @property
    def compared(self) -> list[str]:
        """The variants that it compares, each once."""
        return list(dict.fromkeys(variant for pair in self.compare for variant in pair))

    def measured(self, attacks: tuple[str, ...]) -> list[Measure]:
        """Return what it compares. attacks: the attack classes of the dataset."""
        if self.by_class:
            return [of_class(F1, cls) for cls in attacks]
        return [BY_KEY[key] for key in self.measures]

    def numbers(self, dataset: str, pair: Pair, measure: str) -> Scores | None:
        """Return the paper's numbers of a comparison, in percent; None if it prints none.

        dataset: ours.
        """
        found = (one.of(self.paper, dataset, pair, measure) for one in self.reported)
        return next((scores for scores in found if scores is not None), None)


def claims_of(paper: Paper) -> list[Claim]:
    """Return the claims of a paper, in its order."""
    return list(_claims(paper))


def _claims(paper: Paper) -> Iterator[Claim]:
    for raw in paper.content["claims"]:
        yield Claim(
            paper=paper,
            **{key: raw[key] for key in ("id", "claim", "source", "rule")},
            reported=tuple(_numbers(check, raw) for check in raw.get("reported", [])),
            compare=_pairs(raw),
            measures=_measures(raw),
            by_class=raw.get("measures") == CLASSES,
            task=raw.get("task", "multiclass"),
            datasets=tuple(raw.get("datasets", paper.datasets.values())),
            variants=tuple(raw.get("variants", ())),
            bound=float(raw.get("bound", 0)),
        )


def _numbers(check: Mapping[str, Any], claim: Mapping[str, Any]) -> Numbers:
    both = {**claim, **check}
    return Numbers(check["where"], tuple(check["tables"]), _pairs(both), _measures(both))


def _pairs(raw: Mapping[str, Any]) -> tuple[Pair, ...]:
    return tuple((a, b) for a, b in raw.get("compare", []))


def _measures(raw: Mapping[str, Any]) -> tuple[str, ...]:
    found = raw.get("measures", ["accuracy"])
    return () if found == CLASSES else tuple(found)
