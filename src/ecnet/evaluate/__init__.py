"""Evaluate: the metrics of a variant's predictions; every number of a table comes from here.

A job of this step is a few sums, so that what it imports would be most of its time: numpy and
Arrow are enough.
"""

import json
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ecnet.errors import InputError
from ecnet.evaluate.calibration import calibration, false_alarms
from ecnet.evaluate.metrics import SCORES, metrics
from ecnet.files import read_json, write_csv, write_json

__all__ = ["confusion_rows", "mean_scores", "metrics", "run"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_IDENTITY = ("dataset", "form", "source", "task", "variant", "family", "classes")
_LABELS = ["true", "predicted"]
_COLUMNS = ["count", *_LABELS]
_ATTACK = "Attack"
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
        (each row of the test side once) and `record` (weighted by count) -> see `metrics`,
        with `calibration` and, for the binary task, `false_alarms`: see the module calibration.
    scores, confusion: the same as the tables show it, in files that DVC compares and plots: see
        `mean_scores` and `confusion_rows`.
    settings: average and unit, as for the tables; bins (of confidence) and detection_rates.

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
        seeds[seed] = _both(path, table, described, settings)
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
    means = {name: fmean(found[average][name] for found in seeds) for name in SCORES}
    return {"accuracy": fmean(found["accuracy"] for found in seeds), **means}


def confusion_rows(seeds: list[dict[str, Any]], classes: list[str]) -> list[tuple[str, str, int]]:
    """Return true class, predicted class and count, the counts of all seeds added up."""
    total = np.sum([found["confusion"] for found in seeds], axis=0).tolist()
    return [
        (true, predicted, count)
        for true, row in zip(classes, total, strict=True)
        for predicted, count in zip(classes, row, strict=True)
    ]


def _both(
    path: Path, table: pa.Table, described: dict[str, Any], settings: dict[str, Any]
) -> dict[str, Any]:
    classes = described["classes"]
    true, predicted = (_indices(path, table, name, classes) for name in _LABELS)
    found = true, predicted, _probabilities(table, classes)
    count = np.from_dlpack(table["count"].combine_chunks()).astype(np.int64)
    attack = classes.index(_ATTACK) if described["task"] == "binary" else None
    return {
        "vector": _view(*found, np.ones_like(count), classes, attack, settings),
        "record": _view(*found, count, classes, attack, settings),
    }


def _view(
    true: IntArray,
    predicted: IntArray,
    probabilities: FloatArray,
    weight: IntArray,
    classes: list[str],
    attack: int | None,
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Return all metrics of weighted predictions; attack: its place among the classes, if any."""
    found = metrics(true, predicted, weight, classes) | {
        "calibration": calibration(probabilities, true, predicted, weight, settings["bins"])
    }
    if attack is not None:
        found["false_alarms"] = false_alarms(
            probabilities[:, attack], true == attack, weight, settings["detection_rates"]
        )
    return found


def _probabilities(table: pa.Table, classes: list[str]) -> FloatArray:
    """Return the probabilities of the classes, (n, C)."""
    columns = (table[f"p:{cls}"].combine_chunks() for cls in classes)
    return np.column_stack([np.from_dlpack(column) for column in columns]).astype(np.float64)


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
            table = file.read(columns=[*_COLUMNS, *(f"p:{cls}" for cls in described["classes"])])
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
    _check(path, table, [f"p:{cls}" for cls in described["classes"]])
    return seed, table


def _check(path: Path, table: pa.Table, probabilities: list[str]) -> None:
    """Stop if a column or value is missing, a count is no count, or a probability is none."""
    needed = [*_COLUMNS, *probabilities]
    if missing := [name for name in needed if name not in table.column_names]:
        raise InputError(f"{path}: lacks the column {missing[0]}; run the predict step again")
    if not len(table):
        raise InputError(f"{path}: holds no record; the test side is empty, see the split's audit")
    for name in needed:
        if table[name].null_count:
            row = table[name].is_null().index(True).as_py()
            raise InputError(
                f"{path}: row {row}, column {name}: is missing; run the predict step again"
            )
    for name in probabilities:
        values = np.from_dlpack(table[name].combine_chunks())
        if (wrong := ~((values >= 0) & (values <= 1))).any():
            row = int(wrong.argmax())
            raise InputError(
                f"{path}: row {row}, column {name}: {values[row]} is no probability; "
                "run the train and predict steps again"
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
