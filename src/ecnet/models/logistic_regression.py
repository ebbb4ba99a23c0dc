"""Logistic regression: multinomial, with an L2 penalty, on the inputs of `inputs.one_hot`.

`c` is scikit-learn's default; `iterations` is ours.
"""

from typing import Any

import numpy as np

from ecnet.models import Settings, outputs, weights
from ecnet.models.inputs import one_hot
from ecnet.models.outputs import Matrix, softmax
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, Records

SCHEMA = {
    "c": {"type": "number", "exclusiveMinimum": 0},
    "iterations": {"type": "integer", "minimum": 1},
}
"""c: the weight of the summed log-loss, against the penalty |w|^2 / 2. iterations: the most of the
solver, L-BFGS."""


class Linear:
    """A score for each class: coefficients (C, d), intercepts (C,)."""

    def __init__(self, coefficients: Matrix, intercepts: Matrix) -> None:
        """Hold the arrays; the history stays empty."""
        self.coefficients = coefficients
        self.intercepts = intercepts
        self.history: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """The number of coefficients and intercepts."""
        return self.coefficients.size + self.intercepts.size

    def predict(self, records: Records) -> FloatArray:
        """Return the softmax of the scores, (n, C)."""
        return outputs.by_blocks(
            lambda x: softmax(x @ self.coefficients.T + self.intercepts), records
        )

    def tensors(self) -> Tensors:
        """Return coefficients and intercepts."""
        return {"coefficients": self.coefficients, "intercepts": self.intercepts}


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Linear:  # noqa: ARG001
    """Fit on `train` alone. A class without a record never wins; one that is alone always does."""
    x, held = one_hot(train), np.unique(train.label)
    model = Linear(np.zeros((len(train.classes), x.shape[1])), np.full(len(train.classes), -np.inf))
    model.intercepts[held] = 0
    if len(held) == 1:
        return model
    from sklearn.linear_model import LogisticRegression  # unused by predictions

    solver: Any = LogisticRegression(C=settings["c"], max_iter=settings["iterations"])
    solver.fit(x, train.label)
    fitted = held[-len(solver.coef_) :]  # of two classes the first has score 0
    model.coefficients[fitted], model.intercepts[fitted] = solver.coef_, solver.intercept_
    return model


def load(tensors: Tensors, settings: Settings, like: Records) -> Linear:  # noqa: ARG001
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features or classes.
    """
    classes, width = len(like.classes), one_hot(like, 0, 0).shape[1]
    shapes = {"coefficients": (classes, width), "intercepts": (classes,)}
    weights.check(tensors, shapes, dict.fromkeys(shapes, np.float64))
    return Linear(tensors["coefficients"], tensors["intercepts"])
