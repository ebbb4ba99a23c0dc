"""How the scores of several variants vary together with the test records that are drawn.

Variants are tested on the same records, and a record may be in the test sets of several splits. So
the covariance is summed over distinct records, each with its influence on every variant's score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ecnet.errors import InputError
from ecnet.evaluate.influence import influences, of_one_error
from ecnet.evaluate.metrics import FloatArray, IntArray


@dataclass(frozen=True)
class Answers:
    """The test set of a split, and what each of V variants made of it.

    record: (n,) numbers of distinct records, the same in all splits. weight: (n,) what each counts.
    true: (n,), predicted: (V, n), indices of classes.
    """

    record: IntArray
    weight: IntArray
    true: IntArray
    predicted: IntArray


_Held = tuple[Answers, FloatArray]
"""A split that has a value of a measure, and the influences of each variant's answers on it."""


def beside(tested: Mapping[Path, Sequence[Answers]]) -> list[Answers]:
    """Return the test set of each split with the answers of all variants.

    tested: the file of a variant -> the test set of each split with its answers alone.

    Raises:
        InputError: a variant was tested on other records than the first one.
    """
    (first, sets), *_ = tested.items()
    for path, others in tested.items():
        for one, other in zip(sets, others, strict=True):
            same = np.array_equal(one.record, other.record) and np.array_equal(one.true, other.true)
            if not same:
                raise InputError(
                    f"{path}: holds other test records than {first}; run the predict step again"
                )
    return [
        replace(split, predicted=np.concatenate([own[place].predicted for own in tested.values()]))
        for place, split in enumerate(sets)
    ]


def covariances(
    splits: Sequence[Answers], classes: list[str], average: str
) -> dict[str, dict[str, Any] | None]:
    """Return for each measure (see `influences`) the covariances of V variants by records alone.

    mean: (V, V), of the means over splits; sum over records of u_a u_b, where u is the mean over
        the splits of a record's influence on the score in a split, 0 where it is not tested.
    split: (V, V), of the scores in one split, mean over splits.
    error: the variance that one error in all makes in a mean: what `mean` can not tell, if the
        variants agree on all records.
    splits: those whose test set has a value of the measure. None for a measure without any.
    """
    splits = _numbered(splits)
    tables = [_tables(split, classes, average) for split in splits]
    alone = of_one_error(_truths(splits, len(classes)), classes, average)
    records = 1 + max(int(split.record.max()) for split in splits)
    found: dict[str, dict[str, Any] | None] = {}
    for key, error in alone.items():
        held = [
            (split, np.stack([one[key] for one in table]))
            for split, table in zip(splits, tables, strict=True)
            if table[0][key] is not None
        ]
        if error is None or not held:
            found[key] = None
            continue
        mean, split = _sums(held, records)
        found[key] = {
            "splits": len(held),
            "error": error / len(np.unique(np.concatenate([s.record for s, _ in held]))) ** 2,
            "mean": mean.tolist(),
            "split": split.tolist(),
        }
    return found


def _tables(split: Answers, classes: list[str], average: str) -> list[dict[str, Any]]:
    """Return for each variant the influence of a record by its classes."""
    found = []
    for predicted in split.predicted:
        confusion = np.zeros((len(classes), len(classes)))
        np.add.at(confusion, (split.true, predicted), split.weight)
        found.append(influences(confusion, classes, average))
    return found


def _truths(splits: Sequence[Answers], classes: int) -> FloatArray:
    """Return how many records of each class are tested, mean over splits, (C,)."""
    each = [np.bincount(split.true, split.weight, minlength=classes) for split in splits]
    mean: FloatArray = np.mean(each, axis=0)
    return mean


def _numbered(splits: Sequence[Answers]) -> list[Answers]:
    """Return the splits with their distinct records numbered from 0 without gaps."""
    _, number = np.unique(np.concatenate([split.record for split in splits]), return_inverse=True)
    ends = np.cumsum([len(split.record) for split in splits])[:-1]
    parts = np.split(number.astype(np.int64), ends)
    return [replace(split, record=part) for split, part in zip(splits, parts, strict=True)]


def _sums(
    held: Sequence[tuple[Answers, FloatArray]], records: int
) -> tuple[FloatArray, FloatArray]:
    """Return `mean` and `split` of `covariances` for one measure.

    held: the splits, each with the influences (V, C, C) of a record by its classes.
    """
    variants = len(held[0][1])
    total, within = np.zeros((variants, records)), np.zeros((variants, variants))
    for split, table in held:
        share = split.weight / (split.weight.sum() * len(held))
        of_records = np.zeros((variants, records))
        for variant, predicted in enumerate(split.predicted):
            weighted = share * table[variant][split.true, predicted]
            of_records[variant] = np.bincount(split.record, weighted, minlength=records)
        total += of_records
        within += _gram(of_records) * len(held)
    return _gram(total), within


def _gram(rows: FloatArray) -> FloatArray:
    """Return rows times their transpose, without BLAS, whose threads may change the last bit."""
    found: FloatArray = np.einsum("ar,br->ab", rows, rows)
    return found


def of_pair(matrix: Sequence[Sequence[float]], a: int, b: int) -> float:
    """Return the variance of the difference of variants a and b by a covariance matrix."""
    return matrix[a][a] + matrix[b][b] - 2 * matrix[a][b]
