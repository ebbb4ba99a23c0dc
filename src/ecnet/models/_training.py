"""How EcNet is trained: tensors that stay in memory, batches by permutation, early stopping."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from ecnet import seeds
from ecnet.errors import InputError
from ecnet.models import Settings
from ecnet.models._adamw import AdamW
from ecnet.models._network import Network
from ecnet.models._score import macro_f1
from ecnet.records import FloatArray, Records


@dataclass(frozen=True)
class Tensors:
    """Records as tensors; with `window` and `lengths` each is the last of a sequence of flows.

    window: (n, W) rows, the padding moved to the end, where a recurrent layer has not seen it
        when it reads the flows. lengths: (n,) how many of the W are no padding.
    """

    statistical: Tensor
    protocol: Tensor
    window: Tensor | None
    lengths: Tensor | None

    @classmethod
    def of(cls, records: Records, sequence: str) -> "Tensors":
        """Return the tensors of `records`; `sequence` is `tokens` or `flows`.

        Raises:
            InputError: a sequence of flows is asked for and the records have no windows.
        """
        statistical = torch.from_numpy(records.statistical)
        protocol = torch.from_numpy(records.protocol).long()
        if sequence == "tokens":
            return cls(statistical, protocol, None, None)
        if records.window is None:
            raise InputError(
                "hyperparameter sequence: flows needs windows, and this dataset was encoded "
                "without (it has no source host or no time); choose tokens"
            )
        window = torch.from_numpy(records.window).long()
        steps = window.shape[1]
        lengths = (window >= 0).sum(dim=1)
        order = (torch.arange(steps) + steps - lengths[:, None]) % steps
        return cls(statistical, protocol, window.gather(1, order).clamp(min=0), lengths)

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return the inputs of `Network.forward` for `rows`."""
        if self.window is None or self.lengths is None:
            return self.statistical[rows], self.protocol[rows], None
        flows = self.window[rows]
        return self.statistical[flows], self.protocol[flows], self.lengths[rows]


def train(
    network: Network, records: Records, validation: Records, settings: Settings, seed: int
) -> list[dict[str, float]]:
    """Train `network` in place and leave it with the weights of its best epoch.

    Cross-entropy, AdamW; ends when macro-F1 on `validation` has not risen for `patience` epochs.

    Returns:
        For each epoch its number, macro-F1 on `validation`, and mean training loss.

    Raises:
        InputError: the loss is no longer finite.
    """
    # What torch.use_deterministic_algorithms(True) does, without the compiler that it imports.
    torch.set_deterministic_debug_mode("error")
    # New memory is written before it is read; to fill it first costs up to a tenth of the time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    tensors = Tensors.of(records, settings["sequence"])
    label = torch.from_numpy(records.label).long()
    optimiser = AdamW(network.parameters(), settings["learning_rate"], settings["weight_decay"])
    history: list[dict[str, float]] = []
    best, best_epoch, best_weights = -1.0, 0, _copy(network)
    torch.manual_seed(seeds.key(seed, "dropout"))  # dropout draws from torch's own generator
    for epoch in tqdm(range(1, settings["epochs"] + 1), disable=None, leave=False):
        order = seeds.generator(seed, "batches", epoch).permutation(len(records))
        loss = _epoch(network, optimiser, tensors, label, order, settings["batch"])
        if not math.isfinite(loss):
            raise InputError(
                f"hyperparameter learning_rate: with {settings['learning_rate']} the loss "
                f"is {loss} in epoch {epoch}; lower it"
            )
        predicted = probabilities(network, validation, settings).argmax(axis=1)
        score = macro_f1(validation.label, predicted.astype(np.int32), len(records.classes))
        history.append({"step": epoch, "validation": score, "loss": loss})
        if score > best:
            best, best_epoch, best_weights = score, epoch, _copy(network)
        elif epoch - best_epoch >= settings["patience"]:
            break
    network.load_state_dict(best_weights)
    return history


def probabilities(network: Network, records: Records, settings: Settings) -> FloatArray:
    """Return class probabilities, (n, C)."""
    tensors = Tensors.of(records, settings["sequence"])
    network.eval()
    with torch.inference_mode():
        batches = torch.split(torch.arange(len(records)), settings["batch"])
        parts = [network(*tensors.batch(rows)).softmax(dim=1) for rows in batches]
    result: FloatArray = torch.cat(parts).numpy()
    return result


def _epoch(
    network: Network,
    optimiser: AdamW,
    tensors: Tensors,
    label: Tensor,
    order: np.ndarray,
    batch: int,
) -> float:
    """Take one step for each batch of `order`; return the mean loss of a record."""
    network.train()
    total = 0.0
    for rows in torch.split(torch.from_numpy(order), batch):
        loss = functional.cross_entropy(network(*tensors.batch(rows)), label[rows])
        optimiser.step(torch.autograd.grad(loss, optimiser.parameters))
        total += loss.item() * len(rows)
    return total / len(order)


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}
