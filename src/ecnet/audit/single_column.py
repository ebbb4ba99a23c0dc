"""What each single column reveals about the label: copies of the label, and decision trees."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import precision_recall_fscore_support
from sklearn.tree import DecisionTreeClassifier

from ecnet.audit.codes import CodedColumn, Codes
from ecnet.audit.findings import TASKS, Finding, best_f1, listed, predictors, severity_of
from ecnet.prepare.split_checks import IntArray, Mask


def halves(
    record_id: IntArray, vector_of: IntArray, labels: Codes, random: np.random.Generator
) -> Mask:
    """Return (n,) whether a record is in the second half; equal features are in the same half.

    A class with at least two vectors is in both halves, unless other classes have most of their
    records.
    """
    copies = np.bincount(record_id, minlength=len(vector_of))
    label_of = np.zeros(len(vector_of), dtype=np.int64)
    label_of[record_id] = labels
    # In this order, the last label of a vector is its most frequent one.
    order = np.lexsort((-label_of, copies, vector_of))
    main = np.zeros(int(vector_of.max(initial=-1)) + 1, dtype=np.int64)
    main[vector_of[order]] = label_of[order]
    drawn = random.permutation(len(main))
    drawn = drawn[np.argsort(main[drawn], kind="stable")]
    place = pd.Series(main[drawn]).groupby(main[drawn]).cumcount().to_numpy()
    second = np.zeros(len(main), dtype=bool)
    second[drawn] = place % 2 == 1
    found: Mask = second[vector_of[record_id]]
    return found


def measure(
    columns: Iterable[CodedColumn],
    labels: Codes,
    second: Mask,
    *,
    normal: int,
    used: Iterable[str],
    depth: int,
    tasks: Sequence[str] = TASKS,
) -> list[dict[str, Any]]:
    """Return for each column whether it copies the label, and the scores of a tree of it alone.

    The tree is fitted on the first half and scored on the second, for all classes and for normal
    against attack; None if fewer than two classes are in both halves. Its input is the rank of a
    value among all values: scikit-learn converts input to float32, which is exact for ranks up to
    2^24, but not for times.

    labels: (n,) class numbers; `normal`: that of normal traffic (-1: none). second: (n,).
    used: the columns that are features. depth: the maximum depth of a tree, so that it does not
    memorise columns with many values. tasks: those to score.
    """
    features = set(used)
    truths = {"multiclass": labels, "binary": (labels != normal).astype(np.int32)}
    found = []
    for column in columns:
        counts = {task: _tally(column.codes, of, second) for task, of in truths.items()}
        found.append(
            {
                "column": column.name,
                "feature": column.name in features,
                "copies": [task for task in TASKS if _copies(counts[task])],
                **{task: _score(counts[task], depth) for task in tasks},
            }
        )
    return found


def best(trees: Iterable[Mapping[str, Any]], task: str = "multiclass") -> Mapping[str, Any] | None:
    """Return the tree with the highest macro-F1 (the first of equal ones); None without scores."""
    scored = [tree for tree in trees if tree[task]]
    return max(scored, key=lambda tree: float(tree[task]["f1"]), default=None)


class _Counts(NamedTuple):
    """The distinct pairs of value and label, ascending, with their numbers of records.

    value, label: (k,). number: (k, 2) for both halves, or (k,) for one half.
    """

    value: IntArray
    label: IntArray
    number: IntArray

    def half(self, second: int) -> "_Counts":
        """Return the pairs of one half with their counts."""
        held = self.number[:, second] > 0
        return _Counts(self.value[held], self.label[held], self.number[held, second])


def _tally(codes: Codes, labels: Codes, second: Mask) -> _Counts:
    most = int(labels.max(initial=0)) + 1
    place, pairs = pd.factorize(codes.astype(np.int64) * most + labels, sort=True)
    pairs = np.asarray(pairs, dtype=np.int64)
    number = np.bincount(place * 2 + second, minlength=2 * len(pairs)).reshape(-1, 2)
    return _Counts(pairs // most, pairs % most, number)


def _copies(counts: _Counts) -> bool:
    """Return whether there is one value per class and one class per value."""
    values = int((np.diff(counts.value) != 0).sum()) + 1
    labels = int((np.bincount(counts.label) > 0).sum())
    return 1 < values == labels == len(counts.value)


def _score(counts: _Counts, depth: int) -> dict[str, float] | None:
    train, test = counts.half(0), counts.half(1)
    both = np.intersect1d(train.label, test.label)
    if len(both) < 2:
        return None
    of = np.isin(train.label, both)
    tree = DecisionTreeClassifier(random_state=0, max_depth=depth)
    with warnings.catch_warnings(action="ignore"):  # of few values for many classes
        tree.fit(_as_input(train.value[of]), train.label[of], sample_weight=train.number[of])
    scored = np.isin(test.label, both)
    values, place = np.unique(test.value[scored], return_inverse=True)
    truth, guess = test.label[scored], tree.predict(_as_input(values))[place]
    weight = test.number[scored]
    _, recall, f1, support = precision_recall_fscore_support(
        truth, guess, sample_weight=weight, zero_division=0
    )
    return {
        "accuracy": float(weight[truth == guess].sum() / weight.sum()),
        "balanced_accuracy": float(recall.mean()),
        "f1": float(f1.mean()),
        "majority": float(support.max() / support.sum()),
    }


def _as_input(values: IntArray) -> npt.NDArray[np.float64]:
    return values.astype(np.float64).reshape(-1, 1)


def findings(trees: Sequence[Mapping[str, Any]], limits: Mapping[str, float]) -> list[Finding]:
    """Return the findings for columns that reveal the label; notes if they are not features."""
    copies = [tree for tree in trees if tree["copies"]]
    found = [
        Finding(
            "label-copied",
            "critical",
            tree["column"],
            1.0,
            f"{tree['column']} has one value for each class ({listed(tree['copies'])}): it is the "
            "label under another name.",
            "Leave it out: datasets.<name>.drop in params.yaml."
            if tree["feature"]
            else "Leave it out, as the format does.",
        )
        for tree in copies
    ]
    for feature in (True, False):
        if named := predictors(trees, limits["single_column_f1"], features=feature):
            found.append(_telling(named, limits["single_column_f1"], feature=feature))
    return found


def _telling(trees: Sequence[Mapping[str, Any]], limit: float, *, feature: bool) -> Finding:
    """Return the finding for columns that predict the class alone."""
    value = max(map(best_f1, trees))
    shown = listed(
        f"{tree['column']} ({_scores(tree)})" for tree in sorted(trees, key=best_f1, reverse=True)
    )
    return Finding(
        "column-tells-class",
        severity_of(value, limit) if feature else "note",
        listed(tree["column"] for tree in trees),
        value,
        f"A decision tree of one column predicts the class of unseen vectors; macro-F1: {shown}. "
        + ("These are features." if feature else "These are not features."),
        "Check whether each describes the traffic, or only how the testbed was set up; report the "
        "best tree as a baseline."
        if feature
        else "Leave them out, as the format does.",
    )


def _scores(tree: Mapping[str, Any]) -> str:
    return listed(f"{task} {tree[task]['f1']:.4f}" for task in TASKS if tree[task])
