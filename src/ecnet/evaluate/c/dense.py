"""Families of dense layers on one-hot inputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecnet.evaluate.c.inputs import columns, offsets, scaled
from ecnet.evaluate.c.source import Part, Table
from ecnet.evaluate.scoring.trained import Trained

RELU, SELU = "relu", "selu"


def logistic(model: Trained) -> Part:
    """Return logistic regression, one layer."""
    held = model.model.tensors()
    return _dense(model, [(held["coefficients"], held["intercepts"])])


def mlp(model: Trained) -> Part:
    """Return a perceptron of one hidden layer."""
    return _dense(model, _of_torch(model.model.tensors(), ""))


def gan(model: Trained) -> Part:
    """Return a detector, without its last output, which stands for generated records."""
    *others, (weight, bias) = _of_torch(model.model.tensors(), "layers.")
    return _dense(model, [*others, (weight[:-1], bias[:-1])])


def realmlp(model: Trained) -> Part:
    """Return RealMLP, whose first weights hold the factors of its inputs."""
    held = model.model.tensors()
    places = sorted({int(name.split(".")[0]) for name in held if name.endswith(".weight")})
    layers = []
    for place in places:
        weight = held[f"{place}.weight"].astype(np.float64)
        layers.append((weight.T / np.sqrt(len(weight)), held[f"{place}.bias"]))
    layers[0] = (layers[0][0] * held["0.scale"], layers[0][1])
    return _dense(model, layers, SELU)


def _of_torch(held: dict[str, Any], prefix: str) -> list[tuple[Any, Any]]:
    """Return weight and bias of each `nn.Linear` of a sequence."""
    places = sorted(int(name.split(".")[-2]) for name in held if name.endswith(".weight"))
    return [(held[f"{prefix}{at}.weight"], held[f"{prefix}{at}.bias"]) for at in places]


def _dense(model: Trained, layers: Sequence[tuple[Any, Any]], activation: str = RELU) -> Part:
    """Return layers, (weight, bias) each, with an activation between them."""
    named = {f"layer_{i}": layer for i, layer in enumerate(layers)}
    return Part(
        "dense",
        scaled(model),
        [
            offsets(model, len(model.fitted["numerical"])),
            *(Table(f"{n}_bias", bias.astype(np.float32)) for n, (_, bias) in named.items()),
        ],
        [Table(name, weight.astype(np.float32)) for name, (weight, _) in named.items()],
        {
            "activation": activation,
            "layers": [{"name": name, "width": len(weight)} for name, (weight, _) in named.items()],
        },
    )


def tabm(model: Trained) -> Part:
    """Return TabM: submodels that share the weights of hidden layers."""
    held, hyper = model.model.tensors(), model.described["hyperparameters"]
    depth = hyper["depth"]
    arrays, matrices = [offsets(model, len(model.fitted["numerical"]))], []
    for layer in range(depth):
        of = {name: held[f"layers.{3 * layer}.{name}"] for name in _SHARED}
        matrices.append(Table(f"layer_{layer}", of["weight"], "Shared by all submodels."))
        arrays += [
            Table(f"{name}_{layer}", of[name], "A row for each submodel.") for name in _SHARED[1:]
        ]
    last = held[f"layers.{3 * depth}.weight"].transpose(0, 2, 1)  # (k, C, d)
    matrices.append(Table("last", last.reshape(-1, last.shape[2]), "Of all submodels."))
    arrays.append(Table("last_bias", held[f"layers.{3 * depth}.bias"]))
    return Part(
        "tabm",
        scaled(model),
        arrays,
        matrices,
        {
            **{"submodels": len(last), "width": last.shape[2], "depth": depth},
            "columns": columns(model),
        },
    )


_SHARED = ("weight", "input_factors", "output_factors", "bias")
