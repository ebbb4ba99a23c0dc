"""TabM (Gorishniy, Kotelnikov and Babenko, "TabM: advancing tabular deep learning with
parameter-efficient ensembling", 2025): perceptrons that share most weights, trained in parallel.

Each of the k submodels scales the inputs and outputs of shared layers by factors of its own
(BatchEnsemble, Wen et al. 2020), and has a last layer and a loss of its own. The prediction is the
mean of their probabilities. First weights are drawn as in the authors' package `tabm`, which is not
used because it imports scikit-learn and embeddings of numbers, which we leave out.

Depth, dropout, learning rate and weight decay in params.yaml are the authors' defaults. Ours, so
that a fit is cheap: k of 16 instead of 32, width of 128 instead of 512, fewer epochs and less
patience; and batches of 64 instead of 256, with which few epochs go further. Gradients are not
clipped.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ecnet.models import Settings
from ecnet.models.deep import Deep, restore, seeded, table, train_network
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

SCHEMA = {
    "submodels": {"type": "integer", "minimum": 1},
    "depth": {"type": "integer", "minimum": 1},
    "width": {"type": "integer", "minimum": 1},
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
"""submodels: k. depth, width: hidden layers and their units. batch: records of a training step.
epochs, steps: the most passes over the training records, and training steps. patience: epochs
without a better macro-F1 on validation."""


class Shared(nn.Module):
    """A linear layer of k submodels: weights (m, d) for all, factors and biases for each."""

    def __init__(self, factors: Tensor, outputs: int) -> None:
        """Start with `factors` of the inputs, (k, d), and factors of 1 of the outputs."""
        super().__init__()
        k, inputs = factors.shape
        self.input_factors = nn.Parameter(factors)
        self.weight = nn.Parameter(_uniform(outputs, inputs, spread=inputs**-0.5))
        self.output_factors = nn.Parameter(torch.ones(k, outputs))
        self.bias = nn.Parameter(_uniform(outputs, spread=inputs**-0.5).repeat(k, 1))

    def forward(self, x: Tensor) -> Tensor:
        """From (B, k, d), or (B, 1, d) for all submodels, to (B, k, m)."""
        return x * self.input_factors @ self.weight.T * self.output_factors + self.bias


class Separate(nn.Module):
    """k linear layers, (k, d, m)."""

    def __init__(self, k: int, inputs: int, outputs: int) -> None:
        """Draw weights and biases."""
        super().__init__()
        self.weight = nn.Parameter(_uniform(k, inputs, outputs, spread=inputs**-0.5))
        self.bias = nn.Parameter(_uniform(k, outputs, spread=inputs**-0.5))

    def forward(self, x: Tensor) -> Tensor:
        """From (B, k, d) to (B, k, m)."""
        return torch.einsum("bkd,kdm->bkm", x, self.weight) + self.bias


class Ensemble(nn.Module):
    """k perceptrons with shared weights."""

    def __init__(self, like: Records, settings: Settings) -> None:
        """Draw the weights for records `like` these."""
        super().__init__()
        k, width = settings["submodels"], settings["width"]
        factors = _signs(like, k)
        layers: list[nn.Module] = []
        for _ in range(settings["depth"]):
            layers += [Shared(factors, width), nn.ReLU(), nn.Dropout(settings["dropout"])]
            factors = torch.ones(k, width)
        self.layers = nn.Sequential(*layers, Separate(k, width, len(like.classes)))

    def forward(self, x: Tensor) -> Tensor:
        """From (B, d) to the logits of all submodels, (B, k, C), in training.

        Otherwise to logits whose softmax is the mean of their probabilities, (B, C).
        """
        logits: Tensor = self.layers(x[:, None])
        return logits if self.training else logits.log_softmax(dim=2).logsumexp(dim=1)


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Deep:
    """Fit on `train`; stop early on `validation`."""
    with seeded(seed, "tabm"):
        model = _build(train, settings)
        train_network(model, train, validation, settings, seed, loss=_loss)
    return model


def load(tensors: Tensors, settings: Settings, like: Records) -> Deep:
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features, classes or sizes.
    """
    model = _build(like, settings)
    restore(model.network, tensors)
    return model


def _build(like: Records, settings: Settings) -> Deep:
    return Deep(Ensemble(like, settings), table, settings)


def _signs(like: Records, k: int) -> Tensor:
    """Return 1 or -1 for each submodel and column, (k, d), the same for all ids of a feature."""
    columns = [1] * like.numerical.shape[1] + [size - 1 for size in like.cardinalities]
    signs = torch.randint(2, (k, len(columns))) * 2.0 - 1.0
    return signs.repeat_interleave(torch.tensor(columns), dim=1)


def _uniform(*shape: int, spread: float) -> Tensor:
    """Draw numbers from -spread to spread."""
    return (torch.rand(shape) * 2 - 1) * spread


def _loss(logits: Tensor, label: Tensor) -> Tensor:
    """Return the mean cross-entropy of all submodels; logits: (B, k, C)."""
    return cross_entropy(logits.flatten(0, 1), label.repeat_interleave(logits.shape[1]))
