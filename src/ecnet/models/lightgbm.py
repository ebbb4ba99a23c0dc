"""LightGBM: boosted trees that grow leaf by leaf, on the inputs of `inputs.one_hot`.

All values are LightGBM's defaults, but `rounds` and `patience`, which are those of the family
`xgboost`. The trees are stored as a `Forest`, whose indices are checked when it is loaded.
"""

import ctypes
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet import seeds
from ecnet.errors import InputError
from ecnet.models import Settings
from ecnet.models.forest import Forest, Tree
from ecnet.models.inputs import one_hot
from ecnet.models.outputs import Matrix, softmax
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, Records

SCHEMA = {
    "rounds": {"type": "integer", "minimum": 1},
    "patience": {"type": "integer", "minimum": 1},
    "learning_rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "num_leaves": {"type": "integer", "minimum": 2, "maximum": 131072},
    "min_data_in_leaf": {"type": "integer", "minimum": 0},
    "bagging_fraction": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "feature_fraction": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
}
"""Names and meanings are LightGBM's own, except `rounds` (the most rounds of boosting, of C trees
each) and `patience` (rounds without a lower log-loss on validation after which it ends). Records
and columns are drawn anew in each round."""

_ENDS = ("rounds", "patience")


class Boosted(Forest):
    """Trees of scores: the softmax of their sums are the probabilities."""

    def probabilities(self, sums: Matrix) -> FloatArray:
        """Return the softmax of the scores, (n, C)."""
        return softmax(sums)


def check_machine(settings: Settings) -> None:  # noqa: ARG001
    """Stop if LightGBM's library cannot be loaded: it needs the system's OpenMP runtime.

    Raises:
        InputError: it cannot.
    """
    folder = Path(str(distribution("lightgbm").locate_file("lightgbm/lib")))
    try:
        for library in folder.glob("lib_lightgbm.*"):
            ctypes.CDLL(str(library))
    except OSError as error:
        raise InputError(
            f"LightGBM cannot be loaded ({error}); install the OpenMP runtime "
            "(Debian: apt-get install libgomp1, macOS: brew install libomp)"
        ) from error


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Boosted:
    """Boost until log-loss on `validation` has not fallen for `patience` rounds."""
    import lightgbm  # imports scikit-learn; unused by predictions

    classes = len(train.classes)
    parameters = {
        **{name: value for name, value in settings.items() if name not in _ENDS},
        "bagging_freq": 1,
        "objective": "multiclass",
        "num_class": classes,
        "seed": seeds.key(seed, "lightgbm") % 2**31,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    fitted = lightgbm.Dataset(one_hot(train), train.label, params=parameters)
    losses: dict[str, Any] = {}
    booster = lightgbm.train(
        parameters,
        fitted,
        settings["rounds"],
        valid_sets=[fitted.create_valid(one_hot(validation), validation.label)],
        valid_names=["validation"],
        callbacks=[
            lightgbm.early_stopping(settings["patience"], verbose=False),
            lightgbm.record_evaluation(losses),
        ],
    )
    text = booster.model_to_string(num_iteration=booster.best_iteration)
    trees = [_tree(block) for block in text.split("\nTree=")[1:]]
    model = Boosted.join(trees, one_hot(train, 0, 0).shape[1], classes)
    for step, loss in enumerate(losses["validation"]["multi_logloss"], start=1):
        model.history.append({"step": step, "validation": loss})
    return model


def load(tensors: Tensors, settings: Settings, like: Records) -> Boosted:  # noqa: ARG001
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features or classes.
    """
    return Boosted.load(tensors, like, (None, len(like.classes)), 1)


def _tree(block: str) -> Tree:
    """Return a tree from its lines `name=numbers` in LightGBM's text.

    Nodes are numbered there as in a `Forest`.
    """
    lines = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)

    def numbers(name: str, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        return np.array(lines.get(name, "").split(), dtype=dtype)

    children = [numbers(side, np.int32) for side in ("left_child", "right_child")]
    return Tree(
        numbers("split_feature", np.int32),
        numbers("threshold", np.float64),
        np.column_stack(children),
        numbers("leaf_value", np.float64)[:, None],
    )
