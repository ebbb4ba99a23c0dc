"""An LSTM over the code of an autoencoder.

    columns -> encoder 48, 24, 16 -> 16 steps -> LSTM -> last state -> classes
    columns -> zeros added ------> 16 steps -> LSTM -> last state -> classes   (autoencoder: false)

The autoencoder learns to reproduce the columns of train, without labels; then its encoder is fixed,
and the LSTM is trained on the code. Without it the same LSTM reads the columns themselves, cut into
as many steps of equal size.

Reference: Dutta et al., "Detection of cyberattacks traces in IoT data", 2020: a deep autoencoder
reduces the dimensions of records, an LSTM among others classifies the code as normal or malicious.
We have read its abstract alone: widths, activation, the code as a sequence, learning rate and
epochs are ours.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from ecnet import seeds
from ecnet.models import Settings
from ecnet.models.blocks import dense
from ecnet.models.deep import (
    Deep,
    epochs,
    features,
    restore,
    run_epoch,
    seeded,
    table,
    train_network,
    trainable,
)
from ecnet.models.training import AdamW
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

SCHEMA = {
    "autoencoder": {"type": "boolean"},
    "hidden": {"type": "integer", "minimum": 1, "maximum": 4096},
    "batch": {"type": "integer", "minimum": 1},
    "epochs": {"type": "integer", "minimum": 1},
    "steps": {"type": "integer", "minimum": 1},
    "patience": {"type": "integer", "minimum": 1},
    "learning_rate": {"type": "number", "exclusiveMinimum": 0},
    "weight_decay": {"type": "number", "minimum": 0},
    "device": {"enum": ["cpu", "cuda"]},
    "precision": {"enum": ["float32", "bfloat16"]},
}
"""autoencoder: whether there is one; it is fitted in as many passes as the LSTM at most. hidden:
the width of the state of the LSTM. The others are those of `deep`."""

_WIDTHS = (48, 24, 16)
_STEPS = _WIDTHS[-1]


class Network(nn.Module):
    """The network above; the encoder gets no gradient."""

    def __init__(self, like: Records, settings: Settings) -> None:
        """Draw the first weights from torch's generator."""
        super().__init__()
        d = features(like)
        padding = -d % _STEPS
        if settings["autoencoder"]:
            self.steps: nn.Module = dense(nn.ELU, d, *_WIDTHS).requires_grad_(False)
            inputs = 1
        else:
            self.steps = nn.ConstantPad1d((0, padding), 0)
            inputs = (d + padding) // _STEPS
        self.lstm = nn.LSTM(inputs, settings["hidden"], batch_first=True)
        self.classes = nn.Linear(settings["hidden"], len(like.classes))

    def forward(self, x: Tensor) -> Tensor:
        """From columns, (B, d), to logits, (B, C)."""
        states, _ = self.lstm(self.steps(x).unflatten(1, (_STEPS, -1)))
        logits: Tensor = self.classes(states[:, -1])
        return logits


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Deep:
    """Fit the autoencoder, then train the LSTM on its code.

    Raises:
        InputError: training diverges.
    """
    with seeded(seed, "autoencoder_lstm"):
        network = Network(train, settings)
        model = Deep(network, table, settings)
        if settings["autoencoder"]:
            (x,) = model.held(train)
            _reproduce(network.steps, x, settings, seed)
        train_network(model, train, validation, settings, seed)
    return model


def load(tensors: Tensors, settings: Settings, like: Records) -> Deep:
    """Return the network with these weights.

    Raises:
        InputError: they are not those of a network of `settings` for records like `like`.
    """
    network = Network(like, settings)
    restore(network, tensors)
    return Deep(network, table, settings)


def _reproduce(encoder: nn.Module, x: Tensor, settings: Settings, seed: int) -> None:
    """Fit `encoder` such that a decoder, its mirror image, gives the columns `x`, (n, d), again."""
    decoder = dense(nn.ELU, *reversed(_WIDTHS), x.shape[1])[:-1]  # a column can have any value
    autoencoder = nn.Sequential(encoder, decoder).requires_grad_().to(x.device)
    optimiser = AdamW(trainable(autoencoder), settings["learning_rate"], settings["weight_decay"])
    for epoch in range(1, epochs(settings, len(x)) + 1):
        order = torch.from_numpy(seeds.generator(seed, "autoencoder", epoch).permutation(len(x)))
        run_epoch(autoencoder, optimiser, mse_loss, (x,), x, order, settings)
    encoder.requires_grad_(False)
