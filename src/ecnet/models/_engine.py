"""What computes a network: its loss, gradients and probabilities. Two engines hold to this."""

from collections.abc import Sequence
from typing import Any, Protocol

from ecnet.models.weights import Tensors as Arrays
from ecnet.prepare.records import FloatArray, Records


class Engine(Protocol):
    """A network with its weights."""

    parameters: Sequence[Any]
    """Arrays or tensors, in the order of `layout`; changed in place by an optimiser."""

    def hold(self, records: Records) -> None:
        """Take the records of which `gradients` is asked."""

    def gradients(self, rows: Any, keep: FloatArray) -> tuple[float, Sequence[Any]]:
        """Return the mean loss of the `rows` (B,) held, and its gradient for each parameter.

        keep: (B, dense) what dropout multiplies the dense layer by.
        """

    def probabilities(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C)."""

    def arrays(self) -> Arrays:
        """Return a copy of the weights, by name."""

    def set(self, arrays: Arrays) -> None:
        """Take the weights `arrays`, of the shapes of `layout`."""
