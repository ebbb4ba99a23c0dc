"""Splitting: no duplicates across subsets, classes in every subset, every record counted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecnet import seeds
from ecnet.errors import InputError
from ecnet.prepare import features, split_checks, split_rules
from ecnet.prepare.split_checks import TEST, TRAIN, VALIDATION

RECORDS = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from("xy"), st.sampled_from("abc")),
    min_size=1,
    max_size=150,
)
SHARES = (0.2, 0.2)


def random(seed: int = 1) -> np.random.Generator:
    return seeds.generator(seed, "test")


def groups(records: list[tuple[int, str, str]]) -> tuple[pd.DataFrame, np.ndarray]:
    frame = pd.DataFrame(records, columns=["number", "category", "label"])
    return frame, features.vectors(frame)


@given(RECORDS)
def test_equal_records_share_a_subset(records: list[tuple[int, str, str]]) -> None:
    frame, group = groups(records)
    official = pd.Series(False, index=frame.index)
    subsets = split_rules.grouped(frame["label"], group, official, SHARES, random())
    assert (pd.Series(subsets).groupby(group).nunique() == 1).all()
    assert (
        split_checks.leak(group, subsets == TRAIN, subsets == TEST)["with_duplicate_in_train"] == 0
    )


@given(RECORDS)
def test_a_class_of_three_groups_or_more_is_in_every_subset(
    records: list[tuple[int, str, str]],
) -> None:
    frame, group = groups(records)
    official = pd.Series(False, index=frame.index)
    subsets = split_rules.grouped(frame["label"], group, official, SHARES, random())
    kept = np.ones(len(frame), dtype=bool)
    named = split_checks.too_small(frame["label"], group, subsets, kept)
    for label, members in frame.assign(group=group).groupby("label"):
        assert (members["group"].nunique() < 3) == (label in named)


@given(RECORDS, st.integers(1, 4))
def test_counts_add_up_to_all_records(records: list[tuple[int, str, str]], copies: int) -> None:
    frame, group = groups(records)
    kept = (pd.Series(group).groupby(group).cumcount() < copies).to_numpy()
    subsets = np.zeros(len(frame), dtype=np.int64)
    counts = split_rules.counts(group, subsets, kept)
    assert counts.sum() == len(frame)
    assert (counts[kept] > 0).all()
    assert (counts[~kept] == 0).all()


@given(st.lists(st.sampled_from("abcd"), min_size=30, max_size=300), st.integers(0, 9))
def test_stratified_subsets_have_their_shares_of_each_class(labels: list[str], seed: int) -> None:
    subsets = split_rules.stratified(labels, SHARES, random(seed))
    for label in set(labels):
        members = subsets[np.array(labels) == label]
        for subset in (VALIDATION, TEST):
            expected = max(1, 0.2 * len(members)) if len(members) > 2 else 0
            assert abs((members == subset).sum() - expected) <= 1


def test_seeds_vary_the_split() -> None:
    labels = ["a"] * 50
    first, second = (split_rules.stratified(labels, SHARES, random(seed)) for seed in (1, 2))
    assert (first != second).any()
    assert (first == split_rules.stratified(labels, SHARES, random(1))).all()


def test_an_official_test_is_kept_as_it_is() -> None:
    label = pd.Series(list("ab") * 50)
    official = pd.Series([False] * 80 + [True] * 20)
    subsets = split_rules.grouped(label, np.arange(100), official, SHARES, random())
    assert ((subsets == TEST) == official).all()
    assert (subsets[:80] == VALIDATION).sum() == 16


def timed(times: list[float | None]) -> pd.DataFrame:
    return pd.DataFrame({"capture": "c", "row": range(len(times)), "ts": times})


def test_the_temporal_test_is_the_latest_share_of_each_capture() -> None:
    sample = pd.concat([timed([5, 1, 4, 2, 3]), timed([10, 50, 20, 40, 30]).assign(capture="d")])
    subsets = split_rules.temporal(sample, "ts", SHARES)
    assert subsets.tolist() == [2, 0, 1, 0, 0, 0, 2, 0, 1, 0]


def test_a_record_without_a_time_stops_the_temporal_split() -> None:
    with pytest.raises(InputError, match="c, row 1 has none; choose another rule"):
        split_rules.temporal(timed([1.0, None]), "ts", SHARES)


@given(st.lists(st.integers(1, 50), min_size=3, max_size=8), st.integers(0, 20))
def test_whole_captures_are_held_out_and_no_subset_is_empty(sizes: list[int], seed: int) -> None:
    captures = pd.Series(np.repeat([f"capture-{i}" for i in range(len(sizes))], sizes))
    subsets = split_rules.by_capture(captures, SHARES, random(seed))
    assert (pd.Series(subsets).groupby(captures).nunique() == 1).all()
    assert set(subsets) == {TRAIN, VALIDATION, TEST}


def test_two_captures_are_too_few_to_hold_any_out() -> None:
    with pytest.raises(InputError, match=r"needs 3 captures and there are 2 \(a, b\)"):
        split_rules.by_capture(pd.Series(["a", "b"]), SHARES, random())


LEAKS = {
    "several classes": (["n", "x", "y", "x"], ["p", "q", "r", "q"]),
    "two classes": (["n", "x", "n", "x"], [0.5, 7.0, 0.5, 7.0]),
    "normal or attack": (["n", "x", "y", "x"], [0, 1, 1, 1]),
}


@pytest.mark.parametrize(("labels", "column"), LEAKS.values(), ids=LEAKS)
def test_a_column_that_copies_the_label_stops_the_run_and_is_named(
    labels: list[str], column: list[object]
) -> None:
    columns = pd.DataFrame({"fine": [1, 2, 1, 2], "odd name": column})
    with pytest.raises(InputError, match=r"odd name.*datasets\.d\.drop"):
        split_checks.gate(columns, pd.Series(labels), dataset="d", normal="n")


def test_a_column_that_nearly_copies_the_label_is_let_through() -> None:
    columns = pd.DataFrame({"close": [0, 1, 1, 0]})
    split_checks.gate(columns, pd.Series(["n", "x", "x", "x"]), dataset="d", normal="n")


@given(RECORDS)
def test_vectors_number_equal_rows_alike_and_others_not(
    records: list[tuple[int, str, str]],
) -> None:
    frame, ids = groups(records)
    expected = frame.groupby(["number", "category", "label"], sort=False).ngroup()
    assert (ids == expected).all()


def test_times_that_differ_by_a_microsecond_are_no_duplicates() -> None:
    # As float32 all of these would be one and the same.
    times = pd.DataFrame({"ts": 1_545_403_816.0 + np.arange(5) * 1e-6})
    assert len(np.unique(features.vectors(times))) == 5


def test_missing_equals_missing() -> None:
    assert features.vectors(pd.DataFrame({"x": [np.nan, np.nan, 1.0]})).tolist() == [0, 0, 1]


def test_the_audit_counts_conflicting_vectors() -> None:
    distinct, vectors = np.array([0, 0, 1, 1]), np.array([0, 1, 2, 2])
    assert split_checks.duplicates(distinct, vectors) == {
        "records": 4,
        "distinct": 3,
        "conflicting": 1,
    }
