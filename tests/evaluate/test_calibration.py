"""Calibration and false alarms: by hand, against scikit-learn, and for any predictions."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_curve

from ecnet.evaluate.calibration import calibration, false_alarms


def ones(n: int) -> Any:
    return np.ones(n, dtype=np.int64)


def test_the_expected_calibration_error_by_hand() -> None:
    # Confidences 0.6 (right), 0.7 (wrong), 0.9 (right), 1.0 (right) in the bins ]0.5, 0.75] and
    # ]0.75, 1]: accuracies 1/2 and 1, mean confidences 0.65 and 0.95, two of four records each.
    probabilities = np.array([[0.6, 0.4], [0.3, 0.7], [0.9, 0.1], [0.0, 1.0]])
    true, predicted = np.array([0, 0, 0, 1]), np.array([0, 1, 0, 1])
    found = calibration(probabilities, true, predicted, ones(4), bins=4)
    assert found["ece"] == pytest.approx(2 / 4 * (0.65 - 0.5) + 2 / 4 * (1 - 0.95))
    assert found["confidence"] == pytest.approx((0.6 + 0.7 + 0.9 + 1.0) / 4)
    assert found["bins"]["count"] == [0, 0, 2, 2]
    assert found["bins"]["confidence"] == [None, None, pytest.approx(0.65), pytest.approx(0.95)]
    assert found["bins"]["accuracy"] == [None, None, 0.5, 1.0]
    # (0.4² + 0.4²), (0.7² + 0.7²), (0.1² + 0.1²) and 0, over four records
    assert found["brier"] == pytest.approx((0.32 + 0.98 + 0.02 + 0) / 4)


def test_a_bin_holds_its_upper_edge_and_the_first_holds_zero() -> None:
    probabilities = np.array([[0.5, 0.5], [0.0, 1.0], [0.75, 0.25]])
    predicted = np.array([0, 0, 0])  # of the second row the class with probability 0
    found = calibration(probabilities, predicted, predicted, ones(3), bins=4)
    assert found["bins"]["count"] == [1, 1, 1, 0]


def test_false_alarms_by_hand() -> None:
    # Thresholds from above: 0.9 detects 1 of 4 attacks, 0.8 detects 2 with 1 of 5 false alarms,
    # 0.6 detects 3 with 2, and 0.3 all 4 with 4.
    score = np.array([0.9, 0.8, 0.6, 0.3, 0.8, 0.6, 0.3, 0.3, 0.1])
    attack = np.array([True] * 4 + [False] * 5)
    found = false_alarms(score, attack, ones(9), [0.25, 0.5, 0.51, 0.75, 0.76, 1.0])
    assert found == {"0.25": 0, "0.5": 0.2, "0.51": 0.4, "0.75": 0.4, "0.76": 0.8, "1.0": 0.8}


def test_records_of_equal_score_are_called_alike() -> None:
    score, attack = np.full(10, 0.7), np.arange(10) < 6
    assert false_alarms(score, attack, ones(10), [0.01, 0.95]) == {"0.01": 1, "0.95": 1}


def test_a_rate_is_the_fraction_that_is_written() -> None:
    # 0.95 as a binary number is less than 19/20, and 0.07 * 100 in such numbers more than 7.
    score = np.arange(200)[::-1] / 200.0
    attack = np.arange(200) % 2 == 0  # attack, normal, attack, ...
    found = false_alarms(score, attack, ones(200), [0.07, 0.95])
    assert found == {"0.07": 0.06, "0.95": 0.94}


def test_without_an_attack_or_without_a_normal_record_there_is_no_rate() -> None:
    score = np.array([0.2, 0.9])
    assert false_alarms(score, np.array([True, True]), ones(2), [0.95]) is None
    assert false_alarms(score, np.array([False, False]), ones(2), [0.95]) is None


@st.composite
def scored(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """Draw probabilities of three classes, the true ones, and weights."""
    n = draw(st.integers(1, 25))
    shares = st.lists(st.integers(0, 5), min_size=3, max_size=3).filter(any)
    parts = np.array(draw(st.lists(shares, min_size=n, max_size=n)), dtype=float)
    true = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    weight = draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))
    return parts / parts.sum(axis=1, keepdims=True), np.array(true), np.array(weight)


@given(scored(), st.integers(1, 20))
def test_the_error_is_a_mean_of_distances_and_the_bins_add_up(drawn: Any, bins: int) -> None:
    probabilities, true, weight = drawn
    predicted = probabilities.argmax(axis=1)
    found = calibration(probabilities, true, predicted, weight, bins)
    assert sum(found["bins"]["count"]) == weight.sum()
    accuracy = np.average(predicted == true, weights=weight)
    assert abs(accuracy - found["confidence"]) <= found["ece"] + 1e-12 <= 1 + 1e-9
    assert found["brier"] == pytest.approx(
        brier_score_loss(true, probabilities, sample_weight=weight, labels=[0, 1, 2])
    )


@given(scored(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_changes_the_result(drawn: Any, random: Any) -> None:
    probabilities, true, weight = drawn
    predicted = probabilities.argmax(axis=1)
    found = calibration(probabilities, true, predicted, weight, 15)
    order = list(range(len(true)))
    random.shuffle(order)
    shuffled = (column[order] for column in (probabilities, true, predicted, weight))
    assert calibration(*shuffled, 15) == found
    repeated = (np.repeat(column, weight, axis=0) for column in (probabilities, true, predicted))
    again = calibration(*repeated, ones(weight.sum()), 15)
    assert math.isclose(again["ece"], found["ece"], abs_tol=1e-12)
    assert again["bins"]["count"] == found["bins"]["count"]


@given(scored(), st.floats(0.01, 1))
def test_false_alarms_are_those_of_the_roc_curve(drawn: Any, rate: float) -> None:
    probabilities, true, weight = drawn
    score, attack = probabilities[:, 2], true == 2
    found = false_alarms(score, attack, weight, [rate])
    if attack.all() or not attack.any():
        assert found is None
        return
    alarms, detected, _ = roc_curve(attack, score, sample_weight=weight, drop_intermediate=False)
    assert found == {str(rate): pytest.approx(alarms[detected >= rate - 1e-12].min())}
