"""Support vector machine: linear, on a Nystroem map of a Gaussian kernel.

A kernel machine needs n^2 kernel values. The map (Williams and Seeger 2001) needs n m of them, for
m components drawn from train, and reproduces the kernel between these. The inputs are the numerical
features and the one-hot ids of the categorical features; id 0, a value that train does not contain,
is all zeros.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet import seeds
from ecnet.models import Settings, outputs, weights
from ecnet.models.inputs import one_hot
from ecnet.models.outputs import Matrix
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, IntArray, Records

SCHEMA = {
    "records": {"type": "integer", "minimum": 2},
    "components": {"type": "integer", "minimum": 1},
    "gamma": {"type": "number", "exclusiveMinimum": 0},
    "c": {"type": "number", "exclusiveMinimum": 0},
    "iterations": {"type": "integer", "minimum": 1},
}
"""records: the most train records, a stratified draw. components: m. gamma: of the kernel
exp(-gamma |x - y|^2), in units of 1 / (features x variance). c: the weight of the hinge loss.
iterations: the most of the solver."""


@dataclass(frozen=True)
class Map:
    """The Nystroem map: components (m, d), normalisation (m, m), gamma (1,)."""

    components: Matrix
    normalisation: Matrix
    gamma: Matrix

    def __call__(self, x: Matrix) -> Matrix:
        """From (n, d) to (n, m)."""
        squares = (x**2).sum(axis=1)[:, None] + (self.components**2).sum(axis=1)
        distances = np.maximum(squares - 2 * x @ self.components.T, 0)
        mapped: Matrix = np.exp(-self.gamma * distances) @ self.normalisation.T
        return mapped


class Machine:
    """One hyperplane in the mapped space for each class: coefficients (C, m), intercepts (C,)."""

    def __init__(self, kernel: Map, coefficients: Matrix, intercepts: Matrix) -> None:
        """Hold the arrays; the history stays empty."""
        self.kernel = kernel
        self.coefficients = coefficients
        self.intercepts = intercepts
        self.history: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """The number of stored numbers, those of the map included."""
        return sum(array.size for array in self.tensors().values())

    def predict(self, records: Records) -> FloatArray:
        """Return the softmax of the margins, (n, C), which is not calibrated.

        A class without a train record has score 0.
        """
        return outputs.by_blocks(
            lambda x: outputs.softmax(self.kernel(x) @ self.coefficients.T + self.intercepts),
            records,
        )

    def tensors(self) -> Tensors:
        """Return the arrays of the map and of the hyperplanes."""
        return {
            "components": self.kernel.components,
            "normalisation": self.kernel.normalisation,
            "gamma": self.kernel.gamma,
            "coefficients": self.coefficients,
            "intercepts": self.intercepts,
        }


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Machine:  # noqa: ARG001
    """Fit on `train` alone; nothing is chosen on validation."""
    rows = _draw(train.label, settings["records"], seeds.generator(seed, "svm records"))
    x, label = one_hot(train)[rows], train.label[rows]
    state = seeds.key(seed, "svm") % 2**31
    width = settings["gamma"] / (x.shape[1] * x.var())
    kernel = _map(x, width, settings["components"], state)
    return _separate(kernel, kernel(x), label, len(train.classes), settings, state)


def load(tensors: Tensors, settings: Settings, like: Records) -> Machine:  # noqa: ARG001
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features or classes.
    """
    classes, width = len(like.classes), one_hot(like, 0, 0).shape[1]
    components = len(np.atleast_1d(tensors.get("components", ())))
    shapes: dict[str, tuple[int | None, ...]] = {
        "components": (components, width),
        "normalisation": (components, components),
        "gamma": (1,),
        "coefficients": (classes, components),
        "intercepts": (classes,),
    }
    weights.check(tensors, shapes, dict.fromkeys(shapes, np.float64))
    kernel = Map(tensors["components"], tensors["normalisation"], tensors["gamma"])
    return Machine(kernel, tensors["coefficients"], tensors["intercepts"])


def _draw(label: IntArray, records: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the rows of at most `records` records, of each class the same share, at least one."""
    share = min(1.0, records / len(label))
    order = random.permutation(len(label))
    place = np.empty(len(label), dtype=np.int64)  # of each row among those of its class
    for index in np.unique(label):
        members = order[label[order] == index]
        place[members] = np.arange(len(members))
    quota = np.maximum(1, np.floor(share * np.bincount(label)))
    return np.flatnonzero(place < quota[label])


def _map(x: Matrix, gamma: float, components: int, state: int) -> Map:
    from sklearn.kernel_approximation import (
        Nystroem,
    )  # unused by predictions

    nystroem: Any = Nystroem(
        kernel="rbf", gamma=gamma, n_components=min(components, len(x)), random_state=state
    ).fit(x)
    return Map(nystroem.components_, nystroem.normalization_, np.array([gamma]))


def _separate(
    kernel: Map,
    mapped: Matrix,
    label: IntArray,
    classes: int,
    settings: Settings,
    state: int,
) -> Machine:
    """Fit one hyperplane for each class against the rest; a class without a record never wins.

    If train has a single class, as it may with held-out captures, that class always wins.
    """
    all_coefficients = np.zeros((classes, mapped.shape[1]))
    all_intercepts = np.full(classes, -np.inf)
    held = np.unique(label)
    if len(held) == 1:
        all_intercepts[held] = 0
        return Machine(kernel, all_coefficients, all_intercepts)
    from sklearn.svm import LinearSVC  # unused by predictions

    solver: Any = LinearSVC(
        C=settings["c"], dual=False, max_iter=settings["iterations"], random_state=state
    )
    solver.fit(mapped, label)
    coefficients, intercepts = solver.coef_, solver.intercept_
    if len(held) == 2:  # the solver returns one hyperplane for two classes
        coefficients = np.vstack([-coefficients, coefficients])
        intercepts = np.hstack([-intercepts, intercepts])
    all_coefficients[held], all_intercepts[held] = coefficients, intercepts
    return Machine(kernel, all_coefficients, all_intercepts)
