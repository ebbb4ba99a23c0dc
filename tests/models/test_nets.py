"""What the networks of Section II promise beyond what `test_models` asks of every family."""

import dataclasses
from typing import Any

import learnable
import numpy as np
import pytest
import torch
from smallnets import SMALL

from ecnet import models
from ecnet.errors import InputError
from ecnet.models import gan
from ecnet.models.blocks import Columns, eliminate
from ecnet.models.deep import Deep, seeded, table, train_network
from ecnet.prepare.records import Records

TRAIN, VALIDATION, TEST = (learnable.make(n, draw=n) for n in (400, 120, 300))


def fit(name: str, train: Records = TRAIN, **changed: Any) -> Any:
    return models.family(name).fit(train, VALIDATION, SMALL[name] | changed, 1)


def accuracy(model: Any) -> float:
    return float(np.mean(model.predict(TEST).argmax(axis=1) == TEST.label))


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("cnn", {"dimensions": 1}),
        ("cnn", {"dimensions": 3}),
        ("cnn", {"permute": True}),
        ("stacked", {"cell": "lstm", "length": 1}),
        ("stacked", {"cell": "bilstm"}),
        ("autoencoder_lstm", {"autoencoder": False}),
        ("gan", {"generator": False}),
    ],
)
def test_every_variant_learns_and_is_loaded_as_it_was(name: str, changed: dict[str, Any]) -> None:
    model = fit(name, **changed)
    assert accuracy(model) > 0.85
    again = models.family(name).load(model.tensors(), SMALL[name] | changed, TEST)
    np.testing.assert_array_equal(again.predict(TEST), model.predict(TEST))


def test_columns_are_taken_in_order_and_filled_with_zeros() -> None:
    x = torch.tensor([[1.0, 2.0, 3.0]])
    order = np.array([2, 0, 1])
    assert Columns(order, 2)(x).tolist() == [[3, 1]]
    assert Columns(order, 5)(x).tolist() == [[3, 1, 2, 0, 0]]


@pytest.mark.parametrize("name", ["cnn", "stacked", "byte_cnn"])
@pytest.mark.parametrize("place", [-1, 1, 10**12])
def test_an_order_that_names_a_column_twice_or_none_is_refused(name: str, place: int) -> None:
    tensors = fit(name, epochs=1).tensors()
    tensors["columns.order"][0] = place
    with pytest.raises(InputError, match=r"order of 16 columns.*; run the train step again"):
        models.family(name).load(tensors, SMALL[name], TEST)


def test_elimination_keeps_the_columns_that_tell_the_class() -> None:
    random = np.random.default_rng(1)
    numerical = random.normal(size=(300, 12)).astype(np.float32)
    label = (numerical[:, 9] + numerical[:, 4] > 0).astype(np.int32)
    none = np.zeros((300, 0), np.int32)
    train = dataclasses.replace(
        TRAIN, numerical=numerical, categorical=none, label=label, cardinalities=()
    )
    order = eliminate(train, 3, seed=1)
    assert {4, 9} < set(order[:3])
    assert sorted(order[:3]) + sorted(order[3:]) == order.tolist()
    np.testing.assert_array_equal(np.sort(order), np.arange(12))
    np.testing.assert_array_equal(eliminate(train, 64, seed=1), np.arange(12))


def test_permuted_features_are_the_same_in_an_order_of_the_seed() -> None:
    first, second = (
        models.family("cnn")
        .fit(TRAIN, VALIDATION, SMALL["cnn"] | {"permute": True, "epochs": 1}, seed)
        .tensors()["columns.order"]
        for seed in (1, 2)
    )
    assert first.tolist() != second.tolist()
    for order in (first, second):
        assert order.tolist() != sorted(order)
        np.testing.assert_array_equal(np.sort(order), np.arange(16))


def encoder(model: Any) -> dict[str, Any]:
    return {name: a for name, a in model.tensors().items() if name.startswith("steps")}


def test_the_autoencoder_learns_from_columns_alone_and_is_then_fixed() -> None:
    other = dataclasses.replace(TRAIN, label=np.roll(TRAIN.label, 1))
    first, second = (fit("autoencoder_lstm", train, epochs=2) for train in (TRAIN, other))
    shorter = encoder(fit("autoencoder_lstm", epochs=1))
    assert len(shorter) == 6
    for name, array in encoder(first).items():
        np.testing.assert_array_equal(array, encoder(second)[name])
        assert not np.array_equal(array, shorter[name])
    assert not np.array_equal(first.predict(TEST), second.predict(TEST))


def test_generated_records_have_the_columns_of_records() -> None:
    with seeded(1, "test"):
        made = gan.Generator(8, TRAIN)(torch.randn(50, 8)).detach().numpy()
    assert made.shape == table(TRAIN)[0][:50].shape
    ids = made[:, 4:].reshape(50, 3, 4)  # 3 features of 4 known values each
    assert (ids >= 0).all()
    assert (ids.sum(axis=2) < 1).all()


def test_the_generator_learns_to_make_records_like_those_of_train() -> None:
    train = dataclasses.replace(TRAIN, numerical=TRAIN.numerical + 5)
    settings = SMALL["gan"] | {"patience": 100, "epochs": 20}
    with seeded(1, "test"):
        discriminator, noise = gan.Discriminator(train), torch.randn(100, 8)
        game = gan.Game(discriminator, train, settings)
        before = game.generator(noise)[:, :4].mean().item()
        model = Deep(discriminator, table, settings)
        train_network(model, train, train, settings, 1, loss=game)
        after = game.generator(noise)[:, :4].mean().item()
    assert abs(before) < 1
    assert abs(after - 5) < 2


def test_generated_is_no_class_of_a_prediction() -> None:
    model, alone = fit("gan"), fit("gan", generator=False)
    assert model.predict(TEST).shape == (300, 3)
    assert model.tensors().keys() == alone.tensors().keys()
    assert not np.array_equal(model.predict(TEST), alone.predict(TEST))


def test_the_network_over_256_bytes_has_76486_parameters() -> None:
    frames = dataclasses.replace(
        learnable.make(60, draw=1, numerical=256, categorical=0), classes=tuple("abcdef")
    )
    settings = SMALL["byte_cnn"] | {"filters": 32, "dense": 64, "epochs": 1}
    model = models.family("byte_cnn").fit(frames, frames, settings, 1)
    assert model.parameters == 76_486
