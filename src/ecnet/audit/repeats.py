"""Records that repeat: copies, copies across a random split, and equal features of other labels."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ecnet.audit.coded import Codes
from ecnet.audit.findings import Finding, judged, percent
from ecnet.prepare.split_checks import IntArray


def measure(
    twins: IntArray,
    vector_of: IntArray,
    labels: Codes,
    *,
    shares: tuple[float, float],
    random: np.random.Generator,
) -> dict[str, Any]:
    """Return how often records repeat, and what follows.

    twins: (n,) numbers of features and label. vector_of: (t,) the vector of each such number.
    labels: (n,). shares: of validation and test, of the random split that is drawn.
    """
    copies = np.bincount(twins, minlength=len(vector_of))
    most = np.zeros(int(vector_of.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(most, vector_of, copies)
    several = np.bincount(vector_of) > 1
    label_of = np.zeros(len(vector_of), dtype=np.int64)
    label_of[twins] = labels
    return {
        "records": len(twins),
        "distinct": len(vector_of),
        "vectors": len(most),
        "duplicates": _share(len(twins) - len(vector_of), len(twins)),
        "most_copies": int(copies.max(initial=0)),
        "conflicting_vectors": int(several.sum()),
        "conflicting_records": int(copies[several[vector_of]].sum()),
        "best_accuracy": {
            "record": _share(int(most.sum()), len(twins)),
            "vector": _share(len(most), len(vector_of)),
        },
        "random_split": _leak(copies, label_of, shares, random),
    }


def _leak(
    copies: IntArray, label_of: IntArray, shares: tuple[float, float], random: np.random.Generator
) -> dict[str, Any]:
    """Return how many test records of a random split have a twin in its train, or in its test.

    The split is stratified by class. Only how many copies of a record fall in each subset counts:
    drawing these numbers (a multivariate hypergeometric distribution) makes the result free of
    the order of rows.
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
        "with_twin_in_train": crossing,
        "share": _share(crossing, tested),
        "with_twin_in_test": within,
    }


def _drawn(size: IntArray, sample: int, random: np.random.Generator) -> IntArray:
    """Return how many of each kind are among `sample` items, drawn without putting back."""
    drawn: IntArray = random.multivariate_hypergeometric(size, sample, method="marginals")
    return drawn


def findings(found: Mapping[str, Any], limits: Mapping[str, float]) -> list[Finding]:
    """Return what the measures mean."""
    split, best = found["random_split"], found["best_accuracy"]
    accuracy = min(best.values())
    return [
        Finding(
            "duplicates",
            "note",
            "",
            found["duplicates"],
            f"{percent(found['duplicates'])} of {found['records']:,} records repeat the features "
            f"and the label of another; {found['distinct']:,} are distinct, and one of them stands "
            f"for {found['most_copies']:,}.",
            "Keep one of each with its count (split.max_duplicates), or say that copies weigh.",
        ),
        Finding(
            "twins-across-split",
            judged(split["share"], limits["duplicates"]),
            "",
            split["share"],
            f"In a random split {percent(split['share'])} of the test records have an equal "
            f"record in train, so that remembering looks like learning; "
            f"{split['with_twin_in_test']:,} of {split['test_records']:,} have one in test too.",
            "Keep equal records in one subset: split.rule: grouped.",
        ),
        Finding(
            "conflicting-labels",
            judged(accuracy, limits["best_accuracy"], above=False),
            "",
            accuracy,
            f"{found['conflicting_vectors']:,} feature vectors ({found['conflicting_records']:,} "
            f"records) have several labels: no model on these features can be right more often "
            f"than {percent(best['record'])} by record, {percent(best['vector'])} by vector.",
            "Read every accuracy against this ceiling; look for a feature that is missing.",
        ),
    ]  # fmt: skip


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
