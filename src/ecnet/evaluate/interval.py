"""The interval of a mean over splits of one dataset.

Splits of one dataset share most of their training records, so their scores vary together and less
than those of independent datasets. Nadeau and Bengio (2003) correct for it: the variance of
the mean is the sample variance times 1/n + n_test/n_train, where it would be 1/n for independent
scores. That ratio is of the records of the subset that is drawn anew for each split to those of
train: the test set, or validation where the test set is official and stays.
"""

from typing import NamedTuple

FEWEST = 3
"""Runs that an interval takes: of two, Student's t spans more than any score can vary."""


class MeanInterval(NamedTuple):
    """A mean over splits. sd, low and high are None where there is a single split."""

    mean: float
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 1

    @property
    def half(self) -> float | None:
        """Half the width of the interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2

    def scaled(self, factor: float) -> "MeanInterval":
        """Return the mean and its interval times a factor."""
        sd, low, high = (None if value is None else factor * value for value in self[1:4])
        return MeanInterval(factor * self.mean, sd, low, high, self.n)


def says_something(low: float, high: float, n: int, widest: float) -> bool:
    """Tell whether an interval narrows down what is known without it.

    n: the runs that it is of. widest: the width of all values that there can be, 100 for a share
    in percent.
    """
    return n >= FEWEST and high - low < widest
