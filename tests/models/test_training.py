"""How EcNet is trained: batches, dropout, the optimiser, early stopping."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import learnable
import numpy as np
import pytest
import torch
from networks import DATA, PLAIN, SETTINGS, hyper

from ecnet.errors import InputError
from ecnet.models import ecnet, training, weights
from ecnet.models.engines.tiles.engine import Tiles
from ecnet.models.parameters import initial
from ecnet.models.training import AdamW


def test_adamw_takes_the_steps_of_torch() -> None:
    random = torch.Generator().manual_seed(1)
    ours, theirs, arrays = ([torch.ones(3, 2), torch.ones(4)] for _ in range(3))
    optimiser = AdamW(ours, 0.05, 0.1)
    of_arrays = AdamW([array.numpy() for array in arrays], 0.05, 0.1)
    reference = torch.optim.AdamW(theirs, lr=0.05, weight_decay=0.1)
    for step in range(20):
        gradients = [torch.randn(p.shape, generator=random) * 10.0 ** (step % 3) for p in ours]
        optimiser.step(gradients)
        of_arrays.step([gradient.numpy() for gradient in gradients])
        for parameter, gradient in zip(theirs, gradients, strict=True):
            parameter.grad = gradient.clone()
        reference.step()
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(arrays, theirs, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(ours[0], torch.ones(3, 2), atol=0.1)


def test_variants_of_one_seed_see_the_same_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    orders: list[list[int]] = []
    monkeypatch.setattr(
        training, "train_epoch", lambda *arguments: orders.append(arguments[2].tolist()) or 1.0
    )
    train = learnable.make(100, draw=1)
    for switches in ({}, PLAIN):
        ecnet.fit(train, train, {**SETTINGS, **switches, "epochs": 2}, 1)
    assert orders[:2] == orders[2:]
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == list(range(100))


@pytest.mark.parametrize(
    ("batches", "expected"),
    [(10, 20), (32, 20), (64, 10), (100, 6), (1000, 1)],  # in an epoch
)
def test_many_records_are_seen_fewer_times(batches: int, expected: int) -> None:
    assert training.passes(20, 640, batches) == expected


def test_training_ends_with_its_passes() -> None:
    train = learnable.make(100, draw=1)  # two batches
    found = ecnet.fit(train, train, {**SETTINGS, "epochs": 9, "steps": 6, "patience": 9}, 1)
    assert [entry["step"] for entry in found.history] == [1, 2, 3]


def test_the_best_epoch_is_restored_after_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, seen = iter([0.2, 0.6, 0.5, 0.6, 0.1, 0.9]), []
    train = learnable.make(100, draw=1)
    engine = Tiles(DATA, hyper(), initial(DATA, hyper(), np.random.default_rng(5)))

    def score(*_: Any) -> float:
        seen.append(engine.tensors())
        return next(scores)

    monkeypatch.setattr(training, "macro_f1", score)
    history = training.train(engine, train, train, hyper(epochs=9), seed=1)
    assert [entry["validation"] for entry in history] == [0.2, 0.6, 0.5, 0.6, 0.1]
    for name, value in engine.tensors().items():
        assert np.array_equal(value, seen[1][name])
    assert not np.array_equal(seen[1]["dense.weight"], seen[4]["dense.weight"])


def test_history_names_epoch_loss_and_score() -> None:
    train = learnable.make(200, draw=1)
    history = ecnet.fit(train, train, SETTINGS, 1).history
    assert [entry["step"] for entry in history] == list(range(1, len(history) + 1))
    assert all(entry.keys() == {"step", "validation", "loss"} for entry in history)
    assert history[-1]["loss"] < history[0]["loss"] < 2 * math.log(3)


def test_a_loss_that_is_not_finite_stops_training() -> None:
    train = learnable.make(100, draw=1)
    broken = dataclasses.replace(train, numerical=np.full_like(train.numerical, np.inf))
    with pytest.raises(InputError, match=r"learning_rate: with 0.01 the loss is nan in epoch 1"):
        ecnet.fit(broken, train, SETTINGS, 1)


def test_dropout_draws_by_the_seed_alone(tmp_path: Path) -> None:
    train, saved = learnable.make(200, draw=1), []
    for state in (1, 2):
        torch.manual_seed(state)
        model = ecnet.fit(train, train, {**SETTINGS, "dropout": 0.5}, 1)
        weights.write(tmp_path / str(state), {"1-1": model.tensors()})
        saved.append((tmp_path / str(state)).read_bytes())
    assert saved[0] == saved[1]
