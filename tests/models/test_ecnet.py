"""EcNet is what the paper's equations and the reading in the README say, whatever its switches."""

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import learnable
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits
from torch import nn

from ecnet.errors import InputError
from ecnet.models import _training, ecnet
from ecnet.models import weights as stored
from ecnet.models._adamw import AdamW
from ecnet.models._initial import initial
from ecnet.models._layout import Shape, count, layout
from ecnet.models._network import CategoricalTokens, Network, PooledAttention
from ecnet.models._tiles import Tiles
from ecnet.models._torch import Tensors, Torch

SETTINGS = learnable.ECNET | {"dropout": 0.0}
PLAIN = {"branches": "merged", "attention": False, "pooling": "last"}
MERGED = {"branches": "merged", "hidden": 16, "heads": 1}
SHAPE = Shape(4, (5, 5, 5), 3)

Array = np.ndarray[Any, Any]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


def network(**switches: Any) -> Network:
    chosen = {**SETTINGS, "engine": "torch", **switches}
    weights = initial(layout(SHAPE, chosen), chosen["cell"], np.random.default_rng(5))
    return Torch(SHAPE, chosen, weights).network


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


@settings(max_examples=25, deadline=None)
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


@pytest.mark.parametrize("cell", ["lstm", "rnn", "gru"])
def test_initial_weights_are_orthogonal_in_each_gate_and_forget_nothing(cell: str) -> None:
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


def test_statistical_token_is_value_times_vector_plus_vector() -> None:
    tokens = network().numerical
    assert tokens is not None
    torch.nn.init.normal_(tokens.bias)
    x = torch.tensor([[1.0, 2.0, -3.0, 0.5]])
    for j in range(4):
        torch.testing.assert_close(tokens(x)[0, j], x[0, j] * tokens.weight[j] + tokens.bias[j])


def test_each_protocol_feature_has_an_embedding_of_its_own_and_zeros_for_unseen() -> None:
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


def test_merged_branch_reads_protocol_then_statistical() -> None:
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


@settings(max_examples=40, deadline=None)
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
    shape = Shape(numerical, tuple(categorical) if numerical else (3, *categorical), 8)
    switches = SETTINGS | {
        "cell": cell,
        "attention": attention,
        "sequence": sequence,
        "hidden": hidden,
        "engine": "torch",
        "embedding": 16,
        "dense": 32,
    }
    sizes = {
        branches: count(layout(shape, {**switches, "branches": branches}))
        for branches in ("separate", "merged")
    }
    assert abs(sizes["merged"] - sizes["separate"]) <= 0.05 * sizes["separate"]


def test_a_width_that_cannot_match_is_refused() -> None:
    with pytest.raises(InputError, match="hyperparameter heads: 8 leaves no width"):
        network(branches="merged", heads=8)


@pytest.mark.parametrize(
    ("switches", "text"),
    [
        ({"heads": 3}, "heads: 3 does not divide hidden = 8"),
        ({"pooling": "last"}, "pooling: last goes with"),
        ({"pooling": "last", "branches": "merged"}, "pooling: last goes with"),
        ({"engine": "tiles", "sequence": "flows"}, "sequence: flows goes with engine: torch"),
        ({"engine": "tiles", "device": "cuda"}, "device: cuda goes with engine: torch"),
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
        layout(Shape(0, (), 3), SETTINGS)


FLOWS = [
    pytest.param({"sequence": "flows", "engine": "torch", **switches}, id=name)
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
        tensors = Tensors.of(dataclasses.replace(records, window=window), "flows")
        results.append(net(*tensors.batch(torch.tensor([0]))))
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
        tensors = Tensors.of(dataclasses.replace(records, numerical=numerical), "flows")
        results.append(net(*tensors.batch(torch.tensor([0]))))
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
        _training, "_epoch", lambda *arguments: orders.append(arguments[2].tolist()) or 1.0
    )
    train = learnable.make(100, draw=1)
    for switches in ({}, PLAIN):
        ecnet.fit(train, train, {**SETTINGS, **switches, "epochs": 2}, 1)
    assert orders[:2] == orders[2:]
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == list(range(100))


def test_the_best_epoch_is_restored_after_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, seen = iter([0.2, 0.6, 0.5, 0.6, 0.1, 0.9]), []
    train = learnable.make(100, draw=1)
    weights = initial(layout(SHAPE, SETTINGS), "lstm", np.random.default_rng(5))
    engine = Tiles(SHAPE, SETTINGS, weights)

    def score(*_: Any) -> float:
        seen.append(engine.arrays())
        return next(scores)

    monkeypatch.setattr(_training, "macro_f1", score)
    history = _training.train(engine, train, train, {**SETTINGS, "epochs": 9}, seed=1)
    assert [entry["validation"] for entry in history] == [0.2, 0.6, 0.5, 0.6, 0.1]
    for name, value in engine.arrays().items():
        assert np.array_equal(value, seen[1][name])
    assert not np.array_equal(seen[1]["dense.weight"], seen[4]["dense.weight"])


def test_history_names_epoch_loss_and_score() -> None:
    train = learnable.make(200, draw=1)
    history = ecnet.fit(train, train, SETTINGS, 1).history
    assert [entry["step"] for entry in history] == list(range(1, len(history) + 1))
    assert all(entry.keys() == {"step", "validation", "loss"} for entry in history)
    assert history[-1]["loss"] < history[0]["loss"] < 2 * math.log(3)


def test_a_loss_that_is_not_finite_is_named() -> None:
    train = learnable.make(100, draw=1)
    broken = dataclasses.replace(train, numerical=np.full_like(train.numerical, np.inf))
    with pytest.raises(InputError, match=r"learning_rate: with 0.01 the loss is nan in epoch 1"):
        ecnet.fit(broken, train, SETTINGS, 1)


def test_dropout_draws_by_the_seed_alone(tmp_path: Path) -> None:
    train, saved = learnable.make(200, draw=1), []
    for state in (1, 2):
        torch.manual_seed(state)
        model = ecnet.fit(train, train, {**SETTINGS, "dropout": 0.5}, 1)
        stored.write(tmp_path / str(state), {"1-1": model.tensors()})
        saved.append((tmp_path / str(state)).read_bytes())
    assert saved[0] == saved[1]
