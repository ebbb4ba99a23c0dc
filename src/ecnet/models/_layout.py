"""The parameters of EcNet and its variants: which there are, and how large.

Both engines hold the same ones, under the names that torch would give them. L1 and L2 are the
numbers of numerical and categorical features, E the width of a token, h that of a hidden state.
"""

import math
from dataclasses import dataclass

from ecnet.errors import InputError
from ecnet.models import Settings
from ecnet.prepare.records import Records

GATES = {"lstm": 4, "gru": 3, "rnn": 1}
_TOLERANCE = 0.05  # how far the parameter counts of merged and separate branches may differ
_TILES = {"sequence": "tokens", "device": "cpu", "precision": "float32"}
"""What the engine of tiles can do, where torch can do more."""

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Shape:
    """What the network must know of the data."""

    numerical: int
    cardinalities: tuple[int, ...]
    classes: int

    @classmethod
    def of(cls, records: Records) -> "Shape":
        """Return the shape of `records`."""
        return cls(records.numerical.shape[1], records.cardinalities, len(records.classes))


def layout(shape: Shape, settings: Settings) -> Shapes:
    """Return the shape of each parameter, by name, in the order in which they are drawn.

    Raises:
        InputError: the hyperparameters or the data rule each other out.
    """
    if not shape.numerical and not shape.cardinalities:
        raise InputError("encoder.json: no numerical and no categorical feature; keep one at least")
    check(settings)
    return _layout(shape, settings, width(shape, settings))


def check(settings: Settings) -> None:
    """Stop if hyperparameters rule each other out, whatever the data.

    Raises:
        InputError: they do.
    """
    if settings["attention"] and settings["hidden"] % settings["heads"]:
        raise InputError(
            f"hyperparameter heads: {settings['heads']} does not divide hidden = "
            f"{settings['hidden']}; choose a divisor"
        )
    plain = settings["branches"] == "merged" and not settings["attention"]
    if settings["pooling"] == "last" and not plain:
        raise InputError(
            "hyperparameter pooling: last goes with branches: merged and attention: false; "
            "choose mean"
        )
    for name, value in _TILES.items():
        if settings["engine"] == "tiles" and settings[name] != value:
            raise InputError(
                f"hyperparameter {name}: {settings[name]} goes with engine: torch; choose that, or "
                f"{value}"
            )


def count(shapes: Shapes) -> int:
    """Return the number of trained numbers."""
    return sum(math.prod(shape) for shape in shapes.values())


def width(shape: Shape, settings: Settings) -> int:
    """Return h: `hidden` of separate branches, else that of about as many parameters.

    Raises:
        InputError: no width that the heads divide comes within 5% of the count of parameters.
    """
    hidden: int = settings["hidden"]
    if settings["branches"] == "separate":
        return hidden
    target = count(_layout(shape, {**settings, "branches": "separate"}, hidden))
    step = settings["heads"] if settings["attention"] else 1
    # One layer of 2h already has more parameters than two layers of h.
    sizes = {
        width: count(_layout(shape, settings, width)) for width in range(step, 2 * hidden + 1, step)
    }
    best = min(sizes, key=lambda width: abs(sizes[width] - target))
    if abs(sizes[best] - target) > _TOLERANCE * target:
        raise InputError(
            f"hyperparameter heads: {step} leaves no width of the merged layer within 5% of the "
            f"{target} parameters of separate branches (nearest {best}, {sizes[best]}); "
            "choose fewer heads or a larger hidden"
        )
    return best


def _layout(shape: Shape, settings: Settings, h: int) -> Shapes:
    token, flows = settings["embedding"], settings["sequence"] == "flows"
    branches = bool(shape.numerical) + bool(shape.cardinalities)
    merged = settings["branches"] == "merged"
    gates = GATES[settings["cell"]] * h
    incoming = token * branches if merged and flows else token
    shapes: Shapes = {}
    if shape.numerical:
        shapes["numerical.weight"] = (shape.numerical, token)
        shapes["numerical.bias"] = (1 if flows else shape.numerical, token)
    if shape.cardinalities:
        shapes["categorical.weight"] = (sum(shape.cardinalities) - len(shape.cardinalities), token)
    for layer in range(1 if merged else branches):
        shapes[f"recurrent.{layer}.weight_ih_l0"] = (gates, incoming)
        shapes[f"recurrent.{layer}.weight_hh_l0"] = (gates, h)
        shapes[f"recurrent.{layer}.bias_ih_l0"] = (gates,)
        shapes[f"recurrent.{layer}.bias_hh_l0"] = (gates,)
    if settings["attention"]:
        for name in ("query", "key", "value", "output"):
            shapes[f"attention.{name}.weight"] = (h, h)
            if name != "key":
                shapes[f"attention.{name}.bias"] = (h,)
    shapes["dense.weight"] = (settings["dense"], h)
    shapes["dense.bias"] = (settings["dense"],)
    shapes["classes.weight"] = (shape.classes, settings["dense"])
    shapes["classes.bias"] = (shape.classes,)
    return shapes
