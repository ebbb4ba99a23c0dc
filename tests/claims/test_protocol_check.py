"""The check of the protocol: its studies, and the rates that it counts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecnet.claims.protocol_check import models, rates, studies
from ecnet.claims.protocol_check.population import simulated
from ecnet.errors import InputError

SETTINGS = {
    **{"dataset": "iot-ni", "records": 200, "studies": 2, "seed": 1, "splits": 2},
    **{"population": 1500, "fresh": 300, "validation": 0.2, "test": 0.2},
}


def drawn(folder: Path, **changes: Any) -> dict[str, Any]:
    """Draw studies and return what was written."""
    studies.run(output=folder / "studies.json", settings=SETTINGS | changes)
    found: dict[str, Any] = json.loads((folder / "studies.json").read_text(encoding="utf-8"))
    return found


def test_studies_compare_all_pairs_of_models_and_know_the_truth(tmp_path: Path) -> None:
    found = drawn(tmp_path)
    assert found["source"] == "simulated"
    by_key = {(one["a"], one["b"], one["measure"]): one for one in found["comparisons"]}
    count = len(models.NAMES)
    assert len(by_key) == 4 * count * (count - 1) / 2
    for pair in models.EQUAL:
        assert by_key[(*pair, "accuracy")]["truth"] == 0
    for name, points in models.PLANTED.items():
        planted = by_key[models.BASE, name, "accuracy"]
        assert planted["truth"] == pytest.approx(points, abs=1.5)  # 300 fresh records
        assert all(se > 0 for se in planted["se"]["records-and-training"])
    assert all(len(one["mean"]) == 2 for one in found["comparisons"])


def test_the_same_seed_draws_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    first, again, other = (
        drawn(tmp_path, studies=1, **{"seed": seed, "dataset": "nsl-kdd"}) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_an_official_test_set_stays_in_all_splits() -> None:
    population = simulated("nsl-kdd", 1500, np.random.default_rng(1), 1)
    assert 0 < population.test.mean() < 1


def test_a_population_that_is_too_small_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"protocol_check\.population is 1500, which gives"):
        drawn(tmp_path, records=1200)


def test_a_dataset_that_cannot_be_simulated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"protocol_check\.datasets: iot-ds2 cannot be simulated"):
        drawn(tmp_path, dataset="iot-ds2")


def test_a_planted_model_is_worse_by_its_points() -> None:
    label = np.zeros(1000, dtype=np.int64)
    base = np.repeat([0, 1], [800, 200])  # right on 80%
    answered = np.stack([base] * len(models.FITTED))
    found = models.with_planted(answered, label, np.arange(1000) * 617 % 1000 / 1000, 0.8, 2)
    accuracies = (found == label).mean(axis=1)[len(models.FITTED) :]
    assert (0.8 - accuracies) * 100 == pytest.approx(list(models.PLANTED.values()), abs=0.5)


def file_of(*comparisons: dict[str, Any], records: int = 500) -> dict[str, Any]:
    """Return studies with standard errors of 1 by both methods."""
    df = {"corrected-t": 5, "records-and-training": None}
    held = [
        {"measure": "accuracy", "se": dict.fromkeys(rates.METHODS, [1.0] * len(one["mean"]))} | one
        for one in comparisons
    ]
    named = {"dataset": "iot-ni", "records": records, "splits": 6}
    return {**named, "df": df, "comparisons": held}


def of(rows: Any, method: str = "records-and-training") -> dict[str, Any]:
    """Return the one row of a method."""
    (row,) = (row for row in rows if row["method"] == method)
    found: dict[str, Any] = row
    return found


def test_coverage_counts_the_intervals_that_hold_the_truth() -> None:
    # Half widths are 1.96, and 2.57 by Student's t with 5 degrees of freedom.
    found = file_of(
        {"a": "tree", "b": "bayes", "truth": 0.0, "mean": [0.0, 1.0, 2.0, 3.0]},
        {"a": "tree", "b": "linear", "truth": 2.0, "mean": [2.0, 3.0, 3.0, 2.0]},
    )
    rows = list(rates.coverage([found], 0.95))
    row, wider = (of(rows[:2], method) for method in rates.METHODS)
    assert row["coverage"] == pytest.approx((2 / 4 + 1) / 2)
    assert (row["worst"], row["worst_pair"], row["studies"]) == (0.5, "tree and bayes", 4)
    assert wider["worst"] == 0.75
    ideal = 1.959964 * np.array([np.std([0, 1, 2, 3], ddof=1), np.std([2, 3, 3, 2], ddof=1)])
    assert row["width"] == pytest.approx((1.959964 / ideal).mean())


def test_the_last_rows_of_coverage_are_of_all_studies() -> None:
    one, other = (
        file_of({"a": "tree", "b": "bayes", "truth": 0.0, "mean": means}, records=records)
        for records, means in ((500, [0.0, 3.0]), (2000, [0.0, 1.0, -1.0, 0.0]))
    )
    row = of(list(rates.coverage([one, other], 0.95))[-2:])
    assert (row["dataset"], row["studies"], row["coverage"]) == (None, 6, pytest.approx(5 / 6))


def test_errors_count_the_verdicts_that_are_wrong() -> None:
    equal = {"a": "boosted", "b": "boosted-again", "truth": 0.0, "mean": [0.0, 3.0, -3.0, 1.0]}
    unlike = {"a": "tree", "b": "bayes", "truth": 5.0, "mean": [2.5, 5.0, 5.0, 5.0]}
    near = {"a": "tree", "b": "linear", "truth": 2.0, "mean": [0.0, 0.0, 2.0, 2.0]}
    near["se"] = dict.fromkeys(rates.METHODS, [0.1] * 4)
    row = of(rates.errors([file_of(equal, unlike, near)], 0.95, 1.0))
    assert row["ahead"] == 2 / 4  # 3 and -3
    assert row["equal"] == 2 / 8  # twice 0 with an error of 0.1, though it is 2
    assert row["refuted"] == 3 / 8  # of 5 once, of 2 twice
    assert row["power_4"] is None


def test_power_is_the_share_of_planted_differences_that_hold() -> None:
    planted = {"a": "tree", "b": "tree-4", "truth": 4.0, "mean": [4.0, 4.0, 1.0, 2.2]}
    small, large = file_of(planted), file_of(planted | {"mean": [4.0] * 4}, records=2000)
    rows = list(rates.errors([large, small], 0.95, 1.0))
    by_t = [row for row in rows if row["method"] == "corrected-t"]
    assert [(row["records"], row["power_4"]) for row in by_t] == [(500, 0.5), (2000, 1.0)]
    assert rows[0]["power_4"] == 0.75
