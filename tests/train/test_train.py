"""The steps `train` and `predict`, from encoded folders to Parquet files."""

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
from safetensors.numpy import load_file, save_file

from ecnet import files, models, seeds
from ecnet.errors import InputError
from ecnet.prepare import records
from ecnet.train import predict, train

XGBOOST = {
    "rounds": 10,
    "patience": 3,
    "learning_rate": 0.5,
    "max_depth": 3,
    "min_child_weight": 1,
    "subsample": 0.8,
    "colsample_bytree": 1,
    "reg_lambda": 1,
    "max_bin": 64,
}
ECNET = learnable.ECNET | {"epochs": 2}
RUNS = ("1-1", "2-1")


def weights(folder: Path) -> list[Path]:
    return [folder / f"seed-{run}.safetensors" for run in RUNS]


@dataclasses.dataclass
class Bench:
    """A folder with the encoded splits of seeds 1 and 2, and calls of the two steps in it."""

    folder: Path

    @property
    def encoded(self) -> list[Path]:
        return [self.folder / f"encoded/{seed}" for seed in (1, 2)]

    @property
    def outputs(self) -> list[Path]:
        return [self.folder / f"predictions/seed-{run}.parquet" for run in RUNS]

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
            encoded=self.encoded,
            model=folder / "model.json",
            history=folder / "history.csv",
            weights=weights(folder),
            settings=settings | changes,
        )
        return folder

    def predict(self) -> list[Path]:
        predict.run(
            encoded=self.encoded,
            model=self.folder / "models/model.json",
            weights=weights(self.folder / "models"),
            outputs=self.outputs,
            settings={"threads": 1},
        )
        return self.outputs


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    for seed, folder in enumerate(bench.encoded, start=1):
        learnable.write(folder, seed=seed)
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
    }
    assert [(run["split"], run["weights"]) for run in runs] == [(1, 1), (2, 1)]
    for run, encoded, path in zip(runs, bench.encoded, weights(folder), strict=True):
        assert run["sha256"] == files.sha256(path)
        assert run["encoder_sha256"] == files.sha256(encoded / "encoder.json")
        assert run["parameters"] > 0
        assert run["bytes"] == path.stat().st_size
        assert run["records"] == {"train": 300, "validation": 90}


def test_weights_and_history_have_one_entry_a_run(bench: Bench) -> None:
    folder = bench.train()
    assert sorted(contents(folder)) == [
        "history.csv",
        "model.json",
        "seed-1-1.safetensors",
        "seed-2-1.safetensors",
    ]
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


def test_the_test_side_is_not_opened(bench: Bench) -> None:
    expected = contents(bench.train())
    for folder in bench.encoded:
        (folder / "test.safetensors").unlink()
    assert contents(bench.train(to="without")) == expected


class Recorder:
    """A family that notes what `fit` gets and predicts by the majority."""

    def __init__(self) -> None:
        self.seeds: list[int] = []
        self.threads: list[int] = []

    def fit(
        self, train: records.Records, validation: records.Records, settings: Any, seed: int
    ) -> models.Model:
        import torch

        self.seeds.append(seed)
        self.threads.append(torch.get_num_threads())
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


def test_the_libraries_get_as_many_threads_as_the_settings_say(
    bench: Bench, recorder: Recorder
) -> None:
    bench.train(family="recorder", threads=1)
    bench.train(family="recorder", threads=2)
    assert recorder.threads == [1, 1, 2, 2]


def test_each_run_is_reported_on_one_line(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.train()
    output = capsys.readouterr()
    assert output.out == ""
    lines = output.err.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "toy multiclass trees run 1-1",
        "toy multiclass trees run 2-1",
    ]


def test_encoded_folders_in_another_order_are_refused(bench: Bench) -> None:
    with pytest.raises(InputError, match=r"encoder\.json: is of \(dataset, seed\) \('toy', 1\)"):
        bench.train(runs=[[2, 1], [1, 1]])


def test_another_dataset_is_refused(bench: Bench) -> None:
    with pytest.raises(InputError, match=r"1/encoder\.json.*not \('other', 1\)"):
        bench.train(dataset="other")


def test_each_run_has_weights_of_its_own(bench: Bench, recorder: Recorder) -> None:
    bench.train(family="recorder", runs=[[1, 1], [2, 1]])
    bench.train(family="recorder", runs=[[1, 2], [2, 2]])
    assert len(set(recorder.seeds)) == 4


def test_a_scaler_fitted_on_everything_is_caught(bench: Bench) -> None:
    path = bench.encoded[1] / "train.safetensors"
    arrays = load_file(path)
    arrays["numerical"] = arrays["numerical"] + np.float32(0.001)  # another subset's mean
    save_file(arrays, path)
    with pytest.raises(InputError, match=r"feature 0 has the mean 0\.001 on train"):
        bench.train()


def test_a_vocabulary_fitted_on_everything_is_caught(bench: Bench) -> None:
    path = bench.encoded[0] / "encoder.json"
    encoder = json.loads(path.read_text())
    encoder["categorical"][0]["vocabulary"].append("of the test set alone")
    path.write_text(json.dumps(encoder))
    with pytest.raises(InputError, match="categorical feature 0 knows the id"):
        bench.train()


def test_a_protocol_that_says_so_may_fit_on_everything(bench: Bench) -> None:
    for folder in bench.encoded:
        path = folder / "encoder.json"
        encoder = json.loads(path.read_text())
        encoder["categorical"][0]["vocabulary"].append("of the test set alone")
        path.write_text(json.dumps(encoder | {"fitted_on": ["train", "validation", "test"]}))
    assert bench.train().is_dir()


@pytest.mark.parametrize("subset", ["train", "validation"])
def test_a_side_without_records_is_named(bench: Bench, subset: str) -> None:
    path = bench.encoded[0] / f"{subset}.safetensors"
    save_file({name: array[:0] for name, array in load_file(path).items()}, path)
    with pytest.raises(InputError, match=f"the {subset} subset has no records"):
        bench.train()


def test_predictions_have_a_row_for_each_test_record(bench: Bench) -> None:
    bench.train()
    for path, folder in zip(bench.predict(), bench.encoded, strict=True):
        table, test = pq.read_table(path).to_pandas(), load_file(folder / "test.safetensors")
        assert table["row"].tolist() == test["row"].tolist()
        assert table["count"].tolist() == test["count"].tolist()
        assert table["capture"].tolist() == [("a.log", "b.log")[i] for i in test["capture"]]
        assert table["true"].tolist() == [learnable.CLASSES[i] for i in test["label"]]
        assert np.mean(table["true"].astype(str) == table["predicted"].astype(str)) > 0.7


def test_predicted_is_the_class_of_highest_probability(bench: Bench) -> None:
    bench.train()
    table = pq.read_table(bench.predict()[0]).to_pandas()
    probabilities = table[[f"p:{name}" for name in learnable.CLASSES[:3]]]
    assert probabilities.to_numpy().dtype == np.float32
    best = probabilities.idxmax(axis=1).str.removeprefix("p:")
    assert best.tolist() == table["predicted"].tolist()


def test_schema_of_the_predictions(bench: Bench) -> None:
    bench.train(task="binary")
    schema = pq.read_schema(bench.predict()[1])
    assert [f"{field.name} {field.type}" for field in schema] == [
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
        b"run": b"2-1",
    }


def test_predicting_again_gives_the_same_bytes(bench: Bench) -> None:
    bench.train()
    first, second = ([path.read_bytes() for path in bench.predict()] for _ in range(2))
    assert first == second


def test_altered_weights_are_refused(bench: Bench) -> None:
    path = weights(bench.train())[1]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(
        InputError, match=r"seed-2-1\.safetensors: SHA-256 is .*run the train step again"
    ):
        bench.predict()


def test_missing_weights_are_refused(bench: Bench) -> None:
    weights(bench.train())[0].unlink()
    with pytest.raises(InputError, match=r"seed-1-1\.safetensors: is missing"):
        bench.predict()


def test_another_encoding_than_the_one_trained_on_is_refused(bench: Bench) -> None:
    bench.train()
    path = bench.encoded[0] / "encoder.json"
    encoder = json.loads(path.read_text())
    encoder["categorical"][0]["vocabulary"].reverse()  # the same shapes, other ids
    path.write_text(json.dumps(encoder))
    with pytest.raises(InputError, match=r"1/encoder\.json: SHA-256 is"):
        bench.predict()


def test_no_temporary_file_stays(bench: Bench) -> None:
    bench.train()
    bench.predict()
    assert not [path for path in bench.folder.rglob("*") if str(os.getpid()) in path.name]
