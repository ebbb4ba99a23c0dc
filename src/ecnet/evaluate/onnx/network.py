"""EcNet and its variants as ONNX operators: what `ecnet.models.network` computes."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet.evaluate.onnx.encoder import Encoded
from ecnet.evaluate.onnx.graph import Graph
from ecnet.evaluate.scoring.trained import Trained
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.weights import Tensors

_GATES = {"lstm": [0, 3, 1, 2], "gru": [1, 0, 2], "rnn": [0]}
"""The gates of PyTorch in the order of ONNX: i f g o as i o f g, and r z n as z r n."""


def add(graph: Graph, encoded: Encoded, trained: Trained) -> str:
    """Add the network; return the name of the class probabilities, (n, C).

    Hidden states are (T, n, h), as the recurrent operators of ONNX return them.
    """
    hyper = Hyperparameters.of(trained.described["hyperparameters"])
    weights = trained.model.tensors()
    sequences = []
    if encoded.numerical:
        sequences.append(_numerical(graph, encoded.numerical, weights))
    if encoded.categorical:
        sizes = [len(feature["vocabulary"]) for feature in trained.fitted["categorical"]]
        sequences.append(_categorical(graph, encoded.categorical, weights, sizes))
    if hyper.branches == "merged":
        sequences = [graph.op("Concat", *sequences[::-1], axis=0)]
    layers = [
        _recurrent(graph, sequence, weights, f"recurrent.{layer}.", hyper.cell)
        for layer, sequence in enumerate(sequences)
    ]
    states = graph.op("Concat", *layers, axis=0)
    hidden = graph.op(
        "Relu", graph.linear(_pooled(graph, states, weights, hyper), *_of(weights, "dense"))
    )
    logits = graph.linear(hidden, *_of(weights, "classes"))
    return graph.op("Softmax", logits, axis=1)


def _numerical(graph: Graph, numbers: str, weights: Tensors) -> str:
    """From (n, L1) to tokens, (L1, n, E)."""
    upright = graph.op("Unsqueeze", graph.op("Transpose", numbers, perm=[1, 0]), np.array([2]))
    weight, bias = (one[:, None] for one in _of(weights, "numerical"))
    return graph.op("Add", graph.op("Mul", upright, weight), bias)


def _categorical(graph: Graph, ids: str, weights: Tensors, sizes: list[int]) -> str:
    """From (n, L2) to tokens, (L2, n, E): rows of one table, of which row 0 is zeros, for id 0."""
    before = np.cumsum(sizes) - sizes
    rows = graph.op(
        "Where", graph.op("Greater", ids, np.int64(0)), graph.op("Add", ids, before), np.int64(0)
    )
    table = np.pad(weights["categorical.weight"], ((1, 0), (0, 0)))
    return graph.op("Gather", table, graph.op("Transpose", rows, perm=[1, 0]))


def _recurrent(graph: Graph, tokens: str, weights: Tensors, layer: str, cell: str) -> str:
    """From tokens (T, n, E) to hidden states, (T, n, h)."""
    hidden = weights[f"{layer}weight_hh_l0"].shape[1]

    def gates(name: str) -> npt.NDArray[Any]:
        stacked = weights[f"{layer}{name}_l0"]
        ordered = stacked.reshape(-1, hidden, *stacked.shape[1:])[_GATES[cell]]
        return ordered.reshape(1, *stacked.shape)

    biases = np.concatenate([gates("bias_ih"), gates("bias_hh")], axis=1)
    how: dict[str, Any] = {"linear_before_reset": 1} if cell == "gru" else {}
    given = tokens, gates("weight_ih"), gates("weight_hh"), biases
    states = graph.op(cell.upper(), *given, hidden_size=hidden, **how)  # (T, 1, n, h)
    return graph.op("Squeeze", states, np.array([1]))


def _pooled(graph: Graph, states: str, weights: Tensors, hyper: Hyperparameters) -> str:
    """From hidden states (T, n, h) to what is classified, (n, h)."""
    if hyper.attention:
        return _attention(
            graph, graph.op("Transpose", states, perm=[1, 0, 2]), weights, hyper.heads
        )
    if hyper.pooling == "last":
        return graph.op("Gather", states, np.int64(-1), axis=0)
    return graph.op("ReduceMean", states, np.array([0]), keepdims=0)


def _attention(graph: Graph, states: str, weights: Tensors, heads: int) -> str:
    """From (n, T, h) to (n, h): the mean of the outputs, as `network.PooledAttention` takes it."""
    width = weights["attention.query.weight"].shape[0]
    split = np.array([0, 0, heads, width // heads])
    query = graph.linear(states, *_of(weights, "attention.query"))
    key = graph.op("MatMul", states, weights["attention.key.weight"].T)
    query = graph.op("Transpose", graph.op("Reshape", query, split), perm=[0, 2, 1, 3])
    key = graph.op("Transpose", graph.op("Reshape", key, split), perm=[0, 2, 3, 1])
    scaled = graph.op("Div", query, np.float32(math.sqrt(width // heads)))
    shares = graph.op("Softmax", graph.op("MatMul", scaled, key), axis=-1)  # (n, heads, T, T)
    mean = graph.op("ReduceMean", shares, np.array([2]), keepdims=0)  # (n, heads, T)
    pooled = graph.op("Unsqueeze", graph.op("MatMul", mean, states), np.array([2]))
    value, bias = _of(weights, "attention.value")
    projection = value.reshape(heads, -1, width).transpose(0, 2, 1)  # (heads, h, d_k)
    values = graph.op("Reshape", graph.op("MatMul", pooled, projection), np.array([0, width]))
    return graph.linear(graph.op("Add", values, bias), *_of(weights, "attention.output"))


def _of(weights: Tensors, name: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]
