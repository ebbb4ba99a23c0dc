"""Checks of duplicates: in the dataset, across a random split, and with conflicting labels."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ecnet.audit.codes import Codes
from ecnet.audit.findings import Finding, percent, severity_of
from ecnet.prepare.split_checks import IntArray


def measure(
    record_id: IntArray,
    vector_of: IntArray,
    labels: Codes,
    *,
    shares: tuple[float, float],
    random: np.random.Generator,
) -> dict[str, Any]:
    """Return the numbers of duplicates, and their consequences.

    record_id: (n,) ids of features and label. vector_of: (t,) the vector of each id. labels: (n,).
    shares: of validation and test in a random split.
    """
    copies = np.bincount(record_id, minlength=len(vector_of))
    most = np.zeros(int(vector_of.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(most, vector_of, copies)
    several = np.bincount(vector_of) > 1
    label_of = np.zeros(len(vector_of), dtype=np.int64)
    label_of[record_id] = labels
    return {
        "records": len(record_id),
        "distinct": len(vector_of),
        "vectors": len(most),
        "duplicates": _share(len(record_id) - len(vector_of), len(record_id)),
        "most_copies": int(copies.max(initial=0)),
        "conflicting_vectors": int(several.sum()),
        "conflicting_records": int(copies[several[vector_of]].sum()),
        "best_accuracy": {
            "record": _share(int(most.sum()), len(record_id)),
            "vector": _share(len(most), len(vector_of)),
        },
        "random_split": _leak(copies, label_of, shares, random),
    }


def _leak(
    copies: IntArray, label_of: IntArray, shares: tuple[float, float], random: np.random.Generator
) -> dict[str, Any]:
    """Return how many test records of a random split have a duplicate in train, or in test.

    The split is stratified by class. Only the number of copies of a record in each subset matters:
    drawing these numbers from a multivariate hypergeometric distribution makes the result
    independent of the order of rows.
    """
    validation, test = shares
    tested = crossing = within = 0
    for label in range(int(label_of.max(initial=-1)) + 1):
        size = copies[label_of == label]
        total = int(size.sum())
        in_test = _drawn(size, round(total * test), random)
        left = total - round(total * test) - round(total * validation)
        in_train = _drawn(size - in_test, left, random)
        tested += int(in_test.sum())
        crossing += int(in_test[in_train > 0].sum())
        within += int(in_test[in_test > 1].sum())
    return {
        "test_records": tested,
        "with_duplicate_in_train": crossing,
        "share": _share(crossing, tested),
        "with_duplicate_in_test": within,
    }


def _drawn(size: IntArray, sample: int, random: np.random.Generator) -> IntArray:
    """Return how many of each kind are among `sample` items, drawn without replacement."""
    drawn: IntArray = random.multivariate_hypergeometric(size, sample, method="marginals")
    return drawn


def findings(found: Mapping[str, Any], limits: Mapping[str, float]) -> list[Finding]:
    """Return the findings."""
    split, best = found["random_split"], found["best_accuracy"]
    accuracy = min(best.values())
    return [
        Finding(
            "duplicates",
            "note",
            "",
            found["duplicates"],
            f"{percent(found['duplicates'])} of {found['records']:,} records repeat the features "
            f"and the label of another; {found['distinct']:,} are distinct, and one of them occurs "
            f"{found['most_copies']:,} times.",
            "Keep one of each with its count (split.max_duplicates), or state that duplicates "
            "have weight.",
        ),
        Finding(
            "duplicates-across-split",
            severity_of(split["share"], limits["duplicates"]),
            "",
            split["share"],
            f"In a random split {percent(split['share'])} of the test records have a duplicate in "
            f"train, so memorising looks like learning; "
            f"{split['with_duplicate_in_test']:,} of {split['test_records']:,} have one in test.",
            "Keep equal records in one subset: split.rule: grouped.",
        ),
        Finding(
            "conflicting-labels",
            severity_of(accuracy, limits["best_accuracy"], above=False),
            "",
            accuracy,
            f"{found['conflicting_vectors']:,} feature vectors ({found['conflicting_records']:,} "
            f"records) have several labels: the accuracy of any model on these features is at most "
            f"{percent(best['record'])} by record, {percent(best['vector'])} by vector.",
            "Compare every accuracy with this maximum; look for a missing feature.",
        ),
    ]  # fmt: skip


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
