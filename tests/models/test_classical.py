"""The classical families: their probabilities are those of the libraries that fit them."""

import ctypes
import dataclasses
import functools
from typing import Any

import learnable
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import CategoricalNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from ecnet import models, seeds
from ecnet.errors import InputError
from ecnet.models import outputs
from ecnet.models.inputs import one_hot
from ecnet.prepare.records import Records

SETTINGS: dict[str, dict[str, Any]] = {
    "logistic_regression": {"c": 0.5, "iterations": 500},
    "naive_bayes": {"alpha": 0.5, "var_smoothing": 1e-6},
    "decision_tree": {"min_samples_leaf": 1},
    "random_forest": {"trees": 7, "min_samples_leaf": 1},
    "k_nearest": {"neighbours": 3},
    "lightgbm": {
        "rounds": 30,
        "patience": 4,
        "learning_rate": 0.4,
        "num_leaves": 7,
        "min_data_in_leaf": 5,
        "bagging_fraction": 0.9,
        "feature_fraction": 0.9,
    },
}
each_family = pytest.mark.parametrize("name", sorted(SETTINGS))


def fit(name: str, train: Records) -> Any:
    validation = learnable.make(150, draw=2, classes=len(train.classes))
    return models.family(name).fit(train, validation, SETTINGS[name], 1)


@functools.cache
def stored(name: str) -> dict[str, Any]:
    return dict(fit(name, learnable.make(100, draw=1)).tensors())


def without(train: Records, label: int) -> Records:
    """Return `train` without the records of one class."""
    held = train.label != label
    names = ("numerical", "categorical", "label", "count")
    return dataclasses.replace(train, **{name: getattr(train, name)[held] for name in names})


@pytest.mark.parametrize("absent", [None, 0, 1])
@pytest.mark.parametrize("name", ["decision_tree", "random_forest", "logistic_regression"])
def test_probabilities_are_those_of_scikit_learn(name: str, absent: int | None) -> None:
    train, test = learnable.make(300, draw=1), learnable.make(200, draw=3)
    if absent is not None:
        train = without(train, absent)
    state = seeds.key(1, name.replace("_", " ")) % 2**31
    reference: Any = {
        "decision_tree": DecisionTreeClassifier(random_state=state),
        "random_forest": RandomForestClassifier(7, random_state=state),
        "logistic_regression": LogisticRegression(C=0.5, max_iter=500),
    }[name].fit(one_hot(train), train.label)
    expected = np.zeros((200, 3))
    expected[:, reference.classes_] = reference.predict_proba(one_hot(test))
    np.testing.assert_allclose(fit(name, train).predict(test), expected, rtol=0, atol=1e-7)


def test_trees_compare_as_scikit_learn_does_where_values_equal_thresholds() -> None:
    train = learnable.make(60, draw=1, categorical=0)
    halves = dataclasses.replace(train, numerical=np.round(train.numerical * 2) / np.float32(2))
    quarters = dataclasses.replace(train, numerical=np.round(train.numerical * 4) / np.float32(4))
    model = fit("decision_tree", halves)
    assert np.isin(quarters.numerical, model.threshold).any()
    state = seeds.key(1, "decision tree") % 2**31
    reference = DecisionTreeClassifier(random_state=state).fit(halves.numerical, halves.label)
    expected = reference.predict_proba(quarters.numerical)
    np.testing.assert_array_equal(model.predict(quarters), expected.astype(np.float32))


@pytest.mark.parametrize("classes", [2, 3])
def test_probabilities_are_those_of_lightgbm_at_its_best_round(
    classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import lightgbm  # it cannot be imported without the OpenMP runtime

    boosters, train = [], lightgbm.train

    def watched(*arguments: Any, **options: Any) -> Any:
        boosters.append(train(*arguments, **options))
        return boosters[0]

    monkeypatch.setattr(lightgbm, "train", watched)
    model = fit("lightgbm", learnable.make(300, draw=1, classes=classes))
    losses = [entry["validation"] for entry in model.history]
    best = 1 + int(np.argmin(losses))
    assert model.roots.shape == (best, classes)
    assert len(losses) == min(best + 4, 30)
    test = learnable.make(200, draw=3, classes=classes)
    expected = boosters[0].predict(one_hot(test), num_iteration=best)
    np.testing.assert_allclose(model.predict(test), expected, rtol=0, atol=1e-7)


def test_lightgbm_without_the_openmp_runtime_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(path: str) -> None:
        raise OSError(f"libgomp.so.1: cannot open shared object file, for {path}")

    models.check_machine("lightgbm", SETTINGS["lightgbm"])
    monkeypatch.setattr(ctypes, "CDLL", missing)
    with pytest.raises(InputError, match=r"libgomp\.so\.1.*lib_lightgbm.*install libgomp1"):
        models.check_machine("lightgbm", SETTINGS["lightgbm"])


def test_naive_bayes_multiplies_densities_of_numbers_and_shares_of_ids() -> None:
    train, test = learnable.make(300, draw=1), learnable.make(200, draw=3)
    numbers = GaussianNB(var_smoothing=1e-6).fit(train.numerical.astype(float), train.label)
    ids = CategoricalNB(alpha=0.5, min_categories=list(train.cardinalities))
    ids.fit(train.categorical, train.label)
    joint = numbers.predict_joint_log_proba(test.numerical.astype(float))
    joint += ids.predict_joint_log_proba(test.categorical) - ids.class_log_prior_
    np.testing.assert_allclose(
        fit("naive_bayes", train).predict(test), outputs.softmax(joint), rtol=0, atol=1e-6
    )


def test_naive_bayes_takes_a_feature_that_never_varies() -> None:
    train = learnable.make(50, draw=1, categorical=0)
    constant = dataclasses.replace(train, numerical=np.zeros_like(train.numerical))
    shares = np.bincount(train.label) / 50
    np.testing.assert_allclose(fit("naive_bayes", constant).predict(constant)[0], shares, rtol=1e-6)


def test_neighbours_are_those_of_scikit_learn() -> None:
    train, test = learnable.make(300, draw=1), learnable.make(200, draw=3)
    reference = KNeighborsClassifier(3).fit(one_hot(train), train.label)
    expected = reference.predict_proba(one_hot(test))
    np.testing.assert_allclose(fit("k_nearest", train).predict(test), expected, atol=1e-6)


def test_neighbours_that_are_equally_far_all_vote() -> None:
    like = learnable.make(5, draw=1, numerical=1, categorical=0)
    values = np.array([[0], [1], [1], [3], [3]], np.float32)
    label = np.array([0, 0, 1, 2, 2], np.int32)
    train = dataclasses.replace(like, numerical=values, label=label)
    test = dataclasses.replace(like, numerical=values * 0 + 2)
    model = models.family("k_nearest").fit(train, train, {"neighbours": 2}, 1)
    np.testing.assert_array_equal(model.predict(test)[0], [0.25, 0.25, 0.5])


def test_fewer_train_records_than_neighbours_all_vote() -> None:
    train = dataclasses.replace(learnable.make(2, draw=1), label=np.array([0, 2], np.int32))
    np.testing.assert_array_equal(fit("k_nearest", train).predict(train), [[0.5, 0, 0.5]] * 2)


@pytest.mark.parametrize("size", [1, 7, 20, 21])
def test_blocks_of_any_size_give_the_same_answers(size: int) -> None:
    records = learnable.make(20, draw=1)
    whole = outputs.softmax(one_hot(records))
    np.testing.assert_array_equal(outputs.by_blocks(outputs.softmax, records, size), whole)


@each_family
def test_a_train_set_of_one_class_gives_that_class(name: str) -> None:
    train = dataclasses.replace(learnable.make(40, draw=1), label=np.ones(40, np.int32))
    np.testing.assert_allclose(fit(name, train).predict(train), [[0, 1, 0]] * 40, atol=1e-6)


@each_family
def test_a_class_without_a_train_record_has_probability_zero(name: str) -> None:
    train = without(learnable.make(300, draw=1), 1)
    np.testing.assert_allclose(fit(name, train).predict(train)[:, 1], 0, atol=1e-6)


@given(st.data())
@pytest.mark.parametrize("name", ["random_forest", "lightgbm", "k_nearest"])
def test_altered_indices_are_refused_or_lead_to_an_answer(name: str, data: st.DataObject) -> None:
    like = learnable.make(20, draw=3)
    tensors = stored(name)
    indices = [key for key, array in tensors.items() if array.dtype == np.int32]
    which = data.draw(st.sampled_from(indices))
    altered = tensors[which].copy()
    place = data.draw(st.integers(0, altered.size - 1))
    altered.flat[place] = data.draw(st.integers(-(2**31), 2**31 - 1) | st.integers(-50, 50))
    try:
        model = models.family(name).load(tensors | {which: altered}, SETTINGS[name], like)
    except InputError:
        return
    assert model.predict(like).shape == (20, 3)
