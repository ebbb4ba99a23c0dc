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
from hostile import Case
from safetensors.numpy import load_file, save_file

from ecnet.prepare import encode, split
from ecnet.train import predict, train

TRAIN = {
    **{"dataset": "toy", "task": "multiclass", "variant": "majority", "family": "majority"},
    **{"hyperparameters": {}, "protocol": "", "threads": 1, "runs": [[1, 1]]},
}


def splitting(make: Callable[[Path], object], folder: Path) -> None:
    """Split a sample."""
    make(folder / "sample.parquet")
    settings = {
        **{"dataset": "iot-23", "format": "zeek", "keep": [], "drop": [], "gate": True, "seed": 1},
        **{"rule": "grouped", "official": True, "validation": 0.2, "test": 0.2},
        **{"shuffle_labels": False, "oversample": False, "max_duplicates": 1},
    }
    split.split(sample=folder / "sample.parquet", folder=folder / "out", settings=settings)


def encoding(make: Callable[[Path], object], folder: Path) -> None:
    """Encode subsets."""
    for subset in ("train", "validation", "test"):
        make(folder / f"{subset}.parquet")
    (folder / "counts.json").write_text('{"source": "mirror", "classes": {}}')
    settings = {"dataset": "iot-23", "format": "zeek", "keep": [], "drop": [], "fit_on": "train"}
    encode.encode(
        split=folder, counts=folder / "counts.json", folder=folder / "out", settings=settings
    )


def training(change: Callable[[Path], object], folder: Path) -> None:
    """Train on tensors after a change."""
    encoded = learnable.write(folder / "encoded", seed=1)
    change(encoded)
    train.run(
        encoded=[encoded],
        model=folder / "out/model.json",
        history=folder / "out/history.csv",
        weights=[folder / "out/weights"],
        settings=TRAIN,
    )


def predicting(change: Callable[[Path], object], folder: Path) -> None:
    """Predict with a model after a change."""
    encoded = learnable.write(folder / "encoded", seed=1)
    train.run(
        encoded=[encoded],
        model=folder / "model.json",
        history=folder / "history.csv",
        weights=[folder / "weights"],
        settings=TRAIN,
    )
    change(folder)
    predict.run(
        encoded=[encoded],
        model=folder / "model.json",
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


def tensors(edit: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """Return what changes the tensors of train."""

    def change(folder: Path) -> None:
        arrays = load_file(folder / "train.safetensors")
        edit(arrays)
        save_file(arrays, folder / "train.safetensors")

    return change


def header(length: int, text: bytes = b"{}") -> bytes:
    """Return a safetensors file that says its header is this long."""
    return length.to_bytes(8, "little") + text


def of_encoder(edit: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "encoder.json"
        encoder = json.loads(path.read_text())
        edit(encoder)
        path.write_text(json.dumps(encoder))

    return change


def in_train(content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "train.safetensors").write_bytes(content)


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
        for what, make in (("no Parquet", written(b"nothing")), ("other columns", foreign))
    ),
    Case("tensors", "no safetensors", partial(training, in_train(b"nothing at all"))),
    Case("tensors", "a header of an exabyte", partial(training, in_train(header(1 << 60)))),
    Case("tensors", "a header that is no JSON", partial(training, in_train(header(4, b"{{{{")))),
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
