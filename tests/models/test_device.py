"""Two stages: naive Bayes over bags of words, then a random forest on their answers."""

from dataclasses import replace
from typing import Any

import learnable
import numpy as np
import pytest
from sklearn.naive_bayes import MultinomialNB

from ecnet.errors import InputError
from ecnet.models import device, random_forest
from ecnet.prepare.bags import Bag
from ecnet.prepare.records import Records

SETTINGS = {"numbers": True, "folds": 3, "trees": 10, "min_samples_leaf": 1}


def fit(train: Records, **settings: Any) -> device.Stages:
    return device.fit(train, train, SETTINGS | settings, 1)


def test_stage_0_is_the_naive_bayes_of_scikit_learn() -> None:
    train, test = learnable.make(300, draw=1), learnable.make(80, draw=2)
    for name, bayes in fit(train).bayes.items():
        words, others = (
            device._sparse(records.bags[name]).toarray()[:, 1:] for records in (train, test)
        )
        expected = MultinomialNB().fit(words, train.label).predict_proba(others)
        known = Bag(*without_unseen(test.bags[name]))
        np.testing.assert_allclose(bayes.probabilities(device._sparse(known)), expected, atol=1e-6)


def without_unseen(bag: Bag) -> tuple[Any, ...]:
    """Return a bag without word 0, which scikit-learn does not know."""
    rows = np.repeat(np.arange(len(bag.indptr) - 1), np.diff(bag.indptr))
    known = bag.indices > 0
    ends = np.searchsorted(rows[known], np.arange(len(bag.indptr)))
    return ends, bag.indices[known], bag.counts[known], bag.size


def test_words_that_train_does_not_hold_say_nothing() -> None:
    model, test = fit(learnable.make(300, draw=1)), learnable.make(80, draw=2)
    known = {name: Bag(*without_unseen(bag)) for name, bag in test.bags.items()}
    np.testing.assert_array_equal(model.predict(test), model.predict(replace(test, bags=known)))


def test_a_record_is_not_counted_for_its_own_answer_of_stage_0(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each record has a word of its own, so that whoever counts it is sure of its class."""
    train = learnable.make(90, draw=1)
    own = np.arange(91), np.arange(1, 91, dtype=np.int32), np.full(90, 50), 91
    given = replace(train, bags={"ports": Bag(*own)})
    seen = []
    monkeypatch.setattr(random_forest, "fit", lambda train, *_: seen.append(train))
    device.fit(given, given, SETTINGS, 1)
    shares = np.bincount(train.label) / len(train)
    assert seen[0].numerical[:, 0].max() < shares.max() + 0.1


def test_without_numbers_the_features_change_nothing() -> None:
    train, test = learnable.make(300, draw=1), learnable.make(80, draw=2)
    other = replace(test, numerical=-test.numerical, categorical=np.zeros_like(test.categorical))
    for numbers in (True, False):
        model = fit(train, numbers=numbers)
        same = np.array_equal(model.predict(test), model.predict(other))
        assert same != numbers


def test_each_fold_has_its_share_of_each_class() -> None:
    label = np.repeat(np.arange(3, dtype=np.int32), (30, 31, 5))
    fold = device._folds(label, 5, np.random.default_rng(1))
    for of_class in range(3):
        sizes = np.bincount(fold[label == of_class], minlength=5)
        assert sizes.max() - sizes.min() <= 1


def test_records_without_bags_are_refused() -> None:
    train = replace(learnable.make(30, draw=1), bags={})
    with pytest.raises(InputError, match="no bags of words"):
        fit(train)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("bags/ports/indices", lambda array: array + 100),
        ("bags/ports/indptr", lambda array: array[::-1].copy()),
        ("bags/ports/indptr", lambda array: array + 1),
        ("bags/ports/counts", lambda array: -array),
        ("bags/ports/records", lambda array: array * 0),
        ("bags/domains/records", lambda array: array.astype(np.int32)),
    ],
)
def test_damaged_weights_are_refused(name: str, values: Any) -> None:
    train = learnable.make(60, draw=1)
    tensors = fit(train).tensors()
    tensors[name] = values(tensors[name])
    with pytest.raises(InputError, match="run the train step again"):
        device.load(tensors, SETTINGS, train)
