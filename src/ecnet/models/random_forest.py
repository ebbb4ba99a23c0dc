"""Random forest: scikit-learn's, of bootstrap samples, each node split on one of sqrt(d) columns.

All values are scikit-learn's defaults.
"""

from typing import Any

from ecnet import seeds
from ecnet.models import Settings
from ecnet.models.forest import Forest
from ecnet.models.inputs import one_hot
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

SCHEMA = {
    "trees": {"type": "integer", "minimum": 1},
    "min_samples_leaf": {"type": "integer", "minimum": 1},
}
"""trees: how many. min_samples_leaf: the fewest train records of a leaf."""


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Forest:  # noqa: ARG001
    """Fit on `train` alone."""
    from sklearn.ensemble import RandomForestClassifier  # unused by predictions

    state = seeds.key(seed, "random forest") % 2**31
    forest: Any = RandomForestClassifier(
        settings["trees"],
        min_samples_leaf=settings["min_samples_leaf"],
        random_state=state,
        n_jobs=1,
    )
    forest.fit(one_hot(train), train.label)
    return Forest.of_scikit_learn(forest.estimators_, forest.classes_, train)


def load(tensors: Tensors, settings: Settings, like: Records) -> Forest:
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features or classes, or not so many trees.
    """
    return Forest.load(tensors, like, (settings["trees"], 1), len(like.classes))
