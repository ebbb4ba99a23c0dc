"""Encoding: fitted on train alone, defined for whatever other subsets hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

from ecnet.prepare import encode, features, scale

NUMBERS = st.lists(
    st.floats(allow_nan=True, allow_infinity=True, width=64), min_size=2, max_size=50
)


SCALES = ("log", "quantile")


def categories(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


@given(NUMBERS, NUMBERS, st.sampled_from(SCALES))
def test_every_number_becomes_a_finite_one(train: list[float], other: list[float], by: str) -> None:
    encoder = encode.fit(pd.DataFrame({"x": train}), pd.DataFrame(index=range(len(train))), by)
    found = encode.transform(
        encoder, pd.DataFrame({"x": other}), pd.DataFrame(index=range(len(other)))
    )
    assert np.isfinite(found["numerical"]).all()
    assert found["numerical"].dtype == np.float32


@pytest.mark.parametrize("by", SCALES)
def test_numerical_features_are_standardised_on_train(by: str) -> None:
    numbers = pd.DataFrame({"x": [0.0, 10.0, 1000.0, -5.0, 3.0]})
    empty = pd.DataFrame(index=range(5))
    found = encode.transform(encode.fit(numbers, empty, by), numbers, empty)["numerical"]
    np.testing.assert_allclose([found.mean(), found.std()], [0, 1], atol=1e-6)


def test_test_records_do_not_change_the_encoder() -> None:
    train = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    kinds = categories(proto=["tcp", "udp", "tcp"])
    encoder = encode.fit(train, kinds, "quantile")
    before = repr(encoder)
    encode.transform(encoder, pd.DataFrame({"x": [1e9]}), categories(proto=["icmp"]))
    assert repr(encoder) == before


def test_a_value_that_train_does_not_hold_gets_id_0() -> None:
    kinds = categories(proto=["tcp", "udp", "tcp"])
    encoder = encode.fit(pd.DataFrame(index=range(3)), kinds, "log")
    found = encode.transform(
        encoder, pd.DataFrame(index=range(3)), categories(proto=["icmp", "udp", "tcp"])
    )
    assert found["categorical"][:, 0].tolist() == [0, 2, 1]


@pytest.mark.parametrize("by", SCALES)
def test_missing_and_infinite_numbers_differ_from_the_mean(by: str) -> None:
    numbers = pd.DataFrame({"rate": [1.0, np.nan, np.inf, 4.0]})
    empty = pd.DataFrame(index=range(4))
    encoder = encode.fit(numbers, empty, by)
    found = encode.transform(encoder, numbers, empty)
    assert [feature["name"] for feature in encoder["categorical"]] == ["rate:state"]
    assert len(set(found["categorical"][:, 0])) == 3
    assert found["numerical"][1:3, 0].tolist() == [0, 0]


def test_numbers_that_are_missing_together_share_one_state() -> None:
    numbers = pd.DataFrame({"a": [1.0, np.nan, 2.0], "b": [5.0, np.nan, 7.0]})
    encoder = encode.fit(numbers, pd.DataFrame(index=range(3)), "log")
    assert [feature["name"] for feature in encoder["categorical"]] == ["a:state"]


@pytest.mark.parametrize("by", SCALES)
def test_features_that_do_not_vary_on_train_are_left_out_and_named(by: str) -> None:
    numbers = pd.DataFrame({"same": [2.0, 2.0], "x": [1.0, 2.0], "none": [np.nan, np.nan]})
    encoder = encode.fit(numbers, categories(kind=["k", "k"]), by)
    assert encoder["constant"] == ["same", "none", "kind"]
    assert [feature["name"] for feature in encoder["numerical"]] == ["x"]


def test_signed_log1p_is_odd_and_grows() -> None:
    values = np.linspace(-1e6, 1e6, 1001)
    found = scale.signed_log1p(values)
    np.testing.assert_allclose(found, -found[::-1])
    assert (np.diff(found) > 0).all()


def test_ranks_are_the_same_in_any_unit() -> None:
    seconds = np.random.default_rng(1).exponential(1e-3, 200)
    found = [
        scale.apply(scale.fit(values, "quantile"), values) for values in (seconds, 1e6 * seconds)
    ]
    np.testing.assert_allclose(*found, atol=1e-9)
    assert len(np.unique(found[0])) == 200


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=600).filter(lambda n: len(set(n)) > 1))
def test_ranks_give_equal_values_one_score_and_keep_their_order(numbers: list[int]) -> None:
    values = np.array(numbers, dtype=np.float64)
    fitted = scale.fit(values, "quantile")
    scores = scale.apply(fitted, np.unique(values))
    ordinary = norm.ppf(rankdata(values) / len(values) - 0.5 / len(values))  # mid-ranks
    expected = (ordinary - ordinary.mean()) / ordinary.std()
    assert (np.diff(scores) > 0).all()
    np.testing.assert_allclose(scale.apply(fitted, values), expected, atol=1e-6)
    beyond = scale.apply(fitted, np.array([-1e9, 1e9]))
    np.testing.assert_array_equal(beyond, scores[[0, -1]])


def test_a_window_holds_the_hosts_last_records_in_order_of_time() -> None:
    subset = pd.DataFrame(
        {
            "capture": ["c", "c", "c", "c", "d"],
            "host": ["h", "g", "h", "h", "h"],
            "ts": [3.0, 1.0, 1.0, 2.0, 0.0],
            "row": range(5),
        }
    )
    found = encode.windows(subset, host="host", time="ts", length=3)
    assert found.tolist() == [[2, 3, 0], [-1, -1, 1], [-1, -1, 2], [-1, 2, 3], [-1, -1, 4]]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), min_size=1, max_size=60))
def test_no_window_looks_ahead_or_at_another_host(records: list[tuple[int, int]]) -> None:
    subset = pd.DataFrame(records, columns=["host", "ts"]).assign(capture="c")
    subset["row"] = range(len(subset))
    window = encode.windows(subset, host="host", time="ts", length=4)
    assert (window[:, -1] == np.arange(len(subset))).all()
    for row, earlier in enumerate(window):
        for other in earlier[earlier >= 0]:
            assert subset["host"][other] == subset["host"][row]
            assert subset["ts"][other] <= subset["ts"][row]


def test_ports_become_their_kinds() -> None:
    ports = pd.Series([80, 1023, 1024, 49151, 49152, None], dtype="Int32")
    assert features.port_kind(ports).tolist() == [
        "well-known",
        "well-known",
        "registered",
        "registered",
        "dynamic",
        features.MISSING,
    ]
