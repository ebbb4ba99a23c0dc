"""The standard error of a difference over splits: its records and its training.

Two variants differ by so much on some splits of a dataset. With other records they would differ by
another amount, for two reasons.

Records: other test records would have been drawn. How much that matters is measured on the distinct
records that were tested (`ecnet.evaluate.covariance`). Splits whose test sets overlap tell less of
it than their number says, and an official test set is one for all of them.

Training: on other records, and from other initial weights, other models would have been trained.
Splits show it as variance beyond that of records. One pair of variants on a few splits shows too
little of it, so it is a share of the records' variance that is pooled over the pairs of variants on
a dataset. More splits average it, but for what trainings have in common: records. Two splits train
on a share f of the same records; what these cause is seen between splits by its part 1 - f alone,
and stays in the mean of any number of them.

Why so: docs/protocol.md. `snakemake protocol_check` measures how often such intervals hold the
truth, and how wide they are; the two constants were chosen by it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev, variance
from typing import Any

from ecnet.evaluate.covariance import of_pair
from ecnet.evaluate.estimate import Estimate

LEAST_TRAINING = 0.2
"""The least share of the records' variance of a split that training is taken to have."""

BY_RECORDS = 0.2
"""The share of what training varies by between splits that is due to its records, not to chance."""


@dataclass(frozen=True)
class Resampled:
    """A difference of two variants on S splits.

    values: of each split, as fractions. mean, split: the variance by records alone of the mean of
    the values, and of the value in one split. trained: of the records that are divided anew for
    each split, the share that it trains on.
    """

    values: tuple[float, ...]
    mean: float
    split: float
    trained: float

    @property
    def training(self) -> float | None:
        """The variance between splits beyond that of records, as a share of `split`.

        By records alone the sample variance of the values is S/(S - 1) (split - mean) in
        expectation, also where test sets overlap. None for a single split.
        """
        if (splits := len(self.values)) < 2:
            return None
        expected = splits / (splits - 1) * (self.split - self.mean)
        return (variance(self.values) - expected) / self.split


def difference(
    values: Sequence[float], covariance: Mapping[str, Any], a: int, b: int, trained: float
) -> Resampled:
    """Return the difference of variants a and b, numbers in the matrices of a measure.

    covariance: of the measure, see `ecnet.evaluate.covariance`. trained: see `Resampled`.

    Two errors that were not seen, one of each variant, are added to what was. So n records without
    a disagreement leave a difference uncertain by 2.8/n, near the 3/n of the rule of three.
    """
    unseen = 2 * covariance["error"]
    mean, split = (of_pair(covariance[key], a, b) + unseen for key in ("mean", "split"))
    return Resampled(tuple(values), mean, split, trained)


def pooled(found: Iterable[Resampled]) -> float:
    """Return the share of training over several pairs of variants on a dataset: their mean."""
    shares = [share for one in found if (share := one.training) is not None]
    return max(LEAST_TRAINING, fmean(shares)) if shares else LEAST_TRAINING


def records_and_training(found: Resampled, training: float) -> Estimate:
    """Return the mean difference with its standard error. training: what `pooled` returns.

    A single split has none: nothing is known of its training.
    """
    splits, mean = len(found.values), fmean(found.values)
    if splits < 2:
        return Estimate(mean, None, n=splits)
    in_common = BY_RECORDS * found.trained / (1 - found.trained)
    of_training = training * found.split * (1 / splits + in_common)
    return Estimate(mean, math.sqrt(found.mean + of_training), n=splits, sd=stdev(found.values))
