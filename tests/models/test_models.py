"""What every family of models promises, and what the baselines promise beyond it."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import learnable
import numpy as np
import pytest
import smallnets
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.kernel_approximation import Nystroem
from sklearn.metrics import f1_score

from ecnet import models
from ecnet.errors import InputError
from ecnet.models import svm, weights
from ecnet.models.score import macro_f1
from ecnet.prepare.records import Records, binary

HYPERPARAMETERS: dict[str, dict[str, Any]] = {
    "device": {"numbers": True, "folds": 3, "trees": 10, "min_samples_leaf": 1},
    "ecnet": learnable.ECNET,
    "majority": {},
    "mlp": {
        "hidden": 32,
        "batch": 50,
        "epochs": 30,
        "patience": 5,
        "learning_rate": 0.01,
        "weight_decay": 0.0001,
        **models.ON_CPU,
    },
    "realmlp": {
        "hidden": [16, 16],
        "label_smoothing": 0.1,
        "batch": 64,
        "epochs": 8,
        "steps": 1000,
        "learning_rate": 0.04,
        **models.ON_CPU,
    },
    "stratified": {},
    "tree": {"leaves": 16},
    "isolation_forest": {"trees": 50, "samples": 64},
    "kitnet": {"max_inputs": 5, "hidden_ratio": 0.75, "learning_rate": 0.1, "epochs": 5},
    "svm": {"records": 400, "components": 40, "gamma": 0.5, "c": 1, "iterations": 1000},
    "tabm": {
        "submodels": 4,
        "depth": 2,
        "width": 16,
        "dropout": 0.1,
        "batch": 64,
        "epochs": 12,
        "steps": 1000,
        "patience": 5,
        "learning_rate": 0.01,
        "weight_decay": 0.0003,
        **models.ON_CPU,
    },
    "xgboost": {
        "rounds": 20,
        "patience": 5,
        "learning_rate": 0.3,
        "max_depth": 3,
        "min_child_weight": 1,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
        "reg_lambda": 1,
        "max_bin": 64,
    },
    **smallnets.SMALL,
    "logistic_regression": {"c": 1.0, "iterations": 200},
    "naive_bayes": {"alpha": 1.0, "var_smoothing": 1e-9},
    "decision_tree": {"min_samples_leaf": 2},
    "random_forest": {"trees": 20, "min_samples_leaf": 2},
    "k_nearest": {"neighbours": 5},
    "lightgbm": {
        "rounds": 20,
        "patience": 5,
        "learning_rate": 0.3,
        "num_leaves": 7,
        "min_data_in_leaf": 5,
        "bagging_fraction": 0.8,
        "feature_fraction": 0.8,
    },
}
SEEDLESS = {
    *("majority", "tree", "logistic_regression", "naive_bayes", "k_nearest"),
    "decision_tree",  # its seed decides between equally good splits alone
}
LEARNERS = sorted(HYPERPARAMETERS.keys() - {"majority", "stratified"})
BINARY = {name for name in LEARNERS if "multiclass" not in models.tasks(name)}

each_family = pytest.mark.parametrize("name", sorted(HYPERPARAMETERS))
each_learner = pytest.mark.parametrize("name", LEARNERS)
each_multiclass_learner = pytest.mark.parametrize("name", sorted({*LEARNERS} - BINARY))


def made(name: str, n: int, **shape: int) -> Records:
    """Return records of a task that the family has."""
    records = learnable.make(n, **shape)
    return as_binary(records) if name in BINARY else records


def fit(name: str, train: Records | None = None, seed: int = 1) -> models.Model:
    train = train or made(name, 400, draw=1)
    validation = made(name, 120, draw=2, classes=max(3, len(train.classes)))
    return models.family(name).fit(train, validation, HYPERPARAMETERS[name], seed)


def accuracy(model: models.Model, test: Records) -> float:
    return float(np.mean(model.predict(test).argmax(axis=1) == test.label))


def as_binary(records: Records) -> Records:
    classes, label = binary(records.label, records.classes, "Normal")
    return dataclasses.replace(records, label=label, classes=classes)


def test_every_family_is_tested_here() -> None:
    assert models.names() == sorted(HYPERPARAMETERS)


@each_family
def test_schema_has_bounds_for_just_the_hyperparameters(name: str) -> None:
    schema = models.schema(name)
    assert schema.keys() == HYPERPARAMETERS[name].keys()
    for key, value in HYPERPARAMETERS[name].items():
        jsonschema.validate(value, schema[key])
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(-1, schema[key])


@each_multiclass_learner
def test_beats_the_majority(name: str) -> None:
    test = learnable.make(300, draw=3)
    assert accuracy(fit(name), test) > accuracy(fit("majority"), test) + 0.4


@each_family
def test_probabilities_are_float32_and_add_up_to_one(name: str) -> None:
    test = made(name, 50, draw=3)
    probabilities = fit(name).predict(test)
    assert probabilities.shape == (50, len(test.classes))
    assert probabilities.dtype == np.float32
    assert np.all(probabilities >= 0)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def saved(model: models.Model, path: Path) -> Path:
    weights.write(path, {"1-1": model.tensors()})
    return path


def loaded(path: Path, name: str, like: Records) -> models.Model:
    return weights.load(path, "1-1", models.family(name), HYPERPARAMETERS[name], like)


@each_family
def test_same_seed_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    first, second = (saved(fit(name), tmp_path / stem) for stem in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", sorted(HYPERPARAMETERS.keys() - SEEDLESS))
def test_another_seed_gives_other_weights(name: str, tmp_path: Path) -> None:
    first, second = (saved(fit(name, seed=seed), tmp_path / str(seed)) for seed in (1, 2))
    assert first.read_bytes() != second.read_bytes()


@each_family
def test_a_loaded_model_predicts_the_same(name: str, tmp_path: Path) -> None:
    model, test = fit(name), made(name, 50, draw=3)
    again = loaded(saved(model, tmp_path / "seed-1"), name, test)
    np.testing.assert_array_equal(again.predict(test), model.predict(test))
    assert again.parameters == model.parameters
    assert [path.name for path in tmp_path.iterdir()] == ["seed-1"]


@each_family
def test_weights_for_another_number_of_classes_are_refused(name: str, tmp_path: Path) -> None:
    path = saved(fit(name), tmp_path / "seed-1")
    with pytest.raises(InputError, match=r"seed-1.*run the train step again"):
        loaded(path, name, learnable.make(9, draw=1, classes=4))


@each_learner
@pytest.mark.parametrize("group", ["numerical", "categorical"])
def test_weights_for_other_features_are_refused(name: str, group: str, tmp_path: Path) -> None:
    path = saved(fit(name), tmp_path / "seed-1")
    like = made(name, 9, draw=1, **{group: 5})
    with pytest.raises(InputError, match="seed-1"):
        loaded(path, name, like)


@each_family
def test_a_file_without_weights_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "seed-1"
    path.write_bytes(b"no weights")
    with pytest.raises(InputError, match="cannot be read") as caught:
        loaded(path, name, learnable.make(9, draw=1))
    assert "\n" not in str(caught.value)


@each_learner
@pytest.mark.parametrize("group", ["numerical", "categorical"])
def test_a_group_may_have_no_feature(name: str, group: str) -> None:
    train = made(name, 400, draw=1, **{group: 0})
    validation = made(name, 100, draw=2, **{group: 0})
    model = models.family(name).fit(train, validation, HYPERPARAMETERS[name], 1)
    assert accuracy(model, made(name, 200, draw=3, **{group: 0})) > 0.6


@each_multiclass_learner
def test_a_class_without_a_train_record_changes_nothing_for_the_others(name: str) -> None:
    full = learnable.make(600, draw=1, classes=4)
    train = learnable.some(full, np.flatnonzero(full.label != 2))
    model, test = fit(name, train), learnable.make(200, draw=3, classes=4)
    probabilities = model.predict(test)
    assert probabilities.shape == (200, 4)
    known = test.label != 2
    assert np.mean(probabilities.argmax(axis=1)[known] == test.label[known]) > 0.6


@each_learner
def test_the_binary_task_has_two_classes(name: str) -> None:
    train, validation, test = (as_binary(learnable.make(300, draw=i)) for i in range(3))
    model = models.family(name).fit(train, validation, HYPERPARAMETERS[name], 1)
    assert model.predict(test).shape == (300, 2)
    assert accuracy(model, test) > 0.85


@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_macro_f1_is_that_of_scikit_learn_over_the_classes_held(classes: int, draw: int) -> None:
    random = np.random.default_rng(draw)
    true, predicted = random.integers(0, classes, (2, 30)).astype(np.int32)
    expected = f1_score(true, predicted, labels=np.unique(true), average="macro", zero_division=0)
    assert macro_f1(true, predicted, classes) == pytest.approx(expected)


def test_majority_predicts_the_shares_of_train() -> None:
    train = dataclasses.replace(learnable.make(4, draw=1), label=np.array([0, 2, 2, 2], np.int32))
    model = fit("majority", train)
    np.testing.assert_array_equal(model.predict(train), [[0.25, 0, 0.75]] * 4)
    assert model.parameters == 2


BESIDE = """
import numpy as np
from ecnet.models import xgboost as family
import sys
assert "sklearn" not in sys.modules
import learnable
train = learnable.make(100, draw=1)
model = family.fit(train, train, SETTINGS, 1)
assert "sklearn" not in sys.modules
import xgboost
estimator = xgboost.XGBClassifier(n_estimators=2).fit(np.eye(4), [0, 1, 0, 1])
assert estimator.predict(np.eye(4)).shape == (4,)
assert xgboost.Booster is type(model.booster)
assert model.predict(train).shape == (100, 3)
"""


def test_the_family_xgboost_leaves_the_estimators_of_xgboost_usable() -> None:
    """It imports xgboost without scikit-learn, which the estimators need."""
    script = BESIDE.replace("SETTINGS", repr(HYPERPARAMETERS["xgboost"]))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_xgboost_keeps_its_best_round_alone() -> None:
    model: Any = fit("xgboost")
    losses = [entry["validation"] for entry in model.history]
    assert model.booster.num_boosted_rounds() == 1 + int(np.argmin(losses))
    assert len(losses) > 5


def test_xgboost_counts_the_nodes_of_its_trees() -> None:
    model: Any = fit("xgboost")
    text = "".join(model.booster.get_dump())
    assert model.parameters == text.count("leaf=") + text.count("yes=") > 10


def test_svm_maps_as_scikit_learn_does() -> None:
    x = np.random.default_rng(1).normal(size=(60, 5))
    reference = Nystroem(kernel="rbf", gamma=0.3, n_components=20, random_state=4)
    expected = reference.fit_transform(x)
    kernel = svm.Map(reference.components_, reference.normalization_, np.array([0.3]))
    np.testing.assert_allclose(kernel(x), expected, atol=1e-9)


def test_svm_is_the_same_whatever_validation_holds() -> None:
    train, test = learnable.make(400, draw=1), learnable.make(50, draw=3)
    subsets = (learnable.make(120, draw=draw) for draw in (2, 4))
    one, other = (
        svm.fit(train, subset, HYPERPARAMETERS["svm"], 1).predict(test) for subset in subsets
    )
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["gamma", "c"])
def test_svm_depends_on_width_and_weight(name: str) -> None:
    train, test = learnable.make(400, draw=1), learnable.make(50, draw=3)
    settings = [HYPERPARAMETERS["svm"], HYPERPARAMETERS["svm"] | {name: 0.001}]
    one, other = (svm.fit(train, train, own, 1).predict(test) for own in settings)
    assert not np.array_equal(one, other)


def test_svm_of_a_single_class_always_predicts_it(tmp_path: Path) -> None:
    train = dataclasses.replace(learnable.make(40, draw=1), label=np.ones(40, np.int32))
    model = fit("svm", train)
    again = loaded(saved(model, tmp_path / "weights"), "svm", train)
    for one in (model, again):
        assert (one.predict(train) == [0, 1, 0]).all()


@settings(max_examples=30)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=200), st.integers(2, 300))
def test_svm_draws_of_each_class_its_share(labels: list[int], records: int) -> None:
    label = np.array(labels, np.int32)
    rows = svm._draw(label, records, np.random.default_rng(0))
    assert np.all(np.diff(rows) > 0)
    total, drawn = np.bincount(label), np.bincount(label[rows], minlength=label.max() + 1)
    share = min(1.0, records / len(label))
    expected = np.where(total > 0, np.maximum(1, np.floor(share * total)), 0)
    np.testing.assert_array_equal(drawn, expected)


def test_a_stratified_guess_has_the_class_shares_of_train() -> None:
    train = learnable.make(4000, draw=1)
    guesses = fit("stratified", train).predict(learnable.make(4000, draw=3)).argmax(axis=1)
    found, wanted = (np.bincount(of, minlength=3) / 4000 for of in (guesses, train.label))
    assert np.abs(found - wanted).max() < 0.03  # four standard deviations
    assert accuracy(fit("stratified", train), learnable.make(4000, draw=3)) < 0.4


def test_a_tree_finds_the_one_feature_that_separates_the_classes() -> None:
    train, validation, test = (learnable.make(n, draw=n) for n in (300, 100, 200))

    def planted(records: Records) -> Records:
        numerical = np.random.default_rng(1).normal(size=records.numerical.shape)
        numerical[:, 2] = (records.label - 1) ** 2 * 10 + records.label  # 10, 1 and 12
        categorical = np.ones_like(records.categorical)
        return dataclasses.replace(
            records, numerical=numerical.astype(np.float32), categorical=categorical
        )

    model = models.family("tree").fit(planted(train), planted(validation), {"leaves": 8}, 1)
    assert model.feature[0] == 2
    assert accuracy(model, planted(test)) == 1
    assert model.parameters == 2 + 3 * 2
