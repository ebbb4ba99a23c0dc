"""Leaks that somebody plants: each stops the run, and what is no leak does not."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import learnable
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import smallsettings
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from ecnet import datasets, models, seeds, tables
from ecnet.errors import InputError
from ecnet.evaluate import evaluate
from ecnet.files import read_json, write_json
from ecnet.prepare import encode, features, split, split_rules

CLASSES = ["Benign", "DDoS", "C&C"]
IOT_23 = {"dataset": "iot-23", "format": "zeek"}
SPLIT, ENCODE = IOT_23 | smallsettings.SPLIT, IOT_23 | smallsettings.ENCODE


class Chain:
    """A small sample of IoT-23, and calls of the steps that leaks are planted between."""

    def __init__(self, folder: Path, records: int = 120) -> None:
        self.folder = folder
        random = np.random.default_rng(1)
        self.records = pd.DataFrame(
            {
                "ts": random.normal(size=records),
                "orig_p": pd.array(random.integers(1, 9999, records), dtype="Int32"),
                "proto": random.choice(["tcp", "udp"], records),
                "orig_pkts": random.integers(0, 60, records).astype(float),
                "orig_ip_bytes": random.integers(0, 9, records).astype(float),
                "label": np.resize(CLASSES, records),
                "row": np.arange(records),
                "capture": "c",
                "subset": "",
            }
        )

    def split(self, **changes: Any) -> pd.DataFrame:
        """Split the records; return those of all subsets, with columns `on` and `seed`."""
        table = pa.Table.from_pandas(self.records, preserve_index=False)
        tables.write(self.sample, iter([table]))
        split.split(
            sample=self.sample,
            assignment=self.assignment,
            report=self.report,
            settings=SPLIT | changes,
        )
        rows = pd.read_parquet(self.assignment)
        found = self.records.iloc[rows["record"]].reset_index(drop=True)
        drawn = rows.drop(columns="record").rename(columns={"subset": "on"})
        return found.assign(**{name: drawn[name] for name in drawn})

    @property
    def sample(self) -> Path:
        return self.folder / "sample.parquet"

    @property
    def assignment(self) -> Path:
        return self.folder / "split.parquet"

    @property
    def report(self) -> Path:
        return self.folder / "split.json"

    def reassign(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """Change which record is in which subset."""
        change(pd.read_parquet(self.assignment)).to_parquet(self.assignment)

    def encode(self, **changes: Any) -> dict[str, Any]:
        counts = self.folder / "counts.json"
        kept = {label: {"kept": int(label in CLASSES)} for label in self.classes}
        write_json(counts, {"classes": kept, "source": "simulated"})
        encode.encode(
            sample=self.sample,
            assignment=self.assignment,
            report=self.report,
            counts=counts,
            encoder=self.folder / "encoder.json",
            fit=self.folder / "fit.safetensors",
            test=self.folder / "test.safetensors",
            settings=ENCODE | changes,
        )
        return read_json(self.folder / "encoder.json")

    def tensors(self) -> dict[str, Any]:
        return {
            name: array
            for file in ("fit", "test")
            for name, array in load_file(self.folder / f"{file}.safetensors").items()
        }

    @property
    def classes(self) -> tuple[str, ...]:
        return datasets.load("iot-23").format("zeek").classes


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    return Chain(tmp_path)


def test_a_test_record_that_is_copied_into_train_is_caught(chain: Chain) -> None:
    chain.split()
    chain.encode()

    def copy(rows: pd.DataFrame) -> pd.DataFrame:
        leaked = rows[rows["subset"] == "test"].iloc[[3]]
        chain.leaked = chain.records["row"].iloc[leaked["record"].iloc[0]]
        return pd.concat([rows, leaked.assign(subset="train")])

    chain.reassign(copy)
    with pytest.raises(InputError, match="1 test records are in train") as caught:
        chain.encode()
    assert f"c, row {chain.leaked};" in str(caught.value)


def test_each_seed_is_split_and_encoded_as_it_is_alone(chain: Chain) -> None:
    drawn, encoder, tensors = chain.split(seeds=[1, 2]), chain.encode(seeds=[1, 2]), chain.tensors()
    audits = read_json(chain.report)["seeds"]
    parts = {}
    for seed in (1, 2):
        own = chain.split(seeds=[seed])
        assert own.equals(drawn[drawn["seed"] == seed].reset_index(drop=True))
        assert read_json(chain.report)["seeds"] == {str(seed): audits[str(seed)]}
        assert chain.encode(seeds=[seed])["seeds"] == {str(seed): encoder["seeds"][str(seed)]}
        parts |= chain.tensors()
    assert parts.keys() == tensors.keys()
    assert all((parts[name] == array).all() for name, array in tensors.items())
    assert not drawn[drawn["seed"] == 1]["row"].equals(drawn[drawn["seed"] == 2]["row"])


def test_test_records_are_in_a_file_of_their_own(chain: Chain) -> None:
    chain.split(seeds=[1, 2])
    chain.encode(seeds=[1, 2])
    found = {
        file: {name.split("/")[1] for name in load_file(chain.folder / f"{file}.safetensors")}
        for file in ("fit", "test")
    }
    assert found == {"fit": {"train", "validation"}, "test": {"test"}}


def test_encode_takes_the_features_that_split_wrote_down(chain: Chain) -> None:
    chain.split(drop=["orig_pkts"])
    report = read_json(chain.report)
    assert report["features"] == {
        "numerical": ["orig_ip_bytes"],
        "categorical": ["orig_p_kind", "proto"],
    }
    names = [feature["name"] for feature in chain.encode()["seeds"]["1"]["numerical"]]
    assert names == ["orig_ip_bytes"]
    report["features"]["numerical"].append("orig_pckts")
    write_json(chain.report, report)
    with pytest.raises(InputError, match=r"split\.json: names features that .*orig_pckts"):
        chain.encode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows.assign(record=rows["record"] + 1), "a record that the sample does not"),
        (lambda rows: rows.assign(record=rows["record"] - 1), "a record that the sample does not"),
        (lambda rows: rows.assign(record="x"), "a record that the sample does not have"),
        (lambda rows: rows.assign(count="x"), "the column count"),
        (lambda rows: rows.assign(seed=3), "has no split of seed 1"),
        (lambda rows: rows.drop(columns="count"), "lacks the column count"),
    ],
)
def test_an_assignment_of_another_sample_is_refused(
    chain: Chain, change: Callable[[pd.DataFrame], pd.DataFrame], words: str
) -> None:
    chain.split()
    chain.reassign(change)
    with pytest.raises(InputError, match=rf"split\.parquet: .*{words}.* run the split step again"):
        chain.encode()


def test_what_a_random_split_copies_is_let_through_as_it_says_so(chain: Chain) -> None:
    chain.records = pd.concat([chain.records] * 2, ignore_index=True)
    chain.split(rule="random")
    assert chain.encode()["fitted_on"] == ["train"]


@pytest.mark.parametrize("values", [(0, 1, 2), (5.5, 7, 7)], ids=["several classes", "two"])
def test_a_column_that_copies_the_label_stops_the_split(
    chain: Chain, values: tuple[float, ...]
) -> None:
    chain.records["orig_pkts"] = chain.records["label"].map(dict(zip(CLASSES, values, strict=True)))
    with pytest.raises(InputError, match="column orig_pkts has one value for each class"):
        chain.split()
    assert not chain.assignment.exists()


def test_the_encoder_does_not_depend_on_the_test_records(chain: Chain) -> None:
    drawn = chain.split()
    first = chain.encode()
    test = chain.records["row"].isin(drawn[drawn["on"] == "test"]["row"])
    chain.records.loc[test, "orig_pkts"] *= 1000
    chain.records.loc[test, "proto"] = "icmp"
    chain.records.to_parquet(chain.sample)
    assert without_unseen(chain.encode()) == without_unseen(first)
    assert without_unseen(chain.encode(fit_on="all")) != without_unseen(first)


def without_unseen(encoder: dict[str, Any]) -> dict[str, Any]:
    """Return what was fitted, less the audit of the other subsets."""
    for fitted in encoder["seeds"].values():
        fitted.pop("unseen", None)
    return encoder


def test_shuffled_labels_are_equal_for_equal_vectors_and_come_from_the_vectors(
    chain: Chain,
) -> None:
    chain.records = pd.concat([chain.records] * 3, ignore_index=True)
    vectors = ["proto", "orig_pkts", "orig_ip_bytes", "orig_p"]
    own = chain.split(max_duplicates=None)
    found = chain.split(max_duplicates=None, shuffle_labels=True)
    assert (found.groupby(vectors)["label"].nunique() == 1).all()
    changed = own.set_index("row")["label"].groupby(level=0).first()
    assert (found.set_index("row")["label"].groupby(level=0).first() != changed).mean() > 0.3
    kinds = features.port_kind(chain.records["orig_p"])
    distinct = features.vectors(chain.records[["proto", "orig_pkts", "orig_ip_bytes"]], kinds)
    shuffled = split_rules.shuffled(chain.records["label"], distinct, np.random.default_rng(1))
    for labels in (chain.records["label"], shuffled):
        assert Counter(labels.groupby(distinct).first()) == Counter(
            chain.records["label"].groupby(distinct).first()
        )


def test_what_remembers_a_shuffled_test_record_is_told_by_its_score(tmp_path: Path) -> None:
    """The control's purpose: nothing can learn such labels, unless the test set is in train."""
    default = learnable.make(600, draw=1)
    random = seeds.generator(1, "labels")
    noise = dataclasses.replace(default, label=random.permutation(default.label))

    def rows(start: int, stop: int) -> Any:
        return dataclasses.replace(
            noise,
            numerical=noise.numerical[start:stop],
            categorical=noise.categorical[start:stop],
            label=noise.label[start:stop],
            count=noise.count[start:stop],
        )

    settings = {
        **{"rounds": 60, "patience": 60, "learning_rate": 0.5, "max_depth": 12},
        **{"min_child_weight": 0, "subsample": 1, "colsample_bytree": 1},
        **{"reg_lambda": 0.1, "max_bin": 256},
    }
    for train, leaks in ((rows(0, 400), False), (rows(0, 600), True)):
        model = models.family("xgboost").fit(train, rows(300, 400), settings, 1)
        test = rows(400, 600)
        predicted = model.predict(test).argmax(axis=1)
        confusion = np.zeros((3, 3), dtype=int)
        np.add.at(confusion, (test.label, predicted), 1)
        runs = {"1-1": {"vector": {"confusion": confusion.tolist()}}}
        if leaks:
            with pytest.raises(InputError, match="something tells it the labels"):
                evaluate._at_chance(tmp_path, runs, 1e-6)
        else:
            evaluate._at_chance(tmp_path, runs, 1e-6)


@given(st.lists(st.sampled_from("aaaaaaab") | st.sampled_from("abc"), min_size=3, max_size=80))
def test_oversampling_keeps_every_record_and_lifts_each_class_to_the_mean(
    labels: list[str],
) -> None:
    given_labels = pd.Series(labels)
    drawn = split_rules.oversampled(given_labels, np.random.default_rng(1))
    assert (drawn[: len(labels)] == np.arange(len(labels))).all()
    mean = len(labels) // given_labels.nunique()
    counts = given_labels.iloc[drawn].value_counts()
    assert (counts == np.maximum(given_labels.value_counts(), mean)[counts.index]).all()


def test_oversampled_records_are_accounted_for(chain: Chain) -> None:
    chain.records = chain.records[(chain.records["label"] == "DDoS") | (chain.records.index < 9)]
    before = len(chain.records)
    subsets = chain.split(rule="random", oversample=True)
    audit = read_json(chain.report)["seeds"]["1"]
    assert audit["records_in"] == before
    assert audit["added"]["oversampled"] == subsets["count"].sum() - before > 0
    copied = subsets[subsets["on"] == "train"].merge(subsets[subsets["on"] == "test"], on="row")
    assert len(copied) > 0
