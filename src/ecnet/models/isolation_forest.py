"""Isolation forest (Liu, Ting and Zhou 2008), grown on normal records alone.

A tree splits a draw of records at random until each is alone. Odd records are alone after few
splits. scikit-learn grows the trees; the inputs are those of the SVM, the ids one-hot. The numbers
of trees and records are those of the source, which are scikit-learn's as well.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet import seeds
from ecnet.errors import InputError
from ecnet.models import Settings, anomaly, weights
from ecnet.models.anomaly import Detector, Matrix
from ecnet.models.inputs import one_hot
from ecnet.models.weights import Tensors
from ecnet.prepare.records import IntArray, Records

TASKS = ("binary",)
SCHEMA = {
    "trees": {"type": "integer", "minimum": 1},
    "samples": {"type": "integer", "minimum": 2},
}
"""samples: the most normal records that a tree is grown on, drawn without replacement."""


@dataclass(frozen=True)
class Forest:
    """The nodes of all trees, N in total.

    roots: (T,) the first node of each tree. children: (N, 2) the node below and that above the
    threshold; those of a leaf are the leaf itself. feature: (N,) the input that is compared.
    threshold: (N,); it belongs to the node below. length: (N,) how many splits isolate a record
    that ends in a leaf, as a share of T times the expected number. depth: the most splits of a
    record.
    """

    roots: IntArray
    children: IntArray
    feature: IntArray
    threshold: Matrix
    length: Matrix
    depth: int

    @property
    def parameters(self) -> int:
        """The number of nodes: one length for each leaf, one condition for each split."""
        return len(self.length)

    def score(self, x: Matrix) -> Matrix:
        """Return the anomaly score of the source, from 0 to 1, (n,)."""
        values = x.astype(np.float32)  # as scikit-learn compares them
        rows = np.arange(len(x))[:, None]
        node = np.broadcast_to(self.roots, (len(x), len(self.roots)))
        for _ in range(self.depth):
            above = values[rows, self.feature[node]] > self.threshold[node]
            node = self.children[node, above.astype(np.intp)]
        score: Matrix = 2.0 ** -self.length[node].sum(axis=1)
        return score

    def tensors(self) -> Tensors:
        """Return the arrays."""
        return {
            "roots": self.roots,
            "children": self.children,
            "feature": self.feature,
            "threshold": self.threshold,
            "length": self.length,
        }


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Detector:
    """Grow trees on the normal records of `train`; the labels of `validation` calibrate.

    Raises:
        InputError: no record of train is normal.
    """
    from sklearn.ensemble import IsolationForest  # unused by predictions

    x = anomaly.normal(train)
    drawn = min(settings["samples"], len(x))
    grown: Any = IsolationForest(
        n_estimators=settings["trees"],
        max_samples=drawn,
        random_state=seeds.key(seed, "isolation forest") % 2**31,
    ).fit(x)
    forest = _flat([one.tree_ for one in grown.estimators_], drawn, _depth(settings))
    return anomaly.calibrated(forest, validation)


def load(tensors: Tensors, settings: Settings, like: Records) -> Detector:
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features, classes or hyperparameters.
    """
    shapes: dict[str, tuple[int | None, ...]] = {
        "roots": (settings["trees"],),
        "children": (None, 2),
        **dict.fromkeys(("feature", "threshold", "length"), (None,)),
        "curve": (len(like.classes),),
    }
    places = ("roots", "children", "feature")
    kinds = {name: np.int32 if name in places else np.float64 for name in shapes}
    weights.check(tensors, shapes, kinds)
    nodes = len(tensors["children"])
    bounds = {"roots": nodes, "children": nodes, "feature": one_hot(like, 0, 0).shape[1]}
    for name, bound in bounds.items():
        if ((tensors[name] < 0) | (tensors[name] >= bound)).any():
            raise InputError(f"{name} is not below {bound} everywhere; run the train step again")
    if any(len(tensors[name]) != nodes for name in ("feature", "threshold", "length")):
        raise InputError("arrays of nodes differ in length; run the train step again")
    forest = Forest(
        **{name: tensors[name] for name in shapes if name != "curve"}, depth=_depth(settings)
    )
    return Detector(forest, tensors["curve"])


def _depth(settings: Settings) -> int:
    """Return the depth at which trees end: that of a balanced tree with all records alone."""
    return math.ceil(math.log2(settings["samples"]))


def _flat(trees: list[Any], drawn: int, depth: int) -> Forest:
    """Return the trees of scikit-learn, grown on `drawn` records each, in one array of nodes."""
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    children, feature, threshold, length = [], [], [], []
    for start, tree in zip(starts, trees, strict=True):
        below = np.stack([tree.children_left, tree.children_right], axis=1)
        leaf = below < 0
        itself = np.arange(tree.node_count)[:, None]
        children.append(start + np.where(leaf, itself, below))
        feature.append(np.where(leaf[:, 0], 0, tree.feature))
        threshold.append(np.where(leaf[:, 0], 0, tree.threshold))
        splits = tree.compute_node_depths() - 1  # it counts the root as 1
        length.append(splits + _expected(tree.n_node_samples))
    expected = float(_expected(np.array([drawn]))[0]) or 1.0  # of a single record: no split
    return Forest(
        roots=starts.astype(np.int32),
        children=np.concatenate(children).astype(np.int32),
        feature=np.concatenate(feature).astype(np.int32),
        threshold=np.concatenate(threshold).astype(np.float64),
        length=np.concatenate(length) / (len(trees) * expected),
        depth=depth,
    )


def _expected(records: npt.NDArray[Any]) -> Matrix:
    """Return the expected number of splits that isolate one of so many records (equation 1)."""
    n = np.maximum(records, 3).astype(np.float64)
    many = 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n
    return np.where(records > 2, many, np.maximum(records - 1, 0)).astype(np.float64)
