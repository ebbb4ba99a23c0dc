"""Evaluate: the metrics of a variant's predictions; every number of a table comes from here.

A job of this step is a few sums, so that what it imports would be most of its time: numpy and
Arrow are enough.
"""

import json
import math
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ecnet.errors import InputError
from ecnet.files import read_json, write_csv, write_json

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_IDENTITY = ("dataset", "form", "source", "task", "variant", "family", "classes")
_LABELS = ["true", "predicted"]
_COLUMNS = ["count", *_LABELS]
_SCORES = ("precision", "recall", "f1")
_CONFUSION = ("true", "predicted", "count", "source")


def run(
    *,
    predictions: list[Path],
    model: Path,
    output: Path,
    scores: Path,
    confusion: Path,
    settings: dict[str, Any],
) -> None:
    """Write the metrics of one variant as JSON: for each seed, by vector and by record.

    predictions: one Parquet file for each seed, with the columns count, true and predicted.
    model: the variant's model.json.
    output: JSON with the identity of the variant, `parameters` and `seeds`: seed -> `vector`
        (each row of the test side once) and `record` (weighted by count) -> see `metrics`.
    scores, confusion: the same as the tables show it, in files that DVC compares and plots: see
        `mean_scores` and `confusion_rows`.
    settings: average and unit, as for the tables.

    Raises:
        InputError: a file cannot be read, does not belong to the model, or holds an unknown
            class; or the seeds are not those of the model.
    """
    described = _described(model)
    parameters = {str(run["seed"]): run["parameters"] for run in described["runs"]}
    seeds: dict[str, Any] = {}
    for path in predictions:
        seed, table = _predictions(path, described, model)
        if seed in seeds:
            raise InputError(f"{path}: seed {seed} is given twice; name one file for each seed")
        seeds[seed] = _both(path, table, described["classes"])
    if set(seeds) != set(parameters):
        raise InputError(
            f"{model}: holds seeds {_listed(parameters)}, the predictions "
            f"{_listed(seeds)}; run the predict step again"
        )
    order = sorted(seeds, key=int)
    write_json(
        output,
        {key: described[key] for key in _IDENTITY}
        | {"parameters": {seed: parameters[seed] for seed in order}}
        | {"seeds": {seed: seeds[seed] for seed in order}},
    )
    shown = [seeds[seed][settings["unit"]] for seed in order]
    source = described["source"]
    write_json(scores, {**mean_scores(shown, settings["average"]), "source": source})
    rows = confusion_rows(shown, described["classes"])
    write_csv(confusion, _CONFUSION, ((*row, source) for row in rows))


def mean_scores(seeds: list[dict[str, Any]], average: str) -> dict[str, float]:
    """Return the means over seeds of what the tables show, as fractions."""
    means = {name: fmean(found[average][name] for found in seeds) for name in _SCORES}
    return {"accuracy": fmean(found["accuracy"] for found in seeds), **means}


def confusion_rows(seeds: list[dict[str, Any]], classes: list[str]) -> list[tuple[str, str, int]]:
    """Return true class, predicted class and count, the counts of all seeds added up."""
    total = np.sum([found["confusion"] for found in seeds], axis=0).tolist()
    return [
        (true, predicted, count)
        for true, row in zip(classes, total, strict=True)
        for predicted, count in zip(classes, row, strict=True)
    ]


def metrics(
    true: IntArray, predicted: IntArray, weight: IntArray, classes: list[str]
) -> dict[str, Any]:
    """Return the metrics of weighted predictions (equations 6 to 9 of the paper, by class).

    true, predicted: (n,) indices into `classes`, n at least 1. weight: (n,) at least 1.

    Macro averages, and with them the balanced accuracy, run over the classes that `true` holds;
    the others are named in `absent` and their own values are None. The micro average runs over
    all classes and so equals the accuracy. A value whose denominator is 0 is 0.
    `confusion` is (C, C): rows true, columns predicted, in the order of `classes`.
    """
    confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(confusion, (true, predicted), weight)
    hits, truths, guesses = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    scores = np.array(
        [_ratio(hits, guesses), _ratio(hits, truths), _ratio(2 * hits, truths + guesses)]
    )
    present = truths > 0
    accuracy = float(hits.sum() / confusion.sum())
    macro = _named(scores[:, present].mean(axis=1))
    return {
        "n": int(confusion.sum()),
        "accuracy": accuracy,
        "balanced_accuracy": macro["recall"],
        "mcc": _mcc(confusion),
        "macro": macro,
        "weighted": _named(scores @ truths / truths.sum()),
        "micro": dict.fromkeys(_SCORES, accuracy),
        "per_class": {
            cls: (_named(scores[:, i]) if present[i] else dict.fromkeys(_SCORES))
            | {"support": int(truths[i])}
            for i, cls in enumerate(classes)
        },
        "confusion": confusion.tolist(),
        "absent": [cls for i, cls in enumerate(classes) if not present[i]],
    }


def _ratio(part: IntArray, whole: IntArray) -> FloatArray:
    """Return part / whole, and 0 where both are 0."""
    return part / np.maximum(whole, 1)


def _named(scores: FloatArray) -> dict[str, float]:
    return dict(zip(_SCORES, scores.tolist(), strict=True))


def _mcc(confusion: IntArray) -> float:
    """Return the Matthews correlation of several classes (Gorodkin 2004); 0 if nothing varies.

    It is the covariance of true and predicted class over the root of their variances.
    """
    # As Python's integers: n squared would overflow 64 bits from three billion records on.
    n, hits = int(confusion.sum()), int(np.trace(confusion))
    truths, guesses = confusion.sum(axis=1).tolist(), confusion.sum(axis=0).tolist()
    covariance = n * hits - _dot(truths, guesses)
    spread = (n**2 - _dot(truths, truths)) * (n**2 - _dot(guesses, guesses))
    return covariance / math.sqrt(spread) if spread else 0.0


def _dot(left: list[int], right: list[int]) -> int:
    return sum(x * y for x, y in zip(left, right, strict=True))


def _both(path: Path, table: pa.Table, classes: list[str]) -> dict[str, Any]:
    true, predicted = (_indices(path, table, name, classes) for name in _LABELS)
    count = np.from_dlpack(table["count"].combine_chunks()).astype(np.int64)
    return {
        "vector": metrics(true, predicted, np.ones_like(count), classes),
        "record": metrics(true, predicted, count, classes),
    }


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
            f"classes {_listed(classes)}; run the predict step again"
        )
    return indices


def _described(model: Path) -> dict[str, Any]:
    described = read_json(model)
    if not isinstance(described, dict):
        raise InputError(f"{model}: is no description of a model; run the train step again")
    for key in (*_IDENTITY, "runs"):
        if key not in described:
            raise InputError(f"{model}: lacks the key {key}; run the train step again")
    return described


def _predictions(path: Path, described: dict[str, Any], model: Path) -> tuple[str, pa.Table]:
    """Return the seed and the columns of one file, once it is sure that it is the model's."""
    try:
        with pq.ParquetFile(path, read_dictionary=_LABELS) as file:
            metadata = file.schema_arrow.metadata or {}
            table = file.read(columns=_COLUMNS)
        found = {key.decode(): value.decode() for key, value in metadata.items()}
        found["classes"] = json.loads(found["classes"])
        seed = str(int(found["seed"]))
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise InputError(
            f"{path}: is no file of predictions ({_line(error)}); run the predict step again"
        ) from error
    for key in ("dataset", "form", "source", "task", "variant", "classes"):
        if found.get(key) != described[key]:
            raise InputError(
                f"{path}: {key} is {found.get(key)!r}, that of {model} is {described[key]!r}; "
                "run the predict step again"
            )
    _check(path, table)
    return seed, table


def _check(path: Path, table: pa.Table) -> None:
    """Stop if a column or value is missing, or a count is no count."""
    if missing := [name for name in _COLUMNS if name not in table.column_names]:
        raise InputError(f"{path}: lacks the column {missing[0]}; run the predict step again")
    if not len(table):
        raise InputError(f"{path}: holds no record; the test side is empty, see the split's audit")
    for name in _COLUMNS:
        if table[name].null_count:
            row = table[name].is_null().index(True).as_py()
            raise InputError(
                f"{path}: row {row}, column {name}: is missing; run the predict step again"
            )
    count = np.from_dlpack(table["count"].combine_chunks())
    if (low := count < 1).any():
        row = int(low.argmax())
        raise InputError(
            f"{path}: row {row}, column count: {count[row]} is less than 1; "
            "run the split step again"
        )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _listed(items: Any) -> str:
    return ", ".join(map(str, items))
