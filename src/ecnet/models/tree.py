"""Control: a decision tree on one feature, the one that scores best on validation.

A score that a single column reaches is not evidence for a network.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet.errors import InputError
from ecnet.models import Settings, weights
from ecnet.models.score import macro_f1
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, Records

SCHEMA = {"leaves": {"type": "integer", "minimum": 2}}
"""leaves: the most leaves of a tree."""


class Steps:
    """A tree on one feature is a step function of it.

    feature: (3,), its place among numerical, then categorical features, and how many there are of
    each. edges: (S - 1,) ascending, where the steps end; an edge belongs to the step below it.
    shares: (S, C), the class shares of each step.
    """

    def __init__(
        self, feature: npt.NDArray[np.int64], edges: npt.NDArray[np.float64], shares: FloatArray
    ) -> None:
        """Hold the arrays; the history is empty until features are compared."""
        self.feature = feature
        self.edges = edges
        self.shares = shares
        self.history: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """One number for each edge, and for each step one share less than there are classes."""
        steps, classes = self.shares.shape
        return len(self.edges) + int(steps) * (int(classes) - 1)

    def predict(self, records: Records) -> FloatArray:
        """Return the class shares of each record's step, (n, C)."""
        values = _column(records, int(self.feature[0]))
        return self.shares[np.searchsorted(self.edges, values, side="left")]

    def tensors(self) -> Tensors:
        """Return the arrays."""
        return {"feature": self.feature, "edges": self.edges, "shares": self.shares}


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Steps:  # noqa: ARG001
    """Fit a tree on each feature; keep the one of highest macro-F1 on `validation`."""
    best, best_score = None, -1.0
    history: list[dict[str, float]] = []
    for place in range(sum(_widths(train))):
        fitted = _fit_one(train, place, settings["leaves"])
        predicted = fitted.predict(validation).argmax(axis=1).astype(np.int32)
        score = macro_f1(validation.label, predicted, len(train.classes))
        history.append({"step": place + 1, "validation": score})
        if score > best_score:
            best, best_score = fitted, score
    assert best is not None  # encode refuses data without features
    best.history = history
    return best


def load(tensors: Tensors, settings: Settings, like: Records) -> Steps:  # noqa: ARG001
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features or classes.
    """
    shapes = {"feature": (3,), "edges": (None,), "shares": (None, len(like.classes))}
    weights.check(tensors, shapes, {"feature": np.int64, "edges": np.float64})
    place, *found = tensors["feature"].tolist()
    wanted = list(_widths(like))
    if found != wanted or not 0 <= place < sum(wanted):
        raise InputError(
            f"feature {place} of {found} numerical and categorical features, but the data have "
            f"{wanted}; run the train step again"
        )
    if len(tensors["edges"]) + 1 != len(tensors["shares"]):
        raise InputError("edges and shares differ in length; run the train step again")
    return Steps(tensors["feature"], tensors["edges"], tensors["shares"])


def _fit_one(train: Records, place: int, leaves: int) -> Steps:
    from sklearn.tree import (
        DecisionTreeClassifier,
    )  # unused by predictions

    values = _column(train, place)
    tree: Any = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0)
    tree.fit(values[:, None], train.label)
    inner = tree.tree_.children_left >= 0
    edges = np.sort(tree.tree_.threshold[inner]).astype(np.float64)
    step = np.searchsorted(edges, values, side="left")
    counts = np.zeros((len(edges) + 1, len(train.classes)))
    np.add.at(counts, (step, train.label), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return Steps(np.array([place, *_widths(train)]), edges, shares.astype(np.float32))


def _widths(records: Records) -> tuple[int, int]:
    return records.numerical.shape[1], records.categorical.shape[1]


def _column(records: Records, place: int) -> npt.NDArray[np.float32]:
    numerical = records.numerical.shape[1]
    if place < numerical:
        return records.numerical[:, place]
    return records.categorical[:, place - numerical].astype(np.float32)
