"""XGBoost: boosted trees on the same features as EcNet, the categorical features as categories."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ecnet import seeds
from ecnet.errors import InputError
from ecnet.models import Settings, weights
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, Records


@contextmanager
def _without_scikit_learn() -> Iterator[None]:
    """Import xgboost without its estimators for scikit-learn, for this module alone.

    They are optional and not used here, and the import of scikit-learn takes 1.2 s in each process.
    The modules imported without it are then removed from sys.modules, so that a later `import
    xgboost` elsewhere provides the estimators. Both share the core: one library, one class Booster.
    """
    if "xgboost" in sys.modules or "sklearn" in sys.modules:
        yield
        return
    sys.modules["sklearn"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["sklearn"]
        for name in ("xgboost", "xgboost.compat", "xgboost.sklearn", "xgboost.training"):
            sys.modules.pop(name, None)


with _without_scikit_learn():
    import xgboost

SCHEMA = {
    "rounds": {"type": "integer", "minimum": 1},
    "patience": {"type": "integer", "minimum": 1},
    "learning_rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "max_depth": {"type": "integer", "minimum": 1, "maximum": 30},
    "min_child_weight": {"type": "number", "minimum": 0},
    "subsample": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "colsample_bytree": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "reg_lambda": {"type": "number", "minimum": 0},
    "max_bin": {"type": "integer", "minimum": 2, "maximum": 65536},
}
"""Names and meanings are XGBoost's own, except `rounds` (the most rounds of boosting, of C trees
each) and `patience` (rounds without a lower mlogloss on validation after which it ends)."""

_BOOSTER = ("learning_rate", "max_depth", "min_child_weight", "subsample", "colsample_bytree")


class Trees:
    """A booster, cut at its best round."""

    def __init__(self, booster: xgboost.Booster) -> None:
        """Hold `booster`; its history is empty until it is trained."""
        self.booster = booster
        self.history: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """The number of nodes: one value for each leaf, one condition for each split."""
        return sum(tree.count('"nodeid"') for tree in self.booster.get_dump(dump_format="json"))

    def predict(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C)."""
        result: FloatArray = self.booster.predict(_matrix(records))
        return result

    def tensors(self) -> Tensors:
        """Return the booster as an array of bytes: XGBoost's own Universal Binary JSON."""
        return {"booster": np.frombuffer(self.booster.save_raw("ubj"), dtype=np.uint8)}


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Trees:
    """Boost until mlogloss on `validation` has not fallen for `patience` rounds."""
    names = (*_BOOSTER, "reg_lambda", "max_bin")
    evaluations: dict[str, dict[str, list[float]]] = {}
    booster = xgboost.train(
        {
            **{name: settings[name] for name in names},
            "objective": "multi:softprob",
            "eval_metric": "mlogloss",
            "num_class": len(train.classes),
            "tree_method": "hist",
            "nthread": 1,
            "seed": seeds.key(seed, "xgboost") % 2**31,
        },
        _matrix(train),
        num_boost_round=settings["rounds"],
        evals=[(_matrix(validation), "validation")],
        early_stopping_rounds=settings["patience"],
        evals_result=evaluations,
        verbose_eval=False,
    )
    model = Trees(booster[: booster.best_iteration + 1])
    losses = evaluations["validation"]["mlogloss"]
    model.history = [{"step": i, "validation": loss} for i, loss in enumerate(losses, start=1)]
    return model


def load(tensors: Tensors, settings: Settings, like: Records) -> Trees:  # noqa: ARG001
    """Return the model of these `tensors`.

    Raises:
        InputError: they are not a booster, or one for other features or classes.
    """
    weights.check(tensors, {"booster": (None,)}, {"booster": np.uint8})
    booster = xgboost.Booster({"nthread": 1})
    try:
        booster.load_model(bytearray(tensors["booster"].tobytes()))
        classes = int(_learner(booster)["learner_model_param"]["num_class"])
    except xgboost.core.XGBoostError as error:
        reason = str(error).splitlines()[0].split(": ", 1)[-1]  # without time and place
        raise InputError(f"cannot be read ({reason}); run the train step again") from error
    found = (booster.num_features(), booster.feature_types, classes)
    wanted = (len(_types(like)), _types(like), len(like.classes))
    if found != wanted:
        raise InputError(
            f"(features, types, classes) are {found}, the data need {wanted}; "
            "run the train step again"
        )
    return Trees(booster)


def _learner(booster: xgboost.Booster) -> dict[str, Any]:
    learner: dict[str, Any] = json.loads(booster.save_config())["learner"]
    return learner


def _types(records: Records) -> list[str]:
    return ["q"] * records.numerical.shape[1] + ["c"] * records.categorical.shape[1]


def _matrix(records: Records) -> xgboost.DMatrix:
    return xgboost.DMatrix(
        np.hstack([records.numerical, records.categorical.astype(np.float32)]),
        label=records.label,
        feature_types=_types(records),
        enable_categorical=True,
        nthread=1,
    )
