"""The engine that trains and predicts on a CPU: a tile of records at a time, there and back.

torch passes a whole batch through one operation after the other, and each reads from memory what
the one before wrote there. Here 16 records pass through all operations, forward and backward, and
stay in the processor's cache. numba compiles it, products of matrices are the BLAS's. It computes
what `_network.Network` does; tests hold it to that.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecnet.models import Settings
from ecnet.models._kernels.arithmetic import Array, Integers
from ecnet.models._kernels.batch import Batch, Tile, Weights, gradients, logits
from ecnet.models._layout import Shape
from ecnet.models._packing import Sizes, pack, plan, unpack, up
from ecnet.models.weights import Tensors as Arrays
from ecnet.prepare.records import FloatArray, Records

_RECORDS = 16
"""Of a tile: their states, gates and attention fill a cache of 1 MiB."""


class Tiles:
    """A network whose loss and gradients are computed tile by tile."""

    def __init__(self, shape: Shape, settings: Settings, arrays: Arrays) -> None:
        """Hold a copy of the weights `arrays`."""
        self._weights = {name: array.copy() for name, array in arrays.items()}
        self.parameters: Sequence[Array] = list(self._weights.values())
        self._sizes = Sizes.of(shape, settings)
        self._plan = plan(shape, settings)
        self._rows_before = _rows_before(shape)
        self._classes = shape.classes
        self._tile = _tile(shape, settings, self._sizes)
        packed = pack(self._weights, self._sizes)
        self._gradients = Weights(*(np.zeros_like(array) for array in packed))
        self._held: Batch | None = None

    def hold(self, records: Records) -> None:
        """Take the records of which `gradients` is asked."""
        self._held = self._batch(records)

    def gradients(self, rows: Integers, keep: FloatArray) -> tuple[float, Sequence[Array]]:
        """Return the mean loss of the `rows` (B,) held, and its gradient for each parameter."""
        assert self._held is not None
        packed = pack(self._weights, self._sizes)
        for gradient in self._gradients:
            gradient[...] = 0
        loss = gradients(
            self._plan,
            packed,
            self._held,
            rows,
            keep,
            self._tile,
            self._gradients,
        )
        found = unpack(self._gradients, self._weights, self._sizes)
        return loss, [found[name] for name in self._weights]

    def probabilities(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C)."""
        out = np.empty((len(records), self._classes), dtype=np.float32)
        packed = pack(self._weights, self._sizes)
        logits(self._plan, packed, self._batch(records), np.arange(len(records)), self._tile, out)
        out = np.exp(out - out.max(axis=1, keepdims=True))
        probabilities: FloatArray = out / out.sum(axis=1, keepdims=True)
        return probabilities

    def arrays(self) -> Arrays:
        """Return a copy of the weights, by name."""
        return {name: array.copy() for name, array in self._weights.items()}

    def set(self, arrays: Arrays) -> None:
        """Take the weights `arrays`."""
        for name, array in arrays.items():
            self._weights[name][...] = array

    def _batch(self, records: Records) -> Batch:
        """Return the records as the kernels read them; row 0 of the table is for unseen values."""
        ids = records.categorical.astype(np.int64)
        return Batch(
            numerical=np.ascontiguousarray(records.numerical),
            categorical=np.where(ids > 0, ids + self._rows_before, 0),
            label=records.label.astype(np.int64),
        )


def _rows_before(shape: Shape) -> Integers:
    """Return how many rows of the table the features before each have, (L2,)."""
    rows = np.array(shape.cardinalities, dtype=np.int64) - 1
    before: Integers = np.cumsum(rows) - rows
    return before


def _tile(shape: Shape, settings: Settings, sizes: Sizes) -> Tile:
    """Return memory for one tile; that of a part which the network lacks is empty."""
    rows, h, gates = _RECORDS, sizes.padded, sizes.gates * sizes.padded
    steps = shape.numerical + len(shape.cardinalities)
    heads = sizes.heads if settings["attention"] else 0
    dense, classes = settings["dense"], shape.classes
    wide, deep, looked = sizes.head_padded, sizes.head, up(steps)
    shapes: dict[str, tuple[int, ...]] = {
        "numerical": (rows, shape.numerical),
        "keep": (rows, dense),
        "nothing": (rows, h),
        "gates": (steps, rows, gates),
        "memory": (steps, rows, h),
        "states": (steps, rows, h),
        "product": (rows, gates),
        "projected": (steps, rows, 2 * heads * wide),
        "chances": (rows, heads, steps, looked),
        "shares": (rows, heads, looked),
        "pooled": (heads, rows, h),
        "record": (steps, h),
        "key": (looked, wide),
        "query": (steps, wide),
        "values": (heads, rows, deep),
        "part": (rows, h),
        "mixed": (rows, h),
        "hidden": (rows, dense),
        "logits": (rows, classes),
        "d_states": (steps, rows, h),
        "d_memory": (rows, h),
        "d_before": (rows, h),
        "d_share": (looked,),
        "d_key": (looked, wide),
        "d_query": (steps, wide),
        "d_more": (steps, rows, h),
        "d_values": (rows, deep),
        "d_pooled": (heads, rows, h),
        "d_mixed": (rows, h),
        "d_hidden": (rows, dense),
        "part_recurrent": (h, gates),
        "part_key_query": (h, 2 * heads * wide),
        "part_value": (h, deep),
        "part_output": (deep, h),
        "part_dense": (h, dense),
        "part_classes": (dense, classes),
    }
    memory: dict[str, Any] = {
        name: np.zeros(size, dtype=np.float32) for name, size in shapes.items()
    }
    memory["categorical"] = np.zeros((rows, len(shape.cardinalities)), dtype=np.int64)
    memory["label"] = np.zeros(rows, dtype=np.int64)
    return Tile(**memory)
