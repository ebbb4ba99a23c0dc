"""What networks of torch share beside EcNet: training, prediction, weights.

They run on a CPU or a GPU. A module's `forward` returns logits, (B, C); if it returns something
else in training, its loss knows what. First weights are drawn on the CPU, so that they are the same
on both; what `nn.Dropout` drops is not.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from ecnet import seeds
from ecnet.errors import InputError
from ecnet.models import Settings, weights
from ecnet.models.engines.hardware import prepared, products
from ecnet.models.inputs import one_hot
from ecnet.models.score import macro_f1
from ecnet.models.training import AdamW, passes
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, Records

Inputs = Callable[[Records], tuple[Tensor, ...]]
"""From n records to what `forward` takes, each tensor with n rows."""
Loss = Callable[[Tensor, Tensor], Tensor]
"""From what `forward` returns for a batch and its labels, (B,) int64, to one number."""


class Optimiser(Protocol):
    """What changes `trainable(network)` in place."""

    def step(self, gradients: Sequence[Tensor]) -> None:
        """Take one step against `gradients`, one for each parameter and of its shape."""


def table(records: Records) -> tuple[Tensor]:
    """Return the numerical features and the one-hot ids, (n, d) float32."""
    return (torch.from_numpy(one_hot(records)).float(),)


def features(records: Records) -> int:
    """Return d, the columns of `table`."""
    columns: int = one_hot(records, 0, 0).shape[1]
    return columns


class Deep:
    """A `Model`: a network, and what it reads of records."""

    def __init__(self, network: nn.Module, inputs: Inputs, settings: Settings) -> None:
        """Move `network` to its device; the history is empty.

        settings: batch (records computed at once) and device.

        Raises:
            InputError: torch sees no such device.
        """
        self.device = prepared(settings["device"])
        self.network = network.to(self.device).train(False)
        self.inputs = inputs
        self.batch = settings["batch"]
        self.history: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """The number of weights; buffers are not counted."""
        return sum(weight.numel() for weight in self.network.parameters())

    def held(self, records: Records) -> tuple[Tensor, ...]:
        """Return what the network reads of records, on its device."""
        return tuple(tensor.to(self.device) for tensor in self.inputs(records))

    def predict(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C)."""
        return self.probabilities(self.inputs(records))

    def probabilities(self, inputs: tuple[Tensor, ...]) -> FloatArray:
        """Return class probabilities, (n, C), from what `inputs` returned."""
        self.network.train(False)
        with torch.inference_mode():
            batches = zip(*(torch.split(tensor, self.batch) for tensor in inputs), strict=True)
            parts = [self._of_batch(batch).softmax(dim=1) for batch in batches]
        result: FloatArray = torch.cat(parts).cpu().numpy()
        return result

    def _of_batch(self, batch: tuple[Tensor, ...]) -> Tensor:
        logits: Tensor = self.network(*(tensor.to(self.device) for tensor in batch))
        return logits

    def tensors(self) -> Tensors:
        """Return a copy of weights and buffers by name; a single number has shape (1,)."""
        state = self.network.state_dict()
        return {name: np.atleast_1d(value.cpu().numpy().copy("C")) for name, value in state.items()}


@contextmanager
def seeded(seed: int, name: str) -> Iterator[None]:
    """Seed torch's own generator, which draws first weights and dropout, and restore it after."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seeds.key(seed, name))
        yield


def trainable(network: nn.Module) -> list[Tensor]:
    """Return views of the weights that need a gradient, which an optimiser may change."""
    return [weight.detach() for weight in network.parameters() if weight.requires_grad]


def train_network(
    model: Deep,
    train: Records,
    validation: Records,
    settings: Settings,
    seed: int,
    *,
    loss: Loss = cross_entropy,
    optimiser: Optimiser | None = None,
) -> None:
    """Train the network and leave it with the weights of its best epoch; fill the history.

    Training ends when macro-F1 on `validation` has not risen for `patience` epochs.

    settings: those of `epochs`, precision, patience, learning_rate, and of AdamW, which is used if
        no `optimiser` is given, weight_decay.

    Raises:
        InputError: the loss is no longer finite.
    """
    inputs, label = model.held(train), torch.from_numpy(train.label).long().to(model.device)
    held = model.held(validation)
    if model.device.type == "cuda":  # whose own generator draws what is dropped
        torch.cuda.manual_seed(seeds.key(seed, "dropout"))
    optimiser = optimiser or AdamW(
        trainable(model.network), settings["learning_rate"], settings["weight_decay"]
    )
    best, best_epoch, best_weights = -1.0, 0, model.tensors()
    for epoch in tqdm(range(1, epochs(settings, len(train)) + 1), disable=None, leave=False):
        order = torch.from_numpy(seeds.generator(seed, "batches", epoch).permutation(len(train)))
        mean = run_epoch(model.network, optimiser, loss, inputs, label, order, settings)
        if not math.isfinite(mean):
            raise InputError(
                f"hyperparameter learning_rate: with {settings['learning_rate']} the loss is "
                f"{mean} in epoch {epoch}; lower it"
            )
        predicted = model.probabilities(held).argmax(axis=1).astype(np.int32)
        score = macro_f1(validation.label, predicted, len(train.classes))
        model.history.append({"step": epoch, "validation": score, "loss": mean})
        if score > best:
            best, best_epoch, best_weights = score, epoch, model.tensors()
        elif epoch - best_epoch >= settings["patience"]:
            break
    restore(model.network, best_weights)


def epochs(settings: Settings, records: int) -> int:
    """Return the most passes over so many training records.

    settings: epochs, batch (records of a step), and where it limits the passes too, steps.
    """
    batches = math.ceil(records / settings["batch"])
    return passes(settings["epochs"], settings.get("steps", settings["epochs"] * batches), batches)


def run_epoch(
    network: nn.Module,
    optimiser: Optimiser,
    loss: Loss,
    inputs: tuple[Tensor, ...],
    label: Tensor,
    order: Tensor,
    settings: Settings,
) -> float:
    """Take one step for each batch of `order`; return the mean loss of a record.

    settings: batch and precision.
    """
    network.train()
    wanted = [weight for weight in network.parameters() if weight.requires_grad]
    total = 0.0
    for rows in torch.split(order.to(label.device), settings["batch"]):
        with products(label.device, settings["precision"]):
            value = loss(network(*(tensor[rows] for tensor in inputs)).float(), label[rows])
        optimiser.step(torch.autograd.grad(value, wanted))
        total += value.item() * len(rows)
    return total / len(order)


def restore(network: nn.Module, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
    """Set weights and buffers to those that `Deep.tensors` returned.

    Raises:
        InputError: a name, shape or dtype is not that of the network.
    """
    state = network.state_dict()
    shapes = {name: tuple(value.shape) or (1,) for name, value in state.items()}
    dtypes = {
        name: torch.empty(0, dtype=value.dtype).numpy().dtype for name, value in state.items()
    }
    weights.check(tensors, shapes, dtypes)
    for name, value in state.items():
        value.copy_(torch.from_numpy(tensors[name]).reshape(value.shape))
