"""An estimate with its standard error, and what follows from the two: intervals and tests.

How the standard error is found is the business of others: by the corrected resampled t here, by
records and training in `ecnet.evaluate.resampling`. What is concluded from it is the same for both.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev

from ecnet.evaluate.interval import MeanInterval


@dataclass(frozen=True)
class Estimate:
    """A mean over splits, or a difference of two, with its standard error.

    se: None where nothing is known of it (a single split). 0 where all splits gave one value and
        the method knows no other source of error; then the interval is the value itself, and no
        test is possible.
    df: degrees of freedom of Student's t; infinite for the normal distribution.
    n: splits. sd: the standard deviation over splits, to be shown; None for a single split.

    The p-values are None where no test is possible.
    """

    mean: float
    se: float | None
    df: float = math.inf
    n: int = 1
    sd: float | None = None

    def interval(self, confidence: float) -> MeanInterval:
        """Return the two-sided interval at a level of confidence (0.95, say)."""
        if self.se is None:
            return MeanInterval(self.mean, self.sd, n=self.n)
        half = _quantile((1 + confidence) / 2, self.df) * self.se
        return MeanInterval(self.mean, self.sd, self.mean - half, self.mean + half, self.n)

    def p(self, null: float = 0.0) -> float | None:
        """Return the two-sided p-value of the hypothesis that the true value is `null`.

        1 if all splits gave `null` itself: no evidence against it is possible.
        """
        if self.se == 0 and self.mean == null:
            return 1.0
        return self._tail(-abs(self.mean - null), 2)

    def p_less(self, bound: float) -> float | None:
        """Return the p-value of "the true value is `bound` or more": small if it is less."""
        return self._tail(self.mean - bound)

    def p_greater(self, bound: float) -> float | None:
        """Return the p-value of "the true value is `bound` or less": small if it is more."""
        return self._tail(bound - self.mean)

    def p_equal(self, margin: float) -> float | None:
        """Return the p-value of "the true value is not between -margin and margin".

        It is the larger of two one-sided tests (Schuirmann 1987; Lakens 2017), each at the same
        level, since both must be rejected (Berger 1982).
        """
        below, above = self.p_less(margin), self.p_greater(-margin)
        return None if below is None or above is None else max(below, above)

    def scaled(self, factor: float) -> "Estimate":
        """Return the estimate times a positive factor: 100 for percent of a fraction."""
        se, sd = (None if value is None else factor * value for value in (self.se, self.sd))
        return replace(self, mean=factor * self.mean, se=se, sd=sd)

    def _tail(self, distance: float, sides: int = 1) -> float | None:
        """Return the probability of a value as low as `distance` or lower about 0."""
        return sides * _probability(distance / self.se, self.df) if self.se else None


def corrected_t(values: Sequence[float], ratio: float) -> Estimate:
    """Return the mean of values (one for each split) by the corrected resampled t.

    The variance of the mean is the sample variance times 1/n + ratio (Nadeau and Bengio 2003).
    values: n of them, in any unit; those that are one value but for rounding have the error 0.
    ratio: as in `ecnet.evaluate.interval`.
    """
    n, mean = len(values), fmean(values)
    if n < 2:
        return Estimate(mean, None, n=n)
    sd = 0.0 if _constant(values) else stdev(values)
    return Estimate(mean, sd * math.sqrt(1 / n + ratio), n - 1, n, sd)


def _constant(values: Sequence[float]) -> bool:
    """Tell whether values are one value but for what rounding makes of it."""
    return max(values) - min(values) <= 1e-9 * max(map(abs, values))


# SciPy is imported where it is used: most importers of this module compute nothing with it, and it
# takes longer to import than their work. An infinite df is the normal distribution.
def _quantile(share: float, df: float) -> float:
    from scipy.special import ndtri, stdtrit

    return float(ndtri(share) if math.isinf(df) else stdtrit(df, share))


def _probability(value: float, df: float) -> float:
    from scipy.special import ndtr, stdtr

    return float(ndtr(value) if math.isinf(df) else stdtr(df, value))
