"""The hyperparameters of EcNet and its variants, and which of them go together."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from ecnet.errors import InputError
from ecnet.models import Settings


@dataclass(frozen=True)
class Hyperparameters:
    """What `models.ecnet` and a variant in params.yaml say; the bounds stand in `ecnet.SCHEMA`."""

    cell: Literal["lstm", "rnn", "gru"]
    branches: Literal["separate", "merged"]
    """A recurrent layer for each group of features, or one for both."""
    attention: bool
    pooling: Literal["mean", "last"]
    """What is classified: the mean of all outputs, or the last hidden state."""
    sequence: Literal["tokens", "flows"]
    """A sequence holds the features of one record, or the last records of its source host."""
    embedding: int
    """E, the width of a token."""
    hidden: int
    """h, the width of the hidden state of a separate branch."""
    heads: int
    """Of the attention; a divisor of `hidden`."""
    dense: int
    """D, the width of the dense layer."""
    dropout: float
    """The share of units of the dense layer that training drops."""
    batch: int
    """B, the records of a training step."""
    epochs: int
    """The most passes over the training records."""
    steps: int
    """The most training steps, a batch each: many records need fewer passes than few."""
    patience: int
    """Epochs without a better macro-F1 on validation after which training ends."""
    learning_rate: float
    weight_decay: float
    engine: Literal["tiles", "torch"]
    """What computes the network on a CPU; docs/engine.md compares them."""
    device: Literal["cpu", "cuda"]
    """Where it is computed; on a GPU by the engine `torch`."""
    precision: Literal["float32", "bfloat16"]
    """Of the factors of matrix products in training."""

    @classmethod
    def of(cls, settings: Settings) -> "Hyperparameters":
        """Return the hyperparameters in `settings`.

        Raises:
            InputError: they rule each other out.
        """
        found = cls(**{field.name: settings[field.name] for field in dataclasses.fields(cls)})
        found._check()
        return found

    def _check(self) -> None:
        if self.attention and self.hidden % self.heads:
            raise InputError(
                f"hyperparameter heads: {self.heads} does not divide hidden = {self.hidden}; "
                "choose a divisor"
            )
        plain = self.branches == "merged" and not self.attention
        if self.pooling == "last" and not plain:
            raise InputError(
                "hyperparameter pooling: last goes with branches: merged and attention: false; "
                "choose mean"
            )
        for name, value in _TILES.items():
            found = getattr(self, name)
            if self.engine == "tiles" and self.device == "cpu" and found != value:
                raise InputError(
                    f"hyperparameter {name}: {found} goes with engine: torch; choose that, or "
                    f"{value}"
                )


_TILES = {"sequence": "tokens", "precision": "float32"}
"""The only values that the engine `tiles` supports."""
