"""A trained model as an ONNX file, its encoder included: raw fields in, probabilities out.

Inputs: one for each column that the model reads, (n,). Numbers and ports are float64, NaN where
one is missing; categories are texts, with any of `readers.spelling.MISSING` for a missing one.
Outputs: `probabilities`, (n, C) float32, in the order of the classes, and `label`, (n,) texts.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import TensorProto

from ecnet.errors import InputError
from ecnet.evaluate.onnx import baselines, encoder, network, trees
from ecnet.evaluate.onnx.encoder import Encoded
from ecnet.evaluate.onnx.graph import Graph
from ecnet.evaluate.scoring.trained import Trained

FAMILIES: dict[str, Callable[[Graph, Encoded, Trained], str]] = {
    "ecnet": network.add,
    "xgboost": trees.add,
    "svm": baselines.svm,
    "tree": baselines.tree,
    "majority": baselines.majority,
}
"""For each family what adds it to a graph and names its probabilities."""

_DESCRIBED = ("dataset", "format", "source", "protocol", "task", "variant", "family")
_DIGESTS = ("weights_sha256", "encoder_sha256")


def build(trained: Trained) -> bytes:
    """Return the ONNX file of a model; the same model gives the same bytes.

    Its metadata say what `model.json` says: classes, origin of the data, digests.

    Raises:
        InputError: the family has no ONNX form.
    """
    family = trained.described["family"]
    if family not in FAMILIES:
        known = ", ".join(sorted(FAMILIES))
        raise InputError(
            f"{trained.folder}: a model of the family {family} has no ONNX form ({known} have "
            "one); leave out --to onnx"
        )
    graph = Graph()
    encoded = encoder.add(graph, trained.fitted, trained.format)
    found = FAMILIES[family](graph, encoded, trained)
    probabilities = graph.op("Identity", found, output="probabilities")
    best = graph.op("ArgMax", probabilities, axis=1, keepdims=0)
    graph.op("Gather", np.array(trained.classes, dtype=object), best, output="label")
    outputs: dict[str, Any] = {
        "label": (TensorProto.STRING, ["n"]),
        "probabilities": (TensorProto.FLOAT, ["n", len(trained.classes)]),
    }
    return graph.model(outputs, _metadata(trained))


def _metadata(trained: Trained) -> dict[str, str]:
    described = trained.described
    return {
        **{name: str(described[name]) for name in (*_DESCRIBED, *_DIGESTS)},
        "run": trained.run.name,
        "classes": json.dumps(trained.classes, ensure_ascii=False),
        "normal": trained.normal,
    }
