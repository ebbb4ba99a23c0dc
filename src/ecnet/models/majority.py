"""Control: the same probabilities for every record, the class shares of train."""

import numpy as np

from ecnet.models import Settings, weights
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, Records

SCHEMA = {}  # type: ignore[var-annotated]


class Majority:
    """The class shares of train, (C,)."""

    def __init__(self, shares: FloatArray) -> None:
        """Hold `shares`, which add up to 1."""
        self.shares = shares
        self.history: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """C - 1: the last share follows from the others."""
        return len(self.shares) - 1

    def predict(self, records: Records) -> FloatArray:
        """Return the shares once for each record, (n, C)."""
        return np.tile(self.shares, (len(records), 1))

    def tensors(self) -> Tensors:
        """Return the shares."""
        return {"shares": self.shares}


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Majority:  # noqa: ARG001
    """Count the classes of `train`; nothing is chosen and nothing drawn."""
    counts = np.bincount(train.label, minlength=len(train.classes))
    return Majority((counts / counts.sum()).astype(np.float32))


def load(tensors: Tensors, settings: Settings, like: Records) -> Majority:  # noqa: ARG001
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of another number of classes.
    """
    weights.check(tensors, {"shares": (len(like.classes),)})
    return Majority(tensors["shares"])
