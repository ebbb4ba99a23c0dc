"""The engine `tiles` computes what the plain network in torch does, for every switch."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import learnable
import numba
import numba.extending
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecnet import compiled
from ecnet.models import Settings, training
from ecnet.models.engines.tiles import kernels
from ecnet.models.engines.tiles.engine import Tiles
from ecnet.models.engines.tiles.kernels import arithmetic
from ecnet.models.engines.torch import Torch
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.parameters import DataShape, initial
from ecnet.prepare.records import Records

VARIANTS: dict[str, Settings] = {
    "separate": {},
    "no-attention": {"attention": False},
    "merged": {"branches": "merged"},
    "plain": {"branches": "merged", "attention": False, "pooling": "last"},
}
CELLS = ("lstm", "gru", "rnn")
SETTINGS = learnable.ECNET | {"hidden": 24, "dense": 12}


def make(size: int, data: DataShape, draw: int = 1) -> Records:
    """Return `size` records of noise."""
    random = np.random.default_rng(draw)
    ids = [random.integers(0, number, size) for number in data.cardinalities]
    return Records(
        numerical=random.normal(size=(size, data.numerical)).astype(np.float32),
        categorical=np.array(ids, np.int32).reshape(-1, size).T,
        label=random.integers(0, data.classes, size).astype(np.int32),
        count=np.ones(size, np.int32),
        window=None,
        cardinalities=data.cardinalities,
        classes=tuple("abcdefgh"[: data.classes]),
    )


def engines(data: DataShape, settings: Settings, draw: int = 1) -> tuple[Tiles, Torch]:
    """Return both engines with the same weights, none of them zero."""
    random, hyper = np.random.default_rng(draw), Hyperparameters.of(settings)
    weights = initial(data, hyper, random)
    for array in weights.values():
        array += random.normal(scale=0.1, size=array.shape)
    return Tiles(data, hyper, weights), Torch(data, hyper, weights)


@settings(max_examples=60)
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
    data = DataShape(numerical, cardinalities if numerical else (3, *cardinalities), classes)
    chosen = {**SETTINGS, **VARIANTS[variant], "cell": cell, "heads": heads}
    records = make(50, data, draw)
    rows = np.random.default_rng(draw).permutation(len(records))[:size]
    keep = (np.random.default_rng(draw).random((size, 12)) > 0.3).astype(np.float32) / 0.7
    tiles, plain = engines(data, chosen, draw)
    for engine in (tiles, plain):
        engine.hold(records)
    loss, gradients = tiles.gradients(rows, keep.astype(np.float32))
    expected, references = plain.gradients(rows, keep.astype(np.float32))
    assert loss == pytest.approx(expected, abs=1e-5)
    for name, gradient, reference in zip(tiles.tensors(), gradients, references, strict=True):
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
    for engine in engines(DataShape.of(train), chosen):
        seen: list[float] = []
        found = engine.gradients
        monkeypatch.setattr(
            engine, "gradients", lambda *of, found=found, seen=seen: noted(found(*of), seen)
        )
        training.train(engine, train, train, Hyperparameters.of(chosen), seed=1)
        losses.append(seen)
    assert len(losses[0]) == 30
    np.testing.assert_allclose(losses[0], losses[1], atol=1e-4, rtol=0)
    assert losses[0][-1] < losses[0][0]


def noted(result: tuple[float, Any], seen: list[float]) -> tuple[float, Any]:
    seen.append(result[0])
    return result


def test_the_same_batch_gives_the_same_bytes() -> None:
    data = DataShape(5, (3, 4), 3)
    records, rows, keep = make(40, data), np.arange(37), np.ones((37, 12), np.float32)
    found = []
    for _ in range(2):
        tiles, _plain = engines(data, SETTINGS)
        tiles.hold(records)
        tiles.gradients(rows[:20], keep[:20])  # what the tile held before has no influence
        found.append(tiles.gradients(rows, keep))
        other, _plain = engines(data, SETTINGS)
        other.hold(records)
        found.append(other.gradients(rows, keep))
    assert len({loss for loss, _ in found}) == 1
    assert len({b"".join(part.tobytes() for part in parts) for _, parts in found}) == 1


def test_exp_is_exp_and_keeps_nan() -> None:
    x = np.concatenate([np.linspace(-87, 87, 2001), np.linspace(-1, 1, 2001)]).astype(np.float32)
    found = np.array([arithmetic.exp(value) for value in x])
    np.testing.assert_allclose(found, np.exp(x.astype(np.float64)), rtol=3e-7)
    assert arithmetic.exp(np.float32(0)) == 1
    assert arithmetic.exp(np.float32(-1000)) < 1e-37
    assert np.isfinite(arithmetic.exp(np.float32(1000)))
    assert np.isnan(arithmetic.exp(np.float32(np.nan)))
    assert arithmetic.tanh(np.float32(0)) == 0  # what pads a state stays zero


def test_compiled_code_that_is_kept_contains_everything_it_calls() -> None:
    """Otherwise newly compiled code calls other copies of kernels than code from the cache."""
    entries = []
    for file in Path(kernels.__file__).parent.glob("[a-z]*.py"):
        module = importlib.import_module(f"{kernels.__name__}.{file.stem}")
        for kernel in filter(numba.extending.is_jitted, vars(module).values()):
            options = kernel.targetoptions
            if not options.get("forceinline") and options.get("inline") != "always":
                entries.append(kernel)
    assert sorted(entry.__name__ for entry in entries) == ["gradients", "logits"]


def test_compiled_code_is_kept_by_the_content_of_all_kernels(tmp_path: Path) -> None:
    """A change in any file changes the place, and a clone of the project shares it."""
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


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
import learnable
from ecnet.errors import InputError
from ecnet.models import ecnet
train = learnable.make(40, draw=1)
try:
    ecnet.fit(train, train, SETTINGS, 1)
except InputError as error:
    print(error)
ecnet.fit(train, train, {**SETTINGS, "engine": "torch", "epochs": 1}, 1)
"""


def test_without_numba_the_error_says_to_choose_torch() -> None:
    """No engine replaces the other silently, because they differ in the last bits."""
    script = WITHOUT_NUMBA.replace("SETTINGS", repr(SETTINGS))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("hyperparameter engine: tiles needs numba, which does not run here (")
    assert line.endswith("; choose torch")
