"""Distributions: what the statistics may contain, how they are read, and how they are fitted."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecnet.errors import InputError
from ecnet.simulate import distributions, fit, simulator
from ecnet.simulate.distributions import ABSENT, MIN_RECORDS
from ecnet.simulate.fit_distribution import fit_distribution

DATASETS = simulator.names()


def stored(dataset: str) -> dict[str, dict]:
    found: dict[str, dict] = {}
    for path in sorted((simulator.STATISTICS / dataset).glob("distributions*.json")):
        found |= json.loads(path.read_text(encoding="utf-8"))["distributions"]
    return found


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_entry_says_whether_it_is_fitted_and_on_what(dataset: str) -> None:
    files = json.loads((simulator.STATISTICS / dataset / "files.json").read_text(encoding="utf-8"))
    for entry in [*stored(dataset).values(), *files["files"]]:
        assert entry["origin"] in ("fitted", "assumed")
        assert len(entry["basis"]) > 10
    used = {name for file in simulator.file_specs(dataset) for name in file.distribution.values()}
    assert used <= set(simulator.mixtures(dataset))


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_fitted_weight_is_based_on_enough_records(dataset: str) -> None:
    for entry in stored(dataset).values():
        if entry["origin"] == "fitted" and "variables" in entry:
            leaves = [leaf for variable in entry["variables"] for leaf in variable["leaves"]]
            assert min(segment[0] for leaf in leaves for segment in leaf) >= MIN_RECORDS


@pytest.mark.parametrize("dataset", DATASETS)
def test_statistics_stay_small(dataset: str) -> None:
    sizes = [path.stat().st_size for path in (simulator.STATISTICS / dataset).iterdir()]
    assert sum(sizes) < 600_000


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda entry: entry.pop("basis"), "basis"),
        (lambda entry: entry["variables"][0].pop("leaves"), "leaves"),
        (lambda entry: entry["variables"][0]["leaves"].clear(), "is empty"),
        (lambda entry: entry["variables"][0].update(leaves=[[[-1, 0]]]), "not positive"),
        (lambda entry: entry["variables"][0].update(nodes=[["b", "<=", 1, -1, -2]]), "tests b"),
        (lambda entry: entry["variables"][1].update(nodes=[["a", "<=", 1, 1, -1]]), "node"),
    ],
)
def test_a_malformed_distribution_is_an_error_that_names_it(change: object, why: str) -> None:
    entry = {
        "origin": "assumed",
        "basis": "a test",
        "variables": [
            {"name": "a", "leaves": [[[1, 0], [2, 1, 3]]]},
            {"name": "b", "nodes": [["a", "<=", 1, -1, -2]], "leaves": [[[1, 0]], [[1, 5]]]},
        ],
    }
    assert distributions.read(entry, "x").variables[1].name == "b"
    change(entry)  # type: ignore[operator]
    with pytest.raises(InputError, match=f"x: .*{why}"):
        distributions.read(entry, "x")


def test_a_column_depends_on_the_one_that_its_tree_tests() -> None:
    entry = {
        "origin": "assumed",
        "basis": "a test",
        "variables": [
            {"name": "a", "leaves": [[[1, 0], [3, 1]]]},
            {"name": "b", "nodes": [["a", "=", 0, -1, -2]], "leaves": [[[1, None]], [[1, 8, 32]]]},
        ],
    }
    drawn = distributions.read(entry, "x").draw(np.random.default_rng(1).random((4_000, 2)))
    assert abs((drawn["a"] == 1).mean() - 0.75) < 0.03
    assert (drawn["b"][drawn["a"] == 0] == ABSENT).all()
    some = drawn["b"][drawn["a"] == 1]
    assert some.min() == 8
    assert some.max() == 32
    assert abs(np.median(some) - 16) <= 1  # geometric, as it spans more than a factor of two


@pytest.mark.mirror
@pytest.mark.parametrize("dataset", ["bot-iot", "iot-23"])
def test_fitting_reproduces_the_committed_distributions(
    dataset: str, mirror: Path, tmp_path: Path
) -> None:
    fit.fit(names=[dataset], mirror=mirror, folder=tmp_path)
    committed = simulator.STATISTICS / dataset / fit.DISTRIBUTIONS
    assert (tmp_path / dataset / fit.DISTRIBUTIONS).read_bytes() == committed.read_bytes()


def table(rows: list[tuple[str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["kind", "size"])


@settings(max_examples=30)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(0, 40).map(lambda size: size / 4)),
        min_size=40,
        max_size=200,
    )
)
def test_a_fitted_distribution_contains_no_rare_value(
    rows: list[tuple[str, float]],
) -> None:
    records = table([*rows, *[("a", 1.0)] * MIN_RECORDS])
    fitted = fit_distribution({"t": records}, {"kind": "t", "size": "t"}, {"size": 2})
    kinds = records["kind"].value_counts()
    assert set(fitted[0]["levels"]) == set(kinds.index[kinds >= MIN_RECORDS])
    sizes = records["size"].value_counts()
    for segment in itertools.chain(*fitted[1]["leaves"]):
        assert segment[0] >= MIN_RECORDS
        if len(segment) == 2:
            assert sizes[segment[1]] >= MIN_RECORDS
        else:
            low, high = segment[1:]
            # The interval of a single bin has its deviation, and may extend beyond its values.
            reach = records["size"].std() * 2
            assert 0 <= low <= high <= records["size"].max() + reach


def test_a_fitted_distribution_preserves_dependencies_between_columns() -> None:
    random = np.random.default_rng(5)
    kind = random.choice(["tcp", "udp"], 2_000, p=[0.7, 0.3])
    size = np.where(kind == "tcp", random.normal(100, 5, 2_000), 20)
    fitted = fit_distribution(
        {"t": pd.DataFrame({"kind": kind, "size": size})}, {"kind": "t", "size": "t"}, {"size": 1}
    )
    drawn = distributions.read({"origin": "fitted", "basis": "t", "variables": fitted}, "t").draw(
        random.random((5_000, 2))
    )
    tcp = drawn["kind"] == fitted[0]["levels"].index("tcp")
    assert abs(tcp.mean() - 0.7) < 0.03
    assert (drawn["size"][~tcp] == 20).all()
    assert abs(drawn["size"][tcp].mean() - 100) < 1
    assert abs(drawn["size"][tcp].std() - 5) < 1


def test_too_few_records_to_fit_are_an_error() -> None:
    with pytest.raises(ValueError, match="9 records are too few"):
        fit_distribution({"t": table([("a", 1.0)] * 9)}, {"kind": "t"}, {})


def test_a_column_of_rare_values_alone_is_an_error() -> None:
    rare = table([(f"kind {number}", 1.0) for number in range(MIN_RECORDS + 5)])
    with pytest.raises(ValueError, match="kind: no value is shared by 10 records"):
        fit_distribution({"t": rare}, {"kind": "t"}, {})
