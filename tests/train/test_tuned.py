"""The defaults of params.yaml are what the recorded search chose, and the search was equal."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecnet.config import params

ROOT = Path(__file__).parents[2]
PARAMS: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
RECORDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "docs/tuning").glob("*.json"))
}
COMPUTING = {"engine", "device", "precision"}


def trials(variant: str) -> list[dict[str, str]]:
    """Return the rows of a variant's table of trials."""
    with (ROOT / f"docs/tuning/{variant}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_every_variant_that_has_a_space_has_a_record() -> None:
    assert sorted(PARAMS["tuning"]["space"]) == sorted(RECORDS)


@pytest.mark.parametrize("variant", RECORDS)
def test_the_defaults_are_those_of_the_best_trial(variant: str) -> None:
    record = RECORDS[variant]
    own = params.hyperparameters(PARAMS, variant)
    best = max((row for row in trials(variant) if row["mean"]), key=lambda row: float(row["mean"]))
    assert {name: json.loads(best[name]) for name in record["space"]} == record["chosen"]
    # What computes a network is no choice of the search: engines agree (models/test_tiles.py).
    own = {name: value for name, value in own.items() if name not in COMPUTING}
    if "steps" in own:  # a bound that no trial reached is no choice of the search either
        steps = [math.ceil(entry["train"] / own["batch"]) for entry in record["data"]]
        assert own["epochs"] * max(steps) <= own.pop("steps")
    assert own == {**record["fixed"], **record["chosen"]}


@pytest.mark.parametrize("variant", RECORDS)
def test_the_space_and_the_budget_are_those_of_the_params(variant: str) -> None:
    record, tuning = RECORDS[variant], PARAMS["tuning"]
    assert record["space"] == tuning["space"][variant]
    assert len(trials(variant)) == record["trials"] == tuning["trials"]
    assert (record["seed"], record["splits"]) == (tuning["seed"], tuning["splits"])


def test_all_were_searched_on_the_same_data() -> None:
    one, *others = (record["data"] for record in RECORDS.values())
    assert all(other == one for other in others)
    assert {entry["split"] for entry in one} == set(PARAMS["tuning"]["splits"])
