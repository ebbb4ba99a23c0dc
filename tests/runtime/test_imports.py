"""A step imports no heavy library that it does not need: an import takes longer than many steps."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import learnable
import pytest
import resultfiles
from smallsettings import XGBOOST

from ecnet.models import ON_CPU

HEAVY = {
    *("matplotlib", "numba", "pandas", "scipy", "sklearn"),
    *("sympy", "torch", "torch._dynamo", "xgboost"),
}
MLP = {
    **{"hidden": 8, "batch": 50, "epochs": 1, "patience": 1},
    **{"learning_rate": 0.01, "weight_decay": 0, **ON_CPU},
}
SKLEARN = {"pandas", "scipy", "sklearn"}
SVM = {"records": 100, "components": 10, "gamma": 1, "c": 1, "iterations": 100}


def imported(*arguments: Any) -> set[str]:
    """Run a step in a process of its own; return the heavy libraries that it imported."""
    script = (
        "import sys; from ecnet.runtime import cli; status = cli.main(sys.argv[1:]); "
        "print(*sys.modules); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return HEAVY & set(done.stdout.split())


@pytest.mark.parametrize(
    ("family", "hyperparameters", "by_train", "by_predict"),
    [
        ("majority", {}, set(), set()),
        ("svm", SVM, SKLEARN, set()),
        ("naive_bayes", {"alpha": 1, "var_smoothing": 1e-9}, set(), set()),
        ("k_nearest", {"neighbours": 5}, set(), set()),
        ("logistic_regression", {"c": 1, "iterations": 100}, SKLEARN, set()),
        ("random_forest", {"trees": 5, "min_samples_leaf": 1}, SKLEARN, set()),
        ("xgboost", XGBOOST, {"scipy", "xgboost"}, {"scipy", "xgboost"}),
        ("mlp", MLP, {"torch"}, {"torch"}),
        ("ecnet", learnable.ECNET | {"epochs": 1}, {"numba", "scipy"}, {"numba", "scipy"}),
        ("ecnet", learnable.ECNET | {"epochs": 1, "engine": "torch"}, {"torch"}, {"torch"}),
    ],
)
def test_from_train_to_evaluate_a_family_imports_its_own_library_alone(
    tmp_path: Path,
    family: str,
    hyperparameters: dict[str, Any],
    by_train: set[str],
    by_predict: set[str],
) -> None:
    encoded = learnable.write(tmp_path / "encoded")
    model, weights, output = (tmp_path / name for name in ("model.json", "weights", "p.parquet"))
    settings = {
        "dataset": "toy",
        "task": "multiclass",
        "variant": family,
        "family": family,
        "hyperparameters": hyperparameters,
        "protocol": "",
        "runs": [[1, 1]],
        "threads": 1,
    }
    encoder = ("--encoder", encoded / "encoder.json")
    fit = (*encoder, "--fit", encoded / "fit.safetensors", "--model", model, "--weights", weights)
    history = ("--history", tmp_path / "h.json")
    assert imported("train", *fit, *history, "--settings", json.dumps(settings)) <= by_train
    test = (*encoder, "--test", encoded / "test.safetensors", "--models", model)
    made = ("--weights", weights, "--outputs", output, "--settings", json.dumps({"threads": 1}))
    assert imported("predict", *test, *made) <= by_predict
    metrics = tmp_path / "metrics.json"
    files = ("--predictions", output, "--models", model, "--outputs", metrics)
    made = ("--scores", tmp_path / "s.json", "--covariance", tmp_path / "v.json")
    beside = (*made, "--confusion", tmp_path / "c.csv")
    shown = json.dumps(resultfiles.settings() | {"drawn": "test", "leak_alpha": None})
    assert imported("evaluate", *files, *beside, "--settings", shown) == set()
    assert metrics.exists()


def test_a_figure_alone_imports_matplotlib(inputs: dict[str, list[Path]], tmp_path: Path) -> None:
    metrics = ("--metrics", *inputs["multiclass"], "--folder", tmp_path, "--settings")
    table, figure = (json.dumps(resultfiles.settings(name)) for name in ("table_6", "figure_5"))
    assert imported("tables", *metrics, table, "--splits", *inputs["splits"]) == set()
    assert imported("figures", *metrics, figure) == {"matplotlib"}
