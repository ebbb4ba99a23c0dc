"""The engine `tiles`: weights in and out, and the calls of the compiled kernels."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from ecnet.models.engines.tiles.kernels.arithmetic import Array, Integers
from ecnet.models.engines.tiles.kernels.batch import Batch, Weights, gradients, logits
from ecnet.models.engines.tiles.memory import allocate
from ecnet.models.engines.tiles.packing import Sizes, pack, plan, unpack
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.parameters import DataShape
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, Records


class Tiles:
    """A network whose loss and gradients are computed tile by tile."""

    def __init__(self, data: DataShape, hyper: Hyperparameters, tensors: Tensors) -> None:
        """Hold a copy of the weights `tensors`."""
        self._weights = {name: array.copy() for name, array in tensors.items()}
        self.parameters: Sequence[Array] = list(self._weights.values())
        self._sizes = Sizes.of(data, hyper)
        self._plan = plan(data, hyper)
        self._first_row = _first_row(data)
        self._classes = data.classes
        self._allocate = partial(allocate, data, hyper, self._sizes)
        self._tile = self._allocate()
        packed = pack(self._weights, self._sizes)
        self._gradients = Weights(*(np.zeros_like(array) for array in packed))
        self._held: Batch | None = None

    def hold(self, records: Records) -> None:
        """Take the records from which `gradients` picks its batches."""
        self._held = self._batch(records)

    def gradients(self, rows: Integers, keep: FloatArray) -> tuple[float, Sequence[Array]]:
        """Return the mean loss of the batch `rows`, (B,), and its gradient for each parameter."""
        assert self._held is not None
        packed = pack(self._weights, self._sizes)
        for gradient in self._gradients:
            gradient[...] = 0
        loss = gradients(self._plan, packed, self._held, rows, keep, self._tile, self._gradients)
        found = unpack(self._gradients, self._weights, self._sizes)
        return loss, [found[name] for name in self._weights]

    def probabilities(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C); several threads may call it at once."""
        out = np.empty((len(records), self._classes), dtype=np.float32)
        packed = pack(self._weights, self._sizes)
        rows, tile = np.arange(len(records)), self._allocate()
        logits(self._plan, packed, self._batch(records), rows, tile, out)
        out = np.exp(out - out.max(axis=1, keepdims=True))
        probabilities: FloatArray = out / out.sum(axis=1, keepdims=True)
        return probabilities

    def tensors(self) -> Tensors:
        """Return a copy of the weights, by name."""
        return {name: array.copy() for name, array in self._weights.items()}

    def set(self, tensors: Tensors) -> None:
        """Replace the weights."""
        for name, array in tensors.items():
            self._weights[name][...] = array

    def _batch(self, records: Records) -> Batch:
        """Return the records as the kernels read them; row 0 of the table is for unseen values."""
        ids = records.categorical.astype(np.int64)
        return Batch(
            numerical=np.ascontiguousarray(records.numerical),
            categorical=np.where(ids > 0, ids + self._first_row, 0),
            label=records.label.astype(np.int64),
        )


def _first_row(data: DataShape) -> Integers:
    """Return how many rows of the table come before those of each categorical feature, (L2,)."""
    rows = np.array(data.cardinalities, dtype=np.int64) - 1
    before: Integers = np.cumsum(rows) - rows
    return before
