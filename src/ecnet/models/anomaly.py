"""Detectors that learn from normal records alone: a score of how odd a record is, and a curve.

The curve turns the score into the probability of an attack: logistic, fitted on the labels of
validation (Platt 1999). These labels calibrate the score; they never change how it ranks records.
Each distinct record of validation counts once.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ecnet.errors import InputError
from ecnet.models import outputs, weights
from ecnet.models.inputs import one_hot
from ecnet.models.outputs import Matrix
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, Records

_STEPS = 100  # of Newton's method; ten are enough for most scores
_TOLERANCE = 1e-6  # of the gradient's mean over the records
_RIDGE = 1e-12  # keeps the Hessian regular where all scores are equal


class Scorer(Protocol):
    """What was learned from normal records."""

    @property
    def parameters(self) -> int:
        """The number of fitted numbers."""

    def score(self, x: Matrix) -> Matrix:
        """Return how odd each record is, (n,); x: (n, d) as `inputs.one_hot` makes it."""

    def tensors(self) -> Tensors:
        """Return the arrays."""


@dataclass
class Detector:
    """A scorer and its curve (2,): slope, at least 0, and intercept of the logit of an attack."""

    scorer: Scorer
    curve: Matrix
    history: list[dict[str, float]] = field(default_factory=list)

    @property
    def parameters(self) -> int:
        """The number of fitted numbers, the two of the curve included."""
        return self.scorer.parameters + len(self.curve)

    def predict(self, records: Records) -> FloatArray:
        """Return the probabilities of normal and of an attack, (n, 2)."""
        slope, intercept = self.curve
        logit = slope * scores(self.scorer, records) + intercept
        both = np.stack([-np.logaddexp(0, logit), -np.logaddexp(0, -logit)], axis=1)
        probabilities: FloatArray = np.exp(both).astype(np.float32)
        return probabilities

    def tensors(self) -> Tensors:
        """Return the arrays of the scorer, and the curve."""
        return self.scorer.tensors() | {"curve": self.curve}


def normal(train: Records) -> Matrix:
    """Return the inputs of the normal records, (n, d).

    Raises:
        InputError: there is none.
    """
    rows = train.label == 0
    if not rows.any():
        raise InputError(
            f"train has no {train.classes[0]} record, and a detector of anomalies learns from "
            "these alone; sample more records, or leave the variant out"
        )
    x: Matrix = one_hot(train)[rows]
    return x


def calibrated(scorer: Scorer, validation: Records) -> Detector:
    """Return the detector whose curve is fitted on the labels of `validation`."""
    return Detector(scorer, curve(scores(scorer, validation), validation.label != 0))


def detached(tensors: Tensors, like: Records) -> tuple[Matrix, Tensors]:
    """Return the curve among the tensors of a detector, and those of its scorer.

    Raises:
        InputError: there is no curve, or `like` is not of the binary task.
    """
    own = {name: array for name, array in tensors.items() if name == "curve"}
    weights.check(own, {"curve": (len(like.classes),)}, {"curve": np.float64})
    return tensors["curve"], {name: tensors[name] for name in tensors.keys() - own.keys()}


def scores(scorer: Scorer, records: Records) -> Matrix:
    """Return the score of each record, (n,)."""
    return outputs.by_blocks(scorer.score, records)


def curve(score: Matrix, attack: npt.NDArray[np.bool_]) -> Matrix:
    """Return slope and intercept of Platt's curve, (2,).

    score, attack: (n,). The targets are Platt's, a little off 0 and 1, so that the slope is finite
    where the score separates the classes. A slope below 0 is replaced by 0, the best of those that
    are not: otherwise labels would turn a score around that ranks attacks below normal records.
    """
    attacks, others = int(attack.sum()), int((~attack).sum())
    target = np.where(attack, (attacks + 1) / (attacks + 2), 1 / (others + 2))
    centre, width = score.mean(), score.std() or 1.0
    design = np.stack([(score - centre) / width, np.ones_like(score)], axis=1)
    slope, intercept = _newton(design, target)
    if slope < 0:
        slope, intercept = 0.0, np.log(target.sum() / (1 - target).sum())
    return np.array([slope / width, intercept - slope * centre / width])


def _newton(design: Matrix, target: Matrix) -> Matrix:
    """Return the coefficients (2,) of the logistic regression of `target` on `design` (n, 2).

    A step is halved until the loss does not rise (Lin, Lin and Weng 2007).
    """
    found = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        share = np.exp(-np.logaddexp(0, -design @ found))
        gradient = design.T @ (share - target)
        if np.abs(gradient).max() <= _TOLERANCE * len(target):
            break
        hessian = (design.T * (share * (1 - share))) @ design + _RIDGE * np.eye(len(found))
        step = np.linalg.solve(hessian, gradient)
        before = _loss(design @ found, target)
        while _loss(design @ (found - step), target) > before:
            step = step / 2
        found = found - step
    return found


def _loss(logit: Matrix, target: Matrix) -> float:
    """Return the cross entropy."""
    return float((np.logaddexp(0, logit) - target * logit).sum())
