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


_FOLDED = 2
"""How many times the bytes a layer may take with its products in tables, for fewer instructions."""


def ecnet(model: Trained) -> Part:
    """Return EcNet.

    Raises:
        InputError: it reads sequences of flows.
    """
    held, hyper = model.model.tensors(), model.described["hyperparameters"]
    if hyper["sequence"] != "tokens":
        raise InputError(f"{model.folder}: a model of sequences of flows has no form in C")
    matrices, arrays, folded = [], [offsets(model, 0)], []
    sequences = _sequences(model)
    for name, kinds in sequences.items():
        (of_input, of_hidden), biases = recurrent(held, name.replace("_", "."), name, hyper["cell"])
        tokens = [table for kind in kinds for table in _tokens(held, kind)]
        read, multiplied = _read(tokens, of_input)
        if multiplied:
            folded.append(name)
        matrices += [*read, of_hidden] if multiplied else [*read, of_input, of_hidden]
        arrays += biases
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
    return Part(
        "network",
        scaled(model),
        arrays,
        matrices,
        {
            **{"cell": hyper["cell"], "hidden": held["recurrent.0.weight_hh_l0"].shape[1]},
            **{"embedding": hyper["embedding"], "dense": hyper["dense"]},
            **{"heads": hyper["heads"] if hyper["attention"] else 0, "pooling": hyper["pooling"]},
            **{"recurrent": list(sequences), "sequences": sequences, "folded": folded},
        },
    )


def _sequences(model: Trained) -> dict[str, list[str]]:
    """Return for each recurrent layer the kinds of features that it reads, in their order."""
    of = {"number": "numerical", "category": "categorical"}
    kinds = [kind for kind, features in of.items() if model.fitted[features]]
    if model.described["hyperparameters"]["branches"] == "merged":
        return {"recurrent_0": kinds[::-1]}
    return {f"recurrent_{i}": [kind] for i, kind in enumerate(kinds)}


def _tokens(held: Tensors, kind: str) -> list[Table]:
    """Return the tables of which the tokens of a kind of features are made."""
    if kind == "category":
        return [Table("category_weight", held["categorical.weight"], "A row for each known value.")]
    return [
        Table("number_weight", held["numerical.weight"], "A number x stands for x w + b."),
        Table("number_bias", held["numerical.bias"], "A row for each number."),
    ]


def _read(tokens: list[Table], weight: Table) -> tuple[list[Table], bool]:
    """Return the tables of tokens, and whether they hold the products with an input matrix.

    They do unless that takes too many bytes: then the matrix is not needed.
    """
    products = [
        Table(
            table.name,
            (table.values.astype(np.float64) @ weight.values.T).astype(np.float32),
            f"{table.comment} Multiplied by the input matrix.",
        )
        for table in tokens
    ]
    apart, together = (
        sum(t.values.size for t in tables) for tables in ([*tokens, weight], products)
    )
    return (products, True) if together <= _FOLDED * apart else (tokens, False)


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
