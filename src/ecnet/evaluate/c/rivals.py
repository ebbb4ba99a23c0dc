"""Networks of the paper's Section II that are more than dense layers, and KitNET."""

from typing import Any

import numpy as np

from ecnet.evaluate.c.inputs import columns, offsets, scaled
from ecnet.evaluate.c.network import recurrent
from ecnet.evaluate.c.source import Part, Table
from ecnet.evaluate.scoring.trained import Trained
from ecnet.models.weights import Tensors

_STACKED = 4
_CONVOLUTIONS = (1, 3, 6)
"""Places of layers that the families fix."""


def cnn(model: Trained) -> Part:
    """Return a convolutional network over 64 columns in one, two or three dimensions."""
    held, hyper = model.model.tensors(), model.described["hyperparameters"]
    names = {f"kernels_{i}": f"layers.{at}" for i, at in enumerate(_CONVOLUTIONS)}
    arrays, matrices = _layers(held, names | {"dense": "layers.10", "last": "layers.13"})
    shown = {name: hyper[name] for name in ("dimensions", "filters", "dense")}
    return Part(
        "cnn",
        scaled(model),
        [*_inputs(model), *arrays],
        matrices,
        shown | {"spread": 64, "ordered": True, "side": round(64 ** (1 / hyper["dimensions"]))},
    )


def stacked(model: Trained) -> Part:
    """Return four recurrent layers, each with LeakyReLU and layer normalisation."""
    held, hyper = model.model.tensors(), model.described["hyperparameters"]
    cell = "gru" if hyper["cell"] == "gru" else "lstm"
    suffixes = {"recurrent": "l0"}
    if hyper["cell"] == "bilstm":
        suffixes["reverse"] = "l0_reverse"
    arrays, matrices = _layers(held, {"dense": "dense", "last": "classes"})
    for layer in range(_STACKED):
        for name, suffix in suffixes.items():
            of = f"layers.{layer}.recurrent"
            own = recurrent(held, of, f"{name}_{layer}", cell, suffix)
            matrices += own[0]
            arrays += own[1]
        arrays += [
            Table(f"norm_{layer}", held[f"layers.{layer}.rest.1.weight"]),
            Table(f"norm_{layer}_bias", held[f"layers.{layer}.rest.1.bias"]),
        ]
    return Part(
        "stacked",
        scaled(model),
        [*_inputs(model), *arrays],
        matrices,
        {
            **{"cell": cell, "hidden": hyper["hidden"], "dense": hyper["dense"], "bits": 32},
            **{"length": hyper["length"], "directions": len(suffixes)},
            **{"spread": 64, "ordered": True},
            "recurrent": [f"{name}_{i}" for name in suffixes for i in range(_STACKED)],
            "folded": [],
        },
    )


def autoencoder_lstm(model: Trained) -> Part:
    """Return an LSTM over the code of an autoencoder, or over the columns."""
    held, hyper = model.model.tensors(), model.described["hyperparameters"]
    encoder = sorted(name.removesuffix(".weight") for name in held if name.startswith("steps."))
    encoder = [name for name in encoder if not name.endswith(".bias")]
    named = {f"encoder_{i}": name for i, name in enumerate(encoder)}
    arrays, matrices = _layers(held, named | {"last": "classes"})
    own = recurrent(held, "lstm", "recurrent_0", "lstm")
    width = held["lstm.weight_ih_l0"].shape[1]
    return Part(
        "autoencoder_lstm",
        scaled(model),
        [offsets(model, len(model.fitted["numerical"])), *arrays, *own[1]],
        [*matrices, *own[0]],
        {
            **{"cell": "lstm", "hidden": hyper["hidden"], "recurrent": ["recurrent_0"]},
            "folded": [],
            **{"steps": 16, "step_width": width, "spread": 16 * width, "ordered": False},
            "encoder_layers": [len(held[f"{name}.bias"]) for name in encoder],
        },
    )


def kitnet(model: Trained) -> Part:
    """Return KitNET and the curve of its score, in double."""
    detector: Any = model.model
    slope, intercept = detector.curve.tolist()
    arrays, layers = [], []
    for name, layer in (("ensemble", detector.scorer.ensemble), ("final", detector.scorer.last)):
        inputs, units = layer.weight.shape
        arrays += [
            Table(f"{name}_{of}", array.astype(np.uint16 if of == "group" else np.float64))
            for of, array in vars(layer).items()
        ]
        shape = {"inputs": inputs, "autoencoders": len(layer.hidden), "units": units}
        layers.append({"name": name} | shape)
    return Part(
        "kitnet",
        scaled(model, precise=True),
        [offsets(model, len(model.fitted["numerical"])), *arrays],
        values={
            **{"layers": layers, "slope": slope, "intercept": intercept, "bits": 64},
            "most_units": max(layer["units"] for layer in layers),
        },
        notes="It computes in double, with --weights int8 as well.",
    )


def _inputs(model: Trained) -> list[Table]:
    """Return where each column of one-hot inputs is among those that the network reads."""
    order = model.model.tensors()["columns.order"]
    place = np.empty(columns(model), np.uint16)
    place[order] = np.arange(len(order))
    return [
        offsets(model, len(model.fitted["numerical"])),
        Table("order", place, "The place of each column; the first 64 are read."),
    ]


def _layers(held: Tensors, names: dict[str, str]) -> tuple[list[Table], list[Table]]:
    """Return biases and weights of layers: their name in C -> their name in torch."""
    return (
        [Table(f"{name}_bias", held[f"{of}.bias"]) for name, of in names.items()],
        [
            Table(name, held[f"{of}.weight"].reshape(len(held[f"{of}.weight"]), -1))
            for name, of in names.items()
        ],
    )
