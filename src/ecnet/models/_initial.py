"""Initial weights of EcNet, drawn from numpy's generator, not from torch's.

Tokens have unit variance. Matrices are Glorot uniform (Glorot and Bengio 2010), each gate by its
own shape; what a state passes to the next is orthogonal (Saxe et al. 2014), each gate by itself.
Biases are zero, but that of the LSTM's forget gate, which is one (Jozefowicz et al. 2015), so that
a state lasts over the sequence from the start.
"""

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ecnet.models._network import Network

Matrix = npt.NDArray[np.float64]


def initialise(network: Network, random: np.random.Generator) -> None:
    """Draw all weights of `network` from `random`, in the order of its parameters."""
    width = network.width
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            drawn = _draw(name, tuple(parameter.shape), width, random)
            parameter.copy_(torch.from_numpy(drawn))
        for layer in network.recurrent:
            if isinstance(layer, nn.LSTM):
                bias = layer.get_parameter("bias_ih_l0")
                bias[width : 2 * width] = 1  # the gates are stacked: i, f, g, o


def _draw(name: str, shape: tuple[int, ...], width: int, random: np.random.Generator) -> Matrix:
    """Return the initial value of the parameter `name` of a network with states of `width`."""
    kind = name.split(".")[-1]
    if name.startswith(("statistical.", "protocol.")):
        return random.uniform(-math.sqrt(3), math.sqrt(3), shape)
    if kind.startswith("bias"):
        return np.zeros(shape)
    if kind.startswith("weight_hh"):
        gates = [_orthogonal(width, random) for _ in range(shape[0] // width)]
        return np.concatenate(gates)
    rows = width if kind.startswith("weight_ih") else shape[0]
    bound = math.sqrt(6 / (rows + shape[1]))
    return random.uniform(-bound, bound, shape)


def _orthogonal(width: int, random: np.random.Generator) -> Matrix:
    """Return an orthogonal matrix, all of them equally likely."""
    orthogonal, triangle = np.linalg.qr(random.normal(size=(width, width)))
    result: Matrix = orthogonal * np.sign(np.diag(triangle))
    return result
