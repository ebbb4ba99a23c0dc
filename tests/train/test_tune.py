"""The step `tune`: the same budget for every variant, judged on validation alone."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import learnable
import numpy as np
import pytest
import smallsettings
from hypothesis import given
from hypothesis import strategies as st
from projects import MIRROR, new_project

from ecnet import files
from ecnet.errors import InputError
from ecnet.models.score import macro_f1
from ecnet.train import tune

XGBOOST = smallsettings.XGBOOST | {"rounds": 5, "patience": 2, "max_bin": 16}
SPACE = {
    "max_depth": {"low": 1, "high": 4},
    "learning_rate": {"low": 0.001, "high": 0.5, "log": True},
    "subsample": {"low": 0.35, "high": 1.0},
    "max_bin": {"choice": [8, 16]},
}
SETTINGS: dict[str, Any] = {
    "task": "multiclass",
    "variant": "trees",
    "family": "xgboost",
    "hyperparameters": XGBOOST,
    "space": SPACE,
    "datasets": ["one", "two"],
    "trials": 12,
    "seed": 1,
    "splits": [1000, 1001],
    "threads": 1,
}
HEADS = {"family": "ecnet", "hyperparameters": learnable.ECNET | {"epochs": 1}}
"""A small EcNet, whose number of heads must divide its eight hidden states."""


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two splits of two datasets, without their test records."""
    folder = tmp_path_factory.mktemp("encoded")
    made = [
        learnable.write(folder / dataset, *SETTINGS["splits"], dataset=dataset)
        for dataset in SETTINGS["datasets"]
    ]
    for path in made:
        (path / "test.safetensors").unlink()
    return made


def files_of(encoded: list[Path]) -> dict[str, list[Path]]:
    return {
        "encoders": [folder / "encoder.json" for folder in encoded],
        "fits": [folder / "fit.safetensors" for folder in encoded],
    }


def search(encoded: list[Path], folder: Path, **changes: Any) -> tuple[list[dict], dict[str, Any]]:
    """Run the step; return the rows of its table, and its record."""
    table, record = folder / "trees.csv", folder / "trees.json"
    tune.run(**files_of(encoded), table=table, record=record, settings=SETTINGS | changes)
    with table.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines)), json.loads(record.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def found(
    encoded: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[dict], dict[str, Any]]:
    return search(encoded, tmp_path_factory.mktemp("found"))


def test_every_trial_is_a_row_with_a_score_for_each_dataset(found: Any) -> None:
    rows, _ = found
    assert [row["trial"] for row in rows] == [str(number) for number in range(1, 13)]
    for row in rows:
        scores = [float(row[dataset]) for dataset in ("one", "two")]
        assert all(0 < score <= 1 for score in scores)
        assert float(row["mean"]) == pytest.approx(sum(scores) / 2)
        assert (row["reason"], row["source"]) == ("", "simulated")


def test_trials_keep_to_the_space(found: Any) -> None:
    rows, _ = found
    drawn = {name: [float(row[name]) for row in rows] for name in SPACE}
    assert set(drawn["max_depth"]) <= {1, 2, 3, 4}
    assert set(drawn["max_bin"]) == {8, 16}
    assert all(0.001 <= value <= 0.5 for value in drawn["learning_rate"])
    assert all(0.35 <= value <= 1 for value in drawn["subsample"])
    assert min(drawn["learning_rate"]) < 0.05  # the lower half is left empty without the logarithm
    assert all(value == tune.rounded(value) for values in drawn.values() for value in values)


def test_the_best_trial_is_chosen_and_the_record_says_out_of_what(
    found: Any, encoded: list[Path]
) -> None:
    rows, record = found
    best = max(rows, key=lambda row: float(row["mean"]))
    assert record["trial"] == int(best["trial"])
    assert record["mean"] == float(best["mean"])
    assert record["scores"] == {name: float(best[name]) for name in ("one", "two")}
    assert record["chosen"] == {name: json.loads(best[name]) for name in SPACE}
    assert (record["trials"], record["failed"], record["space"]) == (12, 0, SPACE)
    assert record["fixed"].keys() == XGBOOST.keys() - SPACE.keys()
    names = [(entry["dataset"], entry["split"]) for entry in record["data"]]
    assert names == [("one", 1000), ("one", 1001), ("two", 1000), ("two", 1001)]
    for entry, dataset in zip(record["data"], (0, 0, 1, 1), strict=True):
        assert entry["encoder_sha256"] == files.sha256(encoded[dataset] / "encoder.json")
        assert (entry["source"], entry["train"], entry["validation"]) == ("simulated", 300, 90)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_trials(
    encoded: list[Path], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        search(encoded, tmp_path / name, trials=3)
    search(encoded, tmp_path / "c", trials=3, seed=2)
    for name in ("trees.csv", "trees.json"):
        one, same, other = ((tmp_path / folder / name).read_bytes() for folder in "abc")
        assert one == same != other


def test_a_score_is_the_mean_over_the_splits_of_a_dataset(encoded: list[Path]) -> None:
    settings = SETTINGS | {"family": "majority", "hyperparameters": {}}
    splits = list(tune._load(*files_of(encoded).values(), settings))
    expected = []
    for split in splits[:2]:
        largest = np.bincount(split.train.label).argmax()
        guess = np.full(len(split.validation), largest, np.int32)
        expected.append(macro_f1(split.validation.label, guess, 3))
    assert expected[0] != expected[1]
    assert tune.score(splits, settings, {})["one"] == pytest.approx(np.mean(expected))


def test_a_trial_that_cannot_be_trained_counts_and_says_why(
    encoded: list[Path], tmp_path: Path
) -> None:
    space = {"heads": {"choice": [2, 3]}}
    rows, record = search(encoded, tmp_path, **HEADS, space=space, trials=6)
    failed = [row for row in rows if row["heads"] == "3"]
    assert 0 < len(failed) < len(rows) == record["trials"] == 6
    assert record["failed"] == len(failed)
    assert record["chosen"] == {"heads": 2}
    for row in failed:
        assert (
            row["reason"] == "hyperparameter heads: 3 does not divide hidden = 8; choose a divisor"
        )
        assert row["mean"] == row["one"] == row["two"] == ""


def test_a_search_in_which_every_trial_fails_is_refused(
    encoded: list[Path], tmp_path: Path
) -> None:
    space = {"heads": {"choice": [3, 5]}}
    with pytest.raises(InputError, match=r"trees\.json: every trial failed, the last with: hyper"):
        search(encoded, tmp_path, **HEADS, space=space, trials=2)
    assert list(tmp_path.iterdir()) == []


def test_datasets_in_another_order_are_refused(encoded: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is of 'two', not of 'one'"):
        search(encoded[::-1], tmp_path)


@given(st.floats(1e-9, 1e9))
def test_a_rounded_value_is_near_and_is_written_with_two_digits(value: float) -> None:
    near = tune.rounded(value)
    assert math.isclose(near, value, rel_tol=0.05)
    assert tune.rounded(near) == near
    assert float(f"{near:.2g}") == near


@pytest.mark.slow
def test_tune_is_a_target_of_its_own(tmp_path: Path) -> None:
    def few(values: dict) -> None:
        values["data"]["include"] = ["nsl-kdd"]
        values["tuning"].update(trials=2, splits=[7], space={"xgboost": SPACE})

    project = new_project(tmp_path / "project")
    project.params(few)
    done = project.jobs("tune", *MIRROR)
    assert {
        "nsl-kdd.tuning: splitting",
        "nsl-kdd.tuning: encoding the splits",
        "Searching hyperparameters of xgboost",
    } <= done
    assert not [message for message in done if "training" in message or "Table" in message]
    record = json.loads((project.folder / "results/tuning/xgboost.json").read_text())
    assert [entry["dataset"] for entry in record["data"]] == ["nsl-kdd"]
