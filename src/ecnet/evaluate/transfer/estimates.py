"""How well models do on a group that they were, and were not, trained on; and the difference.

Both models of a comparison answer the same test records, so their difference says what the
training on that group is worth: the split, the records and the measure are the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ecnet.evaluate.covariance import Answers, covariances
from ecnet.evaluate.estimate import Estimate
from ecnet.evaluate.measures import Measure
from ecnet.evaluate.metrics import IntArray, metrics
from ecnet.evaluate.resampling import Resampled, difference, pooled, records_and_training
from ecnet.evaluate.transfer.folds import Comparison

_TRUTH, _WITHIN, _TRANSFERRED = range(3)
"""The places of the answers compared. The score of the truth is 1."""


@dataclass(frozen=True)
class Tested:
    """The test records of one group in one split, and the answers of both models to them.

    record: (n,) numbers of records, the same in all splits. weight: (n,). true, within,
    transferred: (n,) indices of classes.
    """

    record: IntArray
    weight: IntArray
    true: IntArray
    within: IntArray
    transferred: IntArray

    @property
    def answers(self) -> IntArray:
        """The answers compared, (3, n)."""
        return np.stack([self.true, self.within, self.transferred])


@dataclass(frozen=True)
class Measured:
    """A comparison of one variant: the scores by split, and the differences behind estimates.

    splits: those with a record of the group. pairs: places of the answers -> their difference.
    """

    comparison: Comparison
    variant: str
    splits: Sequence[Tested]
    pairs: Mapping[tuple[int, int], Resampled]


def measured(
    comparison: Comparison,
    variant: str,
    splits: Sequence[Tested],
    *,
    measure: Measure,
    classes: Sequence[str],
    average: str,
    trained: float,
) -> Measured | None:
    """Return what was measured for a comparison; None if no split has a record of the group.

    trained: see `ecnet.evaluate.resampling.Resampled`.
    """
    held = [split for split in splits if len(split.true)]
    if not held:
        return None
    names = list(classes)
    together = covariances(
        [Answers(one.record, one.weight, one.true, one.answers) for one in held], names, average
    )[measure.key]
    if together is None:
        return None
    scores = [
        [measure.of(metrics(one.true, own, one.weight, names), average) for own in one.answers]
        for one in held
    ]
    pairs = {
        (a, b): difference([of[a] - of[b] for of in scores], together, a, b, trained)
        for a, b in ((_TRUTH, _WITHIN), (_TRUTH, _TRANSFERRED), (_WITHIN, _TRANSFERRED))
    }
    return Measured(comparison, variant, held, pairs)


def rows(
    found: Sequence[Measured], controls: Sequence[str], confidence: float
) -> list[dict[str, Any]]:
    """Return comparisons as `transfer` writes them: scores and differences in percent.

    How much training varies is pooled over the variants that are no controls.
    """
    shares = {
        pair: pooled(one.pairs[pair] for one in found if one.variant not in controls)
        for pair in (found[0].pairs if found else ())
    }

    def estimate(one: Measured, pair: tuple[int, int]) -> Estimate:
        return records_and_training(one.pairs[pair], shares[pair]).scaled(100)

    return [
        {
            "trained_on": one.comparison.transferred.name,
            "within": one.comparison.within.name,
            "tested_on": one.comparison.group,
            "variant": one.variant,
            "records": len(np.unique(np.concatenate([split.record for split in one.splits]))),
            "score_within": _score(estimate(one, (_TRUTH, _WITHIN)), confidence),
            "score": _score(estimate(one, (_TRUTH, _TRANSFERRED)), confidence),
            "drop": _drop(estimate(one, (_WITHIN, _TRANSFERRED)), confidence),
        }
        for one in found
    ]


def _score(short_of_truth: Estimate, confidence: float) -> dict[str, float | None]:
    """Return a score in percent, its interval cut at 0 and 100."""
    short = short_of_truth.interval(confidence)
    return {
        "mean": 100 - short.mean,
        "low": None if short.high is None else max(0.0, 100 - short.high),
        "high": None if short.low is None else min(100.0, 100 - short.low),
    }


def _drop(found: Estimate, confidence: float) -> dict[str, float | None]:
    """Return a difference in points with its standard error and interval."""
    interval = found.interval(confidence)
    return {
        "mean": found.mean,
        "se": found.se,
        "low": interval.low,
        "high": interval.high,
        "n": found.n,
    }
