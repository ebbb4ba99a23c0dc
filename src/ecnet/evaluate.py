"""Evaluate: the metrics of a variant's predictions; every number of a table comes from here.

A job of this step is a few sums, so that what it imports would be most of its time: numpy and
Arrow are enough.
"""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ecnet.errors import InputError
from ecnet.files import read_json, write_csv, write_json
from ecnet.interval import corrected
from ecnet.seeds import Run

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_IDENTITY = ("dataset", "form", "source", "protocol", "task", "variant", "family", "classes")
_LABELS = ["true", "predicted"]
_COLUMNS = ["count", *_LABELS]
_SCORES = ("precision", "recall", "f1")
_PLAIN = ("accuracy", "balanced_accuracy", "mcc")
_AVERAGES = ("macro", "weighted", "micro")
_UNITS = ("vector", "record")
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
    """Write the metrics of one variant as JSON: for each run, by vector and by record.

    predictions: one Parquet file for each run, with the columns count, true and predicted.
    model: the variant's model.json.
    output: JSON with the identity of the variant; by run `parameters`, `bytes` of the weights,
        `sizes` of the sides, and `runs`: `vector` (each row of the test side once) and `record`
        (weighted by count) -> see `metrics`; and `summary`: see there.
    scores, confusion: the same as the tables show it, in files that DVC compares and plots: see
        `mean_scores` and `confusion_rows`.
    settings: average and unit, as for the tables; confidence, of intervals; chance, for a model
        on shuffled labels, else None.

    Raises:
        InputError: a file cannot be read, does not belong to the model, or holds an unknown
            class; the runs are not those of the model; or a model on shuffled labels beats chance.
    """
    described = _described(model)
    trained = {Run(run["split"], run["weights"]): run for run in described["runs"]}
    found: dict[str, Any] = {}
    for path in predictions:
        name, table = _predictions(path, described, model)
        if name in found:
            raise InputError(f"{path}: run {name} is given twice; name one file for each run")
        found[name] = _both(path, table, described["classes"])
    if found.keys() != {run.name for run in trained}:
        raise InputError(
            f"{model}: holds runs {_listed(run.name for run in trained)}, the predictions "
            f"{_listed(found)}; run the predict step again"
        )
    if settings["chance"] is not None:
        _at_chance(model, found, settings["chance"])
    sizes = {
        run.name: one["records"] | {"test": found[run.name]["vector"]["n"]}
        for run, one in trained.items()
    }
    over_splits = [run.name for run in trained if run.weights == next(iter(trained)).weights]
    summary = summarised(
        [found[name] for name in over_splits],
        ratio=fmean(sizes[name]["test"] / sizes[name]["train"] for name in over_splits),
        confidence=settings["confidence"],
    )
    write_json(
        output,
        {key: described[key] for key in _IDENTITY}
        | {key: {r.name: one[key] for r, one in trained.items()} for key in ("parameters", "bytes")}
        | {"sizes": sizes, "over_splits": over_splits, "summary": summary}
        | {"runs": {run.name: found[run.name] for run in trained}},
    )
    shown = [found[name][settings["unit"]] for name in over_splits]
    source = described["source"]
    means = mean_scores(summary[settings["unit"]], settings["average"])
    write_json(scores, {**means, "source": source})
    rows = confusion_rows(shown, described["classes"])
    write_csv(confusion, _CONFUSION, ((*row, source) for row in rows))


def _at_chance(model: Path, runs: dict[str, Any], chance: float) -> None:
    """Stop if a model on shuffled labels does what only a leak explains.

    Labels that say nothing cannot be foretold better than by always naming the largest class. So
    the hits of any model are at most those of a coin that shows its share, and chance is how rarely
    such a coin may show so many before they are called a leak.
    """
    from scipy.special import bdtrc  # here: no other evaluation wants it

    for name, run in runs.items():
        confusion = np.array(run["vector"]["confusion"])
        hits, n = int(np.trace(confusion)), int(confusion.sum())
        share = float(confusion.sum(axis=1).max() / n)
        if bdtrc(hits - 1, n, share) < chance:
            raise InputError(
                f"{model}: run {name}: trained on shuffled labels, and right on {hits} of {n} test "
                f"records where the largest class has {share:.1%}: something tells it the labels "
                "of the test side; nothing of this dataset can be trusted until it is found"
            )


def summarised(
    runs: list[dict[str, Any]], *, ratio: float, confidence: float
) -> dict[str, dict[str, Any]]:
    """Return, by unit and score, the mean over splits and its interval (`ecnet.interval`).

    Laid out as the metrics of one run: `accuracy` -> mean, sd, low, high and n; `macro` -> `f1` ->
    the same. ratio: test records for each train record.
    """

    def over_splits(values: Iterable[float]) -> dict[str, Any]:
        return corrected(list(values), ratio=ratio, confidence=confidence)._asdict()

    return {
        unit: {name: over_splits(run[unit][name] for run in runs) for name in _PLAIN}
        | {
            average: {
                name: over_splits(run[unit][average][name] for run in runs) for name in _SCORES
            }
            for average in _AVERAGES
        }
        for unit in _UNITS
    }


def mean_scores(summary: dict[str, Any], average: str) -> dict[str, float]:
    """Return the means over splits of what the tables show, as fractions."""
    means = {name: summary[average][name]["mean"] for name in _SCORES}
    return {"accuracy": summary["accuracy"]["mean"], **means}


def confusion_rows(runs: list[dict[str, Any]], classes: list[str]) -> list[tuple[str, str, int]]:
    """Return true class, predicted class and count, the counts of all runs added up."""
    total = np.sum([found["confusion"] for found in runs], axis=0).tolist()
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
    """Return the run and the columns of one file, once it is sure that it is the model's."""
    try:
        with pq.ParquetFile(path, read_dictionary=_LABELS) as file:
            metadata = file.schema_arrow.metadata or {}
            table = file.read(columns=_COLUMNS)
        found = {key.decode(): value.decode() for key, value in metadata.items()}
        found["classes"] = json.loads(found["classes"])
        run = found["run"]
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise InputError(
            f"{path}: is no file of predictions ({_line(error)}); run the predict step again"
        ) from error
    for key in ("dataset", "form", "source", "protocol", "task", "variant", "classes"):
        if found.get(key) != described[key]:
            raise InputError(
                f"{path}: {key} is {found.get(key)!r}, that of {model} is {described[key]!r}; "
                "run the predict step again"
            )
    _check(path, table)
    return run, table


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
