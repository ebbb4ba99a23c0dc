"""RealMLP-TD-S (Holzmueller, Grinsztajn and Steinwart, "Better by default: strong pre-tuned MLPs
and boosted trees on tabular data", 2024): a perceptron with tuned defaults, the simplified variant.

A factor for each input, three layers of SELU units, weights divided by the root of their inputs
(neural tangent parametrisation), a last layer that starts at zero, smoothed labels, and Adam with
rates that rise and fall four times, each period twice as long as the one before.

All values in params.yaml are the authors' but `epochs` (256 there) and `steps`, which keep a fit
cheap. Numbers come as the encode step scales them, by normal scores, instead of robustly scaled
and clipped. As in the source there is no early stopping, but the best epoch is kept: here by
macro-F1 on validation, there by accuracy.
"""

import math
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ecnet.models import Settings
from ecnet.models.deep import (
    Deep,
    epochs,
    features,
    restore,
    seeded,
    table,
    train_network,
    trainable,
)
from ecnet.models.training import AdamW
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

SCHEMA = {
    "hidden": {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1},
    "label_smoothing": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
    "batch": {"type": "integer", "minimum": 1},
    "epochs": {"type": "integer", "minimum": 1},
    "steps": {"type": "integer", "minimum": 1},
    "learning_rate": {"type": "number", "exclusiveMinimum": 0},
    "device": {"enum": ["cpu", "cuda"]},
    "precision": {"enum": ["float32", "bfloat16"]},
}
"""hidden: units of each hidden layer. label_smoothing: the probability that the target spreads
evenly over all classes. batch: records of a training step. epochs, steps: passes over the training
records, and training steps, whichever are fewer. learning_rate: the highest of the schedule."""


class Scale(nn.Module):
    """A factor for each input, (d,)."""

    def __init__(self, inputs: int) -> None:
        """Start with factors of 1."""
        super().__init__()
        self.scale = nn.Parameter(torch.ones(inputs))

    def forward(self, x: Tensor) -> Tensor:
        """From (B, d) to (B, d)."""
        return x * self.scale


class Linear(nn.Module):
    """A linear layer whose weights, (d, m), are divided by the root of d."""

    def __init__(self, inputs: int, outputs: int, spread: float = 1.0) -> None:
        """Draw weights and biases from a normal distribution of this standard deviation."""
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) * spread)
        self.bias = nn.Parameter(torch.randn(outputs) * spread)

    def forward(self, x: Tensor) -> Tensor:
        """From (B, d) to (B, m)."""
        return x @ self.weight / math.sqrt(len(self.weight)) + self.bias


class ScheduledAdam:
    """Adam, with a rate of its own for each kind of weight, all following one schedule."""

    def __init__(self, network: nn.Module, learning_rate: float, steps: int) -> None:
        """Take `steps` steps at most."""
        kinds = [name.rpartition(".")[2] for name, _ in network.named_parameters()]
        self._rates = [learning_rate * _FACTORS[kind] for kind in kinds]
        self._each = [_Adam([weight], 0.0, 0.0) for weight in trainable(network)]
        self._steps, self._taken = steps, 0

    def step(self, gradients: Sequence[Tensor]) -> None:
        """Take one step against `gradients`, one for each parameter and of its shape."""
        height = schedule(self._taken / self._steps)
        self._taken += 1
        for adam, rate, gradient in zip(self._each, self._rates, gradients, strict=True):
            adam.learning_rate = rate * height
            adam.step([gradient])


class _Adam(AdamW):
    beta_2 = 0.95


_FACTORS = {"scale": 6.0, "weight": 1.0, "bias": 0.1}
"""What multiplies the learning rate."""


def schedule(share: float) -> float:
    """Return the height of the learning rate, 0 to 1, after this share of all steps."""
    return 0.5 - 0.5 * math.cos(2 * math.pi * math.log2(1 + 15 * share))


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Deep:
    """Fit on `train`; keep the best epoch on `validation`."""
    passes = epochs(settings, len(train))
    steps = passes * math.ceil(len(train) / settings["batch"])
    with seeded(seed, "realmlp"):
        model = _build(train, settings)
        train_network(
            model,
            train,
            validation,
            {**settings, "patience": passes},
            seed,
            loss=partial(cross_entropy, label_smoothing=settings["label_smoothing"]),
            optimiser=ScheduledAdam(model.network, settings["learning_rate"], steps),
        )
    return model


def load(tensors: Tensors, settings: Settings, like: Records) -> Deep:
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features, classes or sizes.
    """
    model = _build(like, settings)
    restore(model.network, tensors)
    return model


def _build(like: Records, settings: Settings) -> Deep:
    sizes = [features(like), *settings["hidden"]]
    layers: list[nn.Module] = [Scale(sizes[0])]
    for inputs, outputs in pairwise(sizes):
        layers += [Linear(inputs, outputs), nn.SELU()]
    layers.append(Linear(sizes[-1], len(like.classes), spread=0.0))
    return Deep(nn.Sequential(*layers), table, settings)
