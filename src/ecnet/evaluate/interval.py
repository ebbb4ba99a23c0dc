"""The interval of a mean over splits of one dataset.

Splits of one dataset share most of their training records, so that their scores vary together and
less than those of fresh datasets would. Nadeau and Bengio (2003) correct for it: the variance of
the mean is the sample variance times 1/n + n_test/n_train, where it would be 1/n for independent
scores.
"""

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import NamedTuple


class Mean(NamedTuple):
    """A mean over splits. sd, low and high are None where there is a single split."""

    mean: float
    sd: float | None
    low: float | None
    high: float | None
    n: int


def corrected(values: Sequence[float], *, ratio: float, confidence: float) -> Mean:
    """Return the mean of `values` (one for each split), and its interval by Student's t.

    ratio: records of the subset that is drawn anew for each split, for each record of the train
        subset; that is the test set, or validation where the test set is official and stays.
    confidence: 0.95, say.
    """
    n = len(values)
    if n < 2:
        return Mean(fmean(values), None, None, None, n)
    from scipy.special import stdtrit  # here: half of what imports it asks for no interval

    mean, sd = fmean(values), stdev(values)
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * sd * math.sqrt(1 / n + ratio)
    return Mean(mean, sd, mean - half, mean + half, n)
