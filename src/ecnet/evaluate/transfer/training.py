"""Models trained on a fold of each split, and their answers to all test records of the split."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecnet import models, seeds
from ecnet.evaluate.metrics import IntArray
from ecnet.evaluate.transfer.folds import Fold, Groups
from ecnet.prepare import encode
from ecnet.prepare.assignment import Sample, Subset
from ecnet.prepare.records import Records

UNKNOWN = -1
"""In place of an answer: the record is of a class that the model was not trained on."""

_FEWEST_CLASSES = 2


class UntrainableError(Exception):
    """A fold leaves too little to train on."""


@dataclass(frozen=True)
class Study:
    """A dataset whose records have groups.

    groups: (n,) of each record of the sample. classes: of the task; normal: the first of the binary
    one. alarms: the share of normal validation records that may be called attacks, in place of the
    most probable class; None for the latter. settings: those of the step.
    """

    sample: Sample
    groups: Groups
    classes: tuple[str, ...]
    normal: str
    alarms: float | None
    settings: Mapping[str, Any]

    @property
    def binary(self) -> bool:
        """Whether the task is binary."""
        return bool(self.settings["task"] == "binary")

    def labels(self, subset: Subset) -> pd.Series:
        """Return the classes of a subset's records, those of the task."""
        if not self.binary:
            return subset.labels
        return subset.labels.where(subset.labels == self.normal, self.classes[-1])


def answers(
    study: Study, subsets: Mapping[str, Subset], fold: Fold, seed: int
) -> Iterator[tuple[str, IntArray]]:
    """Yield for each variant the predicted class of each test record, (n,), or UNKNOWN.

    subsets: of the split of a seed. Only train and validation are restricted to the fold; features
    are fitted on the train records that remain.

    Raises:
        UntrainableError: too little remains.
    """
    keeps = fold.keeps(study.groups)
    train, validation = (_kept(subsets[name], keeps) for name in ("train", "validation"))
    known = [cls for cls in study.classes if (study.labels(train) == cls).any()]
    if len(known) < _FEWEST_CLASSES:
        raise UntrainableError(f"all train records are {known[0]}" if known else "no train record")
    validation = _of_classes(study, validation, known)
    if not len(validation.places):
        raise UntrainableError("no validation record")
    test = _of_classes(study, subsets["test"], known)
    answered = study.labels(subsets["test"]).isin(known).to_numpy()
    encoder = encode.fitted(study.sample, [train], study.settings["scale"])
    if not encoder["numerical"] and not encoder["categorical"]:
        raise UntrainableError("no feature varies on its train records")
    fitting, choosing, asked = (
        _records(study, subset, encoder, known) for subset in (train, validation, test)
    )
    place_of = np.array([study.classes.index(cls) for cls in known])
    for variant, of in study.settings["variants"].items():
        key = (study.settings["weights"], seed, study.settings["dataset"], study.settings["task"])
        model = models.family(of["family"]).fit(
            fitting, choosing, of["hyperparameters"], seeds.key(*key, "weights")
        )
        predicted = np.full(len(answered), UNKNOWN)
        predicted[answered] = place_of[_predicted(study, model, choosing, asked)]
        print(f"split {seed}, trained on {fold.name}: {variant}", file=sys.stderr)
        yield variant, predicted


def _predicted(study: Study, model: models.Model, choosing: Records, asked: Records) -> IntArray:
    """Return the class of each record: the most probable one, or by a threshold of alarms."""
    probabilities = model.predict(asked)
    if study.alarms is None:
        most_probable: IntArray = probabilities.argmax(axis=1)
        return most_probable
    normal = model.predict(choosing)[choosing.label == 0, 1]
    return (probabilities[:, 1] > threshold(normal, study.alarms)).astype(np.int64)


def threshold(normal: Sequence[float] | np.ndarray[Any, Any], share: float) -> float:
    """Return the score above which at most a share of normal records lie; 1 if there is none.

    The scores of a tree, say, take few values; then the share above may be much less.
    """
    ordered = np.sort(np.asarray(normal, dtype=np.float64))[::-1]
    return float(ordered[int(share * len(ordered))]) if len(ordered) else 1.0


def _kept(subset: Subset, keeps: np.ndarray[Any, np.dtype[np.bool_]]) -> Subset:
    return _chosen(subset, keeps[subset.places])


def _of_classes(study: Study, subset: Subset, known: Sequence[str]) -> Subset:
    return _chosen(subset, study.labels(subset).isin(known).to_numpy())


def _chosen(subset: Subset, mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Subset:
    return Subset(subset.places[mask], subset.labels[mask], subset.counts[mask])


def _records(
    study: Study, subset: Subset, encoder: encode.Encoder, known: Sequence[str]
) -> Records:
    """Return the records of a subset as a model reads them, with the known classes alone."""
    tensors: dict[str, Any] = encode.transform(encoder, *study.sample.features(subset))
    return Records(
        numerical=tensors["numerical"],
        categorical=tensors["categorical"],
        label=pd.Index(known).get_indexer(pd.Index(study.labels(subset))).astype(np.int32),
        count=subset.counts,
        window=None,
        cardinalities=tuple(len(f["vocabulary"]) + 1 for f in encoder["categorical"]),
        classes=tuple(known),
    )
