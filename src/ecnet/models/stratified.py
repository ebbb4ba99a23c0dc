"""Control: each record gets a class drawn at random, with the class shares of train."""

import numpy as np
import numpy.typing as npt

from ecnet import seeds
from ecnet.models import Settings, weights
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, Records

SCHEMA = {}  # type: ignore[var-annotated]


class Stratified:
    """The class shares of train, (C,), and the seed of the draw, (1,)."""

    def __init__(self, shares: FloatArray, seed: npt.NDArray[np.uint64]) -> None:
        """Hold `shares`, which add up to 1, and `seed`."""
        self.shares = shares
        self.seed = seed
        self.history: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """C - 1: the last share follows from the others."""
        return len(self.shares) - 1

    def predict(self, records: Records) -> FloatArray:
        """Return 1 for the class drawn for each record and 0 for the others, (n, C)."""
        random = seeds.generator(int(self.seed[0]), "stratified guess")
        edges = np.cumsum(self.shares, dtype=np.float64)
        drawn = np.searchsorted(edges, random.random(len(records)) * edges[-1], side="right")
        guesses: FloatArray = np.eye(len(self.shares), dtype=np.float32)[drawn]
        return guesses

    def tensors(self) -> Tensors:
        """Return shares and seed."""
        return {"shares": self.shares, "seed": self.seed}


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Stratified:  # noqa: ARG001
    """Count the classes of `train`."""
    counts = np.bincount(train.label, minlength=len(train.classes))
    return Stratified((counts / counts.sum()).astype(np.float32), np.array([seed], dtype=np.uint64))


def load(tensors: Tensors, settings: Settings, like: Records) -> Stratified:  # noqa: ARG001
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of another number of classes.
    """
    weights.check(tensors, {"shares": (len(like.classes),), "seed": (1,)}, {"seed": np.uint64})
    return Stratified(tensors["shares"], tensors["seed"])
