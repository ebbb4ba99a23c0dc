"""The support vector machine and the controls as ONNX operators."""

from typing import Any

import numpy as np
from onnx import TensorProto

from ecnet.evaluate.onnx.encoder import Encoded
from ecnet.evaluate.onnx.graph import Graph
from ecnet.evaluate.scoring.trained import Trained


def majority(graph: Graph, encoded: Encoded, trained: Trained) -> str:
    """Add the class shares of train for each record; return their name, (n, C)."""
    given = encoded.numerical or encoded.categorical
    records = graph.op("Slice", graph.op("Shape", given), np.array([0]), np.array([1]))
    shares = trained.model.tensors()["shares"]
    shape = graph.op("Concat", records, np.array([len(shares)]), axis=0)
    return graph.op("Expand", shares, shape)


def tree(graph: Graph, encoded: Encoded, trained: Trained) -> str:
    """Add `models.tree`, a step function of one feature; return the name of the shares, (n, C)."""
    held = trained.model.tensors()
    place, numerical, _ = held["feature"].tolist()
    if place < numerical:
        values = graph.op("Gather", encoded.numerical, np.array([place]), axis=1)
    else:
        values = graph.op("Gather", encoded.categorical, np.array([place - numerical]), axis=1)
    above = graph.op("Greater", _doubles(graph, values), held["edges"])  # (n, S - 1)
    ones = graph.op("Cast", above, to=TensorProto.INT64)
    step = graph.op("ReduceSum", ones, np.array([1]), keepdims=0)
    return graph.op("Gather", held["shares"], step)


def svm(graph: Graph, encoded: Encoded, trained: Trained) -> str:
    """Add `models.svm`; return the name of the softmax of the margins, (n, C) float32.

    The one-hot columns of a category are zeros but for one: products with them are rows of the
    components, and its square is 1 unless it is unseen.
    """
    held = trained.model.tensors()
    components = held["components"]  # (m, d)
    numbers = len(trained.fitted["numerical"])
    products: Any = np.zeros((1, len(components)))
    squares: Any = np.zeros((1, 1))
    if encoded.numerical:
        x = _doubles(graph, encoded.numerical)
        products = graph.op("MatMul", x, components[:, :numbers].T)
        squares = graph.op("ReduceSum", graph.op("Mul", x, x), np.array([1]))
    if encoded.categorical:
        seen = graph.op("Greater", encoded.categorical, np.int64(0))
        sizes = [len(feature["vocabulary"]) for feature in trained.fitted["categorical"]]
        rows = graph.op("Add", encoded.categorical, np.cumsum(sizes) - sizes)
        table = np.pad(components[:, numbers:].T, ((1, 0), (0, 0)))  # row 0 for what is unseen
        chosen = graph.op("Gather", table, graph.op("Where", seen, rows, np.int64(0)))
        products = graph.op(
            "Add", graph.op("ReduceSum", chosen, np.array([1]), keepdims=0), products
        )
        squares = graph.op(
            "Add", graph.op("ReduceSum", _doubles(graph, seen), np.array([1])), squares
        )
    lengths = graph.op("Add", squares, (components**2).sum(axis=1))
    distances = graph.op("Sub", lengths, graph.op("Mul", products, np.float64(2)))
    distances = graph.op("Max", distances, np.float64(0))
    kernel = graph.op("Exp", graph.op("Mul", distances, -held["gamma"]))
    mapped = graph.op("MatMul", kernel, held["normalisation"].T)
    margins = graph.linear(mapped, held["coefficients"], held["intercepts"])
    return graph.op("Cast", graph.op("Softmax", margins, axis=1), to=TensorProto.FLOAT)


def _doubles(graph: Graph, values: Any) -> str:
    return graph.op("Cast", values, to=TensorProto.DOUBLE)
