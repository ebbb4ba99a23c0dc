"""Multilayer perceptron: one hidden layer of ReLU units on the table of numbers and one-hot ids.

The defaults in params.yaml are those of scikit-learn's MLPClassifier (one layer of 100, Adam, rate
0.001, batches of 200, at most 200 epochs, 10 without a better validation score), whose L2 penalty
of 0.0001 is taken as the weight decay of AdamW. Vanhoenshoven et al. ("Detecting malicious URLs
using machine learning techniques", 2016) used a perceptron on URLs.
"""

from torch import nn

from ecnet.models import Settings
from ecnet.models.deep import Deep, features, restore, seeded, table, train_network
from ecnet.models.weights import Tensors
from ecnet.prepare.records import Records

SCHEMA = {
    "hidden": {"type": "integer", "minimum": 1},
    "batch": {"type": "integer", "minimum": 1},
    "epochs": {"type": "integer", "minimum": 1},
    "patience": {"type": "integer", "minimum": 1},
    "learning_rate": {"type": "number", "exclusiveMinimum": 0},
    "weight_decay": {"type": "number", "minimum": 0},
    "device": {"enum": ["cpu", "cuda"]},
    "precision": {"enum": ["float32", "bfloat16"]},
}
"""hidden: units of the hidden layer. batch: records of a training step. epochs: the most passes
over the training records. patience: epochs without a better macro-F1 on validation."""


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Deep:
    """Fit on `train`; stop early on `validation`."""
    with seeded(seed, "mlp"):
        model = _build(train, settings)
        train_network(model, train, validation, settings, seed)
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
    layers = [
        nn.Linear(features(like), settings["hidden"]),
        nn.ReLU(),
        nn.Linear(settings["hidden"], len(like.classes)),
    ]
    return Deep(nn.Sequential(*layers), table, settings)
