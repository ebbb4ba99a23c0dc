"""Four recurrent layers, each with LeakyReLU, layer normalisation and dropout, then a dense layer.

    64 columns -> sequence -> 4 x (LSTM, BiLSTM or GRU -> LeakyReLU -> LayerNorm -> dropout)
               -> last step -> dense -> classes

A sequence is made of one record: of its 64 columns, cut into `length` steps of equal size. With
one step, which is the default, a recurrent layer has nothing to remember: it is a dense layer with
gates.

Reference: Ullah and Mahmoud, "Design and development of RNN anomaly detection model for IoT
networks", 2022, as others describe it: four such layers, 512 units, 64 features chosen by recursive
elimination, batches of 128, at most 100 epochs, patience 5. Hidden width, dropout, length, learning
rate, the most steps, and what ranks the features in the elimination are ours.
"""

from collections.abc import Callable

import numpy as np
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from ecnet.models import Settings
from ecnet.models.blocks import Columns, Order, eliminate
from ecnet.models.deep import Deep, features, restore, seeded, table, train_network
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

SCHEMA = {
    "cell": {"enum": ["lstm", "bilstm", "gru"]},
    "length": {"enum": [1, 2, 4, 8, 16, 32, 64]},
    "hidden": {"type": "integer", "minimum": 1, "maximum": 4096},
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
"""length: the steps of a sequence. hidden: the width of the hidden state, in each direction. dense:
units of the dense layer. dropout: the share of the units of each layer that training drops. The
others are those of `deep`."""

_FEATURES = 64
_LAYERS = 4
_CELLS: dict[str, Callable[..., nn.RNNBase]] = {"lstm": nn.LSTM, "bilstm": nn.LSTM, "gru": nn.GRU}


class Layer(nn.Module):
    """A recurrent layer and what follows it: (B, steps, inputs) to (B, steps, width)."""

    def __init__(self, inputs: int, settings: Settings) -> None:
        """Draw the first weights from torch's generator."""
        super().__init__()
        cell, hidden = settings["cell"], settings["hidden"]
        both = cell == "bilstm"
        self.width = hidden * (1 + both)
        self.recurrent = _CELLS[cell](inputs, hidden, batch_first=True, bidirectional=both)
        self.rest = nn.Sequential(
            nn.LeakyReLU(), nn.LayerNorm(self.width), nn.Dropout(settings["dropout"])
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the output of each step."""
        states, _ = self.recurrent(x)
        outputs: Tensor = self.rest(states)
        return outputs


class Network(nn.Module):
    """The network above, on columns in an order."""

    def __init__(self, order: Order, classes: int, settings: Settings) -> None:
        """Draw the first weights from torch's generator."""
        super().__init__()
        self.columns = Columns(order, _FEATURES)
        self.length = settings["length"]
        layers = [Layer(_FEATURES // self.length, settings)]
        layers += [Layer(layers[0].width, settings) for _ in range(_LAYERS - 1)]
        self.layers = nn.Sequential(*layers)
        self.dense = nn.Linear(layers[0].width, settings["dense"])
        self.classes = nn.Linear(settings["dense"], classes)

    def forward(self, x: Tensor) -> Tensor:
        """From columns, (B, d), to logits, (B, C)."""
        sequence = self.columns(x).unflatten(1, (self.length, -1))
        logits: Tensor = self.classes(leaky_relu(self.dense(self.layers(sequence)[:, -1])))
        return logits


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Deep:
    """Choose the columns and train the network.

    Raises:
        InputError: training diverges.
    """
    order = eliminate(train, _FEATURES, seed)
    with seeded(seed, "stacked"):
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
