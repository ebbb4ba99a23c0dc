"""Convolutional network over the bytes of a frame, in one dimension.

    bytes -> convolution 32 -> pool -> convolution 64 -> pool -> dense -> classes

The bytes are the numerical features, in their order; those that are constant in train are left out
by the encoder. With 256 bytes and 6 classes the network has 76,486 parameters.

Reference: Khan and Cotton, "Detecting attacks on IoT devices using featureless 1D-CNN", 2021: a
one-dimensional CNN over the bytes of packets. We have read its abstract alone: layers, widths,
learning rate and epochs are ours.
"""

import numpy as np
from torch import Tensor, nn

from ecnet.models import Settings
from ecnet.models.blocks import Columns
from ecnet.models.deep import Deep, features, restore, seeded, table, train_network
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

NEEDS = "frames"

SCHEMA = {
    "filters": {"type": "integer", "minimum": 1, "maximum": 1024},
    "dense": {"type": "integer", "minimum": 1, "maximum": 4096},
    "batch": {"type": "integer", "minimum": 1},
    "epochs": {"type": "integer", "minimum": 1},
    "steps": {"type": "integer", "minimum": 1},
    "patience": {"type": "integer", "minimum": 1},
    "learning_rate": {"type": "number", "exclusiveMinimum": 0},
    "weight_decay": {"type": "number", "minimum": 0},
    "device": {"enum": ["cpu", "cuda"]},
    "precision": {"enum": ["float32", "bfloat16"]},
}
"""filters: of the first convolution; the second has twice as many. dense: units of the dense layer.
The others are those of `deep`."""

_REDUCTION = 16  # each convolution and each pool halves the sequence


class Network(nn.Module):
    """The network above; zeros follow the bytes, up to the next multiple of 16."""

    def __init__(self, like: Records, settings: Settings) -> None:
        """Draw the first weights from torch's generator."""
        super().__init__()
        order, filters, dense = np.arange(features(like)), settings["filters"], settings["dense"]
        length = -(-len(order) // _REDUCTION)
        self.columns = Columns(order, length * _REDUCTION)
        self.layers = nn.Sequential(
            nn.Unflatten(1, (1, -1)),
            nn.Conv1d(1, filters, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Conv1d(filters, 2 * filters, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Flatten(),
            nn.Linear(2 * filters * length, dense),
            nn.ReLU(),
            nn.Linear(dense, len(like.classes)),
        )

    def forward(self, x: Tensor) -> Tensor:
        """From bytes, (B, d), to logits, (B, C)."""
        logits: Tensor = self.layers(self.columns(x))
        return logits


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Deep:
    """Train the network.

    Raises:
        InputError: training diverges.
    """
    with seeded(seed, "byte_cnn"):
        model = Deep(Network(train, settings), table, settings)
        train_network(model, train, validation, settings, seed)
    return model


def load(tensors: Tensors, settings: Settings, like: Records) -> Deep:
    """Return the network with these weights.

    Raises:
        InputError: they are not those of a network of `settings` for records like `like`.
    """
    network = Network(like, settings)
    restore(network, tensors)
    network.columns.check()
    return Deep(network, table, settings)
