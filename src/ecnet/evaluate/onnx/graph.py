"""A graph of ONNX operators, made node by node."""

from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

ML = "ai.onnx.ml"
"""The domain of the operators for trees and categories; all others are of the default domain."""

OPSETS = {"": 18, ML: 5}
IR_VERSION = 10
"""Of the file. Both are fixed, so that the bytes do not depend on the version of the library."""


class Graph:
    """Nodes and constants in the order in which they are made. A value is known by its name."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.inputs: list[Any] = []
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def input(self, name: str, *, text: bool) -> str:
        """Add an input of n texts or n numbers (float64); return its name."""
        kind = TensorProto.STRING if text else TensorProto.DOUBLE
        self.inputs.append(helper.make_tensor_value_info(name, kind, ["n"]))
        return name

    def op(
        self, kind: str, *inputs: Any, domain: str = "", output: str = "", **attributes: Any
    ) -> str:
        """Add a node; return the name of its first output.

        inputs: names of values, or arrays, which become constants. output: its name, if it is one
        of the graph's.
        """
        names = [one if isinstance(one, str) else self._constant(one) for one in inputs]
        output = output or f"{kind}-{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, names, [output], domain=domain, **attributes))
        return output

    def linear(self, x: str, weight: Any, bias: Any) -> str:
        """Return x W^T + b, as a layer of PyTorch computes it."""
        return self.op("Add", self.op("MatMul", x, weight.T), bias)

    def columns(self, parts: list[str]) -> str:
        """Return (n,) values side by side, (n, parts)."""
        upright = [self.op("Unsqueeze", part, np.array([1])) for part in parts]
        return self.op("Concat", *upright, axis=1)

    def model(self, outputs: dict[str, tuple[int, list[Any]]], metadata: dict[str, str]) -> bytes:
        """Return the file of the graph; the same graph gives the same bytes.

        outputs: the name of a value -> type of its elements and shape. metadata: for the file.
        """
        infos = [helper.make_tensor_value_info(name, *how) for name, how in outputs.items()]
        graph = helper.make_graph(self._nodes, "ecnet", self.inputs, infos, self._constants)
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        made = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="ecnet"
        )
        helper.set_model_props(made, metadata)
        file: bytes = made.SerializeToString(deterministic=True)
        return file

    def _constant(self, value: Any) -> str:
        name = f"constant-{len(self._constants)}"
        array = np.ascontiguousarray(value)
        self._constants.append(numpy_helper.from_array(array.reshape(np.shape(value)), name))
        return name
