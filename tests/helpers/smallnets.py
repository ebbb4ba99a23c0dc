"""Hyperparameters of small networks of Section II, for the tests of the models."""

from typing import Any

from ecnet.models import ON_CPU

_TRAINED: dict[str, Any] = {
    "batch": 32,
    "epochs": 8,
    "steps": 10_000,
    "patience": 3,
    "learning_rate": 0.01,
    "weight_decay": 0.0,
    **ON_CPU,
}

_OWN: dict[str, dict[str, Any]] = {
    "cnn": {"dimensions": 2, "permute": False, "filters": 4, "dense": 16, "dropout": 0.1},
    "stacked": {"cell": "gru", "length": 4, "hidden": 16, "dense": 32, "dropout": 0.1},
    "autoencoder_lstm": {"autoencoder": True, "hidden": 16},
    "gan": {"generator": True, "noise": 8},
    "byte_cnn": {"filters": 16, "dense": 16},
}
SMALL = {name: own | _TRAINED for name, own in _OWN.items()}
"""By family; each learns the records of `learnable`."""
