"""Evaluate: the metrics of a variant's predictions; every number of a table comes from here."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.metrics import (
    confusion_matrix,
    matthews_corrcoef,
    precision_recall_fscore_support,
)

from ecnet.errors import InputError
from ecnet.files import read_json, write_json

IntArray = npt.NDArray[np.int64]

_IDENTITY = ("dataset", "form", "source", "task", "variant", "family", "classes")
_COLUMNS = ["count", "true", "predicted"]


def run(*, predictions: list[Path], model: Path, output: Path) -> None:
    """Write the metrics of one variant as JSON: for each seed, by vector and by record.

    predictions: one Parquet file for each seed, with the columns count, true and predicted.
    model: the variant's model.json.
    output: JSON with the identity of the variant, `parameters` and `seeds`: seed -> `vector`
        (each row of the test side once) and `record` (weighted by count) -> see `metrics`.

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
    every = np.arange(len(classes))
    confusion = confusion_matrix(true, predicted, labels=every, sample_weight=weight)
    present = np.flatnonzero(confusion.sum(axis=1))
    cells = np.nonzero(confusion)  # C * C weighted records at most, whatever n: the same scores

    def scores(average: str | None, labels: IntArray) -> Any:
        return precision_recall_fscore_support(
            *cells,
            labels=labels,
            average=average,
            sample_weight=confusion[cells],
            zero_division=0,
        )

    macro = _average(scores("macro", present))
    return {
        "n": int(confusion.sum()),
        "accuracy": float(np.trace(confusion) / confusion.sum()),
        "balanced_accuracy": macro["recall"],
        "mcc": _mcc(cells, confusion[cells]),
        "macro": macro,
        "weighted": _average(scores("weighted", present)),
        "micro": _average(scores("micro", every)),
        "per_class": _per_class(scores(None, every), classes),
        "confusion": confusion.astype(int).tolist(),
        "absent": [classes[i] for i in every if i not in present],
    }


def _mcc(cells: tuple[IntArray, ...], weight: IntArray) -> float:
    if len(weight) == 1:  # one true and one predicted class: nothing varies
        return 0.0
    return float(matthews_corrcoef(*cells, sample_weight=weight))


def _average(scores: tuple[float, float, float, None]) -> dict[str, float]:
    precision, recall, f1, _ = scores
    return {"precision": float(precision), "recall": float(recall), "f1": float(f1)}


def _per_class(
    scores: tuple[IntArray, IntArray, IntArray, IntArray], classes: list[str]
) -> dict[str, dict[str, float | int | None]]:
    names = ("precision", "recall", "f1")
    return {
        cls: {
            name: float(value) if support else None
            for name, value in zip(names, values, strict=True)
        }
        | {"support": int(support)}
        for cls, *values, support in zip(classes, *scores, strict=True)
    }


def _both(path: Path, table: pd.DataFrame, classes: list[str]) -> dict[str, Any]:
    true = _indices(path, table["true"], classes)
    predicted = _indices(path, table["predicted"], classes)
    count = table["count"].to_numpy(dtype=np.int64)
    return {
        "vector": metrics(true, predicted, np.ones_like(count), classes),
        "record": metrics(true, predicted, count, classes),
    }


def _indices(path: Path, labels: "pd.Series[Any]", classes: list[str]) -> IntArray:
    codes = pd.Index(classes).get_indexer(pd.Index(labels.astype(object)))
    if (unknown := codes < 0).any():
        row = int(unknown.argmax())
        raise InputError(
            f"{path}: row {row}, column {labels.name}: {labels.iloc[row]!r} is none of the "
            f"classes {_listed(classes)}; run the predict step again"
        )
    return codes.astype(np.int64)


def _described(model: Path) -> dict[str, Any]:
    described = read_json(model)
    if not isinstance(described, dict):
        raise InputError(f"{model}: is no description of a model; run the train step again")
    for key in (*_IDENTITY, "runs"):
        if key not in described:
            raise InputError(f"{model}: lacks the key {key}; run the train step again")
    return described


def _predictions(path: Path, described: dict[str, Any], model: Path) -> tuple[str, pd.DataFrame]:
    """Return the seed and the columns of one file, once it is sure that it is the model's."""
    try:
        metadata = pq.read_schema(path).metadata or {}
        table = pq.read_table(path, columns=_COLUMNS).to_pandas()
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
    if missing := [name for name in _COLUMNS if name not in table]:
        raise InputError(f"{path}: lacks the column {missing[0]}; run the predict step again")
    if table.empty:
        raise InputError(f"{path}: holds no record; the test side is empty, see the split's audit")
    if (low := table["count"] < 1).any():
        row = int(low.to_numpy().argmax())
        raise InputError(
            f"{path}: row {row}, column count: {table['count'].iloc[row]} is less than 1; "
            "run the split step again"
        )
    return seed, table


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _listed(items: Any) -> str:
    return ", ".join(map(str, items))
