"""The trained parameters of EcNet and its variants: their names, shapes and initial values.

Every engine holds the same parameters, under the names that the network in torch gives them.
L1 and L2 are the numbers of numerical and categorical features, E the width of a token, h that of a
hidden state.

References:
- Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
  2010: uniform initial weights.
- Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
  linear neural networks", 2014: orthogonal initial weights.
- Jozefowicz, Zaremba and Sutskever, "An empirical exploration of recurrent network architectures",
  2015: a forget gate with a bias of one.
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecnet.errors import InputError
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

GATES = {"lstm": 4, "gru": 3, "rnn": 1}
_TOLERANCE = 0.05
"""How far the parameter counts of merged and separate branches may differ, without the parameters
that both have alike: so that the data do not decide which hyperparameters go together."""

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class DataShape:
    """What the network needs to know of the data.

    numerical: L1. cardinalities: (L2,) the ids of each categorical feature, 0 included.
    """

    numerical: int
    cardinalities: tuple[int, ...]
    classes: int

    @classmethod
    def of(cls, records: Records) -> "DataShape":
        """Return the shape of `records`."""
        return cls(records.numerical.shape[1], records.cardinalities, len(records.classes))


_BOTH = DataShape(numerical=1, cardinalities=(2,), classes=2)
"""Data with both kinds of features, for which there are two branches."""


def check(hyper: Hyperparameters) -> None:
    """Check that data with both kinds of features leave a width for `hyper`.

    Raises:
        InputError: they do not; see `width`.
    """
    width(_BOTH, hyper)


def shapes(data: DataShape, hyper: Hyperparameters) -> Shapes:
    """Return the shape of each parameter, by name, in the order in which they are drawn.

    Raises:
        InputError: the data have no features, or `width` finds no width.
    """
    if not data.numerical and not data.cardinalities:
        raise InputError("encoder.json: no numerical and no categorical feature; keep one at least")
    return _shapes(data, hyper, width(data, hyper))


def width(data: DataShape, hyper: Hyperparameters) -> int:
    """Return h: `hidden` for separate branches, else a width with about as many parameters.

    Raises:
        InputError: no width that the heads divide comes within 5% of the count of parameters,
            those left out that do not depend on it.
    """
    if hyper.branches == "separate":
        return hyper.hidden
    separate = dataclasses.replace(hyper, branches="separate")
    alike = count(_shapes(data, hyper, 0))
    target = count(_shapes(data, separate, hyper.hidden)) - alike
    step = hyper.heads if hyper.attention else 1
    # One layer of 2h already has more parameters than two layers of h.
    widths = range(step, 2 * hyper.hidden + 1, step)
    sizes = {h: count(_shapes(data, hyper, h)) - alike for h in widths}
    best = min(sizes, key=lambda h: abs(sizes[h] - target))
    if abs(sizes[best] - target) > _TOLERANCE * target:
        raise InputError(
            f"hyperparameter heads: {step} leaves no width of the merged layer within 5% of the "
            f"{target} parameters of two separate layers (nearest {best}, {sizes[best]}); "
            "choose fewer heads or a larger hidden"
        )
    return best


def count(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Return the number of trained numbers."""
    return sum(math.prod(shape) for shape in shapes.values())


def _shapes(data: DataShape, hyper: Hyperparameters, h: int) -> Shapes:
    token, flows = hyper.embedding, hyper.sequence == "flows"
    branches = bool(data.numerical) + bool(data.cardinalities)
    merged = hyper.branches == "merged"
    gates = GATES[hyper.cell] * h
    incoming = token * branches if merged and flows else token
    found: Shapes = {}
    if data.numerical:
        found["numerical.weight"] = (data.numerical, token)
        found["numerical.bias"] = (1 if flows else data.numerical, token)
    if data.cardinalities:
        found["categorical.weight"] = (sum(data.cardinalities) - len(data.cardinalities), token)
    for layer in range(1 if merged else branches):
        found[f"recurrent.{layer}.weight_ih_l0"] = (gates, incoming)
        found[f"recurrent.{layer}.weight_hh_l0"] = (gates, h)
        found[f"recurrent.{layer}.bias_ih_l0"] = (gates,)
        found[f"recurrent.{layer}.bias_hh_l0"] = (gates,)
    if hyper.attention:
        for name in ("query", "key", "value", "output"):
            found[f"attention.{name}.weight"] = (h, h)
            if name != "key":
                found[f"attention.{name}.bias"] = (h,)
    found["dense.weight"] = (hyper.dense, h)
    found["dense.bias"] = (hyper.dense,)
    found["classes.weight"] = (data.classes, hyper.dense)
    found["classes.bias"] = (data.classes,)
    return found


def initial(data: DataShape, hyper: Hyperparameters, random: np.random.Generator) -> Tensors:
    """Return the initial value of each parameter, float32, drawn in the order of `shapes`.

    NumPy draws them, so that every engine starts from the same weights. Tokens have unit variance.
    Matrices are Glorot uniform and the weights from state to state are orthogonal, each gate by
    itself. Biases are zero, except that of the LSTM's forget gate: one, so that the first epochs
    carry the cell state over the whole sequence.

    Raises:
        InputError: as `shapes`.
    """
    gates = GATES[hyper.cell]
    tensors: Tensors = {}
    for name, shape in shapes(data, hyper).items():
        tensors[name] = _draw(name, shape, gates, random).astype(np.float32)
        if name.endswith("bias_ih_l0") and hyper.cell == "lstm":
            h = shape[0] // gates
            tensors[name][h : 2 * h] = 1  # the gates are stacked: i, f, g, o
    return tensors


def _draw(
    name: str, shape: tuple[int, ...], gates: int, random: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return the initial value of one parameter of a network whose cells have `gates` gates."""
    kind = name.split(".")[-1]
    if name.startswith(("numerical.", "categorical.")):
        return random.uniform(-math.sqrt(3), math.sqrt(3), shape)
    if kind.startswith("bias"):
        return np.zeros(shape)
    if kind.startswith("weight_hh"):
        return np.concatenate([_orthogonal(shape[1], random) for _ in range(gates)])
    rows = shape[0] // gates if kind.startswith("weight_ih") else shape[0]
    bound = math.sqrt(6 / (rows + shape[1]))
    return random.uniform(-bound, bound, shape)


def _orthogonal(width: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return an orthogonal matrix drawn uniformly."""
    orthogonal, triangle = np.linalg.qr(random.normal(size=(width, width)))
    result: npt.NDArray[np.float64] = orthogonal * np.sign(np.diag(triangle))
    return result
