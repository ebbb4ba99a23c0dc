"""Predictions of one run, read, and held against the model that they should be of."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ecnet.errors import InputError
from ecnet.evaluate.metrics import FloatArray, IntArray
from ecnet.files import read_json

IDENTITY = ("dataset", "format", "source", "protocol", "task", "variant", "family", "classes")
"""What a model says of itself."""

_LABELS = ["true", "predicted"]
_COLUMNS = ["count", *_LABELS]


@dataclass(frozen=True)
class Classified:
    """The classified test records of a run.

    true, predicted: (n,) indices of classes. count: (n,) how many equal records each stands for.
    probabilities: (n, C).
    """

    run: str
    true: IntArray
    predicted: IntArray
    count: IntArray
    probabilities: FloatArray


def describe(model: Path) -> dict[str, Any]:
    """Return what model.json says (InputError where it is none)."""
    described = read_json(model)
    if not isinstance(described, dict):
        raise InputError(f"{model}: is no description of a model; run the train step again")
    for key in (*IDENTITY, "runs"):
        if key not in described:
            raise InputError(f"{model}: lacks the key {key}; run the train step again")
    return described


def read(path: Path, described: dict[str, Any], model: Path) -> Classified:
    """Return the predictions of one run, once it is sure that they are the model's.

    Raises:
        InputError: the file is none of predictions, or not the model's; or a value is missing, or
            is not what its column holds.
    """
    classes: list[str] = described["classes"]
    shares = [f"p:{cls}" for cls in classes]
    try:
        with pq.ParquetFile(path, read_dictionary=_LABELS) as file:
            metadata = file.schema_arrow.metadata or {}
            table = file.read(columns=[*_COLUMNS, *shares])
        table.validate(full=True)  # Arrow takes indices from the file as they are
        found = {key.decode(): value.decode() for key, value in metadata.items()}
        found["classes"] = json.loads(found["classes"])
        run = found["run"]
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise InputError(
            f"{path}: is no file of predictions ({_line(error)}); run the predict step again"
        ) from error
    for key in ("dataset", "format", "source", "protocol", "task", "variant", "classes"):
        if found.get(key) != described[key]:
            raise InputError(
                f"{path}: {key} is {found.get(key)!r}, that of {model} is {described[key]!r}; "
                "run the predict step again"
            )
    _check(path, table, [*_COLUMNS, *shares])
    true, predicted = (_indices(path, table, name, classes) for name in _LABELS)
    probabilities = [_probabilities(path, table, name) for name in shares]
    return Classified(run, true, predicted, _count(path, table), np.column_stack(probabilities))


def _check(path: Path, table: pa.Table, columns: list[str]) -> None:
    """Stop if there is no record, or a column or value is missing."""
    if missing := [name for name in columns if name not in table.column_names]:
        raise InputError(f"{path}: lacks the column {missing[0]}; run the predict step again")
    if not len(table):
        raise InputError(f"{path}: holds no record; the test set is empty, see the split's audit")
    for name in columns:
        if table[name].null_count:
            row = table[name].is_null().index(True).as_py()
            raise InputError(
                f"{path}: row {row}, column {name}: is missing; run the predict step again"
            )


def _count(path: Path, table: pa.Table) -> IntArray:
    count = np.from_dlpack(table["count"].combine_chunks())
    if (low := count < 1).any():
        row = int(low.argmax())
        raise InputError(
            f"{path}: row {row}, column count: {count[row]} is less than 1; "
            "run the split step again"
        )
    return count.astype(np.int64)


def _probabilities(path: Path, table: pa.Table, name: str) -> FloatArray:
    values = np.from_dlpack(table[name].combine_chunks())
    if (wrong := ~((values >= 0) & (values <= 1))).any():
        row = int(wrong.argmax())
        raise InputError(
            f"{path}: row {row}, column {name}: {values[row]} is no probability; "
            "run the train and predict steps again"
        )
    return values.astype(np.float64)


def _indices(path: Path, table: pa.Table, name: str, classes: list[str]) -> IntArray:
    """Return the labels of a column, a dictionary without nulls, as indices into `classes`."""
    labels = table[name].combine_chunks()
    place = {cls: index for index, cls in enumerate(classes)}
    places = np.array([place.get(label, -1) for label in labels.dictionary.to_pylist()])
    indices: IntArray = places[np.from_dlpack(labels.indices)]
    if (unknown := indices < 0).any():
        row = int(unknown.argmax())
        raise InputError(
            f"{path}: row {row}, column {name}: {labels[row].as_py()!r} is none of the "
            f"classes {listed(classes)}; run the predict step again"
        )
    return indices


def listed(items: Iterable[object]) -> str:
    """Return the items, parted by commas."""
    return ", ".join(map(str, items))


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
