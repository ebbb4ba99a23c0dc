"""Bags of words as sparse matrices: one row a record, one column a word of train."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecnet.readers.bags import words

Array = npt.NDArray[Any]

_ARRAYS = {"indptr": np.int64, "indices": np.int32, "counts": np.int64}


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


def fit(texts: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the name and the vocabulary, sorted, of each column of bags of train, as JSON."""
    return [
        {"name": name, "vocabulary": sorted({word for text in texts[name] for word in words(text)})}
        for name in texts.columns
    ]


def transform(fitted: Sequence[Mapping[str, Any]], texts: pd.DataFrame) -> dict[str, Array]:
    """Return the arrays of each bag of any subset, named as `tensor` says."""
    found = {}
    for bag in fitted:
        ids = {word: place for place, word in enumerate(bag["vocabulary"], 1)}
        rows = [_row(words(text), ids) for text in texts[bag["name"]]]
        ends = np.cumsum([0, *map(len, rows)])
        pairs = np.array([pair for row in rows for pair in sorted(row.items())]).reshape(-1, 2)
        for array, values in (("indptr", ends), ("indices", pairs[:, 0]), ("counts", pairs[:, 1])):
            found[tensor(bag["name"], array)] = np.ascontiguousarray(values, _ARRAYS[array])
    return found


def tensor(name: str, array: str) -> str:
    """Return what a file of tensors calls an array of a bag."""
    return f"bags/{name}/{array}"


def load(sizes: Mapping[str, int], arrays: Mapping[str, Array]) -> dict[str, Bag]:
    """Return the bags among other arrays, named as `tensor` says, by name (KeyError: one lacks).

    sizes: of each bag, by its name.
    """
    return {
        name: Bag(**{array: arrays[tensor(name, array)] for array in _ARRAYS}, size=size)
        for name, size in sizes.items()
    }


def problem(bag: Bag, records: int) -> str:
    """Return why a bag is not one of this many records; empty if it is."""
    for array, dtype in _ARRAYS.items():
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


def _row(bag: Mapping[str, int], ids: Mapping[str, int]) -> dict[int, int]:
    """Return the counts of a bag by the ids of its words."""
    found: dict[int, int] = {}
    for word, count in bag.items():
        place = ids.get(word, 0)
        found[place] = found.get(place, 0) + count
    return found
