"""Bags of words become sparse matrices, by the words that train holds.

Apart from `ecnet.prepare.bags`, so that models need no reader.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ecnet.prepare.bags import ARRAYS, Array, tensor
from ecnet.readers.bags import words


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
            found[tensor(bag["name"], array)] = np.ascontiguousarray(values, ARRAYS[array])
    return found


def _row(bag: Mapping[str, int], ids: Mapping[str, int]) -> dict[int, int]:
    """Return the counts of a bag by the ids of its words."""
    found: dict[int, int] = {}
    for word, count in bag.items():
        place = ids.get(word, 0)
        found[place] = found.get(place, 0) + count
    return found
