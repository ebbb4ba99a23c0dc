"""The engine of torch: the plain one, and the one for a GPU and for sequences of flows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from ecnet.errors import InputError
from ecnet.models import Settings
from ecnet.models._layout import Shape
from ecnet.models._network import Network
from ecnet.models.weights import Tensors as Arrays
from ecnet.prepare.records import FloatArray, Records


@dataclass(frozen=True)
class Tensors:
    """Records as tensors; with `window` and `lengths` each is the last of a sequence of flows.

    window: (n, W) rows, the padding moved to the end, where a recurrent layer has not seen it
        when it reads the flows. lengths: (n,) how many of the W are no padding.
    """

    numerical: Tensor
    categorical: Tensor
    label: Tensor
    window: Tensor | None
    lengths: Tensor | None

    @classmethod
    def of(cls, records: Records, sequence: str, device: str = "cpu") -> "Tensors":
        """Return the tensors of `records` on `device`; `sequence` is `tokens` or `flows`.

        Raises:
            InputError: a sequence of flows is asked for and the records have no windows.
        """
        numerical = torch.from_numpy(records.numerical).to(device)
        categorical = torch.from_numpy(records.categorical).long().to(device)
        label = torch.from_numpy(records.label).long().to(device)
        if sequence == "tokens":
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
        """Return the inputs of `Network.forward` for `rows`."""
        if self.window is None or self.lengths is None:
            return self.numerical[rows], self.categorical[rows], None
        flows = self.window[rows]
        return self.numerical[flows], self.categorical[flows], self.lengths[rows]


class Torch:
    """A network that torch computes, on a device of its own."""

    def __init__(self, shape: Shape, settings: Settings, arrays: Arrays) -> None:
        """Build the network and give it the weights `arrays`.

        Raises:
            InputError: there is no such device.
        """
        self._settings = settings
        self._device: str = settings["device"]
        if self._device == "cuda" and not torch.cuda.is_available():
            raise InputError("hyperparameter device: torch sees no GPU here; choose cpu")
        # What torch.use_deterministic_algorithms(True) does, without the compiler it imports.
        torch.set_deterministic_debug_mode("error")
        # New memory is written before it is read; to fill it first costs up to a tenth of the time.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        self.network = Network(shape, settings).to(self._device)
        self._names = list(arrays)
        self.set(arrays)
        self._weights = dict(self.network.named_parameters())
        # Views that autograd does not follow, which an optimiser may change.
        self.parameters: Sequence[Tensor] = [self._weights[name].detach() for name in self._names]
        self._held: Tensors | None = None

    def hold(self, records: Records) -> None:
        """Take the records of which `gradients` is asked."""
        self._held = Tensors.of(records, self._settings["sequence"], self._device)

    def gradients(
        self, rows: npt.NDArray[np.int64], keep: FloatArray
    ) -> tuple[float, Sequence[Tensor]]:
        """Return the mean loss of the `rows` (B,) held, and its gradient for each parameter."""
        assert self._held is not None
        chosen = torch.from_numpy(rows).to(self._device)
        mask = torch.from_numpy(keep).to(self._device)
        with torch.autocast(
            self._device, torch.bfloat16, enabled=self._settings["precision"] == "bfloat16"
        ):
            logits = self.network(*self._held.batch(chosen), mask)
            loss = functional.cross_entropy(logits.float(), self._held.label[chosen])
        wanted = [self._weights[name] for name in self._names]
        return loss.item(), torch.autograd.grad(loss, wanted)

    def probabilities(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C)."""
        tensors = Tensors.of(records, self._settings["sequence"], self._device)
        rows = torch.arange(len(records), device=self._device)
        with torch.inference_mode():
            batches = torch.split(rows, self._settings["batch"])
            parts = [self.network(*tensors.batch(rows)).softmax(dim=1) for rows in batches]
        result: FloatArray = torch.cat(parts).cpu().numpy()
        return result

    def arrays(self) -> Arrays:
        """Return a copy of the weights, by name."""
        return {name: self._weights[name].detach().cpu().numpy().copy() for name in self._names}

    def set(self, arrays: Arrays) -> None:
        """Take the weights `arrays`."""
        state = {name: torch.from_numpy(np.asarray(value)) for name, value in arrays.items()}
        self.network.load_state_dict(state)
