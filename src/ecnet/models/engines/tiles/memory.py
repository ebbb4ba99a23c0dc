"""The memory of one tile: every array that the kernels write to, allocated once."""

from typing import Any

import numpy as np

from ecnet.models.engines.tiles.kernels.batch import Tile
from ecnet.models.engines.tiles.packing import Sizes, round_up
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.parameters import DataShape

RECORDS = 16
"""Records of a tile: their states, gates and attention fill a cache of 1 MiB."""


def allocate(data: DataShape, hyper: Hyperparameters, sizes: Sizes) -> Tile:
    """Return zeros for one tile; the arrays of a part that the network lacks are empty."""
    rows, h, gates = RECORDS, sizes.padded, sizes.gates * sizes.padded
    steps = data.numerical + len(data.cardinalities)
    steps_padded = round_up(steps)
    heads = sizes.heads if hyper.attention else 0
    projections = 2 * heads * sizes.head_padded
    shapes: dict[str, tuple[int, ...]] = {
        # The records.
        "numerical": (rows, data.numerical),
        "keep": (rows, hyper.dense),
        "zeros": (rows, h),
        # Forward.
        "gates": (steps, rows, gates),
        "memory": (steps, rows, h),
        "states": (steps, rows, h),
        "product": (rows, gates),
        "projected": (steps, rows, projections),
        "attention": (rows, heads, steps, steps_padded),
        "shares": (rows, heads, steps_padded),
        "pooled": (heads, rows, h),
        "record": (steps, h),
        "key": (steps_padded, sizes.head_padded),
        "query": (steps, sizes.head_padded),
        "values": (heads, rows, sizes.head),
        "part": (rows, h),
        "context": (rows, h),
        "hidden": (rows, hyper.dense),
        "logits": (rows, data.classes),
        # Backward.
        "d_states": (steps, rows, h),
        "d_memory": (rows, h),
        "d_before": (rows, h),
        "d_share": (steps_padded,),
        "d_key": (steps_padded, sizes.head_padded),
        "d_query": (steps, sizes.head_padded),
        "d_attended": (steps, rows, h),
        "d_values": (rows, sizes.head),
        "d_pooled": (heads, rows, h),
        "d_context": (rows, h),
        "d_hidden": (rows, hyper.dense),
        # The gradients of weights, before they are added up.
        "part_recurrent": (h, gates),
        "part_key_query": (h, projections),
        "part_value": (h, sizes.head),
        "part_output": (sizes.head, h),
        "part_dense": (h, hyper.dense),
        "part_classes": (hyper.dense, data.classes),
    }
    memory: dict[str, Any] = {
        name: np.zeros(shape, dtype=np.float32) for name, shape in shapes.items()
    }
    memory["categorical"] = np.zeros((rows, len(data.cardinalities)), dtype=np.int64)
    memory["label"] = np.zeros(rows, dtype=np.int64)
    return Tile(**memory)
