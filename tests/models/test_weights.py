"""Weights in files: all runs of a variant in one, and no more is read than one run."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from ecnet.errors import InputError
from ecnet.models import weights

RUNS = {
    "1-1": {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.ones(2)},
    "1-10": {"a": np.zeros((2, 3), np.float32)},
}


@pytest.mark.parametrize("run", RUNS)
def test_a_run_is_read_as_it_was_written(run: str, tmp_path: Path) -> None:
    weights.write(tmp_path / "w", RUNS)
    found = weights.read(tmp_path / "w", run)
    assert found.keys() == RUNS[run].keys()
    for name, array in RUNS[run].items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


def test_the_file_has_the_same_bytes_whatever_the_order(tmp_path: Path) -> None:
    weights.write(tmp_path / "a", RUNS)
    weights.write(tmp_path / "b", dict(reversed(RUNS.items())))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_arrays_that_are_not_contiguous_keep_their_values(tmp_path: Path) -> None:
    transposed = RUNS["1-1"]["a"].T
    weights.write(tmp_path / "w", {"1-1": {"a": transposed}})
    np.testing.assert_array_equal(weights.read(tmp_path / "w", "1-1")["a"], transposed)


def test_the_size_of_a_run_is_that_of_a_file_of_its_own(tmp_path: Path) -> None:
    for tensors in RUNS.values():
        save_file(tensors, tmp_path / "alone")
        assert weights.size(tensors) == (tmp_path / "alone").stat().st_size


def test_a_run_that_is_not_in_the_file_is_named(tmp_path: Path) -> None:
    weights.write(tmp_path / "w", RUNS)
    with pytest.raises(InputError, match=r"w: has no weights of run 1; run the train step again"):
        weights.read(tmp_path / "w", "1")


@pytest.mark.parametrize(
    ("tensors", "why"),
    [
        ({}, "missing or unknown arrays a"),
        ({"a": np.zeros(2, np.float32), "b": np.zeros(1)}, "missing or unknown arrays b"),
        ({"a": np.zeros(3, np.float32)}, r"a has shape \(3,\), the data need \(2,\)"),
        ({"a": np.zeros((2, 1), np.float32)}, r"a has shape \(2, 1\)"),
        ({"a": np.zeros(2)}, "a is float64, not float32"),
    ],
)
def test_arrays_of_another_model_are_refused(tensors: weights.Tensors, why: str) -> None:
    with pytest.raises(InputError, match=f"{why}.*; run the train step again"):
        weights.check(tensors, {"a": (2,)})
