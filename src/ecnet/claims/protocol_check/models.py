"""Cheap models to compare: different ones, equal ones, and ones that are worse by so much."""

from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet.evaluate.metrics import IntArray

EQUAL = (("boosted", "boosted-again"), ("random-tree", "random-tree-again"))
"""Pairs that differ by their seeds alone, so that the true difference is 0."""

FITTED = ("tree", "bayes", "linear", *(name for pair in EQUAL for name in pair))

BASE = "tree"
PLANTED = {"tree-1": 1, "tree-2": 2, "tree-4": 4}
"""Models that answer as BASE does, but wrongly so often that they are worse by these points."""

NAMES = (*FITTED, *PLANTED)

_BOOSTED = {
    **{"n_estimators": 8, "max_depth": 3, "learning_rate": 0.5, "subsample": 0.7},
    **{"n_jobs": 1, "tree_method": "hist", "max_bin": 32},
}


def fitted(
    features: npt.NDArray[np.float32], label: IntArray, random: np.random.Generator
) -> list[Any]:
    """Return the models FITTED, fitted on (n, L) features and (n,) labels from 0 without gaps."""
    from sklearn.linear_model import RidgeClassifier
    from sklearn.naive_bayes import BernoulliNB
    from sklearn.tree import DecisionTreeClassifier
    from xgboost import XGBClassifier

    def seeded(family: Any, **hyperparameters: Any) -> Any:
        return family(**hyperparameters, random_state=int(random.integers(2**31)))

    models = [
        seeded(DecisionTreeClassifier, max_leaf_nodes=40),
        BernoulliNB(),  # a number above its mean, or not; with normal densities it is unstable
        RidgeClassifier(),
        *(seeded(XGBClassifier, **_BOOSTED) for _ in EQUAL[0]),
        *(seeded(DecisionTreeClassifier, max_leaf_nodes=40, max_features=0.3) for _ in EQUAL[1]),
    ]
    return [model.fit(features, label) for model in models]


def answers(models: list[Any], known: IntArray, features: npt.NDArray[np.float32]) -> IntArray:
    """Return what the models FITTED answer, (V, n) indices of classes.

    known: the classes that they were fitted on, in order.
    """
    return np.stack([known[model.predict(features).astype(np.int64)] for model in models])


def with_planted(
    answered: IntArray,
    label: IntArray,
    draw: npt.NDArray[np.float64],
    accuracy: float,
    classes: int,
) -> IntArray:
    """Return the answers of the models NAMES.

    answered: (V, n) those of FITTED. label: (n,) the true classes. draw: (n,) numbers in [0, 1) by
    which wrong answers are chosen. accuracy: of BASE on many records.
    """
    base, wrong = answered[FITTED.index(BASE)], (label + 1) % classes
    shares = [points / 100 / accuracy for points in PLANTED.values()]
    return np.stack([*answered, *(np.where(draw < share, wrong, base) for share in shares)])
