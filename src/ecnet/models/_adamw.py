"""AdamW (Loshchilov and Hutter 2019), as `torch.optim.AdamW` has it.

Making an optimiser of torch.optim imports torch's compiler, which takes as long as `import torch`
itself and longer than many of the trainings.
"""

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

_MEAN, _SQUARE, _EPSILON = 0.9, 0.999, 1e-8
"""How much of the moments a step keeps, and what keeps a step finite: torch's defaults."""


class AdamW:
    """Adam with decoupled weight decay, over `parameters`, which it changes in place."""

    def __init__(
        self, parameters: Iterable[Tensor], learning_rate: float, weight_decay: float
    ) -> None:
        """Start with moments of zero."""
        self.parameters = list(parameters)
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self._moments = [
            (torch.zeros_like(parameter), torch.zeros_like(parameter))
            for parameter in self.parameters
        ]
        self._steps = 0

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor]) -> None:
        """Take one step against `gradients`, one for each parameter and of its shape."""
        self._steps += 1
        rate = self.learning_rate / (1 - _MEAN**self._steps)
        scale = math.sqrt(1 - _SQUARE**self._steps)
        for parameter, gradient, (mean, square) in zip(
            self.parameters, gradients, self._moments, strict=True
        ):
            parameter.mul_(1 - self.learning_rate * self.weight_decay)
            mean.lerp_(gradient, 1 - _MEAN)
            square.mul_(_SQUARE).addcmul_(gradient, gradient, value=1 - _SQUARE)
            parameter.addcdiv_(mean, square.sqrt().div_(scale).add_(_EPSILON), value=-rate)
