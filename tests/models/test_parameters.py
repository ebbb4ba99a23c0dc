"""The parameters of EcNet: their shapes, initial values, and hyperparameters that go together."""

import dataclasses
from typing import Any, get_args, get_type_hints

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import hyper, network

from ecnet import models
from ecnet.errors import InputError
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.parameters import DataShape, count, shapes


def test_the_schema_has_a_bound_for_each_hyperparameter() -> None:
    schema, types = models.schema("ecnet"), get_type_hints(Hyperparameters)
    assert list(schema) == [field.name for field in dataclasses.fields(Hyperparameters)]
    for name, bounds in schema.items():
        if "enum" in bounds:
            assert tuple(bounds["enum"]) == get_args(types[name])
        else:
            json = {"integer": int, "number": float, "boolean": bool}
            assert json[bounds["type"]] is types[name]


@pytest.mark.parametrize("cell", ["lstm", "rnn", "gru"])
def test_initial_weights_are_orthogonal_in_each_gate_and_the_forget_gate_is_open(cell: str) -> None:
    for layer in network(cell=cell).recurrent:
        gates = layer.weight_hh_l0.detach().view(-1, 8, 8)
        torch.testing.assert_close(gates @ gates.mT, torch.eye(8).expand_as(gates))
        biases = (layer.bias_ih_l0 + layer.bias_hh_l0).detach().view(-1, 8)
        forget = 1 if cell == "lstm" else None
        for place, bias in enumerate(biases):
            assert bias.tolist() == [float(place == forget)] * 8


def test_initial_weights_do_not_come_from_torch_s_generator() -> None:
    first = network().state_dict()
    torch.manual_seed(torch.initial_seed() + 1)
    second = network().state_dict()
    assert all(torch.equal(value, second[name]) for name, value in first.items())


@settings(max_examples=40)
@given(
    cell=st.sampled_from(["lstm", "rnn", "gru"]),
    attention=st.booleans(),
    sequence=st.sampled_from(["tokens", "flows"]),
    numerical=st.integers(0, 40),
    categorical=st.lists(st.integers(1, 60), max_size=10),
    hidden=st.sampled_from([32, 48, 64]),
)
def test_merged_has_as_many_parameters_as_separate(
    cell: str, attention: bool, sequence: str, numerical: int, categorical: list[int], hidden: int
) -> None:
    data = DataShape(numerical, tuple(categorical) if numerical else (3, *categorical), 8)
    switches = {
        "cell": cell,
        "attention": attention,
        "sequence": sequence,
        "hidden": hidden,
        "engine": "torch",
        "embedding": 16,
        "dense": 32,
    }
    sizes = {
        branches: count(shapes(data, hyper(**switches, branches=branches)))
        for branches in ("separate", "merged")
    }
    assert abs(sizes["merged"] - sizes["separate"]) <= 0.05 * sizes["separate"]


def test_a_merged_width_that_cannot_match_is_refused() -> None:
    with pytest.raises(InputError, match="hyperparameter heads: 8 leaves no width"):
        network(branches="merged", heads=8)


@pytest.mark.parametrize(
    ("switches", "text"),
    [
        ({"heads": 3}, "heads: 3 does not divide hidden = 8"),
        ({"pooling": "last"}, "pooling: last goes with"),
        ({"pooling": "last", "branches": "merged"}, "pooling: last goes with"),
        ({"engine": "tiles", "sequence": "flows"}, "sequence: flows goes with engine: torch"),
        ({"engine": "tiles", "precision": "bfloat16"}, "precision: bfloat16 goes with engine"),
    ],
)
def test_hyperparameters_that_rule_each_other_out_are_refused(
    switches: dict[str, Any], text: str
) -> None:
    with pytest.raises(InputError, match=text):
        network(**switches)


def test_a_dataset_without_features_is_refused() -> None:
    with pytest.raises(InputError, match="no numerical and no categorical feature"):
        shapes(DataShape(0, (), 3), hyper())
