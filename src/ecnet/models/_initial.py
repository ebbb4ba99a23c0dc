"""Initial weights of EcNet, drawn from numpy's generator, not from torch's.

Tokens have unit variance. Matrices are Glorot uniform (Glorot and Bengio 2010), each gate by its
own shape; what a state passes to the next is orthogonal (Saxe et al. 2014), each gate by itself.
Biases are zero, but that of the LSTM's forget gate, which is one (Jozefowicz et al. 2015), so that
a state lasts over the sequence from the start.
"""

import math

import numpy as np
import numpy.typing as npt

from ecnet.models._layout import GATES, Shapes
from ecnet.models.weights import Tensors as Arrays

Matrix = npt.NDArray[np.float64]


def initial(shapes: Shapes, cell: str, random: np.random.Generator) -> Arrays:
    """Return the initial value of each parameter, float32, drawn in their order."""
    arrays: Arrays = {}
    for name, shape in shapes.items():
        arrays[name] = _draw(name, shape, GATES[cell], random).astype(np.float32)
        if name.endswith("bias_ih_l0") and cell == "lstm":
            width = shape[0] // GATES[cell]
            arrays[name][width : 2 * width] = 1  # the gates are stacked: i, f, g, o
    return arrays


def _draw(name: str, shape: tuple[int, ...], gates: int, random: np.random.Generator) -> Matrix:
    """Return the initial value of the parameter `name` of a network of cells with `gates`."""
    kind = name.split(".")[-1]
    if name.startswith(("numerical.", "categorical.")):
        return random.uniform(-math.sqrt(3), math.sqrt(3), shape)
    if kind.startswith("bias"):
        return np.zeros(shape)
    if kind.startswith("weight_hh"):
        return np.concatenate([_orthogonal(shape[1], random) for _ in range(gates)])
    rows = shape[0] // gates if kind.startswith("weight_ih") else shape[0]
    bound = math.sqrt(6 / (rows + shape[1]))
    return random.uniform(-bound, bound, shape)


def _orthogonal(width: int, random: np.random.Generator) -> Matrix:
    """Return an orthogonal matrix, all of them equally likely."""
    orthogonal, triangle = np.linalg.qr(random.normal(size=(width, width)))
    result: Matrix = orthogonal * np.sign(np.diag(triangle))
    return result
