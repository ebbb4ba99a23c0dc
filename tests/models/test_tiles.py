"""The engine of tiles computes what the plain network of torch does, whatever its switches."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import learnable
import numba
import numba.extending
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from ecnet import compiled
from ecnet.models import Settings, _kernels, _training
from ecnet.models._initial import initial
from ecnet.models._kernels import arithmetic
from ecnet.models._layout import Shape, layout
from ecnet.models._tiles import Tiles
from ecnet.models._torch import Torch
from ecnet.prepare.records import Records

VARIANTS: dict[str, Settings] = {
    "separate": {},
    "no-attention": {"attention": False},
    "merged": {"branches": "merged"},
    "plain": {"branches": "merged", "attention": False, "pooling": "last"},
}
CELLS = ("lstm", "gru", "rnn")
SETTINGS = learnable.ECNET | {"hidden": 24, "dense": 12}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


def make(size: int, shape: Shape, draw: int = 1) -> Records:
    """Return `size` records of noise."""
    random = np.random.default_rng(draw)
    ids = [random.integers(0, number, size) for number in shape.cardinalities]
    return Records(
        numerical=random.normal(size=(size, shape.numerical)).astype(np.float32),
        categorical=np.array(ids, np.int32).reshape(-1, size).T,
        label=random.integers(0, shape.classes, size).astype(np.int32),
        count=np.ones(size, np.int32),
        window=None,
        cardinalities=shape.cardinalities,
        classes=tuple("abcdefgh"[: shape.classes]),
    )


def engines(shape: Shape, chosen: Settings, draw: int = 1) -> tuple[Tiles, Torch]:
    """Return both engines with the same weights, none of them zero."""
    random = np.random.default_rng(draw)
    weights = initial(layout(shape, chosen), chosen["cell"], random)
    for array in weights.values():
        array += random.normal(scale=0.1, size=array.shape)
    return Tiles(shape, chosen, weights), Torch(shape, chosen, weights)


@settings(max_examples=60, deadline=None)
@given(
    cell=st.sampled_from(CELLS),
    variant=st.sampled_from(sorted(VARIANTS)),
    numerical=st.integers(0, 20),
    cardinalities=st.lists(st.integers(2, 9), max_size=6).map(tuple),
    classes=st.integers(2, 8),
    heads=st.sampled_from([1, 2, 3]),
    size=st.integers(1, 40),
    draw=st.integers(0, 1000),
)
def test_loss_gradients_and_probabilities_are_those_of_torch(
    cell: str,
    variant: str,
    numerical: int,
    cardinalities: tuple[int, ...],
    classes: int,
    heads: int,
    size: int,
    draw: int,
) -> None:
    shape = Shape(numerical, cardinalities if numerical else (3, *cardinalities), classes)
    chosen = {**SETTINGS, **VARIANTS[variant], "cell": cell, "heads": heads}
    records = make(50, shape, draw)
    rows = np.random.default_rng(draw).permutation(len(records))[:size]
    keep = (np.random.default_rng(draw).random((size, 12)) > 0.3).astype(np.float32) / 0.7
    tiles, plain = engines(shape, chosen, draw)
    for engine in (tiles, plain):
        engine.hold(records)
    loss, gradients = tiles.gradients(rows, keep.astype(np.float32))
    expected, references = plain.gradients(rows, keep.astype(np.float32))
    assert loss == pytest.approx(expected, abs=1e-5)
    for name, gradient, reference in zip(tiles.arrays(), gradients, references, strict=True):
        np.testing.assert_allclose(gradient, reference, atol=1e-5, rtol=0, err_msg=name)
    np.testing.assert_allclose(
        tiles.probabilities(records), plain.probabilities(records), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_thirty_steps_lose_as_much_as_torch_s(
    cell: str, variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = learnable.make(30 * 32, draw=1)
    chosen = {**SETTINGS, **VARIANTS[variant], "cell": cell, "batch": 32, "epochs": 1}
    losses: list[list[float]] = []
    for engine in engines(Shape.of(train), chosen):
        seen: list[float] = []
        found = engine.gradients
        monkeypatch.setattr(
            engine, "gradients", lambda *of, found=found, seen=seen: noted(found(*of), seen)
        )
        _training.train(engine, train, train, chosen, seed=1)
        losses.append(seen)
    assert len(losses[0]) == 30
    np.testing.assert_allclose(losses[0], losses[1], atol=1e-4, rtol=0)
    assert losses[0][-1] < losses[0][0]


def noted(result: tuple[float, Any], seen: list[float]) -> tuple[float, Any]:
    seen.append(result[0])
    return result


def test_the_same_batch_gives_the_same_bytes() -> None:
    shape = Shape(5, (3, 4), 3)
    records, rows, keep = make(40, shape), np.arange(37), np.ones((37, 12), np.float32)
    found = []
    for _ in range(2):
        tiles, _plain = engines(shape, SETTINGS)
        tiles.hold(records)
        tiles.gradients(rows[:20], keep[:20])  # what a tile held before does not count
        found.append(tiles.gradients(rows, keep))
        other, _plain = engines(shape, SETTINGS)
        other.hold(records)
        found.append(other.gradients(rows, keep))
    assert len({loss for loss, _ in found}) == 1
    assert len({b"".join(part.tobytes() for part in parts) for _, parts in found}) == 1


def test_exp_is_exp_and_keeps_what_is_no_number() -> None:
    x = np.concatenate([np.linspace(-87, 87, 2001), np.linspace(-1, 1, 2001)]).astype(np.float32)
    found = np.array([arithmetic.exp(value) for value in x])
    np.testing.assert_allclose(found, np.exp(x.astype(np.float64)), rtol=3e-7)
    assert arithmetic.exp(np.float32(0)) == 1
    assert arithmetic.exp(np.float32(-1000)) < 1e-37
    assert np.isfinite(arithmetic.exp(np.float32(1000)))
    assert np.isnan(arithmetic.exp(np.float32(np.nan)))
    assert arithmetic.tanh(np.float32(0)) == 0  # what pads a state stays zero


def test_what_is_kept_has_all_that_it_calls_within_it() -> None:
    """Code just compiled would call other copies of kernels than the same code that was kept."""
    entries = []
    for file in Path(_kernels.__file__).parent.glob("[a-z]*.py"):
        module = importlib.import_module(f"{_kernels.__name__}.{file.stem}")
        for kernel in filter(numba.extending.is_jitted, vars(module).values()):
            options = kernel.targetoptions
            if not options.get("forceinline") and options.get("inline") != "always":
                entries.append(kernel)
    assert sorted(entry.__name__ for entry in entries) == ["gradients", "logits"]


def test_compiled_code_is_kept_by_what_all_kernels_say(tmp_path: Path) -> None:
    """A change in any file makes another place, and a clone shares the place."""
    places = []
    for number, text in enumerate(("A = 1\n", "A = 2\n", "A = 1\n")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "arithmetic.py").write_text(text)
        locator = compiled.ByContent(arithmetic.exp.py_func, str(folder / "cells.py"))
        places.append((locator.get_cache_path(), locator.get_source_stamp()))
    assert places[0] == places[2]
    assert places[0][0] != places[1][0]
    assert places[0][1] != places[1][1]
