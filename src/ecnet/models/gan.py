"""A discriminator that is trained beside a generator, and has one class more: generated records.

    noise -> generator 64, 128 -> generated records -+
                                                     +-> discriminator 128, 64 -> C + 1 classes
    columns of records of train ---------------------+

For each batch the generator makes as many records. The discriminator learns to tell them from those
of train, and the generator to make some that it cannot tell. The last class, 'generated', is left
out when the discriminator predicts, and the generator is not stored. With `generator: false` the
discriminator is trained on train alone.

References:
- Yin et al., "An enhancing framework for botnet detection using generative adversarial networks",
  2018: a generator adds records to those of train. We have read its abstract alone: widths, noise,
  learning rate and epochs are ours.
- Goodfellow et al., "Generative adversarial nets", 2014: the loss of the generator that does not
  saturate.
- Salimans et al., "Improved techniques for training GANs", 2016: the class of generated records.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, softplus

from ecnet.models import Settings
from ecnet.models.blocks import dense
from ecnet.models.deep import Deep, features, restore, seeded, table, train_network, trainable
from ecnet.models.training import AdamW
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

SCHEMA = {
    "generator": {"type": "boolean"},
    "noise": {"type": "integer", "minimum": 1, "maximum": 4096},
    "batch": {"type": "integer", "minimum": 1},
    "epochs": {"type": "integer", "minimum": 1},
    "steps": {"type": "integer", "minimum": 1},
    "patience": {"type": "integer", "minimum": 1},
    "learning_rate": {"type": "number", "exclusiveMinimum": 0},
    "weight_decay": {"type": "number", "minimum": 0},
    "device": {"enum": ["cpu", "cuda"]},
    "precision": {"enum": ["float32", "bfloat16"]},
}
"""generator: whether there is one. noise: the number of normal values that it turns into a record.
The others are those of `deep`, for the discriminator and the generator alike."""


class Discriminator(nn.Module):
    """The discriminator; in training its last output stands for 'generated', else it has none."""

    def __init__(self, like: Records) -> None:
        """Draw the first weights from torch's generator."""
        super().__init__()
        self.layers = dense(nn.ReLU, features(like), 128, 64, len(like.classes) + 1)[:-1]

    def forward(self, x: Tensor) -> Tensor:
        """From columns, (B, d), to logits, (B, C + 1) in training, else (B, C)."""
        logits: Tensor = self.layers(x)
        return logits if self.training else logits[:, :-1]


class Generator(nn.Module):
    """From noise to the columns of records: numbers, and for each id the shares of its values."""

    def __init__(self, noise: int, like: Records) -> None:
        """Draw the first weights from torch's generator."""
        super().__init__()
        self.widths = [like.numerical.shape[1], *like.cardinalities]
        self.layers = dense(nn.ReLU, noise, 64, 128, sum(self.widths))[:-1]

    def forward(self, noise: Tensor) -> Tensor:
        """From (B, noise) to (B, d); id 0 has no column, as in `inputs.one_hot`."""
        numbers, *ids = self.layers(noise).split(self.widths, dim=1)
        return torch.cat([numbers, *(values.softmax(dim=1)[:, 1:] for values in ids)], dim=1)


class Game:
    """The loss of a discriminator beside a generator, which takes a step of its own each time."""

    def __init__(self, discriminator: Discriminator, like: Records, settings: Settings) -> None:
        """Build the generator; its first weights are drawn from torch's generator."""
        self.discriminator = discriminator
        self.noise = settings["noise"]
        device = next(discriminator.parameters()).device
        self.generator = Generator(self.noise, like).to(device)
        self.weights = list(self.generator.parameters())
        self.optimiser = AdamW(
            trainable(self.generator), settings["learning_rate"], settings["weight_decay"]
        )

    def __call__(self, logits: Tensor, label: Tensor) -> Tensor:
        """Return the mean cross-entropy over the batch and as many generated records."""
        # Noise is drawn on the CPU, so that it is the same on every device.
        made = self.generator(torch.randn(len(label), self.noise).to(label.device))
        self._improve(self.discriminator(made))
        found = torch.cat([logits, self.discriminator(made.detach())])
        last = torch.full_like(label, logits.shape[1] - 1)
        return cross_entropy(found, torch.cat([label, last]))

    def _improve(self, logits: Tensor) -> None:
        """Take a step of the generator: its loss is -log of the probability of not 'generated'."""
        odds = logits[:, :-1].logsumexp(dim=1) - logits[:, -1]
        self.optimiser.step(torch.autograd.grad(softplus(-odds).mean(), self.weights))


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Deep:
    """Train the discriminator.

    Raises:
        InputError: training diverges.
    """
    with seeded(seed, "gan"):
        discriminator = Discriminator(train)
        model = Deep(discriminator, table, settings)
        loss = Game(discriminator, train, settings) if settings["generator"] else cross_entropy
        train_network(model, train, validation, settings, seed, loss=loss)
    return model


def load(tensors: Tensors, settings: Settings, like: Records) -> Deep:
    """Return the discriminator with these weights.

    Raises:
        InputError: they are not those of a discriminator for records like `like`.
    """
    discriminator = Discriminator(like)
    restore(discriminator, tensors)
    return Deep(discriminator, table, settings)
