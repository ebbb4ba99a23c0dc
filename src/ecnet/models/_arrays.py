"""Weights as named arrays in safetensors files: plain numbers, no code, always the same bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ecnet.errors import InputError
from ecnet.files import atomic

Arrays = dict[str, npt.NDArray[Any]]


def save(path: Path, arrays: Arrays) -> None:
    """Write `arrays` to the safetensors file `path`."""
    with atomic(path) as temporary:
        save_file(arrays, temporary)


def load(path: Path, shapes: Mapping[str, tuple[int | None, ...]]) -> Arrays:
    """Read the arrays of `path`, which must be just those of `shapes`; None is any length.

    Raises:
        InputError: the file cannot be read, or a name or shape differs.
    """
    try:
        arrays: Arrays = load_file(path)
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: cannot be read ({error}); run the train step again") from error
    if arrays.keys() != shapes.keys():
        odd = ", ".join(sorted(arrays.keys() ^ shapes.keys()))
        raise InputError(f"{path}: missing or unknown arrays {odd}; run the train step again")
    for name, shape in shapes.items():
        found = arrays[name].shape
        if len(found) != len(shape) or any(
            want not in (None, have) for want, have in zip(shape, found, strict=True)
        ):
            raise InputError(
                f"{path}: {name} has shape {found}, the data ask for {shape}; "
                "run the train step again"
            )
    return arrays
