"""Transfer: what folds train on, and that a planted shift is found and nothing else."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ecnet import datasets
from ecnet.evaluate import transfer
from ecnet.evaluate.transfer import folds, training
from ecnet.evaluate.transfer.folds import Comparison, Fold
from ecnet.evaluate.transfer.training import Study
from ecnet.prepare import features, union
from ecnet.prepare.assignment import Sample, Subset
from ecnet.prepare.split_checks import SUBSETS
from ecnet.prepare.split_rules import grouped
from ecnet.readers import read
from ecnet.simulate import raw_file, simulator

RECORDS = 6000
XGBOOST = {
    "rounds": 40,
    "patience": 5,
    "learning_rate": 0.3,
    "max_depth": 3,
    "min_child_weight": 0.1,
    "subsample": 1.0,
    "colsample_bytree": 1.0,
    "reg_lambda": 0.2,
    "max_bin": 64,
}
SETTINGS: dict[str, Any] = {
    "dataset": "iot-ds2",
    "task": "binary",
    "groups": "networks",
    "variants": {"xgboost": {"family": "xgboost", "hyperparameters": XGBOOST}},
    "controls": [],
    "weights": 1,
    "scale": "quantile",
    "average": "macro",
    "unit": "vector",
    "confidence": 0.95,
}


@pytest.mark.parametrize(
    ("fold", "kept"),
    [
        (Fold("all"), [True, True, True]),
        (Fold("without", "a"), [False, True, True]),
        (Fold("only", "a"), [True, False, False]),
    ],
)
def test_a_fold_keeps_its_groups(fold: Fold, kept: list[bool]) -> None:
    assert fold.keeps(np.array(["a", "b", ""], dtype=object)).tolist() == kept


def test_groups_are_networks_captures_or_kinds_of_attacks() -> None:
    records = pd.DataFrame({"capture": ["bot-iot/x.csv", "iot-23/y"], "label": ["DoS", "Normal"]})
    found = {kind: list(folds.groups_of(kind, records, "Normal")) for kind in
             ("networks", "captures", "attacks")}  # fmt: skip
    assert found == {
        "networks": ["bot-iot", "iot-23"],
        "captures": ["bot-iot/x.csv", "iot-23/y"],
        "attacks": ["DoS", ""],
    }


def test_networks_are_compared_in_pairs_and_attacks_one_by_one() -> None:
    out = [
        Comparison(Fold("all"), Fold("without", "a"), "a"),
        Comparison(Fold("all"), Fold("without", "b"), "b"),
    ]
    pairs = [
        Comparison(Fold("only", "b"), Fold("only", "a"), "b"),
        Comparison(Fold("only", "a"), Fold("only", "b"), "a"),
    ]
    assert folds.comparisons("attacks", ["a", "b"]) == out
    assert folds.comparisons("networks", ["a", "b"]) == out + pairs
    assert folds.comparisons("networks", ["a"]) == []


def test_at_most_the_share_of_normal_records_lies_above_the_threshold() -> None:
    scores = np.linspace(0, 1, 200)
    assert (scores > training.threshold(scores, 0.01)).sum() == 2
    assert (np.full(50, 0.3) > training.threshold(np.full(50, 0.3), 0.1)).sum() == 0
    assert training.threshold([], 0.1) == 1


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Return simulated flows of IoT-23 on the shared features, half of them of network `b`."""
    name = "iot-23"
    format = datasets.load(name).format(str(simulator.format(name)))
    folder = tmp_path_factory.mktemp("raw")
    parts = []
    for file in simulator.files(name, RECORDS):
        raw_file.write(folder / file, name, file, records=RECORDS, seed=1)
        batches = read(folder / file, format, format.source(file))
        parts += [batch.table.to_pandas().assign(capture=file) for batch in batches]
    assert format.shared
    shared = union.share(pd.concat(parts, ignore_index=True), name, format.shared)
    network = np.random.default_rng(1).choice(["a", "b"], len(shared))
    return shared.assign(capture=network + pd.Series("/" + shared["capture"]))


def compared(flows: pd.DataFrame, **settings: Any) -> dict[str, Any]:
    """Return what transfer finds on flows, of six grouped splits."""
    format = datasets.load("iot-ds2").format("shared")
    numbers, categories = features.select(flows, format, keep=(), drop=())
    sample = Sample(flows, numbers, categories, flows[[]])
    vectors = features.vectors(numbers, categories, flows["label"])
    first = ~pd.Series(vectors).duplicated().to_numpy()
    places = np.flatnonzero(first)
    splits = {}
    for seed in range(1, 7):
        subsets = grouped(
            flows["label"].iloc[places].reset_index(drop=True),
            np.arange(len(places)),
            pd.Series(np.zeros(len(places), dtype=bool)),
            (0.2, 0.2),
            np.random.default_rng(seed),
        )
        splits[seed] = {
            name: Subset(own, flows["label"].iloc[own], np.ones(len(own), dtype=np.int32))
            for number, name in enumerate(SUBSETS)
            if len(own := places[subsets == number])
        }
    chosen = {**SETTINGS, **settings}
    alarms = 0.01 if chosen["groups"] == "attacks" else None
    classes = ("Normal", "Attack")
    if chosen["task"] == "multiclass":
        classes = tuple(cls for cls in format.classes if (flows["label"] == cls).any())
    groups = folds.groups_of(chosen["groups"], flows, "Normal")
    study = Study(sample, groups, classes, "Normal", alarms, chosen)
    return transfer.compared(study, splits, official=False)


def shifted(flows: pd.DataFrame) -> pd.DataFrame:
    """Return the flows with network `b` on another testbed: other ports, and 50 times the rates."""
    own = flows["capture"].str.startswith("b/")
    moved = flows.copy()
    for column in ("forward_packets", "backward_packets", "forward_bytes", "backward_bytes"):
        moved.loc[own, column] *= 50
    moved.loc[own, "duration"] /= 50
    moved.loc[own, "destination_port"] = 60000
    return moved


def drops(found: dict[str, Any]) -> dict[tuple[str, str], dict[str, float]]:
    return {(row["trained_on"], row["tested_on"]): row["drop"] for row in found["rows"]}


def test_without_a_shift_nothing_is_lost_on_the_other_network(flows: pd.DataFrame) -> None:
    found = drops(compared(flows))
    assert set(found) == {
        ("without a", "a"), ("without b", "b"), ("only a", "b"), ("only b", "a"),
    }  # fmt: skip
    for drop in found.values():
        assert drop["low"] < 0 < drop["high"] or abs(drop["mean"]) < 1


def test_a_planted_shift_is_found(flows: pd.DataFrame) -> None:
    """What is normal on the shifted network looks like an attack on the other one."""
    found = drops(compared(shifted(flows)))
    assert all(drop["low"] > 5 for (_, tested), drop in found.items() if tested == "a"), found


def test_within_and_transferred_are_scored_on_the_same_test_records(flows: pd.DataFrame) -> None:
    found = compared(flows)
    assert all(
        row["drop"]["mean"] == pytest.approx(row["score_within"]["mean"] - row["score"]["mean"])
        for row in found["rows"]
    )


def test_several_classes_are_tested_on_those_that_both_networks_have(flows: pd.DataFrame) -> None:
    lacking = flows[~(flows["capture"].str.startswith("a/") & (flows["label"] == "DDoS"))]
    lacking = lacking.reset_index(drop=True)
    rows = compared(lacking, task="multiclass")["rows"]
    by_fold = {(row["trained_on"], row["tested_on"]): row["records"] for row in rows}
    of_b = compared(lacking)["rows"]
    all_of_b = next(row["records"] for row in of_b if row["trained_on"] == "only a")
    assert by_fold["only a", "b"] < all_of_b


def test_an_attack_left_out_is_detected_less_often_at_the_same_false_alarms(
    flows: pd.DataFrame,
) -> None:
    found = compared(flows, groups="attacks")
    attacks = set(flows["label"]) - {"Normal"}
    assert {row["tested_on"] for row in found["rows"]} <= attacks
    assert found["measure"] == "accuracy"
    assert all(0 <= row["score"]["mean"] <= 100 for row in found["rows"])
    assert {row["trained_on"] for row in found["normal"]} >= {"all"}
    assert max(row["percent"] for row in found["normal"]) < 10


def test_a_fold_of_one_class_is_absent_with_its_reason(flows: pd.DataFrame) -> None:
    alone = flows[flows["capture"].str.startswith("b/") | (flows["label"] == "Normal")]
    found = compared(alone.reset_index(drop=True))
    assert found["absent"] == {
        "only a": "all train records are Normal",
        "without b": "all train records are Normal",
    }
    assert {row["trained_on"] for row in found["rows"]} == {"without a"}


def test_a_model_on_all_groups_is_the_one_of_the_default_protocol(
    flows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecnet import seeds

    asked: list[tuple[str | int, ...]] = []
    monkeypatch.setattr(seeds, "key", lambda *parts: asked.append(parts) or 1)
    compared(flows)
    assert asked[0] == (1, 1, "iot-ds2", "binary", "weights")
