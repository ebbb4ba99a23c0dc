"""From the weights of the network to those that the kernels read, and gradients back.

The kernels never compute a token: each feature's token is multiplied by the input weights of its
recurrent layer here, once for a batch. Widths are rounded up to whole vectors of the processor; the
padding is zero, and so is everything computed from it.
"""

import math
from typing import NamedTuple

import numpy as np

from ecnet.models.engines.tiles.kernels import cells
from ecnet.models.engines.tiles.kernels.arithmetic import Array
from ecnet.models.engines.tiles.kernels.batch import Plan, Weights
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.parameters import GATES, DataShape, width
from ecnet.models.weights import Tensors

_CELLS = {"lstm": cells.LSTM, "gru": cells.GRU, "rnn": cells.RNN}
_VECTOR = 16  # numbers in the widest vector of a processor


class Sizes(NamedTuple):
    """The widths of a network."""

    h: int
    padded: int
    """h, rounded up to whole vectors."""
    heads: int
    head: int
    """The width of a head, d_k."""
    head_padded: int
    gates: int
    numerical: int
    """The recurrent layer that reads the numerical features."""
    categorical: int
    """The recurrent layer that reads the categorical features."""

    @classmethod
    def of(cls, data: DataShape, hyper: Hyperparameters) -> "Sizes":
        """Return the sizes of a network."""
        h, heads = width(data, hyper), hyper.heads if hyper.attention else 1
        separate = hyper.branches == "separate" and data.numerical > 0
        return cls(
            h=h,
            padded=round_up(h),
            heads=heads,
            head=h // heads,
            head_padded=round_up(h // heads),
            gates=GATES[hyper.cell],
            numerical=0,
            categorical=int(separate and bool(data.cardinalities)),
        )


def round_up(size: int) -> int:
    """Return `size` rounded up to whole vectors."""
    return -(-size // _VECTOR) * _VECTOR


def plan(data: DataShape, hyper: Hyperparameters) -> Plan:
    """Return what the kernels need to know of a network."""
    numerical = list(range(data.numerical))
    categorical = [-1 - feature for feature in range(len(data.cardinalities))]
    if hyper.branches == "merged":
        layers = [categorical + numerical]
    else:
        layers = [steps for steps in (numerical, categorical) if steps]
    return Plan(
        cell=_CELLS[hyper.cell],
        attention=hyper.attention,
        last=hyper.pooling == "last",
        first=np.cumsum([0, *map(len, layers)]),
        source=np.array([step for steps in layers for step in steps], dtype=np.int64),
    )


def pack(tensors: Tensors, sizes: Sizes) -> Weights:
    """Return the weights as the kernels read them."""
    layers = [_layer(tensors, layer, sizes) for layer in range(1 + sizes.categorical)]
    to_numerical, to_categorical = layers[sizes.numerical], layers[sizes.categorical]
    token, shift, embedding = _tokens(tensors, to_numerical[0].shape[1])
    unknown = np.zeros_like(embedding[:1], shape=(1, embedding.shape[1]))
    slope = token @ to_numerical[0].T
    offset = shift @ to_numerical[0].T + to_numerical[1]
    table = np.concatenate([unknown, embedding]) @ to_categorical[0].T + to_categorical[1]
    packed = [slope, offset, table, np.stack([layer[2] for layer in layers])]
    packed += [np.stack([layer[3] for layer in layers]), *_attention(tensors, sizes)]
    packed += [_pad_rows(tensors["dense.weight"].T, sizes.padded), tensors["dense.bias"]]
    packed += [tensors["classes.weight"].T, tensors["classes.bias"]]
    return Weights(*(np.ascontiguousarray(array, dtype=np.float32) for array in packed))


def unpack(gradients: Weights, tensors: Tensors, sizes: Sizes) -> Tensors:
    """Return the gradient of each of `tensors` from those of the result of `pack`."""
    found: Tensors = {}
    slope, offset, table = (
        _take_blocks(part.T, sizes.gates, sizes.h).T
        for part in (gradients.slope, gradients.offset, gradients.table)
    )
    token, shift, embedding = _tokens(tensors, tensors["recurrent.0.weight_ih_l0"].shape[1])
    for layer in range(1 + sizes.categorical):
        inputs = tensors[f"recurrent.{layer}.weight_ih_l0"]
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
        found[f"recurrent.{layer}.weight_hh_l0"] = _take_blocks(recurrent, sizes.gates, sizes.h)
        found[f"recurrent.{layer}.bias_ih_l0"] = bias
        found[f"recurrent.{layer}.bias_hh_l0"] = from_state
    if "attention.query.weight" in tensors:
        found |= _attention_gradient(gradients, sizes)
    found["dense.weight"] = gradients.dense[: sizes.h].T
    found["dense.bias"] = gradients.dense_bias
    found["classes.weight"] = gradients.classes.T
    found["classes.bias"] = gradients.classes_bias
    return found


def _tokens(tensors: Tensors, width: int) -> tuple[Array, Array, Array]:
    """Return w (L1, E), b (L1, E) and the embedding (V, E); an absent branch has no rows."""
    none = np.zeros((0, width), dtype=np.float32)
    names = ("numerical.weight", "numerical.bias", "categorical.weight")
    token, shift, embedding = (tensors.get(name, none) for name in names)
    return token, shift, embedding


def _layer(tensors: Tensors, layer: int, sizes: Sizes) -> tuple[Array, Array, Array, Array]:
    """Return W (G, E), its bias (G,), the state's weights (h, G) and its GRU's bias (h,)."""
    inputs, states, bias, from_state = (
        _pad_blocks(tensors[f"recurrent.{layer}.{name}_l0"], sizes.gates, sizes.padded)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    apart = from_state.copy()
    if sizes.gates == GATES["gru"]:
        from_state[-sizes.padded :] = 0
    return inputs, bias + from_state, _pad_rows(states.T, sizes.padded), apart[-sizes.padded :]


def _attention(tensors: Tensors, sizes: Sizes) -> list[Array]:
    """Return the weights of the attention, from key_query to output_bias."""
    if "attention.query.weight" not in tensors:
        return [
            np.zeros(shape, np.float32) for shape in ((0, 0), 0, (0, 0, 0), (0, 0), (0, 0, 0), 0)
        ]
    scale = 1 / math.sqrt(sizes.head)
    key, query, bias = (
        _pad_blocks(tensors[f"attention.{name}"], sizes.heads, sizes.head_padded)
        for name in ("key.weight", "query.weight", "query.bias")
    )
    value = tensors["attention.value.weight"].reshape(sizes.heads, sizes.head, sizes.h)
    output = tensors["attention.output.weight"].T.reshape(sizes.heads, sizes.head, sizes.h)
    more = (*[(0, 0)] * 2, (0, sizes.padded - sizes.h))
    return [
        _pad_rows(np.concatenate([key, query * scale]).T, sizes.padded),
        bias * scale,
        np.pad(value, more).transpose(0, 2, 1),
        tensors["attention.value.bias"].reshape(sizes.heads, sizes.head),
        np.pad(output, more),
        _pad_rows(tensors["attention.output.bias"], sizes.padded),
    ]


def _attention_gradient(gradients: Weights, sizes: Sizes) -> Tensors:
    scale = np.float32(1 / math.sqrt(sizes.head))
    key, query = np.split(gradients.key_query[: sizes.h].T, 2)
    flat = (sizes.h, sizes.h)
    return {
        "attention.key.weight": _take_blocks(key, sizes.heads, sizes.head),
        "attention.query.weight": _take_blocks(query, sizes.heads, sizes.head) * scale,
        "attention.query.bias": _take_blocks(gradients.query_bias, sizes.heads, sizes.head) * scale,
        "attention.value.weight": gradients.value[:, : sizes.h].transpose(0, 2, 1).reshape(flat),
        "attention.value.bias": gradients.value_bias.ravel(),
        "attention.output.weight": gradients.output[..., : sizes.h].reshape(flat).T,
        "attention.output.bias": gradients.output_bias[: sizes.h],
    }


def _pad_blocks(array: Array, blocks: int, padded: int) -> Array:
    """Pad each of the blocks of rows to `padded` rows, with zeros."""
    size, rest = array.shape[0] // blocks, array.shape[1:]
    out = np.zeros((blocks, padded, *rest), dtype=np.float32)
    out[:, :size] = array.reshape(blocks, size, *rest)
    return out.reshape(blocks * padded, *rest)


def _take_blocks(array: Array, blocks: int, size: int) -> Array:
    """Return the first `size` rows of each of the blocks of rows."""
    rest = array.shape[1:]
    return array.reshape(blocks, len(array) // blocks, *rest)[:, :size].reshape(
        blocks * size, *rest
    )


def _pad_rows(array: Array, padded: int) -> Array:
    """Pad to `padded` rows, with zeros."""
    out = np.zeros((padded, *array.shape[1:]), dtype=np.float32)
    out[: len(array)] = array
    return out
