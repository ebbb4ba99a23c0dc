"""Hyperparameters of small models of families that `variants` and `smallnets` lack."""

from typing import Any

from ecnet.models import ON_CPU

_TRAINED: dict[str, Any] = {"batch": 64, "epochs": 4, "learning_rate": 0.02, **ON_CPU}

SMALL: dict[str, dict[str, Any]] = {
    "logistic_regression": {"c": 1.0, "iterations": 200},
    "naive_bayes": {"alpha": 1.0, "var_smoothing": 1e-9},
    "decision_tree": {"min_samples_leaf": 1},
    "random_forest": {"trees": 5, "min_samples_leaf": 1},
    "k_nearest": {"neighbours": 3},
    "lightgbm": {
        "rounds": 10,
        "patience": 10,
        "learning_rate": 0.3,
        "num_leaves": 7,
        "min_data_in_leaf": 5,
        "bagging_fraction": 0.9,
        "feature_fraction": 0.9,
    },
    "isolation_forest": {"trees": 10, "samples": 64},
    "kitnet": {"max_inputs": 5, "hidden_ratio": 0.75, "learning_rate": 0.1, "epochs": 1},
    "mlp": {"hidden": 16, "patience": 4, "weight_decay": 0.0001} | _TRAINED,
    "realmlp": {"hidden": [16, 8], "label_smoothing": 0.1, "steps": 1000} | _TRAINED,
    "tabm": {
        **{"submodels": 3, "depth": 2, "width": 8, "dropout": 0.1},
        **{"steps": 1000, "patience": 4, "weight_decay": 0.0003},
    }
    | _TRAINED,
}
"""By family."""
