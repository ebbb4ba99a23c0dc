"""KitNET (Mirsky et al. 2018, "Kitsune"): an ensemble of small autoencoders, and one over them.

Inputs that correlate on normal records share an autoencoder. The last autoencoder reads the errors
of the others, and its own error is the anomaly score. The hyperparameters have the values of the
published code (10 inputs, ratio 0.75, learning rate 0.1, one pass).

Ours: the one-hot ids are inputs as well, since other families see them (the source has numbers
alone); records come in a random order, since a sample is no stream; correlations and bounds are
those of all normal records of train, which the source follows record by record; an input that is
constant on these keeps its unit, where the code divides it by 1e-16; each bias follows its own
gradient, where the code adds the mean of a layer's gradients; and the score is the logarithm of the
error, to which the code's example fits a normal distribution.
"""

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet import seeds
from ecnet.errors import InputError
from ecnet.models import Settings, anomaly, weights
from ecnet.models.anomaly import Detector
from ecnet.models.inputs import one_hot
from ecnet.models.outputs import Matrix
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

TASKS = ("binary",)
SCHEMA = {
    "max_inputs": {"type": "integer", "minimum": 1},
    "hidden_ratio": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "learning_rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "epochs": {"type": "integer", "minimum": 1},
}
"""max_inputs: of an autoencoder of the ensemble. hidden_ratio: hidden units for each input, rounded
up. epochs: passes over the normal records of train."""

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Layer:
    """Autoencoders side by side, with tied weights and h hidden units at most; each input has one.

    group: (d,) the autoencoder that reads an input. low, span: (d,) the bounds of an input on
    train. weight: (d, h) from an input to the hidden units of its autoencoder, 0 to those that it
    lacks. visible: (d,) biases. hidden: (k, h) biases, of each autoencoder.
    """

    group: Places
    low: Matrix
    span: Matrix
    weight: Matrix
    visible: Matrix
    hidden: Matrix

    @property
    def parameters(self) -> int:
        """The number of bounds, weights and biases."""
        trained = (self.weight, self.hidden)
        return 3 * len(self.group) + sum(int(np.count_nonzero(array)) for array in trained)

    def errors(self, x: Matrix) -> Matrix:
        """Return the root mean square error of each autoencoder, (n, k); x: (n, d)."""
        inputs, autoencoders = np.arange(len(self.group)), len(self.hidden)
        member = np.eye(autoencoders)[self.group]
        weight = member[:, :, None] * self.weight[:, None, :]
        weight = weight.reshape(len(inputs), self.hidden.size)
        scaled = (x - self.low) / self.span
        code = _sigmoid(scaled @ weight + self.hidden.ravel())
        residual = scaled - _sigmoid(code @ weight.T + self.visible)
        errors: Matrix = np.sqrt(residual**2 @ member / np.maximum(member.sum(axis=0), 1))
        return errors


@dataclass(frozen=True)
class Kitnet:
    """The ensemble, and the one autoencoder that reads its errors."""

    ensemble: Layer
    last: Layer

    @property
    def parameters(self) -> int:
        """The number of bounds, weights and biases."""
        return self.ensemble.parameters + self.last.parameters

    def score(self, x: Matrix) -> Matrix:
        """Return the logarithm of the last error, (n,)."""
        errors = self.last.errors(self.ensemble.errors(x))[:, 0]
        return np.log(np.maximum(errors, np.finfo(np.float64).tiny))

    def tensors(self) -> Tensors:
        """Return the arrays of both layers."""
        return {
            f"{name}.{array}": value
            for name, layer in vars(self).items()
            for array, value in vars(layer).items()
        }


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Detector:
    """Learn from the normal records of `train`; the labels of `validation` calibrate.

    Raises:
        InputError: no record of train is normal.
    """
    x = anomaly.normal(train)
    random = seeds.generator(seed, "kitnet")
    order = np.concatenate([random.permutation(len(x)) for _ in range(settings["epochs"])])
    most = min(settings["max_inputs"], x.shape[1])
    ensemble, errors = _train(x, most, order, settings, random)
    last, _ = _train(errors, errors.shape[1], np.arange(len(errors)), settings, random)
    return anomaly.calibrated(Kitnet(ensemble, last), validation)


def load(tensors: Tensors, settings: Settings, like: Records) -> Detector:
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features, classes or hyperparameters.
    """
    curve, tensors = anomaly.detached(tensors, like)
    width = one_hot(like, 0, 0).shape[1]
    autoencoders = len(np.atleast_1d(tensors.get("ensemble.hidden", ())))
    most = min(settings["max_inputs"], width)
    shapes: dict[str, tuple[int | None, ...]] = {
        **_shapes("ensemble", width, autoencoders, _units(most, settings)),
        **_shapes("last", autoencoders, 1, _units(autoencoders, settings)),
    }
    dtypes = {name: np.int64 if name.endswith(".group") else np.float64 for name in shapes}
    weights.check(tensors, shapes, dtypes)
    for name, bound in (("ensemble", autoencoders), ("last", 1)):
        group = tensors[f"{name}.group"]
        if ((group < 0) | (group >= bound)).any():
            raise InputError(f"{name}.group is not from 0 to {bound - 1}; run the train step again")
    ensemble, last = (
        Layer(**{field.name: tensors[f"{name}.{field.name}"] for field in fields(Layer)})
        for name in ("ensemble", "last")
    )
    return Detector(Kitnet(ensemble, last), curve)


def _shapes(name: str, inputs: int, autoencoders: int, units: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arrays of the layer `name`."""
    of_inputs = dict.fromkeys(("group", "low", "span", "visible"), (inputs,))
    shapes = of_inputs | {"weight": (inputs, units), "hidden": (autoencoders, units)}
    return {f"{name}.{array}": shape for array, shape in shapes.items()}


def _units(inputs: int, settings: Settings) -> int:
    """Return how many hidden units an autoencoder has."""
    return math.ceil(float(settings["hidden_ratio"]) * inputs)


def clusters(x: Matrix, most: int) -> list[Places]:
    """Divide the columns of x (n, d) into clusters of at most `most`, by single linkage.

    The distance is 1 less the correlation; a constant column correlates with none. Clusters are the
    largest branches of the dendrogram that are small enough.
    """
    if x.shape[1] == 1:
        return [np.zeros(1, np.int64)]
    from scipy.cluster.hierarchy import linkage, to_tree  # unused by predictions

    centred = x - x.mean(axis=0)
    norm = np.sqrt((centred**2).sum(axis=0))
    scaled = centred / np.where(norm > 0, norm, 1)
    distance = np.clip(1 - scaled.T @ scaled, 0, None)
    branches: list[Any] = [to_tree(linkage(distance[np.triu_indices(len(distance), 1)]))]
    found = []
    while branches:
        branch = branches.pop()
        if branch.count <= most:
            found.append(np.array(branch.pre_order(), dtype=np.int64))
        else:
            branches += [branch.right, branch.left]
    return found


def _train(
    x: Matrix, most: int, order: Places, settings: Settings, random: np.random.Generator
) -> tuple[Layer, Matrix]:
    """Train autoencoders of at most `most` inputs each on the columns of x (n, d).

    order: (N,) the rows of x to learn from. The second value is the error of each autoencoder on
    each of them before it learned from it, (N, k).
    """
    from ecnet.models.engines.autoencoder import learn  # predictions need no numba

    parts, width = clusters(x, most), np.ptp(x, axis=0)
    layer = Layer(
        group=np.empty(x.shape[1], np.int64),
        low=x.min(axis=0),
        span=np.where(width > 0, width, 1.0),
        weight=np.zeros((x.shape[1], _units(most, settings))),
        visible=np.zeros(x.shape[1]),
        hidden=np.zeros((len(parts), _units(most, settings))),
    )
    scaled, rate = (x - layer.low) / layer.span, float(settings["learning_rate"])
    errors = np.empty((len(parts), len(order)))
    for part, places in enumerate(parts):
        size, units = len(places), _units(len(places), settings)
        weight = random.uniform(-1 / size, 1 / size, (size, units))
        visible, hidden = np.zeros(size), np.zeros(units)
        learn(scaled[:, places].copy(), order, rate, weight, visible, hidden, errors[part])
        layer.group[places], layer.visible[places] = part, visible
        layer.weight[places, :units], layer.hidden[part, :units] = weight, hidden
    return layer, errors.T


def _sigmoid(x: Matrix) -> Matrix:
    return (1 + np.tanh(x / 2)) / 2
