"""Encoded records: what `encode` writes and every model reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from ecnet import files
from ecnet.errors import InputError
from ecnet.prepare import bags
from ecnet.prepare.bags import Bag

Task = Literal["multiclass", "binary"]
Subset = Literal["train", "validation", "test"]

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int32]

ATTACK = "Attack"
"""The second class of the binary task: any attack."""


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
    bags: bags of words by name; most datasets have none.
    """

    numerical: FloatArray
    categorical: IntArray
    label: IntArray
    count: IntArray
    window: IntArray | None
    cardinalities: tuple[int, ...]
    classes: tuple[str, ...]
    bags: Mapping[str, Bag] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.label)


_ENCODER = ("dataset", "format", "source", "classes", "normal", "captures", "fitted_on", "seeds")
"""The keys that encoder.json must have; those of each seed are in `_OF_SEED`."""
_OF_SEED = ("numerical", "categorical")


def tensor(seed: int, subset: str, name: str) -> str:
    """Return what a file of tensors calls one of a subset of the split of a seed."""
    return f"{seed}/{subset}/{name}"


def read_encoder(path: Path, dataset: str) -> dict[str, Any]:
    """Return the content of an encoder.json.

    Raises:
        InputError: it cannot be read, or is of another dataset.
    """
    encoder = files.read_object(path, "encode", _ENCODER)
    if encoder["dataset"] != dataset:
        raise InputError(f"{path}: is of {encoder['dataset']!r}, not of {dataset!r}")
    return encoder


def of_seed(path: Path, encoder: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return what the encoder.json at `path` says of the split of one seed.

    Raises:
        InputError: it says nothing of it.
    """
    fitted = encoder["seeds"].get(str(seed)) if isinstance(encoder["seeds"], dict) else None
    if not isinstance(fitted, dict) or not set(_OF_SEED) <= fitted.keys():
        raise InputError(f"{path}: does not describe seed {seed}; run the encode step again")
    return encoder | fitted


def load(path: Path, seed: int, subset: Subset, task: Task, encoder: dict[str, Any]) -> Records:
    """Load one subset of the split of a seed from a file of tensors; no other tensor is read.

    encoder: what `of_seed` says of the seed.

    Raises:
        InputError: the file is missing, no safetensors file, or not what the encoder says.
    """
    arrays = _read(path, tensor(seed, subset, ""))
    cardinalities = tuple(len(feature["vocabulary"]) + 1 for feature in encoder["categorical"])
    _check(path, arrays, len(encoder["numerical"]), cardinalities, len(encoder["classes"]))
    given = _bags(path, arrays, encoder)
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
        bags=given,
    )


def tensors(path: Path, seed: int, subset: Subset) -> dict[str, npt.NDArray[Any]]:
    """Return the tensors of a subset that `load` needs, by their names in the file.

    Raises:
        InputError: the file is missing, or is no safetensors file.
    """
    prefix = tensor(seed, subset, "")
    needed = ("numerical", "categorical", "label", "count", "bags")
    return {
        f"{prefix}{name}": array
        for name, array in _read(path, prefix).items()
        if name.partition("/")[0] in needed
    }


def places(path: Path, seed: int) -> tuple[IntArray, npt.NDArray[np.int64]]:
    """Return where each test record of the split of a seed comes from.

    The (n,) captures, as indices into those of the encoder, and the rows in their raw files.

    Raises:
        InputError: the file is missing, or no safetensors file of such tensors.
    """
    arrays = _read(path, tensor(seed, "test", ""))
    for name in ("capture", "row"):
        if name not in arrays:
            raise InputError(f"{path}: lacks {name}; run the encode step again")
    return arrays["capture"], arrays["row"]


def _read(path: Path, prefix: str) -> dict[str, npt.NDArray[Any]]:
    """Return the tensors whose names begin with `prefix`, named by what follows it."""
    try:
        with safe_open(path, framework="numpy") as file:
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118
            return {name.removeprefix(prefix): file.get_tensor(name) for name in names}
    except (OSError, SafetensorError, TypeError, AttributeError) as error:
        # The last two are raised for a dtype that NumPy lacks.
        why = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read ({why}); run the encode step again") from error


def _check(
    path: Path,
    arrays: dict[str, npt.NDArray[Any]],
    numerical: int,
    cardinalities: tuple[int, ...],
    classes: int,
) -> None:
    """Stop if an array is not what the encoder says, so that no engine reads out of bounds."""
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
            raise InputError(f"{path}: {name} is out of range; run the encode step again")
    window = arrays.get("window")
    if window is not None and (
        window.ndim != 2
        or len(window) != length
        or window.dtype != np.int32
        or ((window < -1) | (window >= length)).any()
    ):
        raise InputError(
            f"{path}: window names records that are not there; run the encode step again"
        )


def _bags(
    path: Path, arrays: Mapping[str, npt.NDArray[Any]], encoder: Mapping[str, Any]
) -> dict[str, Bag]:
    """Return the bags of words that the encoder names, after a check that nothing is amiss."""
    sizes = {bag["name"]: len(bag["vocabulary"]) + 1 for bag in encoder.get("bags", [])}
    try:
        found = bags.load(sizes, arrays)
    except KeyError as error:
        raise InputError(f"{path}: lacks {error.args[0]}; run the encode step again") from error
    for name, bag in found.items():
        if why := bags.problem(bag, len(arrays["label"])):
            raise InputError(f"{path}: the bag {name}: {why}; run the encode step again")
    return found


def binary(
    label: IntArray, classes: tuple[str, ...], normal: str
) -> tuple[tuple[str, ...], IntArray]:
    """Return the two classes of the binary task and the labels: 0 is `normal`, 1 any attack.

    Raises:
        InputError: there is no normal class, hence no such task.
    """
    if normal not in classes:
        raise InputError(
            f"no binary task: none of the records is {normal} (classes: {', '.join(classes)}); "
            "give files with normal traffic"
        )
    attack = label != classes.index(normal)
    return (normal, ATTACK), attack.astype(np.int32)
