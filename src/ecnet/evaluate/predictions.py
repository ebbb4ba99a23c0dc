"""Predictions of a variant, read and compared with the description of its model."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ecnet.errors import InputError
from ecnet.evaluate.metrics import FloatArray, IntArray
from ecnet.files import read_json
from ecnet.seeds import Run

IDENTITY = ("dataset", "format", "source", "protocol", "task", "variant", "family", "classes")
"""The keys of model.json that metrics repeat."""

_TEXTS = ["run", "true", "predicted", "capture"]
_COLUMNS = ["count", "row", *_TEXTS]


@dataclass(frozen=True)
class Classified:
    """The classified test records of a run.

    true, predicted: (n,) indices of classes. count: (n,) how many equal records each stands for.
    probabilities: (n, C). record: (n,) the number of each record among all that are in the test
    set of some run; the same in the predictions of every variant of a task, dataset and protocol.
    """

    true: IntArray
    predicted: IntArray
    count: IntArray
    probabilities: FloatArray
    record: IntArray


def describe(model: Path) -> dict[str, Any]:
    """Return the content of a model.json (InputError where it is not one)."""
    described = read_json(model)
    if not isinstance(described, dict):
        raise InputError(f"{model}: does not describe a model; run the train step again")
    for key in (*IDENTITY, "runs"):
        if key not in described:
            raise InputError(f"{model}: lacks the key {key}; run the train step again")
    return described


def read(path: Path, described: dict[str, Any], model: Path) -> dict[str, Classified]:
    """Return the predictions of each run, after a check that they are the model's.

    Raises:
        InputError: the file does not hold predictions, or not the model's; or a value is missing,
            or is not what its column holds.
    """
    classes: list[str] = described["classes"]
    shares = [f"p:{cls}" for cls in classes]
    try:
        with pq.ParquetFile(path, read_dictionary=_TEXTS) as file:
            metadata = file.schema_arrow.metadata or {}
            table = file.read(columns=[*_COLUMNS, *shares])
        table.validate(full=True)  # Arrow takes indices from the file as they are
        found = {key.decode(): value.decode() for key, value in metadata.items()}
        found["classes"] = json.loads(found["classes"])
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise InputError(
            f"{path}: does not hold predictions ({_line(error)}); run the predict step again"
        ) from error
    for key in ("dataset", "format", "source", "protocol", "task", "variant", "classes"):
        if found.get(key) != described[key]:
            raise InputError(
                f"{path}: {key} is {found.get(key)!r}, that of {model} is {described[key]!r}; "
                "run the predict step again"
            )
    _check(path, table, [*_COLUMNS, *shares])
    runs = [run.name for run in runs_of(described)]
    run_of = _indices(path, table, "run", "runs", runs)
    true, predicted = (_indices(path, table, name, "classes", classes) for name in _TEXTS[1:3])
    count, record = _count(path, table), _record(path, table)
    probabilities = np.column_stack([_probabilities(path, table, name) for name in shares])
    if missing := [run for place, run in enumerate(runs) if not (run_of == place).any()]:
        raise InputError(
            f"{path}: lacks the run {missing[0]} of {model}; run the predict step again"
        )
    rows = {run: run_of == place for place, run in enumerate(runs)}
    return {
        run: Classified(true[own], predicted[own], count[own], probabilities[own], record[own])
        for run, own in rows.items()
    }


def runs_of(described: dict[str, Any]) -> list[Run]:
    """Return the runs of a model, in order."""
    return [Run(run["split"], run["weights"]) for run in described["runs"]]


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


def _record(path: Path, table: pa.Table) -> IntArray:
    """Return numbers of records that are equal for the same row of the same capture."""
    captures = sorted(set(table["capture"].combine_chunks().dictionary.to_pylist()))
    capture = _indices(path, table, "capture", "captures", captures)
    row = table["row"].combine_chunks()
    if not pa.types.is_int64(row.type):
        raise InputError(f"{path}: the column row holds no int64; run the predict step again")
    _, row_of = np.unique(np.from_dlpack(row), return_inverse=True)
    _, record = np.unique(capture * (row_of.max() + 1) + row_of, return_inverse=True)
    return record


def _probabilities(path: Path, table: pa.Table, name: str) -> FloatArray:
    values = np.from_dlpack(table[name].combine_chunks())
    if (wrong := ~((values >= 0) & (values <= 1))).any():
        row = int(wrong.argmax())
        raise InputError(
            f"{path}: row {row}, column {name}: {values[row]} is not a probability; "
            "run the train and predict steps again"
        )
    return values.astype(np.float64)


def _indices(path: Path, table: pa.Table, name: str, what: str, known: list[str]) -> IntArray:
    """Return the texts of a column, a dictionary without nulls, as indices into `known`."""
    labels = table[name].combine_chunks()
    place = {text: index for index, text in enumerate(known)}
    places = np.array([place.get(label, -1) for label in labels.dictionary.to_pylist()])
    indices: IntArray = places[np.from_dlpack(labels.indices)]
    if (unknown := indices < 0).any():
        row = int(unknown.argmax())
        raise InputError(
            f"{path}: row {row}, column {name}: {labels[row].as_py()!r} is none of the "
            f"{what} {', '.join(known)}; run the predict step again"
        )
    return indices


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
