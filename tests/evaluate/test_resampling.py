"""The interval by records and training: by hand, and where it agrees with simpler ones."""

import math
from typing import Any

import numpy as np
import pytest

from ecnet.evaluate.covariance import Answers, covariances
from ecnet.evaluate.resampling import (
    LEAST_TRAINING,
    Resampled,
    difference,
    pooled,
    records_and_training,
)


def test_the_error_is_that_of_records_and_of_training_by_hand() -> None:
    # Three splits, variance of the mean by records 0.04. Training is half of 0.09; a fifth of it is
    # due to records, of which trainings have 3/4 in common: 1/3 + 1/5 * 3 of it stays in the mean.
    found = records_and_training(Resampled((1.0, 2.0, 3.0), 0.04, 0.09, 3 / 4), 0.5)
    assert (found.mean, found.n, found.sd, found.df) == (2.0, 3, 1.0, math.inf)
    assert found.se == pytest.approx(math.sqrt(0.04 + 0.5 * 0.09 * (1 / 3 + 0.6)))


def test_training_is_what_splits_vary_by_beyond_their_records() -> None:
    # The values have variance 1. Disjoint test sets: split is 3 times mean, and expected as it is.
    assert Resampled((1.0, 2.0, 3.0), 0.2, 0.6, 0.0).training == pytest.approx((1 - 0.6) / 0.6)
    # One test set for all: records move all splits together, and all the variance is training.
    assert Resampled((1.0, 2.0, 3.0), 0.6, 0.6, 0.0).training == pytest.approx(1 / 0.6)
    assert Resampled((1.0,), 0.6, 0.6, 0.0).training is None


def test_training_is_pooled_over_pairs_and_never_below_its_least_share() -> None:
    pairs = [Resampled((1.0, 2.0, 3.0), 0.2, split, 0.0) for split in (0.6, 0.9)]
    assert pooled(pairs) == pytest.approx((0.4 / 0.6 - 0.05 / 0.9) / 2)
    assert pooled([Resampled((1.0, 1.0, 1.0), 0.2, 0.6, 0.0)]) == LEAST_TRAINING
    assert pooled([Resampled((1.0,), 0.2, 0.6, 0.0)]) == LEAST_TRAINING


def test_a_single_split_has_no_error() -> None:
    found = records_and_training(Resampled((1.0,), 0.2, 0.6, 0.0), 0.5)
    assert (found.mean, found.se, found.n) == (1.0, None, 1)


def accuracy(records: int, wrong: list[int]) -> Any:
    """Return the covariance of two variants; the second is wrong on some records."""
    true = np.zeros(records, dtype=np.int64)
    answers = np.zeros((2, records), dtype=np.int64)
    answers[1, wrong] = 1
    true[-1] = answers[:, -1] = 1
    split = Answers(np.arange(records), np.ones_like(true), true, answers)
    return covariances([split], ["Normal", "Attack"], "macro")["accuracy"]


def test_records_without_a_disagreement_leave_about_the_rule_of_three() -> None:
    records = 200
    found = difference([0.0, 0.0], accuracy(records, []), 0, 1, 0.25)
    half = records_and_training(found, 0.0).interval(0.95).half
    assert half == pytest.approx(1.96 * math.sqrt(2) / records, abs=1e-4)
    assert 2 / records < half < 3 / records


def test_records_alone_are_the_interval_of_paired_shares() -> None:
    # McNemar's setting: c = 8 of n = 200 are discordant, all against the second variant.
    n, c = 200, 8
    found = difference([c / n] * 2, accuracy(n, list(range(c))), 0, 1, 0.25)
    assert found.mean == pytest.approx((c - c**2 / n) / n**2 + 2 / n**2)
