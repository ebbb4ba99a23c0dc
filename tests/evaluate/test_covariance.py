"""What single test records weigh: by hand, by finite differences, and by textbook formulas."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecnet.evaluate.covariance import Answers, covariances, of_pair
from ecnet.evaluate.influence import influences, of_one_error
from ecnet.evaluate.measures import AVERAGES, PAPER, Measure
from ecnet.evaluate.metrics import metrics

CLASSES = ["Normal", "DoS", "Scan"]
AVERAGED = st.sampled_from(AVERAGES)
CONFUSION = st.lists(st.integers(0, 9), min_size=9, max_size=9).filter(any)


def value(confusion: Any, key: str, average: str) -> float | None:
    """Return a measure of a confusion matrix as `evaluate` computes it."""
    true, predicted = (each.ravel() for each in np.indices(confusion.shape))
    weight = confusion.ravel()
    held = weight > 0
    found = metrics(true[held], predicted[held], weight[held], CLASSES)
    if key.startswith("F1 of "):
        f1: float | None = found["per_class"][key.removeprefix("F1 of ")]["f1"]
        return f1
    (measure,) = (one for one in PAPER if one.key == key)
    of: float = Measure.of(measure, found, average)
    return of


@given(CONFUSION, AVERAGED, st.integers(0, 2), st.integers(0, 2))
def test_a_record_changes_a_measure_by_its_influence(
    counts: list[int], average: str, true: int, predicted: int
) -> None:
    many, added = 10**12, 10**6
    before = np.array(counts).reshape(3, 3) * many
    after = before.copy()
    after[true, predicted] += added
    found = influences(before, CLASSES, average)
    for key, table in found.items():
        old, new = (value(confusion, key, average) for confusion in (before, after))
        if table is None:
            assert old is None
            continue
        assert old is not None
        assert new is not None
        if before[true].any() and before[:, predicted].any():  # else the measure has a jump there
            change = (new - old) / (added / after.sum())
            assert change == pytest.approx(table[true, predicted], abs=1e-3), key


@given(CONFUSION, AVERAGED)
def test_the_mean_influence_of_the_records_is_zero(counts: list[int], average: str) -> None:
    confusion = np.array(counts).reshape(3, 3)
    for table in influences(confusion, CLASSES, average).values():
        assert table is None or (confusion * table).sum() == pytest.approx(0, abs=1e-9)


def test_influences_on_accuracy_and_f1_by_hand() -> None:
    # Of 10 records 7 are right. Normal: 3 hits, 4 true, 5 answered, so F1 is 6/9.
    found = influences(np.array([[3, 1, 0], [2, 2, 0], [0, 0, 2]]), CLASSES, "macro")
    accuracy, f1 = found["accuracy"], found["F1 of Normal"]
    assert accuracy is not None
    assert (accuracy[0, 0], accuracy[0, 1]) == pytest.approx((0.3, -0.7))
    # The gradient of 2 h / (t + g) at h = 0.3, t = 0.4, g = 0.5 is (2 dh - 2/3 (dt + dg)) / 0.9.
    assert f1 is not None
    assert f1[0, 0] == pytest.approx((2 - 2 / 3 * 2) / 0.9)
    assert f1[0, 1] == f1[1, 0] == pytest.approx(-2 / 3 / 0.9)
    assert f1[2, 2] == 0


def answers(record: list[int], true: list[int], *predicted: list[int]) -> Answers:
    ones = np.ones(len(record), dtype=np.int64)
    return Answers(np.array(record), ones, np.array(true), np.array(predicted))


TRUE = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]
ONE = [0, 0, 0, 1, 1, 1, 0, 0, 2, 2]
OTHER = [0, 0, 0, 0, 1, 1, 1, 2, 2, 0]


def test_the_variance_of_an_accuracy_is_that_of_a_share() -> None:
    found = covariances([answers(list(range(10)), TRUE, ONE)], CLASSES, "macro")["accuracy"]
    assert found is not None
    assert found["mean"][0][0] == pytest.approx(0.7 * 0.3 / 10)


def test_the_variance_of_a_difference_is_that_of_paired_shares() -> None:
    # ONE alone is right on 1 record (the last), OTHER alone on 2 (records 3, 6).
    found = covariances([answers(list(range(10)), TRUE, ONE, OTHER)], CLASSES, "macro")["accuracy"]
    assert found is not None
    b, c, n = 1, 2, 10
    assert of_pair(found["mean"], 0, 1) == pytest.approx((b + c - (b - c) ** 2 / n) / n**2)
    assert of_pair(found["mean"], 0, 0) == 0


def test_splits_that_test_the_same_records_tell_no_more_than_one() -> None:
    split = answers(list(range(10)), TRUE, ONE, OTHER)
    once, twice = (covariances([split] * n, CLASSES, "macro")["f1"] for n in (1, 2))
    assert once is not None
    assert twice is not None
    assert np.array(twice["mean"]) == pytest.approx(np.array(once["mean"]))
    assert np.array(twice["split"]) == pytest.approx(np.array(once["split"]))


def test_splits_that_test_other_records_halve_the_variance() -> None:
    splits = [answers([place + 10 * k for place in range(10)], TRUE, ONE, OTHER) for k in (0, 1)]
    found = covariances(splits, CLASSES, "macro")["f1"]
    assert found is not None
    assert np.array(found["mean"]) == pytest.approx(np.array(found["split"]) / 2)


def test_a_record_in_one_test_set_of_two_counts_half() -> None:
    # Accuracies 1/2 and 1. Record 1 is in both: its influence is the mean of -1/4 and 0.
    splits = [answers([0, 1], [0, 1], [0, 0]), answers([1, 2], [1, 1], [1, 1])]
    found = covariances(splits, CLASSES, "macro")["accuracy"]
    assert found is not None
    assert found["mean"][0][0] == pytest.approx((1 / 8) ** 2 + (1 / 8) ** 2)
    assert found["split"][0][0] == pytest.approx(((1 / 4) ** 2 * 2 + 0) / 2)


def test_a_record_counts_as_often_as_it_occurs() -> None:
    weighted = Answers(np.arange(2), np.array([3, 1]), np.array([0, 1]), np.array([[0, 0]]))
    found = covariances([weighted], CLASSES, "macro")["accuracy"]
    assert found is not None
    assert found["mean"][0][0] == pytest.approx((3 / 4 * 1 / 4) ** 2 + (1 / 4 * 3 / 4) ** 2)


def test_splits_without_a_record_of_a_class_say_nothing_of_it() -> None:
    splits = [answers([0, 1], [0, 2], [0, 2]), answers([2, 3], [0, 1], [0, 0])]
    found = covariances(splits, CLASSES, "macro")
    held = {key: of and of["splits"] for key, of in found.items() if key.startswith("F1")}
    assert held == {"F1 of Normal": 2, "F1 of DoS": 1, "F1 of Scan": 1}
    never = covariances(splits[:1], CLASSES, "macro")
    assert never["F1 of DoS"] is None


def test_one_error_among_all_records_is_counted_where_none_was_seen() -> None:
    found = covariances([answers(list(range(10)), TRUE, TRUE, TRUE)], CLASSES, "macro")["accuracy"]
    assert found is not None
    assert of_pair(found["mean"], 0, 1) == 0
    assert found["error"] == pytest.approx(1 / 10**2)


def test_an_error_counts_where_all_records_are_of_one_class_too() -> None:
    found = of_one_error(np.array([10.0, 0.0, 0.0]), CLASSES, "macro")
    assert found["accuracy"] == pytest.approx(1)
    assert found["F1 of DoS"] is None


def test_an_error_weighs_more_in_a_rare_class() -> None:
    found = of_one_error(np.array([50.0, 48.0, 2.0]), CLASSES, "macro")
    rare, common = found["F1 of Scan"], found["F1 of Normal"]
    assert rare is not None
    assert common is not None
    assert rare > 10 * common
