"""The verdict on one comparison: what an estimate says of a difference and of a reported margin.

An interval of a difference answers three questions: which model is ahead, whether the margin that a
paper reports is possible, and whether the two are equal for practical purposes, that is within a
few points. The last is equivalence testing by confidence interval (Schuirmann 1987; Lakens 2017).
"""

import math
from dataclasses import dataclass

from ecnet.evaluate.estimate import Estimate

HOLDS = "holds"
HOLDS_BY_LESS = "holds by less"
EQUAL = "practically equal"
REFUTED = "margin refuted"
REVERSED = "reversed"
OPEN = "cannot be told"
WORDS = (HOLDS, HOLDS_BY_LESS, EQUAL, REFUTED, REVERSED, OPEN)
"""The verdicts on a comparison, the strongest support of the claim first."""

FAILS = "fails"
"""The verdict on a claim that plain counts, or an interval beyond a bound, refute."""

POWER = 0.8
"""The chance of a verdict for which `records_needed` counts."""


@dataclass(frozen=True)
class Verdict:
    """The verdict on a comparison.

    word: of WORDS. refuted: the interval does not reach the reported margin. equal: it lies within
    the bounds of equivalence. Both can be true whatever the word says.
    """

    word: str
    refuted: bool = False
    equal: bool = False


def verdict(
    estimate: Estimate, margin: float | None, equivalence: float, confidence: float
) -> Verdict:
    """Return the verdict on a difference A - B.

    estimate: of the difference, in points. margin: the difference that is reported, in points;
    None if none is, then A is claimed to be ahead. If it is negative, B is reported ahead, and the
    verdict is on that. equivalence: half of the width of the bounds within which models are equal.
    """
    _, _, low, high, _ = estimate.interval(confidence)
    if low is None or high is None or not estimate.se:
        return Verdict(OPEN)
    if margin is not None and margin < 0:
        low, high, margin = -high, -low, -margin
    equal = -equivalence < low and high < equivalence
    refuted = margin is not None and high < margin
    if low > 0:
        return Verdict(HOLDS_BY_LESS if refuted else HOLDS, refuted, equal)
    if high < 0:
        return Verdict(REVERSED, refuted, equal)
    if equal:
        return Verdict(EQUAL, refuted, equal)
    return Verdict(REFUTED if refuted else OPEN, refuted, equal)


def records_needed(
    estimate: Estimate, margin: float | None, equivalence: float, confidence: float, records: int
) -> int | None:
    """Return about how many distinct test records a verdict would take; None if that is unknown.

    With so many, and the difference as it was measured, there is a chance of POWER that the
    interval leaves out 0, the margin, or what is not equivalent, whichever is easiest. The error is
    taken to shrink with the root of the number of records. records: those that were tested.
    """
    if not estimate.se:
        return None
    distance = abs(estimate.mean)
    farthest = max(distance, equivalence - distance, abs((margin or 0.0) - estimate.mean))
    both = Estimate(0, 1).interval(confidence).half or math.nan
    wanted = farthest / (both + (Estimate(0, 1).interval(2 * POWER - 1).half or math.nan))
    return _rounded(records * (estimate.se / wanted) ** 2)


def _rounded(count: float) -> int:
    """Return a count with two digits, rounded up."""
    unit = 10.0 ** max(0, math.floor(math.log10(count)) - 1)
    return int(math.ceil(count / unit) * unit)


def odds_ratio(a: float, b: float) -> float | None:
    """Return the odds of an error of B over those of A: above 1 if A is better.

    It compares models near 100%, where points are scarce: from 99 to 99.5% is an odds ratio of 2.
    a, b: in percent. None if A makes no error, or either one nothing else.
    """
    if a >= 100 or min(a, b) <= 0:
        return None
    return ((100 - b) / b) / ((100 - a) / a)


def out_of_reach(a: float, b: float, margin: float | None) -> bool:
    """Tell whether no score of up to 100% can be ahead of the other one's by a reported margin.

    a, b: the scores that were measured, in percent. margin: of A over B, in points.
    """
    return margin is not None and (b + margin > 100 or a - margin > 100)
