"""Encoded records: what `encode` writes and every model reads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file

from ecnet.errors import InputError

Task = Literal["multiclass", "binary"]
Side = Literal["train", "validation", "test"]

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Records:
    """One subset of one split of one dataset, for one task.

    numerical: (n, L1) float32, standardised on train.
    categorical: (n, L2) int32, ids; 0 stands for a value that train does not hold.
    label: (n,) int32, an index into `classes`.
    count: (n,) int32, how many equal records the row stands for.
    window: (n, W) int32 or None: for each row the rows of the same source host, oldest first and
        the row itself last; -1 where the host has no earlier record in this subset.
    cardinalities: (L2,) the number of ids of each categorical feature, 0 included.
    classes: names, in the adapter's order; for the binary task the normal class and `Attack`.
    """

    numerical: FloatArray
    categorical: IntArray
    label: IntArray
    count: IntArray
    window: IntArray | None
    cardinalities: tuple[int, ...]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.label)


def load(folder: Path, subset: Side, task: Task, encoder: dict[str, Any]) -> Records:
    """Load one subset from `folder`; `encoder` is the content of the folder's encoder.json.

    Raises:
        InputError: the file is missing, no safetensors file, or not what the encoder says.
    """
    path = folder / f"{subset}.safetensors"
    try:
        arrays = load_file(path)
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: cannot be read ({error}); run the encode step again") from error
    cardinalities = tuple(len(feature["vocabulary"]) + 1 for feature in encoder["categorical"])
    _check(path, arrays, len(encoder["numerical"]), cardinalities, len(encoder["classes"]))
    classes, label = tuple(encoder["classes"]), arrays["label"]
    if task == "binary":
        classes, label = binary(label, classes, encoder["normal"])
    return Records(
        numerical=arrays["numerical"],
        categorical=arrays["categorical"],
        label=label,
        count=arrays["count"],
        window=arrays.get("window"),
        cardinalities=cardinalities,
        classes=classes,
    )


def _check(
    path: Path,
    arrays: dict[str, npt.NDArray[Any]],
    numerical: int,
    cardinalities: tuple[int, ...],
    classes: int,
) -> None:
    """Stop if an array is not what the encoder says: no engine looks where it must not."""
    length = len(arrays["label"]) if arrays.get("label", np.zeros(())).ndim else 0
    for name, shape, kind in (
        ("numerical", (length, numerical), np.float32),
        ("categorical", (length, len(cardinalities)), np.int32),
        ("label", (length,), np.int32),
        ("count", (length,), np.int32),
    ):
        if name not in arrays:
            raise InputError(f"{path}: lacks {name}; run the encode step again")
        if arrays[name].shape != shape or arrays[name].dtype != kind:
            raise InputError(
                f"{path}: {name} is {arrays[name].dtype} {arrays[name].shape}, not "
                f"{np.dtype(kind)} {shape}; run the encode step again"
            )
    for name, most in (("label", classes), ("categorical", np.array(cardinalities))):
        if ((arrays[name] < 0) | (arrays[name] >= most)).any():
            raise InputError(f"{path}: {name} is beyond what is known; run the encode step again")
    window = arrays.get("window")
    if window is not None and (
        window.ndim != 2
        or len(window) != length
        or window.dtype != np.int32
        or ((window < -1) | (window >= length)).any()
    ):
        raise InputError(f"{path}: window is of no such records; run the encode step again")


def binary(
    label: IntArray, classes: tuple[str, ...], normal: str
) -> tuple[tuple[str, ...], IntArray]:
    """Return the two classes of the binary task and the labels: 0 is `normal`, 1 any attack.

    Raises:
        InputError: there is no normal class, so that there is no such task.
    """
    if normal not in classes:
        raise InputError(
            f"no binary task: none of the records is {normal} (classes: {', '.join(classes)}); "
            "give files with normal traffic"
        )
    attack = label != classes.index(normal)
    return (normal, "Attack"), attack.astype(np.int32)
