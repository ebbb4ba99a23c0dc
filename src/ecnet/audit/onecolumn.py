"""What each column says of the label by itself: copies of it, and trees of a single column."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import precision_recall_fscore_support
from sklearn.tree import DecisionTreeClassifier

from ecnet.audit.coded import Coded, Codes
from ecnet.audit.findings import Finding, judged, listed
from ecnet.prepare.split_checks import IntArray, Mask

TASKS = ("multiclass", "binary")


def halves(
    twins: IntArray, vector_of: IntArray, labels: Codes, random: np.random.Generator
) -> Mask:
    """Return (n,) whether a record is in the second half; equal features are in the same.

    A class of two vectors or more is in both, if no other class has most of their records.
    """
    copies = np.bincount(twins, minlength=len(vector_of))
    label_of = np.zeros(len(vector_of), dtype=np.int64)
    label_of[twins] = labels
    # The last of a vector's labels in this order is the one that most of its records have.
    order = np.lexsort((-label_of, copies, vector_of))
    main = np.zeros(int(vector_of.max(initial=-1)) + 1, dtype=np.int64)
    main[vector_of[order]] = label_of[order]
    drawn = random.permutation(len(main))
    drawn = drawn[np.argsort(main[drawn], kind="stable")]
    place = pd.Series(main[drawn]).groupby(main[drawn]).cumcount().to_numpy()
    second = np.zeros(len(main), dtype=bool)
    second[drawn] = place % 2 == 1
    found: Mask = second[vector_of[twins]]
    return found


def measure(
    columns: Iterable[Coded],
    labels: Codes,
    second: Mask,
    *,
    normal: int,
    used: Iterable[str],
    depth: int,
    tasks: Sequence[str] = TASKS,
) -> list[dict[str, Any]]:
    """Return, for each column, whether it copies the label, and what a tree of it alone scores.

    The tree is fitted on the first half and scored on the second, with all classes and with normal
    against attack, where two classes at least stand in both halves (None elsewhere). It sees the
    place of a value among all values, in their order: scikit-learn makes its input float32, which
    holds every place up to 2^24 and would take digits off a time.

    labels: (n,) class numbers, `normal` that of normal traffic (-1: none). second: (n,).
    used: the columns that are features. depth: of a tree at most: what chance put next to each
    other in a column of many values is not to be learned by heart. tasks: those to score.
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
    """Return the tree with the highest macro-F1; of equals the first. None if none has a score."""
    scored = [tree for tree in trees if tree[task]]
    return max(scored, key=lambda tree: float(tree[task]["f1"]), default=None)


class _Counts(NamedTuple):
    """The distinct pairs of value and label, ascending, and how many records have them.

    value, label: (k,). number: (k, 2) for both halves, or (k,) for one.
    """

    value: IntArray
    label: IntArray
    number: IntArray

    def half(self, second: int) -> "_Counts":
        """Return the pairs of one half, with their counts there."""
        held = self.number[:, second] > 0
        return _Counts(self.value[held], self.label[held], self.number[held, second])


def _tally(codes: Codes, labels: Codes, second: Mask) -> _Counts:
    most = int(labels.max(initial=0)) + 1
    place, pairs = pd.factorize(codes.astype(np.int64) * most + labels, sort=True)
    pairs = np.asarray(pairs, dtype=np.int64)
    number = np.bincount(place * 2 + second, minlength=2 * len(pairs)).reshape(-1, 2)
    return _Counts(pairs // most, pairs % most, number)


def _copies(counts: _Counts) -> bool:
    """Tell whether there is one value for each class and one class for each value."""
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
    """Return what the columns give away; what a column that is no feature tells is a note."""
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
    telling = [
        tree
        for tree in trees
        if tree not in copies and _best_f1(tree) >= limits["single_column_f1"]
    ]
    for feature in (True, False):
        named = [tree for tree in telling if tree["feature"] == feature]
        if named:
            found.append(_telling(named, limits["single_column_f1"], feature=feature))
    return found


def _telling(trees: Sequence[Mapping[str, Any]], limit: float, *, feature: bool) -> Finding:
    """Return the finding that each of some columns alone tells classes apart."""
    value = max(map(_best_f1, trees))
    shown = listed(
        f"{tree['column']} ({_scores(tree)})" for tree in sorted(trees, key=_best_f1, reverse=True)
    )
    return Finding(
        "column-tells-class",
        judged(value, limit) if feature else "note",
        listed(tree["column"] for tree in trees),
        value,
        f"A tree of one column tells the classes of unseen vectors apart; macro-F1: {shown}. "
        + ("These are features." if feature else "These are no features."),
        "Ask of each whether it says what the traffic is, or how the testbed was set up; show the "
        "best tree as a control."
        if feature
        else "Leave them out, as the format does.",
    )


def _scores(tree: Mapping[str, Any]) -> str:
    return listed(f"{task} {tree[task]['f1']:.4f}" for task in TASKS if tree[task])


def _best_f1(tree: Mapping[str, Any]) -> float:
    return max((float(tree[task]["f1"]) for task in TASKS if tree[task]), default=0.0)
