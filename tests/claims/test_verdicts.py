"""A comparison gets the verdict that its interval, the reported margin and equivalence imply."""

import pytest
from scipy import stats

from ecnet.claims.verdicts import odds_ratio, out_of_reach, records_needed, verdict
from ecnet.evaluate.estimate import Estimate

TWO_SIDED = 1.959964
"""Standard errors of half a 95% interval."""


def estimate(low: float, high: float) -> Estimate:
    """Return the estimate whose 95% interval has these ends."""
    return Estimate((low + high) / 2, (high - low) / 2 / TWO_SIDED)


@pytest.mark.parametrize(
    ("ends", "margin", "word", "refuted", "equal"),
    [
        ((2.0, 6.0), 4.0, "holds", False, False),
        ((2.0, 6.0), 1.5, "holds", False, False),  # ahead by more than reported
        ((2.0, 6.0), None, "holds", False, False),
        ((2.0, 6.0), 7.0, "holds by less", True, False),
        ((0.1, 0.9), 4.0, "holds by less", True, True),
        ((-0.9, 0.9), 4.0, "practically equal", True, True),
        ((-0.9, 0.9), 0.5, "practically equal", False, True),
        ((-0.9, 0.9), None, "practically equal", False, True),
        ((-2.0, 3.0), 4.0, "margin refuted", True, False),
        ((-2.0, 3.0), 2.0, "cannot be told", False, False),
        ((-2.0, 3.0), None, "cannot be told", False, False),
        ((-6.0, -2.0), 4.0, "reversed", True, False),
        ((-0.9, -0.1), 4.0, "reversed", True, True),
    ],
)
def test_the_interval_decides(
    ends: tuple[float, float], margin: float | None, word: str, refuted: bool, equal: bool
) -> None:
    found = verdict(estimate(*ends), margin, equivalence=1.0, confidence=0.95)
    assert (found.word, found.refuted, found.equal) == (word, refuted, equal)


def test_a_margin_that_is_reported_for_the_other_model_is_mirrored() -> None:
    ahead = verdict(estimate(2.0, 6.0), 4.0, 1.0, 0.95)
    mirrored = verdict(estimate(-6.0, -2.0), -4.0, 1.0, 0.95)
    assert mirrored == ahead
    assert verdict(estimate(-2.0, 3.0), -4.0, 1.0, 0.95).refuted


def test_without_a_standard_error_nothing_can_be_told() -> None:
    for se in (None, 0.0):
        found = verdict(Estimate(5.0, se), 4.0, 1.0, 0.95)
        assert (found.word, found.refuted, found.equal) == ("cannot be told", False, False)


def test_equivalence_is_two_one_sided_tests() -> None:
    """The interval lies within the bounds where both reject at half of alpha."""
    for mean in (0.0, 0.3, 0.6):
        for se in (0.1, 0.3, 0.6):
            below = stats.t.cdf((mean - 1) / se, 5)
            above = stats.t.sf((mean + 1) / se, 5)
            found = verdict(Estimate(mean, se, df=5), None, 1.0, 0.95)
            assert found.equal == (max(below, above) < 0.025)


def test_the_records_that_a_verdict_needs_give_it_in_four_of_five_cases() -> None:
    """Checked with the power of the z-test of a difference of 3 points."""
    pilot, records = Estimate(3.0, 2.0), 1000
    needed = records_needed(pilot, None, 1.0, 0.95, records)
    assert needed is not None
    se = 2.0 * (records / needed) ** 0.5
    power = stats.norm.sf(TWO_SIDED - 3.0 / se)
    assert power == pytest.approx(0.8, abs=0.02)


def test_the_verdict_that_is_easiest_counts() -> None:
    """A margin of 14 points is refuted long before a difference of 0.5 points is found."""
    alone = records_needed(Estimate(0.5, 4.0), None, 1.0, 0.95, 1000)
    beside = records_needed(Estimate(0.5, 4.0), 14.0, 1.0, 0.95, 1000)
    assert alone is not None
    assert beside is not None
    assert beside < alone / 500


def test_odds_of_an_error() -> None:
    assert odds_ratio(99.5, 99.0) == pytest.approx((1 / 99) / (0.5 / 99.5))
    assert odds_ratio(90.0, 90.0) == 1
    assert odds_ratio(100.0, 99.0) is None
    assert odds_ratio(50.0, 0.0) is None


def test_a_margin_beyond_100_percent_is_out_of_reach() -> None:
    assert out_of_reach(99.7, 99.6, 4.5)
    assert not out_of_reach(96.0, 95.0, 4.5)
    assert out_of_reach(99.0, 98.0, -1.5)
    assert not out_of_reach(99.7, 99.6, None)
