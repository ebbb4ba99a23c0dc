"""Files between two steps that are made to break the step that reads them."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import learnable
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import smallsettings
from hostile import Case

from ecnet import datasets
from ecnet.evaluate import predict
from ecnet.prepare import encode, split
from ecnet.train import train

CLASSES = datasets.load("iot-23").format("zeek").classes
TRAIN = {
    **{"dataset": "toy", "task": "multiclass", "variant": "majority", "family": "majority"},
    **{"hyperparameters": {}, "protocol": "", "threads": 1, "runs": [[1, 1]]},
}
IOT_23 = {"dataset": "iot-23", "format": "zeek"}
SPLIT, ENCODE = IOT_23 | smallsettings.SPLIT, IOT_23 | smallsettings.ENCODE | {"scale": "log"}


def splitting(make: Callable[[Path], object], folder: Path) -> None:
    """Split a sample."""
    make(folder / "sample.parquet")
    split.split(
        sample=folder / "sample.parquet",
        assignment=folder / "out/split.parquet",
        report=folder / "out/split.json",
        settings=SPLIT,
    )


def encoding(make: Callable[[Path], object], folder: Path) -> None:
    """Encode a sample by an assignment."""
    columns = {"capture": ["c"] * 2, "row": [1, 2], "label": ["Benign"] * 2, "orig_pkts": [1, 2]}
    pq.write_table(pa.table(columns), folder / "sample.parquet")
    features = {"numerical": ["orig_pkts"], "categorical": []}
    (folder / "split.json").write_text(json.dumps({"rule": "grouped", "features": features}))
    make(folder / "split.parquet")
    (folder / "counts.json").write_text(
        json.dumps({"source": "mirror", "classes": {label: {"kept": 1} for label in CLASSES}})
    )
    encode.encode(
        sample=folder / "sample.parquet",
        assignment=folder / "split.parquet",
        report=folder / "split.json",
        counts=folder / "counts.json",
        encoder=folder / "out/encoder.json",
        fit=folder / "out/fit.safetensors",
        test=folder / "out/test.safetensors",
        settings=ENCODE,
    )


def trained(encoded: Path, folder: Path) -> None:
    train.run(
        encoder=encoded / "encoder.json",
        fit=encoded / "fit.safetensors",
        model=folder / "model.json",
        history=folder / "history.csv",
        weights=folder / "weights",
        settings=TRAIN,
    )


def training(change: Callable[[Path], object], folder: Path) -> None:
    """Train on tensors after a change."""
    encoded = learnable.write(folder / "encoded")
    change(encoded)
    trained(encoded, folder / "out")


def predicting(change: Callable[[Path], object], folder: Path) -> None:
    """Predict with a model after a change."""
    encoded = learnable.write(folder / "encoded")
    trained(encoded, folder)
    change(folder)
    predict.run(
        encoder=encoded / "encoder.json",
        test=encoded / "test.safetensors",
        models=[folder / "model.json"],
        weights=[folder / "weights"],
        outputs=[folder / "out/p.parquet"],
        settings={"threads": 1},
    )


def written(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def foreign(path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), path)


def cut(path: Path) -> None:
    pq.write_table(pa.table({"label": ["x"] * 1000}), path)
    path.write_bytes(path.read_bytes()[:-10])


def boastful(path: Path) -> None:
    """Write a Parquet file whose footer says that it is of two gigabytes."""
    path.write_bytes(b"PAR1" + b"\0" * 40 + (2**31 - 1).to_bytes(4, "little") + b"PAR1")


def tensors(edit: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Return what changes the tensors of train."""
    return lambda folder: learnable.edit_tensors(folder, 1, "train", edit)


def assigned(**columns: list[Any]) -> Callable[[Path], None]:
    """Return what writes an assignment of two records, with some columns changed."""
    rows = {"seed": [1, 1], "subset": ["train", "test"], "record": [0, 1], "count": [1, 1]}
    return lambda path: pq.write_table(pa.table(rows | columns), path)


def header(length: int, text: bytes = b"{}") -> bytes:
    """Return a safetensors file that says its header is this long."""
    return length.to_bytes(8, "little") + text


def of_encoder(edit: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    return lambda folder: learnable.edit_encoder(folder, edit)


def in_fit(content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "fit.safetensors").write_bytes(content)


def in_model(content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "model.json").write_bytes(content)


CASES = [
    *(
        Case("sample", what, partial(splitting, make))
        for what, make in (
            ("no Parquet", written(b"nothing")),
            ("an empty file", written(b"")),
            ("Parquet of other columns", foreign),
            ("Parquet that is cut", cut),
            ("a footer of two gigabytes", boastful),
        )
    ),
    *(
        Case("split", what, partial(encoding, make))
        for what, make in (
            ("no Parquet", written(b"nothing")),
            ("other columns", foreign),
            ("a record beyond the sample", assigned(record=[0, 2])),
            ("a record before the sample", assigned(record=[-1, 1])),
            ("records that are texts", assigned(record=["x", "y"])),
            ("counts that are texts", assigned(count=["x", "y"])),
            ("another seed", assigned(seed=[2, 2])),
            ("the same record twice", assigned(record=[0, 0])),
        )
    ),
    Case("tensors", "no safetensors", partial(training, in_fit(b"nothing at all"))),
    Case("tensors", "a header of an exabyte", partial(training, in_fit(header(1 << 60)))),
    Case("tensors", "a header that is no JSON", partial(training, in_fit(header(4, b"{{{{")))),
    Case("tensors", "a missing array", partial(training, tensors(lambda of: of.pop("label")))),
    Case(
        "tensors",
        "an array of another shape",
        partial(training, tensors(lambda of: of.update(label=of["label"][:-1]))),
    ),
    Case(
        "tensors",
        "an array of another type",
        partial(training, tensors(lambda of: of.update(label=of["label"].astype(np.float64)))),
    ),
    Case(
        "tensors",
        "a label beyond the classes",
        partial(training, tensors(lambda of: of.update(label=of["label"] + 100))),
    ),
    Case(
        "tensors",
        "an id beyond the vocabulary",
        partial(training, tensors(lambda of: of.update(categorical=of["categorical"] + 10**6))),
    ),
    Case(
        "encoder.json",
        "nested a million times",
        partial(training, lambda folder: (folder / "encoder.json").write_bytes(b"[" * 10**6)),
    ),
    Case(
        "encoder.json",
        "a key is missing",
        partial(training, of_encoder(lambda of: of.pop("classes"))),
    ),
    Case(
        "encoder.json",
        "another seed",
        partial(training, of_encoder(lambda of: of.update(seeds={"2": {}}))),
    ),
    Case(
        "encoder.json",
        "a list for the seeds",
        partial(training, of_encoder(lambda of: of.update(seeds=[1]))),
    ),
    Case(
        "encoder.json",
        "another dataset",
        partial(training, of_encoder(lambda of: of.update(dataset="x"))),
    ),
    Case("model.json", "no JSON", partial(predicting, in_model(b"\xff\xfe"))),
    Case("model.json", "NaN", partial(predicting, in_model(b'{"runs": NaN}'))),
    Case("model.json", "a list", partial(predicting, in_model(b"[]"))),
    Case("model.json", "no key", partial(predicting, in_model(b"{}"))),
    Case(
        "weights",
        "a changed byte",
        partial(predicting, lambda folder: (folder / "weights").write_bytes(b"x")),
    ),
    Case("weights", "none", partial(predicting, lambda folder: (folder / "weights").unlink())),
]
