"""Params, weights and places of compiled code that are made to have other code run."""

import os
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from hostile import Case

from ecnet import compiled, models
from ecnet.config import params_file, validation
from ecnet.models import weights
from ecnet.prepare.records import Records

_ROOT = Path(__file__).parents[2]


class _Canary:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> tuple[Callable[[int], None], tuple[int]]:
        return os._exit, (7,)


def reading(text: str, folder: Path) -> None:
    """Read a file of params."""
    (folder / "params.yaml").write_text(text)
    params_file.read(folder / "params.yaml")


def setting(place: str, value: Any, _: Path) -> None:
    """Check the project's params with one value changed."""
    values = params_file.read(_ROOT / "params.yaml")
    *parents, key = place.split("/")
    at = values
    for parent in parents:
        at = at[parent]
    at[key] = value
    validation.checked(values)


def loading(folder: Path) -> None:
    """Load weights that are a pickle."""
    (folder / "weights").write_bytes(pickle.dumps(_Canary()))
    weights.read(folder / "weights", "1-1")


def boosting(folder: Path) -> None:
    """Load a booster that is a pickle."""
    content = np.frombuffer(pickle.dumps(_Canary()), dtype=np.uint8)
    weights.write(folder / "weights", {"1-1": {"booster": content}})
    nothing = np.zeros((1, 1), dtype=np.int32)
    like = Records(
        nothing.astype(np.float32), nothing, nothing[0], nothing[0], None, (2,), ("a", "b")
    )
    weights.load(folder / "weights", "1-1", models.family("xgboost"), {}, like)


def compiling(folder: Path) -> None:
    """Look for compiled code where everybody may write."""
    locator = compiled.ByContent(compiled.kernel, compiled.__file__)
    place = folder / "cache/ecnet"
    locator._cache_path = str(place)
    place.mkdir(parents=True)
    place.chmod(0o777)
    try:
        locator.ensure_cache_path()
    finally:
        place.chmod(0o700)


_BOMB = "a0: &a0 [1]\n" + "\n".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)
)
_FILES = {
    "a template that Snakemake would run": "__use_yte__: true\n?print('run'):\n  a: 1",
    "an object of Python": "!!python/object/apply:os.system ['true']",
    "ten lines that stand for a billion values": _BOMB,
    "nested a hundred thousand times": "[" * 100_000,
    "a key twice": "data: 1\ndata: 2",
    "two megabytes": "a" * 2_000_000,
    "no keys": "- 1",
}
_VALUES: dict[str, tuple[str, Any]] = {
    "a share that is no number": ("split/test", float("nan")),
    "an infinite limit": ("data/max_rejected", float("inf")),
    "a number beyond 64 bits": ("data/max_bytes", 2**64),
    "a text over two lines": ("data/mirror", "a\nb"),
    "a misspelled key": ("split/tset", 0.2),
    "a dataset that is a command": ("data/include", ["$(touch x)"]),
    "a variant that is a path": ("variants/..", {"family": "xgboost", "shown": ["table-6"]}),
}
CASES = [
    *(Case("params.yaml", given, partial(reading, text)) for given, text in _FILES.items()),
    *(Case("params.yaml", given, partial(setting, *what)) for given, what in _VALUES.items()),
    Case("weights", "a pickle", loading),
    Case("weights", "a pickle for a booster", boosting),
    Case("compiled code", "a folder that everybody may write to", compiling),
]
