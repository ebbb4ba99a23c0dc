"""Bags of words: from the sample through the split to sparse tensors."""

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from safetensors.numpy import load_file, save_file

from ecnet import datasets, tables
from ecnet.errors import InputError
from ecnet.files import write_json
from ecnet.prepare import bags, encode, records, split, vocabulary
from ecnet.prepare.bags import Bag

CLASSES = ["Smart Things", "Amazon Echo"]
ORIGIN = {"dataset": "unsw-iot", "format": "hourly", "source": "simulated"}
SPLIT = {
    "seeds": [1],
    "keep": [],
    "drop": [],
    "gate": True,
    "rule": "grouped",
    "official": True,
    "validation": 0.2,
    "test": 0.2,
    "max_duplicates": 1,
    "oversample": False,
    "shuffle_labels": False,
}


def texts(*of: str) -> pd.DataFrame:
    return pd.DataFrame({"ports": of}, dtype="str")


def rows(bag: Bag) -> list[dict[int, int]]:
    pairs = list(zip(bag.indices.tolist(), bag.counts.tolist(), strict=True))
    ends = bag.indptr.tolist()
    return [dict(pairs[start:end]) for start, end in itertools.pairwise(ends)]


def test_words_have_ids_of_train_and_unseen_ones_are_counted_as_word_0() -> None:
    fitted = vocabulary.fit(texts('{"443":2}', "{}", '{"123":1,"80":5}'))
    assert fitted == [{"name": "ports", "vocabulary": ["123", "443", "80"]}]
    arrays = vocabulary.transform(fitted, texts('{"22":3,"443":1,"53":4}', "{}", '{"80":9}'))
    bag = bags.load({"ports": 4}, arrays)["ports"]
    assert rows(bag) == [{0: 7, 2: 1}, {}, {3: 9}]
    assert bags.problem(bag, 3) == ""


def test_a_bag_of_other_records_or_words_is_found_out() -> None:
    given = texts('{"443":2}', '{"80":1}')
    bag = bags.load({"ports": 3}, vocabulary.transform(vocabulary.fit(given), given))["ports"]
    assert "among 3 records" in bags.problem(bag, 3)
    for array, values in (
        ("indptr", bag.indptr[::-1]),
        ("indices", bag.indices + 2),
        ("indices", bag.indices.astype(np.int64)),
        ("counts", bag.counts - 2),
        ("counts", bag.counts[:1]),
    ):
        assert bags.problem(Bag(**(vars(bag) | {array: values})), 2)


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a split, encoded: 40 hours differ in their ports alone."""
    folder = tmp_path_factory.mktemp("encoded")
    n, known = 40, datasets.load("unsw-iot").format("hourly").classes
    ports = [json.dumps({str(1000 + hour): 1}) for hour in range(n)]
    sample = pd.DataFrame(
        {
            "time": np.arange(n) * 3600.0,
            "flow_volume": np.arange(n) % 2 * 100.0,
            "ports": pd.Series(ports, dtype="str"),
            "label": pd.Series([CLASSES[hour % 2] for hour in range(n)], dtype="str"),
            "row": np.arange(n),
            "capture": pd.Series(["hours"] * n, dtype="str"),
            "subset": pd.Series([""] * n, dtype="str"),
        }
    )
    table = pa.Table.from_pandas(sample, preserve_index=False)
    tables.write(folder / "sample", iter([table]), ORIGIN)
    write_json(
        folder / "counts",
        {"source": "simulated", "classes": {name: {"kept": n // 2} for name in known}},
    )
    split.split(
        sample=folder / "sample",
        assignment=folder / "assignment",
        report=folder / "report",
        settings=ORIGIN | SPLIT | {"gate": False},
    )
    encode.encode(
        **{name: folder / name for name in ("sample", "assignment", "report", "counts")},
        **{name: folder / name for name in ("encoder", "fit", "test")},
        settings=ORIGIN | {"seeds": [1], "fit_on": "train", "scale": "log", "window": 2},
    )
    return folder


def loaded(folder: Path, subset: records.Subset) -> records.Records:
    encoder = records.of_seed(
        folder / "encoder", records.read_encoder(folder / "encoder", "unsw-iot"), 1
    )
    file = folder / ("test" if subset == "test" else "fit")
    return records.load(file, 1, subset, "multiclass", encoder)


def test_records_that_differ_in_a_bag_alone_are_no_duplicates(encoded: Path) -> None:
    sizes = [len(loaded(encoded, subset)) for subset in ("train", "validation", "test")]
    assert sizes == [24, 8, 8]


def test_records_have_the_bags_of_the_sample(encoded: Path) -> None:
    train, test = loaded(encoded, "train"), loaded(encoded, "test")
    assert [len(row) for row in rows(train.bags["ports"])] == [1] * 24
    assert train.bags["ports"].size == test.bags["ports"].size == 25
    assert set(test.bags["ports"].indices) == {0}  # each port occurs in one hour
    encoder = json.loads((encoded / "encoder").read_text())
    assert encoder["seeds"]["1"]["unseen"]["test"] == {"ports": 8}


def test_damaged_bags_are_refused(encoded: Path, tmp_path: Path) -> None:
    encoder = records.of_seed(
        encoded / "encoder", records.read_encoder(encoded / "encoder", "unsw-iot"), 1
    )
    arrays = load_file(encoded / "fit")
    name = records.tensor(1, "train", bags.tensor("ports", "indices"))
    for damaged, why in (
        (arrays | {name: arrays[name] + 1000}, "out of range"),
        ({n: a for n, a in arrays.items() if n != name}, "lacks bags/ports/indices"),
    ):
        save_file(damaged, tmp_path / "fit")
        with pytest.raises(InputError, match=f"{why}; run the encode step again"):
            records.load(tmp_path / "fit", 1, "train", "multiclass", encoder)
