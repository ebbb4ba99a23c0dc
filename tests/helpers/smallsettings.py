"""What small steps read of params.yaml; a test changes what it is about. EcNet: in `learnable`."""

from typing import Any

SPLIT: dict[str, Any] = {
    "keep": [],
    "drop": [],
    "rule": "grouped",
    "official": True,
    "validation": 0.2,
    "test": 0.2,
    "max_duplicates": 1,
    "oversample": False,
    "shuffle_labels": False,
    "gate": True,
    "seeds": [1],
}
"""Of `split`, without dataset and format."""

ENCODE: dict[str, Any] = {"seeds": [1], "fit_on": "train", "scale": "quantile", "window": 2}
"""Of `encode`, without dataset and format."""

XGBOOST: dict[str, Any] = {
    "rounds": 3,
    "patience": 3,
    "learning_rate": 0.5,
    "max_depth": 3,
    "min_child_weight": 1,
    "subsample": 0.8,
    "colsample_bytree": 1,
    "reg_lambda": 1,
    "max_bin": 64,
}
"""Hyperparameters of a few small trees."""
