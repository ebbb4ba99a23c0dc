"""Isolation forest (Liu, Ting and Zhou 2008), grown on normal records alone.

A tree splits a draw of records at random until each is alone. Odd records are alone after few
splits. scikit-learn grows the trees. Their number and that of the records are those of the source,
which are scikit-learn's defaults as well.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet import seeds
from ecnet.models import Settings, anomaly
from ecnet.models.anomaly import Detector
from ecnet.models.forest import Forest, tree
from ecnet.models.outputs import Matrix
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

TASKS = ("binary",)
SCHEMA = {
    "trees": {"type": "integer", "minimum": 1},
    "samples": {"type": "integer", "minimum": 2},
}
"""samples: the most normal records that a tree is grown on, drawn without replacement."""


@dataclass(frozen=True)
class Isolation:
    """A forest whose leaves hold how many splits isolate a record that ends there.

    In units of the number expected of a record among those that a tree is grown on.
    """

    forest: Forest

    @property
    def parameters(self) -> int:
        """A threshold for each inner node, and a number of splits for each leaf."""
        return self.forest.parameters

    def score(self, x: Matrix) -> Matrix:
        """Return the anomaly score of the source, from 0 to 1, (n,)."""
        score: Matrix = 2.0 ** -(self.forest.sums(x)[:, 0] / len(self.forest.roots))
        return score

    def tensors(self) -> Tensors:
        """Return the arrays of the forest."""
        return self.forest.tensors()


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Detector:
    """Grow trees on the normal records of `train`; the labels of `validation` calibrate.

    Raises:
        InputError: no record of train is normal.
    """
    from sklearn.ensemble import IsolationForest  # unused by predictions

    x = anomaly.normal(train)
    drawn = min(settings["samples"], len(x))
    state = seeds.key(seed, "isolation forest") % 2**31
    grown: Any = IsolationForest(
        n_estimators=settings["trees"], max_samples=drawn, random_state=state
    ).fit(x)
    unit = float(expected(np.array([drawn]))[0]) or 1.0  # no split isolates a single record
    trees = [tree(one.tree_, _splits(one.tree_) / unit) for one in grown.estimators_]
    return anomaly.calibrated(Isolation(Forest.join(trees, x.shape[1])), validation)


def load(tensors: Tensors, settings: Settings, like: Records) -> Detector:
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features, classes or hyperparameters.
    """
    curve, rest = anomaly.detached(tensors, like)
    return Detector(Isolation(Forest.load(rest, like, (settings["trees"], 1), 1)), curve)


def _splits(grown: Any) -> Matrix:
    """Return the splits that isolate a record that ends in a node of a `tree_`, (N, 1).

    Those that led to the node, and those expected among the train records that are there.
    """
    depths: Matrix = grown.compute_node_depths() - 1.0  # it counts the root as 1
    return (depths + expected(grown.n_node_samples))[:, None]


def expected(records: npt.NDArray[Any]) -> Matrix:
    """Return the expected number of splits that isolate one of so many records (equation 1)."""
    n = np.maximum(records, 3).astype(np.float64)
    many = 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n
    splits: Matrix = np.where(records > 2, many, np.maximum(records - 1, 0))
    return splits
