"""What networks of torch share."""

from typing import Any

import learnable
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ecnet.errors import InputError
from ecnet.models import ON_CPU
from ecnet.models.deep import Deep, restore, seeded, train_network
from ecnet.prepare.records import Records

SETTINGS: dict[str, Any] = {
    **{"epochs": 8, "patience": 3, "batch": 50, "learning_rate": 0.01, "weight_decay": 0.01},
    **ON_CPU,
}


def numbers(records: Records) -> tuple[Tensor, ...]:
    return (torch.from_numpy(records.numerical),)


def untrained(seed: int = 1) -> Deep:
    with seeded(seed, "test"):
        layers = [nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3)]
        return Deep(nn.Sequential(*layers), numbers, SETTINGS)


def trained(**changed: Any) -> Deep:
    model = untrained()
    train, validation = learnable.make(400, draw=1), learnable.make(100, draw=2)
    train_network(model, train, validation, SETTINGS | changed, 1)
    return model


def test_training_keeps_the_weights_of_the_best_epoch() -> None:
    model = trained(learning_rate=0.3)
    scores = [entry["validation"] for entry in model.history]
    best = int(np.argmax(scores))
    assert best < len(scores) - 1
    until_best = trained(learning_rate=0.3, epochs=best + 1)
    for name, array in until_best.tensors().items():
        np.testing.assert_array_equal(model.tensors()[name], array)


def test_training_ends_after_patience_epochs_without_a_better_score() -> None:
    scores = [entry["validation"] for entry in trained(epochs=100).history]
    assert len(scores) < 100
    assert int(np.argmax(scores)) == len(scores) - 1 - SETTINGS["patience"]


def test_a_loss_that_is_not_finite_is_an_error() -> None:
    with pytest.raises(InputError, match="learning_rate: with 1e"):
        trained(learning_rate=1e30)


def test_frozen_weights_are_not_trained() -> None:
    model = untrained()
    before = model.tensors()
    model.network.get_submodule("0").requires_grad_(False)
    train_network(model, learnable.make(100, draw=1), learnable.make(50, draw=2), SETTINGS, 1)
    changed = {name for name, array in model.tensors().items() if (array != before[name]).any()}
    assert {"3.weight", "3.bias"} <= changed
    assert not {"0.weight", "0.bias"} & changed


def test_restored_weights_and_buffers_predict_the_same() -> None:
    model, other, test = trained(), untrained(seed=2), learnable.make(70, draw=3)
    restore(other.network, model.tensors())
    np.testing.assert_array_equal(other.predict(test), model.predict(test))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("0.weight", np.zeros((4, 16), np.float32)),
        ("0.weight", np.zeros((16, 4))),
        ("1.num_batches_tracked", np.zeros((), np.int64)),
        ("other", np.zeros(1, np.float32)),
    ],
)
def test_arrays_that_are_not_those_of_the_network_are_refused(name: str, value: Any) -> None:
    model = untrained()
    with pytest.raises(InputError, match=f"{name}.*run the train step again"):
        restore(model.network, model.tensors() | {name: value})


def test_a_seed_draws_within_its_block_alone() -> None:
    state = torch.get_rng_state()
    with seeded(1, "a"):
        first = torch.rand(3)
    assert torch.equal(torch.get_rng_state(), state)
    with seeded(1, "a"):
        assert torch.equal(torch.rand(3), first)
    with seeded(2, "a"):
        assert not torch.equal(torch.rand(3), first)
