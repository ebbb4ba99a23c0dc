"""Bags of words as sparse matrices: one row a record, one column a word of train."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

ARRAYS = {"indptr": np.int64, "indices": np.int32, "counts": np.int64}


@dataclass(frozen=True)
class Bag:
    """One bag of words of n records, a compressed sparse matrix of rows (n, size).

    Record i has the words `indices[indptr[i]:indptr[i + 1]]`, ascending, each as often as `counts`
    says at the same place. Word 0 stands for all that train does not hold.

    indptr: (n + 1,) int64. indices, counts: (words of all records,), int32 and int64. size: the
    number of words, 0 included.
    """

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int64]
    size: int


def tensor(name: str, array: str) -> str:
    """Return what a file of tensors calls an array of a bag."""
    return f"bags/{name}/{array}"


def load(sizes: Mapping[str, int], arrays: Mapping[str, Array]) -> dict[str, Bag]:
    """Return the bags among other arrays, named as `tensor` says, by name (KeyError: one lacks).

    sizes: of each bag, by its name.
    """
    return {
        name: Bag(**{array: arrays[tensor(name, array)] for array in ARRAYS}, size=size)
        for name, size in sizes.items()
    }


def problem(bag: Bag, records: int) -> str:
    """Return why a bag is not one of this many records; empty if it is."""
    for array, dtype in ARRAYS.items():
        values = getattr(bag, array)
        if values.ndim != 1 or values.dtype != dtype:
            return f"{array} is {values.dtype} {values.shape}, not {np.dtype(dtype)} (n,)"
    ends = bag.indptr
    if len(ends) != records + 1 or ends[0] != 0 or (np.diff(ends) < 0).any():
        return f"indptr does not divide words among {records} records"
    if not len(bag.indices) == len(bag.counts) == ends[-1]:
        return f"has {len(bag.indices)} words and {len(bag.counts)} counts, not {ends[-1]}"
    if ((bag.indices < 0) | (bag.indices >= bag.size)).any() or (bag.counts < 1).any():
        return "a word or a count is out of range"
    return ""
