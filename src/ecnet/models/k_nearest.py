"""k nearest neighbours: the shares of the classes among the nearest train records.

The Euclidean distance, equal votes and 5 neighbours are scikit-learn's defaults. The inputs are
those of `inputs.one_hot`. Ours: train records that are as near as the last neighbour vote too, so
that neither their order nor rounding decides.
"""

import dataclasses

import numpy as np

from ecnet.errors import InputError
from ecnet.models import Settings, outputs, weights
from ecnet.models.inputs import one_hot
from ecnet.models.outputs import Matrix
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, IntArray, Records

SCHEMA = {"neighbours": {"type": "integer", "minimum": 1}}
"""neighbours: how many vote; more if several are equally far."""

_DISTANCES = 4_000_000  # computed at once: bounds the memory of a prediction
_EQUAL = 1e-9  # squared distances that differ by less are equal: more than rounding makes of one


class Neighbours:
    """The train records, and how many of them vote on another."""

    def __init__(self, train: Records, neighbours: int) -> None:
        """Hold `train`, which has a record; the history stays empty."""
        self.train = train
        self.neighbours = min(neighbours, len(train))
        self.history: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """The number of stored numbers: above all the values and labels of the train records."""
        return sum(array.size for array in self.tensors().values())

    def predict(self, records: Records) -> FloatArray:
        """Return the share of each class among the votes, (n, C)."""
        known = one_hot(self.train)
        squares, doubled = (known**2).sum(axis=1), -2 * known.T
        voters = np.eye(len(self.train.classes), dtype=np.float32)[self.train.label]

        def shares(x: Matrix) -> FloatArray:
            distances = x @ doubled  # less |x|^2, which is the same for all
            distances += squares
            last = np.partition(distances, self.neighbours - 1)[:, self.neighbours - 1, None]
            votes = (distances <= last + _EQUAL).astype(np.float32) @ voters
            voted: FloatArray = votes / votes.sum(axis=1, keepdims=True)
            return voted

        return outputs.by_blocks(shares, records, max(1, _DISTANCES // len(known)))

    def tensors(self) -> Tensors:
        """Return the train records, and the number of classes, (1,)."""
        names = ("numerical", "categorical", "label")
        records = {name: getattr(self.train, name) for name in names}
        return records | {"classes": np.array([len(self.train.classes)], np.int32)}


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Neighbours:  # noqa: ARG001
    """Keep `train`."""
    return Neighbours(train, settings["neighbours"])


def load(tensors: Tensors, settings: Settings, like: Records) -> Neighbours:
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features or classes.
    """
    records = len(np.atleast_1d(tensors.get("label", ())))
    shapes = {
        "numerical": (records, like.numerical.shape[1]),
        "categorical": (records, like.categorical.shape[1]),
        "label": (records,),
        "classes": (1,),
    }
    weights.check(tensors, shapes, dict.fromkeys(shapes, np.int32) | {"numerical": np.float32})
    ends = {"categorical": like.cardinalities, "label": (len(like.classes),)}
    odd = [name for name, end in ends.items() if _outside(tensors[name], end)]
    if odd or not records or tensors["classes"][0] != len(like.classes):
        raise InputError(
            f"{records} records of {tensors['classes'][0]} classes ({len(like.classes)} wanted), "
            f"out of range: {', '.join(odd) or 'none'}; run the train step again"
        )
    train = dataclasses.replace(
        like,
        numerical=tensors["numerical"],
        categorical=tensors["categorical"],
        label=tensors["label"],
        count=np.ones(records, np.int32),
        window=None,
    )
    return Neighbours(train, settings["neighbours"])


def _outside(indices: IntArray, ends: tuple[int, ...]) -> bool:
    """Return whether an index is below 0, or not below the end of its column."""
    return bool(((indices < 0) | (indices >= np.array(ends))).any())
