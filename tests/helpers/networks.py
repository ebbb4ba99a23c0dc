"""Small networks of EcNet, for the tests of the models."""

from typing import Any

import learnable
import numpy as np

from ecnet.models.engines.torch import Torch
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.network import Network
from ecnet.models.parameters import DataShape, initial

SETTINGS = learnable.ECNET | {"dropout": 0.0}
PLAIN = {"branches": "merged", "attention": False, "pooling": "last"}
MERGED = {"branches": "merged", "hidden": 16, "heads": 1}
DATA = DataShape(4, (5, 5, 5), 3)


def hyper(**switches: Any) -> Hyperparameters:
    """Return the hyperparameters of a small EcNet, with some of them changed."""
    return Hyperparameters.of({**SETTINGS, **switches})


def network(**switches: Any) -> Network:
    """Return a network in torch with its initial weights."""
    chosen = hyper(**{"engine": "torch", **switches})
    return Torch(DATA, chosen, initial(DATA, chosen, np.random.default_rng(5))).network
