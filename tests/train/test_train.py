"""The steps `train` and `predict`, from encoded files to Parquet files."""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import learnable
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import smallsettings
from safetensors.numpy import load_file, save

from ecnet import files, models, seeds
from ecnet.errors import InputError
from ecnet.evaluate import predict
from ecnet.models import weights
from ecnet.prepare import records
from ecnet.train import train

XGBOOST = smallsettings.XGBOOST | {"rounds": 10}
ECNET = learnable.ECNET | {"epochs": 2}
RUNS = ("1-1", "2-1")


@dataclasses.dataclass
class Bench:
    """A folder with the encoded splits of seeds 1 and 2, and calls of the two steps in it."""

    folder: Path

    @property
    def encoded(self) -> Path:
        return self.folder / "encoded"

    @property
    def output(self) -> Path:
        return self.folder / "predictions/trees.parquet"

    def train(self, to: str = "models", **changes: Any) -> Path:
        settings = {
            "dataset": "toy",
            "task": "multiclass",
            "variant": "trees",
            "family": "xgboost",
            "hyperparameters": XGBOOST,
            "protocol": "",
            "runs": [[1, 1], [2, 1]],
            "threads": 1,
        }
        folder = self.folder / to
        train.run(
            encoder=self.encoded / "encoder.json",
            fit=self.encoded / "fit.safetensors",
            model=folder / "model.json",
            history=folder / "history.csv",
            weights=folder / "weights.safetensors",
            settings=settings | changes,
        )
        return folder

    def predict(self, *variants: str) -> Path:
        """Classify with the models of some variants, each in its folder."""
        folders = [self.folder / name for name in variants or ("models",)]
        outputs = [self.output.with_stem(folder.name) for folder in folders]
        predict.run(
            encoder=self.encoded / "encoder.json",
            test=self.encoded / "test.safetensors",
            models=[folder / "model.json" for folder in folders],
            weights=[folder / "weights.safetensors" for folder in folders],
            outputs=outputs if variants else [self.output],
            settings={"threads": 1},
        )
        return self.output

    def test_set(self, seed: int) -> dict[str, np.ndarray]:
        arrays = load_file(self.encoded / "test.safetensors")
        prefix = f"{seed}/test/"
        own = {name: array for name, array in arrays.items() if name.startswith(prefix)}
        return {name.removeprefix(prefix): array for name, array in own.items()}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    learnable.write(bench.encoded, 1, 2)
    return bench


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_model_json_says_what_was_trained_on_what(bench: Bench) -> None:
    folder = bench.train()
    model = json.loads((folder / "model.json").read_text())
    runs = model.pop("runs")
    path = folder / "weights.safetensors"
    assert model == {
        "dataset": "toy",
        "format": "small",
        "source": "simulated",
        "protocol": "",
        "task": "multiclass",
        "variant": "trees",
        "family": "xgboost",
        "hyperparameters": XGBOOST,
        "classes": ["Normal", "DDoS", "Scan"],
        "weights_sha256": files.sha256(path),
        "encoder_sha256": files.sha256(bench.encoded / "encoder.json"),
    }
    assert [(run["split"], run["weights"]) for run in runs] == [(1, 1), (2, 1)]
    for run, name in zip(runs, RUNS, strict=True):
        assert run["parameters"] > 0
        assert run["bytes"] == len(save(weights.read(path, name)))
        assert run["records"] == {"train": 300, "validation": 90}


def test_weights_and_history_have_one_entry_a_run(bench: Bench) -> None:
    folder = bench.train()
    assert sorted(contents(folder)) == ["history.csv", "model.json", "weights.safetensors"]
    names = load_file(folder / "weights.safetensors")
    assert {name.partition("/")[0] for name in names} == set(RUNS)
    history = pd.read_csv(folder / "history.csv")
    assert list(history) == ["run", "step", "validation", "source"]
    assert set(history["source"]) == {"simulated"}
    for run in RUNS:
        steps = history[history["run"] == run]["step"]
        assert list(steps) == list(range(1, len(steps) + 1))
        assert len(steps) > 0
    assert history["validation"].between(0, np.log(3)).all()


def test_a_model_without_a_history_has_a_header_alone(bench: Bench) -> None:
    folder = bench.train(family="majority", hyperparameters={})
    assert (folder / "history.csv").read_text() == "run,step,validation,source\n"


@pytest.mark.parametrize(("family", "settings"), [("xgboost", XGBOOST), ("ecnet", ECNET)])
def test_training_again_gives_the_same_bytes(
    bench: Bench, family: str, settings: dict[str, Any]
) -> None:
    first, second = (
        contents(bench.train(to=to, family=family, hyperparameters=settings)) for to in ("a", "b")
    )
    assert first == second


def test_a_failed_training_leaves_the_older_weights_and_nothing_else(bench: Bench) -> None:
    expected = contents(bench.train())
    broken = {**ECNET, "heads": 3}
    with pytest.raises(InputError, match="heads: 3"):
        bench.train(family="ecnet", hyperparameters=broken)
    assert contents(bench.folder / "models") == expected


def test_training_never_opens_the_test_records(bench: Bench) -> None:
    expected = contents(bench.train())
    (bench.encoded / "test.safetensors").unlink()
    assert not [name for name in load_file(bench.encoded / "fit.safetensors") if "test" in name]
    assert contents(bench.train(to="without")) == expected


class Recorder:
    """A family that notes what `fit` gets and predicts by the majority."""

    def __init__(self) -> None:
        self.seeds: list[int] = []

    def fit(
        self, train: records.Records, validation: records.Records, settings: Any, seed: int
    ) -> models.Model:
        self.seeds.append(seed)
        return models.family("majority").fit(train, validation, settings, seed)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder, original = Recorder(), models.family
    monkeypatch.setattr(
        models, "family", lambda name: recorder if name == "recorder" else original(name)
    )
    return recorder


def test_variants_share_their_seeds_and_tasks_do_not(bench: Bench, recorder: Recorder) -> None:
    for changes in ({"variant": "a"}, {"variant": "b"}, {"variant": "a", "task": "binary"}):
        bench.train(family="recorder", **changes)
    first, second, binary = (recorder.seeds[i : i + 2] for i in (0, 2, 4))
    assert (
        first == second == [seeds.key(1, split, "toy", "multiclass", "weights") for split in (1, 2)]
    )
    assert len({*first, *binary}) == 4


def test_each_run_is_reported_on_one_line(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.train()
    output = capsys.readouterr()
    assert output.out == ""
    lines = output.err.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "toy multiclass trees run 1-1",
        "toy multiclass trees run 2-1",
    ]


def test_a_seed_that_was_not_encoded_is_refused(bench: Bench) -> None:
    with pytest.raises(
        InputError, match=r"encoder\.json: does not describe seed 3; run the encode"
    ):
        bench.train(runs=[[3, 1]])


def test_another_dataset_is_refused(bench: Bench) -> None:
    with pytest.raises(InputError, match=r"encoder\.json: is of 'toy', not of 'other'"):
        bench.train(dataset="other")


def test_each_run_has_weights_of_its_own(bench: Bench, recorder: Recorder) -> None:
    bench.train(family="recorder", runs=[[1, 1], [2, 1]])
    bench.train(family="recorder", runs=[[1, 2], [2, 2]])
    assert len(set(recorder.seeds)) == 4


def test_a_scaler_fitted_on_everything_is_caught(bench: Bench) -> None:
    def shift(arrays: dict[str, Any]) -> None:
        arrays["numerical"] = arrays["numerical"] + np.float32(0.001)  # another subset's mean

    learnable.edit_tensors(bench.encoded, 2, "train", shift)
    with pytest.raises(InputError, match=r"feature 0 has the mean 0\.001 on train"):
        bench.train()


def know_more(encoder: dict[str, Any]) -> None:
    """Add to a vocabulary what no train record has."""
    encoder["seeds"]["1"]["categorical"][0]["vocabulary"].append("of the test set alone")


def test_a_vocabulary_fitted_on_everything_is_caught(bench: Bench) -> None:
    learnable.edit_encoder(bench.encoded, know_more)
    with pytest.raises(InputError, match="categorical feature 0 knows the id"):
        bench.train()


def test_a_protocol_that_says_so_may_fit_on_everything(bench: Bench) -> None:
    learnable.edit_encoder(bench.encoded, know_more)
    everything = {"fitted_on": ["train", "validation", "test"]}
    learnable.edit_encoder(bench.encoded, lambda encoder: encoder.update(everything))
    assert bench.train().is_dir()


@pytest.mark.parametrize("subset", ["train", "validation"])
def test_a_subset_without_records_is_named(bench: Bench, subset: str) -> None:
    def empty(arrays: dict[str, Any]) -> None:
        arrays.update({name: array[:0] for name, array in arrays.items()})

    learnable.edit_tensors(bench.encoded, 1, subset, empty)
    with pytest.raises(InputError, match=f"seed 1: the {subset} subset has no records"):
        bench.train()


def test_predictions_have_a_row_for_each_test_record_of_each_run(bench: Bench) -> None:
    bench.train()
    whole = pq.read_table(bench.predict()).to_pandas()
    assert whole["run"].drop_duplicates().tolist() == list(RUNS)
    for seed, run in enumerate(RUNS, start=1):
        table, test = whole[whole["run"] == run], bench.test_set(seed)
        assert table["row"].tolist() == test["row"].tolist()
        assert table["count"].tolist() == test["count"].tolist()
        assert table["capture"].tolist() == [("a.log", "b.log")[i] for i in test["capture"]]
        assert table["true"].tolist() == [learnable.CLASSES[i] for i in test["label"]]
        assert np.mean(table["true"].astype(str) == table["predicted"].astype(str)) > 0.7


def test_a_variant_is_classified_alike_alone_and_beside_others(bench: Bench) -> None:
    families = {
        "trees": ("xgboost", XGBOOST),
        "network": ("ecnet", ECNET),
        "most": ("majority", {}),
    }
    for name, (family, settings) in families.items():
        bench.train(to=name, family=family, hyperparameters=settings, variant=name)
    bench.predict(*families)
    together = contents(bench.output.parent)
    assert sorted(together) == ["most.parquet", "network.parquet", "trees.parquet"]
    for name in families:
        bench.predict(name)
    assert contents(bench.output.parent) == together


def test_predicted_is_the_class_of_highest_probability(bench: Bench) -> None:
    bench.train()
    table = pq.read_table(bench.predict()).to_pandas()
    probabilities = table[[f"p:{name}" for name in learnable.CLASSES[:3]]]
    assert probabilities.to_numpy().dtype == np.float32
    best = probabilities.idxmax(axis=1).str.removeprefix("p:")
    assert best.tolist() == table["predicted"].tolist()


def test_schema_of_the_predictions(bench: Bench) -> None:
    bench.train(task="binary")
    schema = pq.read_schema(bench.predict())
    assert [f"{field.name} {field.type}" for field in schema] == [
        "run dictionary<values=string, indices=int32, ordered=0>",
        "capture dictionary<values=string, indices=int32, ordered=0>",
        "row int64",
        "count int32",
        "true dictionary<values=string, indices=int32, ordered=0>",
        "predicted dictionary<values=string, indices=int32, ordered=0>",
        "p:Normal float",
        "p:Attack float",
    ]
    assert schema.metadata == {
        b"classes": b'["Normal", "Attack"]',
        b"dataset": b"toy",
        b"format": b"small",
        b"source": b"simulated",
        b"protocol": b"",
        b"task": b"binary",
        b"variant": b"trees",
    }


def test_predicting_again_gives_the_same_bytes(bench: Bench) -> None:
    bench.train()
    first, second = (bench.predict().read_bytes() for _ in range(2))
    assert first == second


def test_altered_weights_are_refused(bench: Bench) -> None:
    path = bench.train() / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(
        InputError, match=r"weights\.safetensors: SHA-256 is .*run the train step again"
    ):
        bench.predict()


def test_missing_weights_are_refused(bench: Bench) -> None:
    (bench.train() / "weights.safetensors").unlink()
    with pytest.raises(InputError, match=r"weights\.safetensors: is missing"):
        bench.predict()


def test_another_encoding_than_the_one_trained_on_is_refused(bench: Bench) -> None:
    bench.train()

    def reverse(encoder: dict[str, Any]) -> None:
        encoder["seeds"]["1"]["categorical"][0]["vocabulary"].reverse()  # same shapes, other ids

    learnable.edit_encoder(bench.encoded, reverse)
    with pytest.raises(InputError, match=r"encoded/encoder\.json: SHA-256 is"):
        bench.predict()


def test_no_temporary_file_stays(bench: Bench) -> None:
    bench.train()
    bench.predict()
    assert not [path for path in bench.folder.rglob("*") if str(os.getpid()) in path.name]
