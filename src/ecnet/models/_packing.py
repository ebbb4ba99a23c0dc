"""From the weights as torch lays them out to those that the kernels read, and gradients back.

Widths are rounded up to whole vectors of the processor; what is added is zero, and so is all that
is computed from it.
"""

import math
from typing import NamedTuple

import numpy as np

from ecnet.models import Settings
from ecnet.models._kernels import cells
from ecnet.models._kernels.arithmetic import Array
from ecnet.models._kernels.batch import Plan, Weights
from ecnet.models._layout import GATES, Shape, width
from ecnet.models.weights import Tensors as Arrays

_CELLS = {"lstm": cells.LSTM, "gru": cells.GRU, "rnn": cells.RNN}
_VECTOR = 16  # numbers in the widest vector of a processor


class Sizes(NamedTuple):
    """h, heads, the width of a head, the latter two rounded up, gates, and each branch's layer."""

    h: int
    padded: int
    heads: int
    head: int
    head_padded: int
    gates: int
    numerical: int
    categorical: int

    @classmethod
    def of(cls, shape: Shape, settings: Settings) -> "Sizes":
        """Return the sizes of a network."""
        h, heads = width(shape, settings), settings["heads"] if settings["attention"] else 1
        separate = settings["branches"] == "separate" and shape.numerical > 0
        categorical = int(separate and bool(shape.cardinalities))
        gates = GATES[settings["cell"]]
        return cls(h, up(h), heads, h // heads, up(h // heads), gates, 0, categorical)


def up(size: int) -> int:
    """Return `size` rounded up to whole vectors."""
    return -(-size // _VECTOR) * _VECTOR


def plan(shape: Shape, settings: Settings) -> Plan:
    """Return what the kernels must know of a network."""
    numerical = list(range(shape.numerical))
    categorical = [-1 - feature for feature in range(len(shape.cardinalities))]
    if settings["branches"] == "merged":
        layers = [categorical + numerical]
    else:
        layers = [steps for steps in (numerical, categorical) if steps]
    return Plan(
        cell=_CELLS[settings["cell"]],
        attention=settings["attention"],
        last=settings["pooling"] == "last",
        first=np.cumsum([0, *map(len, layers)]),
        source=np.array([step for steps in layers for step in steps], dtype=np.int64),
    )


def pack(arrays: Arrays, sizes: Sizes) -> Weights:
    """Return the weights as the kernels read them."""
    layers = [_layer(arrays, layer, sizes) for layer in range(1 + sizes.categorical)]
    to_numerical, to_categorical = layers[sizes.numerical], layers[sizes.categorical]
    token, shift, embedding = _tokens(arrays, to_numerical[0].shape[1])
    unknown = np.zeros_like(embedding[:1], shape=(1, embedding.shape[1]))
    slope = token @ to_numerical[0].T
    offset = shift @ to_numerical[0].T + to_numerical[1]
    table = np.concatenate([unknown, embedding]) @ to_categorical[0].T + to_categorical[1]
    packed = [slope, offset, table, np.stack([layer[2] for layer in layers])]
    packed += [np.stack([layer[3] for layer in layers]), *_heads(arrays, sizes)]
    packed += [_rows(arrays["dense.weight"].T, sizes.padded), arrays["dense.bias"]]
    packed += [arrays["classes.weight"].T, arrays["classes.bias"]]
    return Weights(*(np.ascontiguousarray(array, dtype=np.float32) for array in packed))


def unpack(gradients: Weights, arrays: Arrays, sizes: Sizes) -> Arrays:
    """Return the gradient of each of `arrays` from those of what `pack` made of them."""
    found: Arrays = {}
    slope, offset, table = (
        _gathered(part.T, sizes.gates, sizes.h).T
        for part in (gradients.slope, gradients.offset, gradients.table)
    )
    token, shift, embedding = _tokens(arrays, arrays["recurrent.0.weight_ih_l0"].shape[1])
    for layer in range(1 + sizes.categorical):
        inputs = arrays[f"recurrent.{layer}.weight_ih_l0"]
        weight, bias = np.zeros_like(inputs), np.zeros_like(inputs[:, 0])
        if layer == sizes.numerical and len(token):
            weight += slope.T @ token + offset.T @ shift
            bias += offset.sum(axis=0)
            found["numerical.weight"] = slope @ inputs
            found["numerical.bias"] = offset @ inputs
        if layer == sizes.categorical and len(embedding):
            weight += table[1:].T @ embedding
            bias += table.sum(axis=0)
            found["categorical.weight"] = table[1:] @ inputs
        from_state = bias.copy()
        if sizes.gates == GATES["gru"]:
            from_state[2 * sizes.h :] = gradients.recurrent_bias[layer, : sizes.h]
        recurrent = gradients.recurrent[layer, : sizes.h].T
        found[f"recurrent.{layer}.weight_ih_l0"] = weight
        found[f"recurrent.{layer}.weight_hh_l0"] = _gathered(recurrent, sizes.gates, sizes.h)
        found[f"recurrent.{layer}.bias_ih_l0"] = bias
        found[f"recurrent.{layer}.bias_hh_l0"] = from_state
    if "attention.query.weight" in arrays:
        found |= _heads_gradient(gradients, sizes)
    found["dense.weight"] = gradients.dense[: sizes.h].T
    found["dense.bias"] = gradients.dense_bias
    found["classes.weight"] = gradients.classes.T
    found["classes.bias"] = gradients.classes_bias
    return found


def _tokens(arrays: Arrays, width: int) -> tuple[Array, Array, Array]:
    """Return w (L1, E), b (L1, E) and the embedding (V, E); of an absent branch, no row of it."""
    none = np.zeros((0, width), dtype=np.float32)
    names = ("numerical.weight", "numerical.bias", "categorical.weight")
    token, shift, embedding = (arrays.get(name, none) for name in names)
    return token, shift, embedding


def _layer(arrays: Arrays, layer: int, sizes: Sizes) -> tuple[Array, Array, Array, Array]:
    """Return W (G, E), its bias (G,), the state's weights (h, G) and its GRU's bias (h,)."""
    inputs, states, bias, from_state = (
        _spread(arrays[f"recurrent.{layer}.{name}_l0"], sizes.gates, sizes.padded)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    apart = from_state.copy()
    if sizes.gates == GATES["gru"]:
        from_state[-sizes.padded :] = 0
    return inputs, bias + from_state, _rows(states.T, sizes.padded), apart[-sizes.padded :]


def _heads(arrays: Arrays, sizes: Sizes) -> list[Array]:
    """Return the weights of the attention, from key_query to output_bias."""
    if "attention.query.weight" not in arrays:
        return [
            np.zeros(shape, np.float32) for shape in ((0, 0), 0, (0, 0, 0), (0, 0), (0, 0, 0), 0)
        ]
    scale = 1 / math.sqrt(sizes.head)
    key, query, bias = (
        _spread(arrays[f"attention.{name}"], sizes.heads, sizes.head_padded)
        for name in ("key.weight", "query.weight", "query.bias")
    )
    value = arrays["attention.value.weight"].reshape(sizes.heads, sizes.head, sizes.h)
    output = arrays["attention.output.weight"].T.reshape(sizes.heads, sizes.head, sizes.h)
    more = (*[(0, 0)] * 2, (0, sizes.padded - sizes.h))
    return [
        _rows(np.concatenate([key, query * scale]).T, sizes.padded),
        bias * scale,
        np.pad(value, more).transpose(0, 2, 1),
        arrays["attention.value.bias"].reshape(sizes.heads, sizes.head),
        np.pad(output, more),
        _rows(arrays["attention.output.bias"], sizes.padded),
    ]


def _heads_gradient(gradients: Weights, sizes: Sizes) -> Arrays:
    scale = np.float32(1 / math.sqrt(sizes.head))
    key, query = np.split(gradients.key_query[: sizes.h].T, 2)
    flat = (sizes.h, sizes.h)
    return {
        "attention.key.weight": _gathered(key, sizes.heads, sizes.head),
        "attention.query.weight": _gathered(query, sizes.heads, sizes.head) * scale,
        "attention.query.bias": _gathered(gradients.query_bias, sizes.heads, sizes.head) * scale,
        "attention.value.weight": gradients.value[:, : sizes.h].transpose(0, 2, 1).reshape(flat),
        "attention.value.bias": gradients.value_bias.ravel(),
        "attention.output.weight": gradients.output[..., : sizes.h].reshape(flat).T,
        "attention.output.bias": gradients.output_bias[: sizes.h],
    }


def _spread(array: Array, blocks: int, padded: int) -> Array:
    """Pad each of the blocks of rows to `padded` rows, with zeros."""
    size, rest = array.shape[0] // blocks, array.shape[1:]
    out = np.zeros((blocks, padded, *rest), dtype=np.float32)
    out[:, :size] = array.reshape(blocks, size, *rest)
    return out.reshape(blocks * padded, *rest)


def _gathered(array: Array, blocks: int, size: int) -> Array:
    """Return the first `size` rows of each of the blocks of rows."""
    rest = array.shape[1:]
    return array.reshape(blocks, len(array) // blocks, *rest)[:, :size].reshape(
        blocks * size, *rest
    )


def _rows(array: Array, padded: int) -> Array:
    """Pad to `padded` rows, with zeros."""
    out = np.zeros((padded, *array.shape[1:]), dtype=np.float32)
    out[: len(array)] = array
    return out
