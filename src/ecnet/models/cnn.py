"""Convolutional network over 64 features in one, two or three dimensions.

    64 columns -> (64), (8, 8) or (4, 4, 4) -> convolution 16, 32 -> pool -> 32 -> pool
               -> dense -> classes

Features have no order and hence no neighbours. With `permute` the order of the 64 columns is drawn
from the seed: if the scores are the same, a convolution has nothing to find in the given order.

Reference: Ullah and Mahmoud, "Design and development of a deep learning-based model for anomaly
detection in IoT networks", 2021: a CNN in one, two and three dimensions. We have read its abstract
alone: 64 features by recursive elimination (as in a later paper of the authors), layers, widths,
dropout, learning rate and epochs are ours. Twice the filters and dense units took 2.5 times as long
and gave the same macro-F1 on the validation records of NSL-KDD: 0.905.
"""

import numpy as np
from torch import Tensor, nn

from ecnet import seeds
from ecnet.models import Settings
from ecnet.models.blocks import Columns, Order, eliminate
from ecnet.models.deep import Deep, features, restore, seeded, table, train_network
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

SCHEMA = {
    "dimensions": {"enum": [1, 2, 3]},
    "permute": {"type": "boolean"},
    "filters": {"type": "integer", "minimum": 1, "maximum": 1024},
    "dense": {"type": "integer", "minimum": 1, "maximum": 4096},
    "dropout": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
    "batch": {"type": "integer", "minimum": 1},
    "epochs": {"type": "integer", "minimum": 1},
    "steps": {"type": "integer", "minimum": 1},
    "patience": {"type": "integer", "minimum": 1},
    "learning_rate": {"type": "number", "exclusiveMinimum": 0},
    "weight_decay": {"type": "number", "minimum": 0},
    "device": {"enum": ["cpu", "cuda"]},
    "precision": {"enum": ["float32", "bfloat16"]},
}
"""filters: of the first convolution; the others have twice as many. dense: units of the dense
layer. dropout: the share of these that training drops. The others are those of `deep`."""

_FEATURES = 64  # = 8 x 8 = 4 x 4 x 4
_LAYERS = {
    1: (nn.Conv1d, nn.MaxPool1d),
    2: (nn.Conv2d, nn.MaxPool2d),
    3: (nn.Conv3d, nn.MaxPool3d),
}


class Network(nn.Module):
    """The network above, on columns in an order."""

    def __init__(self, order: Order, classes: int, settings: Settings) -> None:
        """Draw the first weights from torch's generator."""
        super().__init__()
        n, filters, dense = (settings[name] for name in ("dimensions", "filters", "dense"))
        convolution, pool = _LAYERS[n]
        side = round(_FEATURES ** (1 / n))
        self.columns = Columns(order, _FEATURES)
        self.layers = nn.Sequential(
            nn.Unflatten(1, (1, *(side,) * n)),
            convolution(1, filters, 3, padding=1),
            nn.ReLU(),
            convolution(filters, 2 * filters, 3, padding=1),
            nn.ReLU(),
            pool(2),
            convolution(2 * filters, 2 * filters, 3, padding=1),
            nn.ReLU(),
            pool(2),
            nn.Flatten(),
            nn.Linear(2 * filters * (side // 4) ** n, dense),
            nn.ReLU(),
            nn.Dropout(settings["dropout"]),
            nn.Linear(dense, classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """From columns, (B, d), to logits, (B, C)."""
        logits: Tensor = self.layers(self.columns(x))
        return logits


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Deep:
    """Choose the columns and train the network.

    Raises:
        InputError: training diverges.
    """
    order = eliminate(train, _FEATURES, seed)
    if settings["permute"]:
        order[:_FEATURES] = seeds.generator(seed, "order of columns").permutation(order[:_FEATURES])
    with seeded(seed, "cnn"):
        model = Deep(Network(order, len(train.classes), settings), table, settings)
        train_network(model, train, validation, settings, seed)
    return model


def load(tensors: Tensors, settings: Settings, like: Records) -> Deep:
    """Return the network with these weights.

    Raises:
        InputError: they are not those of a network of `settings` for records like `like`.
    """
    network = Network(np.arange(features(like)), len(like.classes), settings)
    restore(network, tensors)
    network.columns.check()
    return Deep(network, table, settings)
