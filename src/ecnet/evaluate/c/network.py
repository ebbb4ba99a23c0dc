"""EcNet and its variants as C: `models.network`, with linear layers in a row multiplied out."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet.errors import InputError
from ecnet.evaluate.c.inputs import offsets, scaled
from ecnet.evaluate.c.source import Part, Table
from ecnet.evaluate.scoring.trained import Trained
from ecnet.models.weights import Tensors

Matrix = npt.NDArray[np.float64]


def ecnet(model: Trained) -> Part:
    """Return EcNet.

    Raises:
        InputError: it reads sequences of flows.
    """
    held, hyper = model.model.tensors(), model.described["hyperparameters"]
    if hyper["sequence"] != "tokens":
        raise InputError(f"{model.folder}: a model of sequences of flows has no form in C")
    layers = [name.split(".")[1] for name in held if name.endswith("weight_hh_l0")]
    matrices, arrays = [], [offsets(model, 0)]
    if "numerical.weight" in held:
        matrices += [
            Table("number_weight", held["numerical.weight"], "The token of a number x is x w + b."),
            Table("number_bias", held["numerical.bias"], "A row for each number."),
        ]
    if "categorical.weight" in held:
        matrices.append(
            Table("category_weight", held["categorical.weight"], "A row for each known value.")
        )
    for layer in layers:
        own = recurrent(held, f"recurrent.{layer}", f"recurrent_{layer}", hyper["cell"])
        matrices += own[0]
        arrays += own[1]
    weight, bias = held["dense.weight"].astype(np.float64), held["dense.bias"].astype(np.float64)
    if hyper["attention"]:
        (asked, asked_bias), (weight, bias) = attention(held, weight, bias, hyper["heads"])
        matrices.append(Table("attention", asked, "Of each head the product of key and query."))
        arrays.append(Table("attention_bias", asked_bias))
    matrices += [
        Table("dense", weight.astype(np.float32), "The dense layer."),
        Table("classes_of_dense", held["classes.weight"], "The last layer."),
    ]
    arrays += [
        Table("dense_bias", bias.astype(np.float32)),
        Table("classes_bias", held["classes.bias"]),
    ]
    kinds = [
        kind
        for kind, of in (("number", "numerical"), ("category", "categorical"))
        if model.fitted[of]
    ]
    merged = hyper["branches"] == "merged"
    sequences = (
        [("recurrent_0", kinds[::-1])]
        if merged
        else [(f"recurrent_{i}", [kind]) for i, kind in enumerate(kinds)]
    )
    return Part(
        "network",
        scaled(model),
        arrays,
        matrices,
        {
            **{"cell": hyper["cell"], "hidden": held["recurrent.0.weight_hh_l0"].shape[1]},
            **{"embedding": hyper["embedding"], "dense": hyper["dense"]},
            **{"heads": hyper["heads"] if hyper["attention"] else 0, "pooling": hyper["pooling"]},
            **{"recurrent": [f"recurrent_{layer}" for layer in layers], "sequences": sequences},
        },
    )


def recurrent(
    held: Mapping[str, Any], of: str, name: str, cell: str, suffix: str = "l0"
) -> tuple[list[Table], list[Table]]:
    """Return the matrices and the biases of a recurrent layer.

    of: the prefix of its tensors. name: what it is called in C. The two biases of a gate are added,
    but for a GRU, whose reset gate multiplies one of them.
    """
    matrices = [
        Table(f"{name}_input", held[f"{of}.weight_ih_{suffix}"], "From the input to the gates."),
        Table(f"{name}_hidden", held[f"{of}.weight_hh_{suffix}"], "From the hidden state to them."),
    ]
    first, second = held[f"{of}.bias_ih_{suffix}"], held[f"{of}.bias_hh_{suffix}"]
    if cell == "gru":
        return matrices, [Table(f"{name}_bias", first), Table(f"{name}_hidden_bias", second)]
    return matrices, [Table(f"{name}_bias", first + second)]


def attention(
    held: Tensors, dense: Matrix, dense_bias: Matrix, heads: int
) -> tuple[tuple[Matrix, Matrix], tuple[Matrix, Matrix]]:
    """Return two linear layers, (weight, bias) each, that replace the five of an attention.

    The first, (heads h, h), gives for a query what each head multiplies a key by: with query W s +
    b and key K t the score is (W s + b)^T K t / sqrt(d). The second, (D, heads h), gives the dense
    layer for the pooled states of all heads.
    """
    of = {name.removeprefix("attention."): array.astype(np.float64) for name, array in held.items()}
    width = len(of["query.weight"])
    split = (heads, width // heads, width)  # the second is d
    query, key, value = (of[f"{name}.weight"].reshape(split) for name in ("query", "key", "value"))
    root = np.sqrt(split[1])
    asked = np.einsum("ndi,ndj->nji", query, key / root).reshape(-1, width)
    asked_bias = np.einsum("nd,ndj->nj", of["query.bias"].reshape(split[:2]), key / root).ravel()
    output = dense @ of["output.weight"]  # (D, h)
    bias = dense_bias + dense @ of["output.bias"] + output @ of["value.bias"]
    weight = np.einsum("rnd,ndi->rni", output.reshape(-1, *split[:2]), value)
    return (
        (asked.astype(np.float32), asked_bias.astype(np.float32)),
        (weight.reshape(len(dense), -1), bias),
    )
