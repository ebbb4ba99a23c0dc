"""Audit of a split: what repeats, what would leak, which class is in which subset.

Records are given by numbers: equal numbers are equal records (`ecnet.prepare.features.vectors`).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecnet.errors import InputError
from ecnet.prepare import features

SUBSETS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = range(3)

IntArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def copies_of_label(columns: pd.DataFrame, labels: pd.Series, normal: str) -> list[str]:
    """Return the columns that copy the label: one value for each class.

    The label is that of all classes, or normal against attack; the column's name plays no part.
    """
    found = []
    for name in columns.columns:
        values = columns[name].nunique(dropna=False)
        for label in (labels, labels == normal):
            pairs = features.vectors(columns[name], label).max(initial=-1) + 1
            if 1 < label.nunique() == values == pairs:
                found.append(str(name))
                break
    return found


def gate(columns: pd.DataFrame, labels: pd.Series, *, dataset: str, normal: str) -> None:
    """Stop if a kept column copies the label.

    Raises:
        InputError: it does; the message names the column and how to leave it out.
    """
    leaks = copies_of_label(columns, labels, normal)
    if leaks:
        raise InputError(
            f"{dataset}: the column {', '.join(leaks)} has one value for each class, so it copies "
            f"the label; add it to datasets.{dataset}.drop in params.yaml"
        )


def subsets(labels: pd.Series, subset: IntArray, kept: Mask) -> dict[str, dict[str, Any]]:
    """Return, for each subset, its records, its rows, and the rows of each class."""
    return {
        name: {
            "records": int((subset == code).sum()),
            "vectors": int((kept & (subset == code)).sum()),
            "classes": _class_counts(labels[kept & (subset == code)]),
        }
        for code, name in enumerate(SUBSETS)
    }


def duplicates(distinct: IntArray, vectors: IntArray) -> dict[str, int]:
    """Return the number of records, of distinct ones, and of vectors with several labels.

    distinct: (n,) numbers of the features alone. vectors: (n,) numbers of features and label.
    """
    labels_of = pd.Series(vectors).groupby(distinct).nunique()
    return {
        "records": len(vectors),
        "distinct": len(np.unique(vectors)),
        "conflicting": int((labels_of > 1).sum()),
    }


def leak(vectors: IntArray, train: Mask, test: Mask) -> dict[str, float]:
    """Return how many test records have a duplicate (equal features and label) in train."""
    found = np.isin(vectors[test], vectors[train])
    return {
        "test_records": int(test.sum()),
        "with_duplicate_in_train": int(found.sum()),
        "share": float(found.mean()) if test.any() else 0.0,
    }


def too_small(
    labels: pd.Series, vectors: IntArray, subset: IntArray, kept: Mask
) -> dict[str, dict[str, Any]]:
    """Return the classes that a subset lacks: their distinct records, and which subsets."""
    found: dict[str, dict[str, Any]] = {}
    for label in sorted(labels.unique()):
        member = (labels == label).to_numpy()
        missing = [
            name
            for code, name in enumerate(SUBSETS)
            if not (member & kept & (subset == code)).any()
        ]
        if missing:
            distinct = len(np.unique(vectors[member]))
            found[str(label)] = {"groups": distinct, "missing_from": missing}
    return found


def _class_counts(labels: pd.Series) -> dict[str, int]:
    return {str(name): int(count) for name, count in labels.value_counts().sort_index().items()}
