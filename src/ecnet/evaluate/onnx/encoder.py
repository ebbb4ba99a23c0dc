"""The encoder as ONNX operators: what `ecnet.prepare.encode.transform` does to typed records."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from onnx import TensorProto

from ecnet.datasets.declaration import Format
from ecnet.evaluate import probes
from ecnet.evaluate.onnx.graph import ML, Graph
from ecnet.evaluate.scoring import trained
from ecnet.prepare import encode, features, scale
from ecnet.readers import spelling

Array = npt.NDArray[np.float64]


class Encoded(NamedTuple):
    """The names of the encoded features.

    numerical: (n, L1) float32. categorical: (n, L2) int64. None where there are none.
    """

    numerical: str | None
    categorical: str | None


def add(graph: Graph, fitted: dict[str, Any], format: Format) -> Encoded:
    """Add the encoder, and an input for each of its `probes.fields`."""
    texts = probes.fields(fitted, format)
    for name, text in texts.items():
        graph.input(name, text=text)
    numerical = _numerical(graph, fitted["numerical"]) if fitted["numerical"] else None
    ids = [_ids(graph, feature, texts) for feature in fitted["categorical"]]
    return Encoded(numerical, graph.columns(ids) if ids else None)


def _numerical(graph: Graph, fitted: Sequence[dict[str, Any]]) -> str:
    """Scale numbers; a missing or infinite one counts as the mean, 0."""
    given = graph.columns([feature["name"] for feature in fitted])
    odd = graph.op("Or", graph.op("IsNaN", given), graph.op("IsInf", given))
    numbers = graph.op("Where", odd, np.float64(0), given)
    logs = _signed_log1p(graph, numbers)
    if "knots" in fitted[0]:
        scaled = _interpolated(graph, numbers, logs, fitted)
    else:
        mean, std = (np.array([feature[key] for feature in fitted]) for key in ("mean", "std"))
        scaled = graph.op("Div", graph.op("Sub", logs, mean), std)
    filled = graph.op("Where", odd, np.float64(0), scaled)
    return graph.op("Cast", filled, to=TensorProto.FLOAT)


def _signed_log1p(graph: Graph, numbers: str) -> str:
    """Return sign(x) log(1 + |x|). ONNX has no log1p.

    With u = 1 + x as it is rounded, log(u) x / (u - 1) is log(1 + x) to a few units in the last
    place: W. Kahan; Goldberg, "What every computer scientist should know about floating-point
    arithmetic", 1991, theorem 4.
    """
    size = graph.op("Abs", numbers)
    rounded = graph.op("Add", size, np.float64(1))
    tiny = graph.op("Equal", rounded, np.float64(1))  # there log(1 + x) is x
    less = graph.op("Where", tiny, np.float64(1), graph.op("Sub", rounded, np.float64(1)))
    exact = graph.op("Mul", graph.op("Log", rounded), graph.op("Div", size, less))
    return graph.op("Mul", graph.op("Sign", numbers), graph.op("Where", tiny, size, exact))


def _interpolated(graph: Graph, numbers: str, logs: str, fitted: Sequence[dict[str, Any]]) -> str:
    """Return the scores of (n, L) numbers, which lie on lines between the knots of each feature.

    A binary search finds the knot below each number, for all features at once: the tables of all
    features have one length, a power of two, and stand one after the other. It compares numbers
    and not logarithms, which two libraries may round differently on two sides of a knot.
    """
    size = 1 << (max(len(feature["knots"]) for feature in fitted) - 1).bit_length()
    tables = np.stack([_table(feature, size) for feature in fitted], axis=1)  # (4, L, size)
    reach, knots, scores, slopes = tables.reshape(4, -1)
    place: Any = np.arange(len(fitted))[None] * size
    step = size // 2
    while step:
        ahead = graph.op("Add", place, np.int64(step))
        reached = graph.op("GreaterOrEqual", numbers, graph.op("Gather", reach, ahead))
        place = graph.op("Where", reached, ahead, place)
        step //= 2
    first = np.array([feature["knots"][0] for feature in fitted])
    beyond = graph.op("Sub", graph.op("Max", logs, first), graph.op("Gather", knots, place))
    rise = graph.op("Mul", graph.op("Gather", slopes, place), beyond)
    return graph.op("Add", graph.op("Gather", scores, place), rise)


def _table(feature: dict[str, Any], size: int) -> Array:
    """Return for each knot the number that reaches it, itself, its score, and the slope above.

    (4, size): beyond the last knot there is nothing that a number reaches.
    """
    knots, scores = np.array(feature["knots"]), np.array(feature["scores"])
    table = np.zeros((4, size))
    table[0] = np.inf
    table[:3, : len(knots)] = scale.reaching(knots), knots, scores
    table[0, 0] = -np.inf
    widths = np.diff(knots)
    table[3, : len(widths)] = np.where(widths < scale.NARROW, 0, np.diff(scores) / widths)
    return table


def _ids(graph: Graph, feature: dict[str, Any], texts: dict[str, bool]) -> str:
    """Return the ids, (n,) int64, of a categorical feature; 0 for what train does not hold."""
    name, ids = feature["name"], {value: i for i, value in enumerate(feature["vocabulary"], 1)}
    if name.endswith(trained.STATE):
        return _state(graph, name.removesuffix(trained.STATE), ids)
    if name in texts:
        missing = dict.fromkeys(spelling.MISSING, ids.get(features.MISSING, 0))
        known = missing | ids
        return graph.op(
            "LabelEncoder",
            name,
            domain=ML,
            keys_strings=list(known),
            values_int64s=list(known.values()),
            default_int64=0,
        )
    return _port_kind(graph, name.removesuffix("_kind"), ids)


def _state(graph: Graph, number: str, ids: dict[str, int]) -> str:
    """Return the ids of `encode.state`."""
    conditions = [
        graph.op("IsNaN", number),
        graph.op("IsInf", number, detect_negative=0),
        graph.op("IsInf", number, detect_positive=0),
    ]
    names = encode.state(pd.Series([np.nan, np.inf, -np.inf, 0.0]))
    return _first(graph, conditions, [ids.get(name, 0) for name in names])


def _port_kind(graph: Graph, port: str, ids: dict[str, int]) -> str:
    """Return the ids of `features.port_kind`."""
    limits = features.FIRST_REGISTERED, features.FIRST_DYNAMIC
    conditions = [graph.op("IsNaN", port)]
    conditions += [graph.op("Less", port, np.float64(limit)) for limit in limits]
    names = features.port_kind(pd.Series([np.nan, 0.0, *map(float, limits)]))
    return _first(graph, conditions, [ids.get(name, 0) for name in names])


def _first(graph: Graph, conditions: Sequence[str], ids: Sequence[int]) -> str:
    """Return the id of the first condition that holds, and the last id where none does."""
    *others, last = map(np.int64, ids)
    found: Any = last
    for condition, one in zip(reversed(conditions), reversed(others), strict=True):
        found = graph.op("Where", condition, one, found)
    return str(found)
