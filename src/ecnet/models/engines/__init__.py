"""Engines: what computes the network's loss, gradients and probabilities.

- `torch` is the plain network (`ecnet.models.network`), and runs wherever PyTorch does;
- `tiles` is the fast one on a CPU, with kernels that numba compiles.

On a GPU there is `torch` alone, whatever the hyperparameter `engine` says; see docs/gpu.md.

Both hold the same parameters and see the same batches. docs/engine.md compares them. Beside them,
`autoencoder` is what KitNET learns with.
"""

import functools
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Protocol

from ecnet.errors import InputError
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.parameters import DataShape
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, Records


class Engine(Protocol):
    """A network with its weights."""

    parameters: Sequence[Any]
    """Arrays or tensors, in the order of `shapes`; an optimiser changes them in place."""

    def hold(self, records: Records) -> None:
        """Take the records from which `gradients` picks its batches."""

    def gradients(self, rows: Any, keep: FloatArray) -> tuple[float, Sequence[Any]]:
        """Return the mean loss of a batch, and its gradient for each of `parameters`.

        rows: (B,) int64, the batch's rows among the records held.
        keep: (B, D), what dropout multiplies the dense layer by.
        """

    def probabilities(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C)."""

    def tensors(self) -> Tensors:
        """Return a copy of the weights, by name."""

    def set(self, tensors: Tensors) -> None:
        """Replace the weights."""


NO_GPU = (
    "train.device: cuda, and torch sees no GPU here; choose cpu, or see docs/gpu.md for what a GPU "
    "needs"
)


@functools.cache
def sees_gpu() -> bool:
    """Tell whether torch sees a GPU; it is imported in a process of its own."""
    script = "import sys, torch; sys.exit(not torch.cuda.is_available())"
    return subprocess.run([sys.executable, "-c", script], capture_output=True).returncode == 0


def create(data: DataShape, hyper: Hyperparameters, tensors: Tensors) -> Engine:
    """Return the engine that `hyper.engine` names, or on a GPU `torch`, with these weights.

    The library of the other engine is not imported. One engine never replaces the other silently,
    because their results differ in the last bits.

    Raises:
        InputError: it cannot run on this machine.
    """
    if hyper.engine == "torch" or hyper.device == "cuda":
        from ecnet.models.engines.torch import Torch

        return Torch(data, hyper, tensors)
    try:
        from ecnet.models.engines.tiles.engine import Tiles
    except ImportError as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"hyperparameter engine: tiles needs numba, which does not run here ({reason}); "
            "choose torch"
        ) from error
    return Tiles(data, hyper, tensors)
