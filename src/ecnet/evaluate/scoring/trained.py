"""A trained variant with all that scoring needs: its model, its encoder and its format."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ecnet import datasets, files, paths
from ecnet import models as families
from ecnet.datasets.declaration import Dataset, Format
from ecnet.errors import InputError
from ecnet.evaluate.predict import MODEL, verify
from ecnet.evaluate.scoring import artifacts
from ecnet.models import weights
from ecnet.prepare import encode, features, records, scale
from ecnet.prepare.records import FloatArray, IntArray, Records
from ecnet.seeds import Run

Mask = npt.NDArray[np.bool_]

METRICS = "metrics.json"
"""The metrics of a variant, where they are beside it."""

STATE = ":state"
"""Ends the name of a feature that says whether a number is there."""
_ROUNDING = 1e-9
"""How far rounding may move the logarithm of a number."""


@dataclass(frozen=True)
class Scored:
    """The answers for n records.

    encoded: as the model sees them; equal ones are one row, with their count.
    probabilities: (n, C).
    unseen: for each column, (n,) whether training did not see its value: a category that train
        does not hold, or a number outside the range of train (known only for features scaled by
        `quantile`).
    """

    encoded: Records
    probabilities: FloatArray
    unseen: dict[str, Mask]


@dataclass(frozen=True)
class Trained:
    """One run of a trained variant.

    described: the content of model.json. fitted: of encoder.json, for the split of the run.
    """

    folder: Path
    encoder: Path
    described: dict[str, Any]
    fitted: dict[str, Any]
    run: Run
    model: families.Model

    @property
    def dataset(self) -> Dataset:
        """The dataset that the model was trained on."""
        return datasets.load(self.described["dataset"])

    @property
    def format(self) -> Format:
        """The format of the records that the model takes."""
        return self.dataset.format(self.described["format"])

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that the model tells apart."""
        return tuple(self.described["classes"])

    @property
    def normal(self) -> str:
        """The class of normal traffic."""
        return str(self.fitted["normal"])

    def indices(self, labels: "pd.Series[str]") -> IntArray:
        """Return (n,) indices of labels into `classes`; -1 for those that the model lacks."""
        named = labels
        if self.described["task"] == "binary":
            known = labels.notna() & labels.isin(self.format.classes)
            named = labels.where(~known | (labels == self.normal), self.classes[-1])
        return pd.Index(self.classes).get_indexer(pd.Index(named)).astype(np.int32)

    def score(self, given: pd.DataFrame) -> Scored:
        """Return the answers for typed records of `format`.

        Raises:
            InputError: they lack a column that the model uses.
        """
        try:
            numbers, categories = features.typed(given, *inputs(self.fitted))
        except KeyError as error:
            raise InputError(
                f"{self.folder}: the model uses the column {error.args[0]!r:.80}, which the file "
                "lacks; give a file with it, or train with datasets.<name>.drop in params.yaml"
            ) from error
        tensors = encode.transform(self.fitted, numbers, categories)
        unseen = _unseen(self.fitted, numbers, tensors["categorical"])
        if not len(given):
            none = _records(self.fitted, self.classes, **tensors)
            return Scored(none, np.zeros((0, len(self.classes)), np.float32), unseen)
        first, which = distinct(*tensors.values())
        encoded = replace(
            _records(self.fitted, self.classes, **{k: v[first] for k, v in tensors.items()}),
            count=np.bincount(which).astype(np.int32),
        )
        return Scored(encoded, self.model.predict(encoded)[which], unseen)


def load(variant: Path, run: str = "", encoder: Path | None = None) -> Trained:
    """Return one run of a variant: its first, or the one named; each digest is verified.

    It is computed on the CPU, wherever it was trained.

    variant: its folder as `train` wrote it, or the name of a DVC artifact. encoder: the
        encoder.json; not given: one in the folder, or where the project of the folder has it.

    Raises:
        InputError: a file is missing, altered or does not go with the others; there is no such
            run; or the model is of another version, or reads sequences of flows or bags of words.
    """
    folder = artifacts.folder(variant)
    model = folder / Path(paths.MODEL).name
    described = files.read_object(model, "train", MODEL)
    if described["hyperparameters"].get("sequence") == "flows":
        raise InputError(
            f"{model}: the model reads sequences of flows, which cannot be scored yet; name a "
            "variant with sequence: tokens"
        )
    _check_family(model, described)
    chosen = _run(model, described, run)
    place = encoder or _encoder(folder)
    verify(place, described["encoder_sha256"], model)
    stored = folder / Path(paths.WEIGHTS).name
    verify(stored, described["weights_sha256"], model)
    content = records.read_encoder(place, described["dataset"])
    fitted = records.of_seed(place, content, chosen.split)
    if "bags" in fitted:
        raise InputError(
            f"{model}: the records of {described['dataset']} have bags of words, which cannot be "
            "scored yet; name a variant of another dataset"
        )
    shape = len(fitted["numerical"]), len(fitted["categorical"])
    like = _records(
        fitted,
        tuple(described["classes"]),
        numerical=np.zeros((0, shape[0]), np.float32),
        categorical=np.zeros((0, shape[1]), np.int32),
    )
    family = families.family(described["family"])
    on_cpu = {**described["hyperparameters"], **families.ON_CPU}
    fit = weights.load(stored, chosen.name, family, on_cpu, like)
    return Trained(folder, place, described, fitted, chosen, fit)


def distinct(*matrices: npt.NDArray[Any]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the first of each set of equal rows, (m,), and for each row its set, (n,).

    matrices: (n, ...) each, side by side. Rows are equal if their bytes are.
    """
    rows = np.hstack([np.ascontiguousarray(matrix).view(np.uint8) for matrix in matrices])
    data = [None, pa.py_buffer(rows)]
    packed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(rows.shape[1]), len(rows), data)
    which = packed.dictionary_encode().indices.to_numpy().astype(np.intp)
    first = np.flatnonzero(np.diff(np.maximum.accumulate(which), prepend=-1))
    return first, which


def metrics(trained: Trained) -> dict[str, Any] | None:
    """Return the measures of the run on the test side of training; None if they are not here."""
    path = metrics_file(trained)
    if path is None:
        return None
    runs = files.read_object(path, "evaluate", ("runs",))["runs"]
    found: dict[str, Any] | None = runs.get(trained.run.name, {}).get("record")
    return found


def metrics_file(trained: Trained) -> Path | None:
    """Return where the metrics of a variant are: beside it, or in its project; None without."""
    folder = trained.folder.resolve()
    names = {"task": trained.described["task"], "dataset": folder.parent.name, "protocol": ""}
    inside = project(folder) / paths.METRICS.format(**names, variant=folder.name)
    return next(filter(Path.is_file, (folder / METRICS, inside)), None)


def _check_family(model: Path, described: dict[str, Any]) -> None:
    """Stop if this version has no such family, or needs a hyperparameter that was not stored."""
    name, known = described["family"], {*described["hyperparameters"], *families.ON_CPU}
    if name not in families.names():
        raise InputError(f"{model}: the family {name!r} is not known; use the version it is of")
    if absent := families.schema(name).keys() - known:
        raise InputError(
            f"{model}: lacks the hyperparameter {min(absent)}, as a model of an older version; "
            "run the train step again"
        )


def project(folder: Path) -> Path:
    """Return the root of the project that the folder of a variant is in."""
    return folder.parents[min(len(Path(paths.MODEL).parent.parts), len(folder.parents)) - 1]


def _encoder(folder: Path) -> Path:
    """Return where the encoder of a variant is: beside it, or in its project.

    There it is that of its protocol, or of the default one if its protocol changes no data.
    """
    beside, folder = folder / Path(paths.ENCODER).name, folder.resolve()
    under = (folder.parent.name, folder.parent.name.partition(".")[0])
    places = [project(folder) / paths.ENCODER.format(dataset=name, protocol="") for name in under]
    for place in (beside, *places):
        if place.is_file():
            return place
    raise InputError(
        f"{places[0]}: is missing; name the encoder.json of the model with --encoder, or run the "
        "encode step"
    )


def _run(model: Path, described: dict[str, Any], name: str) -> Run:
    runs = [Run(one["split"], one["weights"]) for one in described["runs"]]
    for run in runs:
        if name in ("", run.name):
            return run
    known = ", ".join(run.name for run in runs)
    raise InputError(f"{model}: has no run {name!r}; name one of {known} with --run")


def inputs(fitted: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the names of the numbers and of the categories that an encoder reads."""
    names = [feature["name"] for feature in fitted["categorical"]]
    states = [name.removesuffix(STATE) for name in names if name.endswith(STATE)]
    numbers = [feature["name"] for feature in fitted["numerical"]]
    return list(dict.fromkeys(numbers + states)), [n for n in names if not n.endswith(STATE)]


def _records(
    fitted: dict[str, Any], classes: tuple[str, ...], *, numerical: Any, categorical: Any
) -> Records:
    """Return encoded records of which no label is known: it is 0."""
    return Records(
        numerical=numerical,
        categorical=categorical,
        label=np.zeros(len(numerical), np.int32),
        count=np.ones(len(numerical), np.int32),
        window=None,
        cardinalities=tuple(len(one["vocabulary"]) + 1 for one in fitted["categorical"]),
        classes=classes,
    )


def _unseen(
    fitted: dict[str, Any], numbers: pd.DataFrame, categorical: npt.NDArray[Any]
) -> dict[str, Mask]:
    found: dict[str, Mask] = {}
    for ids, feature in zip(categorical.T, fitted["categorical"], strict=True):
        found[feature["name"]] = ids == 0
    for feature in fitted["numerical"]:
        if "knots" in feature:
            logs = scale.signed_log1p(numbers[feature["name"]].to_numpy("float64"))
            low, high = feature["knots"][0] - _ROUNDING, feature["knots"][-1] + _ROUNDING
            found[feature["name"]] = np.isfinite(logs) & ((logs < low) | (logs > high))
    return found
