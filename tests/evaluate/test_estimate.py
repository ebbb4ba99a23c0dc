"""What follows from an estimate and its standard error."""

import math
from statistics import fmean, stdev

import pytest
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from ecnet.evaluate.estimate import Estimate, corrected_t

DIFFERENCES = [0.8, 1.1, 0.4, 1.9, 0.7, 1.3]
RATIO = 0.25


def independent() -> Estimate:
    """Return the estimate of scores that share no records, as textbooks have it."""
    return corrected_t(DIFFERENCES, 0.0)


def test_the_corrected_t_is_what_its_formula_says_by_hand() -> None:
    # Mean 2, sd 1, three splits, ratio 1/6: the variance is 1 * (1/3 + 1/6), with 2 df.
    found = corrected_t([1.0, 2.0, 3.0], 1 / 6)
    assert (found.mean, found.df, found.n, found.sd) == (2.0, 2, 3, 1.0)
    assert found.se == pytest.approx(math.sqrt(0.5))
    # The 0.975 quantile of Student's t with 2 df is 4.302653.
    assert found.interval(0.95).high == pytest.approx(2 + 4.302653 * math.sqrt(0.5))


def test_the_corrected_t_agrees_with_the_correlated_t_of_baycomp() -> None:
    # baycomp.single: rho = 1 / folds, t located at the mean, df n - 1, variance sd^2 * (1/n +
    # rho / (1 - rho)); its probabilities of left, rope and right are tails of that distribution.
    n, rho, rope = len(DIFFERENCES), 0.2, 1.0
    scale = math.sqrt(stdev(DIFFERENCES) ** 2 * (1 / n + rho / (1 - rho)))
    posterior = stats.t(n - 1, fmean(DIFFERENCES), scale)
    found = corrected_t(DIFFERENCES, rho / (1 - rho))
    assert found.p_greater(-rope) == pytest.approx(posterior.cdf(-rope))
    assert found.p_less(rope) == pytest.approx(posterior.sf(rope))
    assert found.interval(0.9)[2:4] == pytest.approx(posterior.interval(0.9))


def test_tests_of_independent_scores_agree_with_scipy() -> None:
    found = independent()
    tests = {"two-sided": found.p, "less": found.p_less, "greater": found.p_greater}
    for null in (0.0, 0.5, 2.0):
        for side, p in tests.items():
            expected = stats.ttest_1samp(DIFFERENCES, null, alternative=side).pvalue
            assert p(null) == pytest.approx(expected)


def test_equivalence_agrees_with_the_two_one_sided_tests_of_statsmodels() -> None:
    expected, _, _ = DescrStatsW(DIFFERENCES).ttost_mean(-1.5, 1.5)
    assert independent().p_equal(1.5) == pytest.approx(expected)


def test_equivalence_needs_both_sides() -> None:
    far = Estimate(3.0, 0.1)
    assert far.p_equal(1.0) == far.p_less(1.0) == pytest.approx(1.0)
    assert Estimate(0.0, 0.1).p_equal(1.0) == pytest.approx(stats.norm.sf(10))


def test_an_infinite_df_is_the_normal_distribution() -> None:
    found = Estimate(1.0, 0.5)
    assert found.interval(0.95)[2:4] == pytest.approx((1 - 0.98, 1 + 0.98), abs=1e-4)
    assert found.p() == pytest.approx(0.0455, abs=1e-4)


def test_the_interval_holds_just_the_values_that_the_two_sided_test_does_not_reject() -> None:
    found = corrected_t(DIFFERENCES, RATIO)
    low, high = found.interval(0.95)[2:4]
    assert found.p(low) == pytest.approx(0.05)
    assert found.p(high) == pytest.approx(0.05)


def test_a_single_split_has_no_interval_and_no_test() -> None:
    found = corrected_t([1.0], RATIO)
    assert found.interval(0.95)[1:] == (None, None, None, 1)
    assert [found.p(), found.p_less(2), found.p_greater(0), found.p_equal(2)] == [None] * 4


def test_equal_differences_have_no_test_but_that_of_their_own_value() -> None:
    found = corrected_t([0.1 + 0.2, 0.3, 0.3], RATIO)
    assert found.se == 0
    assert [found.p(), found.p_less(1), found.p_greater(-1), found.p_equal(1)] == [None] * 4
    assert corrected_t([0.0, 0.0], RATIO).p() == 1.0


def test_percent_has_the_same_tests_as_fractions() -> None:
    fraction = corrected_t(DIFFERENCES, RATIO)
    percent = fraction.scaled(100)
    assert percent.p_less(200.0) == pytest.approx(fraction.p_less(2.0))
    assert percent.interval(0.95) == pytest.approx(fraction.interval(0.95).scaled(100))
