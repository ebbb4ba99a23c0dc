"""Detectors that learn from normal records alone, and the curve of their scores."""

import dataclasses
from typing import Any

import learnable
import numpy as np
import numpy.typing as npt
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ecnet import models, seeds
from ecnet.errors import InputError
from ecnet.models import anomaly, isolation_forest, kitnet
from ecnet.models.inputs import one_hot
from ecnet.prepare.records import Records, binary

HYPERPARAMETERS: dict[str, dict[str, Any]] = {
    "isolation_forest": {"trees": 30, "samples": 64},
    "kitnet": {"max_inputs": 5, "hidden_ratio": 0.75, "learning_rate": 0.1, "epochs": 3},
}
each_family = pytest.mark.parametrize("name", sorted(HYPERPARAMETERS))
Matrix = npt.NDArray[np.float64]


def made(n: int, draw: int) -> Records:
    records = learnable.make(n, draw=draw)
    classes, label = binary(records.label, records.classes, "Normal")
    return dataclasses.replace(records, label=label, classes=classes)


def rows(records: Records, chosen: npt.NDArray[np.bool_]) -> Records:
    names = ("numerical", "categorical", "label", "count")
    return dataclasses.replace(records, **{name: getattr(records, name)[chosen] for name in names})


def fit(name: str, train: Records, validation: Records | None = None, **settings: Any) -> Any:
    validation = validation or made(120, draw=2)
    return models.family(name).fit(train, validation, HYPERPARAMETERS[name] | settings, 1)


@each_family
def test_ranks_attacks_above_normal_records(name: str) -> None:
    test = made(300, draw=3)
    score = fit(name, made(400, draw=1)).predict(test)[:, 1]
    assert roc_auc_score(test.label, score) > 0.9


@each_family
def test_learns_from_normal_records_alone(name: str) -> None:
    train, test = made(400, draw=1), made(50, draw=3)
    alone = fit(name, rows(train, train.label == 0))
    np.testing.assert_array_equal(alone.predict(test), fit(name, train).predict(test))


@each_family
def test_labels_of_validation_change_no_rank(name: str) -> None:
    train, test, validation = made(400, draw=1), made(50, draw=3), made(120, draw=2)
    wrong = dataclasses.replace(validation, label=np.roll(validation.label, 1))
    one, other = (fit(name, train, labels).scorer for labels in (validation, wrong))
    np.testing.assert_array_equal(anomaly.scores(one, test), anomaly.scores(other, test))


@each_family
def test_train_without_a_normal_record_is_refused(name: str) -> None:
    train = made(60, draw=1)
    with pytest.raises(InputError, match="no Normal record") as caught:
        fit(name, rows(train, train.label == 1))
    assert "\n" not in str(caught.value)


@each_family
def test_a_single_normal_record_is_enough_to_train(name: str) -> None:
    train = made(60, draw=1)
    first = np.arange(60) == np.flatnonzero(train.label == 0)[0]
    assert np.isfinite(fit(name, rows(train, first)).predict(made(50, draw=3))).all()


@each_family
@pytest.mark.parametrize("value", [-100_000, 100_000])
def test_places_out_of_bounds_are_refused(name: str, value: int) -> None:
    train = made(100, draw=1)
    tensors = fit(name, train).tensors()
    whole = [key for key, array in tensors.items() if array.dtype.kind == "i"]
    assert whole
    for key in whole:
        damaged = tensors | {key: np.full_like(tensors[key], value)}
        with pytest.raises(InputError, match="run the train step again"):
            models.family(name).load(damaged, HYPERPARAMETERS[name], train)


def test_an_isolation_forest_scores_as_scikit_learn_does() -> None:
    train, test = made(400, draw=1), made(200, draw=3)
    scored = anomaly.scores(fit("isolation_forest", train).scorer, test)
    reference = IsolationForest(
        n_estimators=30, max_samples=64, random_state=seeds.key(1, "isolation forest") % 2**31
    ).fit(one_hot(train)[train.label == 0])
    np.testing.assert_allclose(scored, -reference.score_samples(one_hot(test)), rtol=1e-12)


def step_by_step(x: Matrix, order: list[int], weight: Matrix, rate: float) -> tuple[Matrix, ...]:
    """Learn as `engines.autoencoder.learn` does, in NumPy."""
    visible, hidden, errors = np.zeros(len(weight)), np.zeros(weight.shape[1]), []
    for row in x[order]:
        code = 1 / (1 + np.exp(-(row @ weight + hidden)))
        residual = row - 1 / (1 + np.exp(-(weight @ code + visible)))
        delta = (residual @ weight) * code * (1 - code)
        errors.append(np.sqrt((residual**2).mean()))
        weight = weight + rate * (np.outer(row, delta) + np.outer(residual, code))
        visible, hidden = visible + rate * residual, hidden + rate * delta
    return weight, visible, hidden, np.array(errors)


def test_the_kernel_learns_as_numpy_does() -> None:
    from ecnet.models.engines.autoencoder import learn

    random = np.random.default_rng(1)
    x, weight = random.random((20, 4)), random.uniform(-0.25, 0.25, (4, 3))
    order = random.permutation(20)
    visible, hidden, errors = np.zeros(4), np.zeros(3), np.empty(20)
    expected = step_by_step(x, order.tolist(), weight, 0.1)
    learn(x, order, 0.1, weight, visible, hidden, errors)
    for found, wanted in zip((weight, visible, hidden, errors), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_a_layer_is_autoencoders_that_read_their_own_inputs_alone() -> None:
    layer = fit("kitnet", made(400, draw=1)).scorer.ensemble
    x = one_hot(made(30, draw=3))
    alone = []
    for group, hidden in enumerate(layer.hidden):
        own = layer.group == group
        weight = layer.weight[own]
        scaled = ((x - layer.low) / layer.span)[:, own]
        code = 1 / (1 + np.exp(-(scaled @ weight + hidden)))
        residual = scaled - 1 / (1 + np.exp(-(code @ weight.T + layer.visible[own])))
        alone.append(np.sqrt((residual**2).mean(axis=1)))
    assert len(alone) > 1
    np.testing.assert_allclose(layer.errors(x), np.stack(alone, axis=1), rtol=1e-9)


@pytest.mark.parametrize("most", [1, 2, 3, 9])
def test_clusters_divide_the_inputs_and_keep_those_that_correlate_together(most: int) -> None:
    base = np.random.default_rng(1).normal(size=(200, 3))
    x = np.hstack([base, base + 0.1 * np.random.default_rng(2).normal(size=(200, 3))])
    x = np.hstack([x, np.ones((200, 1))])  # a constant correlates with none
    found = [sorted(cluster.tolist()) for cluster in kitnet.clusters(x, most)]
    assert sorted(i for cluster in found for i in cluster) == list(range(7))
    assert max(map(len, found)) <= most
    if most == 2:
        assert sorted(found) == [[0, 3], [1, 4], [2, 5], [6]]


def test_the_curve_is_the_logistic_regression_of_platts_targets() -> None:
    random = np.random.default_rng(1)
    attack = random.random(400) < 0.3
    score = random.normal(loc=50 + attack, scale=0.7)
    slope, intercept = anomaly.curve(score, attack)
    n = np.array([(~attack).sum(), attack.sum()])
    target = np.where(attack, (n[1] + 1) / (n[1] + 2), 1 / (n[0] + 2))
    reference = LogisticRegression(C=np.inf, tol=1e-9, max_iter=1000).fit(
        np.tile(score, 2)[:, None] - 50,
        np.repeat([1, 0], 400),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    assert slope == pytest.approx(reference.coef_[0, 0], rel=1e-3)
    assert intercept + 50 * slope == pytest.approx(reference.intercept_[0], rel=1e-3)


def test_the_curve_is_finite_where_the_score_separates_the_classes() -> None:
    score = np.linspace(0, 1, 50)
    slope, intercept = anomaly.curve(score, score > 0.5)
    assert 0 < slope < 1000
    assert 0.4 < -intercept / slope < 0.6


@pytest.mark.parametrize("score", [np.linspace(1, 0, 40), np.ones(40)])
def test_a_score_that_does_not_rise_with_attacks_gives_their_share(score: Matrix) -> None:
    attack = np.arange(40) >= 30
    slope, intercept = anomaly.curve(score, attack)
    assert slope == pytest.approx(0)
    assert 1 / (1 + np.exp(-intercept)) == pytest.approx(10 / 40, abs=0.02)


@pytest.mark.parametrize("label", [0, 1])
def test_validation_of_one_class_gives_a_curve_without_a_slope(label: int) -> None:
    slope, intercept = anomaly.curve(np.linspace(0, 1, 30), np.full(30, label == 1))
    assert slope == pytest.approx(0, abs=1e-6)
    assert np.sign(intercept) == 2 * label - 1


def test_isolation_of_few_records_takes_the_splits_of_the_source() -> None:
    splits = isolation_forest.expected(np.array([1, 2, 3, 256]))
    np.testing.assert_allclose(splits[:2], [0, 1])
    assert splits[3] == pytest.approx(10.2447, abs=1e-3)
