"""The plain network computes the paper's equations and the choices of docs/interpretation.md."""

import dataclasses
from typing import Any

import learnable
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import MERGED, PLAIN, SETTINGS, hyper, network
from torch import nn

from ecnet.errors import InputError
from ecnet.models import ecnet
from ecnet.models.engines.torch import Inputs
from ecnet.models.network import CategoricalTokens, PooledAttention

Array = np.ndarray[Any, Any]


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def test_lstm_layer_follows_equations_1_to_5() -> None:
    layer = network().recurrent[0]
    torch.nn.init.normal_(layer.bias_ih_l0)
    x = np.random.default_rng(1).normal(size=(7, 4)).astype(np.float32)
    # The layer stacks its gates in the order i, f, g, o and splits [h, x] and b in two.
    inputs, states, first, second = (
        value.detach().numpy().reshape(4, 8, -1)
        for value in (layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0)
    )
    w_i, w_f, w_c, w_o = np.concatenate([states, inputs], axis=2)
    b_i, b_f, b_c, b_o = (first + second)[:, :, 0]
    h, c, expected = np.zeros(8), np.zeros(8), []
    for x_t in x:
        hx = np.concatenate([h, x_t])
        f_t = sigmoid(w_f @ hx + b_f)  # (1)
        i_t = sigmoid(w_i @ hx + b_i)  # (2)
        g_t = np.tanh(w_c @ hx + b_c)  # (3)
        o_t = sigmoid(w_o @ hx + b_o)  # (4)
        c = f_t * c + i_t * g_t  # (5)
        h = o_t * np.tanh(c)
        expected.append(h)
    found = layer(torch.from_numpy(x)[None])[0][0].detach().numpy()
    np.testing.assert_allclose(found, expected, atol=1e-6)


@settings(max_examples=25)
@given(st.sampled_from([1, 2, 4]), st.integers(1, 20), st.integers(0, 2**31 - 1))
def test_pooled_attention_is_attention_then_mean(heads: int, steps: int, draw: int) -> None:
    torch.manual_seed(draw)
    pooled, plain = PooledAttention(8, heads), nn.MultiheadAttention(8, heads, batch_first=True)
    with torch.no_grad():
        projections = (pooled.query, pooled.key, pooled.value)
        plain.in_proj_weight.copy_(torch.cat([layer.weight for layer in projections]))
        bias = (pooled.query.bias, torch.randn(8), pooled.value.bias)  # any bias of the key
        plain.in_proj_bias.copy_(torch.cat(bias))
        plain.out_proj.load_state_dict(pooled.output.state_dict())
        states = torch.randn(3, steps, 8)
        expected = plain(states, states, states)[0].mean(dim=1)
        found = pooled(states, torch.full((1, steps), 1 / steps), None)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_numerical_token_is_value_times_vector_plus_vector() -> None:
    tokens = network().numerical
    assert tokens is not None
    torch.nn.init.normal_(tokens.bias)
    x = torch.tensor([[1.0, 2.0, -3.0, 0.5]])
    for j in range(4):
        torch.testing.assert_close(tokens(x)[0, j], x[0, j] * tokens.weight[j] + tokens.bias[j])


def test_each_categorical_feature_has_its_own_embedding_and_zeros_for_unseen_values() -> None:
    tokens = CategoricalTokens((3, 1, 4), 2, flows=False)
    with torch.no_grad():
        tokens.weight.copy_(torch.arange(10.0).view(5, 2))
    found = tokens(torch.tensor([[1, 0, 1], [2, 0, 3], [0, 0, 0]]))
    assert found.tolist() == [
        [[0, 1], [0, 0], [4, 5]],
        [[2, 3], [0, 0], [8, 9]],
        [[0, 0], [0, 0], [0, 0]],
    ]


def test_separate_branches_do_not_see_each_other() -> None:
    x, ids = torch.randn(2, 4), torch.tensor([[1, 2, 3], [4, 0, 1]])
    states = network().states(x, ids)
    other = network().states(x + 1, ids)
    assert states.shape == (2, 7, 8)
    assert not torch.equal(states[:, :4], other[:, :4])
    assert torch.equal(states[:, 4:], other[:, 4:])


def test_merged_branch_reads_categorical_then_numerical() -> None:
    x, ids = torch.randn(2, 4), torch.tensor([[1, 2, 3], [4, 0, 1]])
    merged = network(**MERGED)
    states, other = merged.states(x, ids), merged.states(x + 1, ids)
    assert states.shape[:2] == (2, 7)
    assert torch.equal(states[:, :3], other[:, :3])
    assert not torch.equal(states[:, 3:], other[:, 3:])


def test_without_attention_the_mean_of_the_states_is_classified() -> None:
    plain = network(attention=False)
    x, ids = torch.randn(2, 4), torch.tensor([[1, 2, 3], [4, 0, 1]])
    expected = plain.classes(plain.dense(plain.states(x, ids).mean(dim=1)).relu())
    torch.testing.assert_close(plain(x, ids, None), expected)


def test_pooling_last_classifies_the_last_state() -> None:
    plain = network(**PLAIN)
    x, ids = torch.randn(2, 4), torch.tensor([[1, 2, 3], [4, 0, 1]])
    expected = plain.classes(plain.dense(plain.states(x, ids)[:, -1]).relu())
    torch.testing.assert_close(plain(x, ids, None), expected)


FLOWS = [
    pytest.param({"sequence": "flows", "engine": "torch", "hidden": 10, **switches}, id=name)
    for name, switches in {
        "separate": {},
        "no-attention": {"attention": False},
        "merged": MERGED,
        "plain": PLAIN,
    }.items()
]


@pytest.mark.parametrize("switches", FLOWS)
def test_padding_does_not_influence(switches: dict[str, Any]) -> None:
    """A history of two flows gives the same in a window of 2 and, padded, in one of 6."""
    records, net = learnable.make(20, draw=1), network(**switches)
    long, short = np.full((1, 6), -1, np.int32), np.array([[3, 4]], np.int32)
    long[0, -2:] = short
    results = []
    for window in (short, long):
        inputs = Inputs.of(dataclasses.replace(records, window=window), hyper(**switches))
        results.append(net(*inputs.batch(torch.tensor([0]))))
    torch.testing.assert_close(results[0], results[1], atol=1e-6, rtol=0)


@pytest.mark.parametrize("switches", FLOWS)
def test_every_flow_of_the_window_influences(switches: dict[str, Any]) -> None:
    window = np.array([[-1, 3, 4, 5]], np.int32)
    records, net = (
        dataclasses.replace(learnable.make(20, draw=1), window=window),
        network(**switches),
    )
    results = []
    for flow in (0, 3, 4, 5):
        numerical = records.numerical.copy()
        numerical[flow] += 1
        inputs = Inputs.of(dataclasses.replace(records, numerical=numerical), hyper(**switches))
        results.append(net(*inputs.batch(torch.tensor([0]))))
    changed = [not torch.equal(result, results[0]) for result in results]
    assert changed == [False, True, True, True]  # flow 0 is not in the window


@pytest.mark.parametrize("switches", FLOWS)
def test_flows_learn(switches: dict[str, Any]) -> None:
    train, validation, test = (learnable.make(400, draw=i, steps=4) for i in range(3))
    model = ecnet.fit(train, validation, {**SETTINGS, **switches}, 1)
    assert np.mean(model.predict(test).argmax(axis=1) == test.label) > 0.8


def test_flows_without_windows_are_refused() -> None:
    records = learnable.make(20, draw=1)
    with pytest.raises(InputError, match="sequence: flows needs windows"):
        ecnet.fit(records, records, {**SETTINGS, "sequence": "flows", "engine": "torch"}, 1)


@pytest.mark.parametrize("switches", [{}, PLAIN, {"cell": "rnn"}, {"cell": "gru"}], ids=str)
def test_every_cell_learns(switches: dict[str, Any]) -> None:
    train, validation, test = (learnable.make(400, draw=i) for i in range(3))
    model = ecnet.fit(train, validation, {**SETTINGS, **switches}, 1)
    assert np.mean(model.predict(test).argmax(axis=1) == test.label) > 0.8
