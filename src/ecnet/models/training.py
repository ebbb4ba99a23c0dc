"""How EcNet is trained: shuffled batches, AdamW, dropout, early stopping.

NumPy draws the batches and what dropout keeps, so that they are the same for every engine.

References:
- Loshchilov and Hutter, "Decoupled weight decay regularization", 2019: AdamW.
- Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from ecnet import seeds
from ecnet.errors import InputError
from ecnet.models.engines import Engine
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.score import macro_f1
from ecnet.prepare.records import FloatArray, Records


def train(
    engine: Engine, records: Records, validation: Records, hyper: Hyperparameters, seed: int
) -> list[dict[str, float]]:
    """Train the network of `engine` and leave it with the weights of its best epoch.

    The loss is cross-entropy. Training ends when macro-F1 on `validation` has not risen for
    `patience` epochs.

    Returns:
        For each epoch its number, macro-F1 on `validation`, and mean training loss.

    Raises:
        InputError: the loss is no longer finite.
    """
    engine.hold(records)
    optimiser = AdamW(engine.parameters, hyper.learning_rate, hyper.weight_decay)
    history: list[dict[str, float]] = []
    best, best_epoch, best_weights = -1.0, 0, engine.tensors()
    epochs = passes(hyper.epochs, hyper.steps, math.ceil(len(records) / hyper.batch))
    for epoch in tqdm(range(1, epochs + 1), disable=None, leave=False):
        order = seeds.generator(seed, "batches", epoch).permutation(len(records))
        random = seeds.generator(seed, "dropout", epoch)
        loss = train_epoch(engine, optimiser, order, hyper, random)
        if not math.isfinite(loss):
            raise InputError(
                f"hyperparameter learning_rate: with {hyper.learning_rate} the loss is {loss} in "
                f"epoch {epoch}; lower it"
            )
        predicted = engine.probabilities(validation).argmax(axis=1)
        score = macro_f1(validation.label, predicted.astype(np.int32), len(records.classes))
        history.append({"step": epoch, "validation": score, "loss": loss})
        if score > best:
            best, best_epoch, best_weights = score, epoch, engine.tensors()
        elif epoch - best_epoch >= hyper.patience:
            break
    engine.set(best_weights)
    return history


def passes(epochs: int, steps: int, batches: int) -> int:
    """Return the most passes over `batches` of training records that `epochs` and `steps` allow."""
    return max(1, min(epochs, round(steps / batches)))


def train_epoch(
    engine: Engine,
    optimiser: "AdamW",
    order: npt.NDArray[np.int64],
    hyper: Hyperparameters,
    random: np.random.Generator,
) -> float:
    """Take one step for each batch of `order`; return the mean loss of a record."""
    total = 0.0
    for start in range(0, len(order), hyper.batch):
        rows = order[start : start + hyper.batch]  # (B,)
        keep = _dropout(len(rows), hyper.dense, hyper.dropout, random)  # (B, D)
        loss, gradients = engine.gradients(rows, keep)
        optimiser.step(gradients)
        total += loss * len(rows)
    return total / len(order)


def _dropout(records: int, units: int, rate: float, random: np.random.Generator) -> FloatArray:
    """Return what dropout multiplies each unit by: 0, or 1 / (1 - rate), which keeps the mean."""
    kept = random.random((records, units), dtype=np.float32) >= rate
    return kept.astype(np.float32) / np.float32(1 - rate)


class AdamW:
    """Adam with decoupled weight decay, over `parameters`, which it changes in place.

    It takes the steps of `torch.optim.AdamW`, on arrays of NumPy and tensors of torch alike. That
    one imports torch's compiler, which takes as long as `import torch` itself.
    """

    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-8  # torch's defaults

    def __init__(
        self, parameters: Sequence[Any], learning_rate: float, weight_decay: float
    ) -> None:
        """Start with moments of zero."""
        self.parameters = parameters
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self._moments = [(parameter * 0, parameter * 0) for parameter in parameters]
        self._steps = 0

    def step(self, gradients: Sequence[Any]) -> None:
        """Take one step against `gradients`, one for each parameter and of its shape."""
        self._steps += 1
        rate = self.learning_rate / (1 - self.beta_1**self._steps)
        scale = math.sqrt(1 - self.beta_2**self._steps)
        for parameter, gradient, (mean, square) in zip(
            self.parameters, gradients, self._moments, strict=True
        ):
            parameter *= 1 - self.learning_rate * self.weight_decay
            mean *= self.beta_1
            mean += (1 - self.beta_1) * gradient
            square *= self.beta_2
            square += (1 - self.beta_2) * gradient * gradient
            parameter -= rate * mean / (square**0.5 / scale + self.epsilon)
