"""The engine `torch`: the plain network, on a CPU or GPU, on tokens or sequences of flows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from ecnet.errors import InputError
from ecnet.models.engines.hardware import prepared, products
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.network import Network
from ecnet.models.parameters import DataShape
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, Records


class Torch:
    """A network that torch computes, with autograd's gradients."""

    def __init__(self, data: DataShape, hyper: Hyperparameters, tensors: Tensors) -> None:
        """Build the network and give it the weights `tensors`.

        Raises:
            InputError: torch sees no such device.
        """
        self._device = prepared(hyper.device)
        self._hyper = hyper
        self.network = Network(data, hyper).to(self._device)
        self._names = list(tensors)
        self.set(tensors)
        self._weights = dict(self.network.named_parameters())
        # Views that autograd does not follow, which an optimiser may change.
        self.parameters: Sequence[Tensor] = [self._weights[name].detach() for name in self._names]
        self._held: Inputs | None = None

    def hold(self, records: Records) -> None:
        """Take the records from which `gradients` picks its batches."""
        self._held = Inputs.of(records, self._hyper)

    def gradients(
        self, rows: npt.NDArray[np.int64], keep: FloatArray
    ) -> tuple[float, Sequence[Tensor]]:
        """Return the mean loss of the batch `rows`, (B,), and its gradient for each parameter."""
        assert self._held is not None
        chosen = torch.from_numpy(rows).to(self._device)
        mask = torch.from_numpy(keep).to(self._device)
        with products(self._device, self._hyper.precision):
            logits = self.network(*self._held.batch(chosen), mask)
            loss = functional.cross_entropy(logits.float(), self._held.label[chosen])
        wanted = [self._weights[name] for name in self._names]
        return loss.item(), torch.autograd.grad(loss, wanted)

    def probabilities(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C)."""
        inputs = Inputs.of(records, self._hyper)
        rows = torch.arange(len(records), device=self._hyper.device)
        with torch.inference_mode():
            batches = torch.split(rows, self._hyper.batch)
            parts = [self.network(*inputs.batch(rows)).softmax(dim=1) for rows in batches]
        result: FloatArray = torch.cat(parts).cpu().numpy()
        return result

    def tensors(self) -> Tensors:
        """Return a copy of the weights, by name."""
        return {name: self._weights[name].detach().cpu().numpy().copy() for name in self._names}

    def set(self, tensors: Tensors) -> None:
        """Replace the weights."""
        state = {name: torch.from_numpy(np.asarray(value)) for name, value in tensors.items()}
        self.network.load_state_dict(state)


@dataclass(frozen=True)
class Inputs:
    """Records as tensors; with `window` and `lengths` each is the last of a sequence of flows.

    window: (n, W) rows, with the padding moved to the end, which a recurrent layer reads last.
    lengths: (n,) how many of the W are not padding.
    """

    numerical: Tensor
    categorical: Tensor
    label: Tensor
    window: Tensor | None
    lengths: Tensor | None

    @classmethod
    def of(cls, records: Records, hyper: Hyperparameters) -> "Inputs":
        """Return the tensors of `records` on the device of `hyper`.

        Raises:
            InputError: `hyper` says sequences of flows and the records have no windows.
        """
        device = hyper.device
        numerical = torch.from_numpy(records.numerical).to(device)
        categorical = torch.from_numpy(records.categorical).long().to(device)
        label = torch.from_numpy(records.label).long().to(device)
        if hyper.sequence == "tokens":
            return cls(numerical, categorical, label, None, None)
        if records.window is None:
            raise InputError(
                "hyperparameter sequence: flows needs windows, and this dataset was encoded "
                "without (it has no source host or no time); choose tokens"
            )
        window = torch.from_numpy(records.window).long().to(device)
        steps = window.shape[1]
        lengths = (window >= 0).sum(dim=1)
        order = (torch.arange(steps, device=device) + steps - lengths[:, None]) % steps
        window = window.gather(1, order).clamp(min=0)
        return cls(numerical, categorical, label, window, lengths)

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return the inputs of `Network.forward` for `rows`, (B,)."""
        if self.window is None or self.lengths is None:
            return self.numerical[rows], self.categorical[rows], None
        flows = self.window[rows]  # (B, W)
        return self.numerical[flows], self.categorical[flows], self.lengths[rows]
