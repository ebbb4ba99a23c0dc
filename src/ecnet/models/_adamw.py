"""AdamW (Loshchilov and Hutter 2019), as `torch.optim.AdamW` has it.

It works on numpy's arrays and on torch's tensors alike. Making an optimiser of torch.optim imports
torch's compiler, which takes as long as `import torch` itself and longer than many trainings.
"""

import math
from collections.abc import Sequence
from typing import Any

_MEAN, _SQUARE, _EPSILON = 0.9, 0.999, 1e-8
"""How much of the moments a step keeps, and what keeps a step finite: torch's defaults."""


class AdamW:
    """Adam with decoupled weight decay, over `parameters`, which it changes in place."""

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
        rate = self.learning_rate / (1 - _MEAN**self._steps)
        scale = math.sqrt(1 - _SQUARE**self._steps)
        for parameter, gradient, (mean, square) in zip(
            self.parameters, gradients, self._moments, strict=True
        ):
            parameter *= 1 - self.learning_rate * self.weight_decay
            mean *= _MEAN
            mean += (1 - _MEAN) * gradient
            square *= _SQUARE
            square += (1 - _SQUARE) * gradient * gradient
            parameter -= rate * mean / (square**0.5 / scale + _EPSILON)
