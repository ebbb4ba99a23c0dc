"""Weights of fitted models as named arrays in safetensors files: no code, always the same bytes.

One file holds all runs of a variant; the array `name` of the run `run` is stored as `run/name`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save, save_file

from ecnet.errors import InputError
from ecnet.files import atomic

if TYPE_CHECKING:  # families import this module, so it must not import them when it runs
    from ecnet.models import Family, Model, Settings
    from ecnet.prepare.records import Records

Tensors = dict[str, npt.NDArray[Any]]


def write(path: Path, runs: Mapping[str, Mapping[str, npt.NDArray[Any]]]) -> None:
    """Write the arrays of each of `runs` to the safetensors file `path`."""
    stored = {
        f"{run}/{name}": np.ascontiguousarray(array)
        for run, tensors in runs.items()
        for name, array in tensors.items()
    }
    with atomic(path) as temporary:
        save_file(stored, temporary)


def read(path: Path, run: str) -> Tensors:
    """Return the arrays of one run, by name; those of other runs are not read.

    Raises:
        InputError: the file cannot be read, or has no such run.
    """
    prefix = f"{run}/"
    try:
        with safe_open(path, framework="numpy") as file:
            stored = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118
            tensors = {name.removeprefix(prefix): file.get_tensor(name) for name in stored}
    except (OSError, SafetensorError, TypeError, AttributeError) as error:
        # The last two are raised for a dtype that NumPy lacks.
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: cannot be read ({reason}); run the train step again") from error
    if not tensors:
        raise InputError(f"{path}: has no weights of run {run}; run the train step again")
    return tensors


def load(path: Path, run: str, family: "Family", settings: "Settings", like: "Records") -> "Model":
    """Return the model of one run; `settings` and `like` are those of `Family.load`.

    Raises:
        InputError: the file cannot be read, or its arrays do not fit `settings` and `like`.
    """
    tensors = read(path, run)
    try:
        return family.load(tensors, settings, like)
    except InputError as error:
        raise InputError(f"{path}: run {run}: {error}") from error


def size(tensors: Mapping[str, npt.NDArray[Any]]) -> int:
    """Return the bytes of one run's arrays as a safetensors file of their own."""
    return len(save({name: np.ascontiguousarray(array) for name, array in tensors.items()}))


def check(
    tensors: Mapping[str, npt.NDArray[Any]],
    shapes: Mapping[str, tuple[int | None, ...]],
    dtypes: Mapping[str, npt.DTypeLike] | None = None,
) -> None:
    """Stop unless `tensors` are exactly those of `shapes`; None stands for any length.

    dtypes: of the arrays that are not float32.

    Raises:
        InputError: a name, shape or dtype differs.
    """
    if tensors.keys() != shapes.keys():
        odd = ", ".join(sorted(tensors.keys() ^ shapes.keys()))
        raise InputError(f"missing or unknown arrays {odd}; run the train step again")
    for name, shape in shapes.items():
        found = tensors[name].shape
        if len(found) != len(shape) or any(
            want not in (None, have) for want, have in zip(shape, found, strict=True)
        ):
            raise InputError(
                f"{name} has shape {found}, the data need {shape}; run the train step again"
            )
        wanted = np.dtype((dtypes or {}).get(name, np.float32))
        if tensors[name].dtype != wanted:
            raise InputError(
                f"{name} is {tensors[name].dtype}, not {wanted}; run the train step again"
            )
