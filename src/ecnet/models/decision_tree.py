"""Decision tree: scikit-learn's, with the Gini index, grown until its leaves are pure.

All values are scikit-learn's defaults.
"""

from typing import Any

from ecnet import seeds
from ecnet.models import Settings
from ecnet.models.forest import Forest
from ecnet.models.inputs import one_hot
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

SCHEMA = {"min_samples_leaf": {"type": "integer", "minimum": 1}}
"""min_samples_leaf: the fewest train records of a leaf."""


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Forest:  # noqa: ARG001
    """Fit on `train` alone. The seed decides between splits that are equally good."""
    from sklearn.tree import DecisionTreeClassifier  # unused by predictions

    state = seeds.key(seed, "decision tree") % 2**31
    tree: Any = DecisionTreeClassifier(
        min_samples_leaf=settings["min_samples_leaf"], random_state=state
    )
    tree.fit(one_hot(train), train.label)
    return Forest.of_scikit_learn([tree], tree.classes_, train)


def load(tensors: Tensors, settings: Settings, like: Records) -> Forest:  # noqa: ARG001
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features or classes.
    """
    return Forest.load(tensors, like, (1, 1), len(like.classes))
