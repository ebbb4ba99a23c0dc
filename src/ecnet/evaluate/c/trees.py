"""Families of trees: forests, and the boosted trees of XGBoost.

A node asks how many of a number's thresholds the record reaches, or about the id of a category.
Numbers are compared as they are, before they are scaled, so that no rounding moves a record to
another branch; the encoder does this once for all trees.
"""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet.errors import InputError
from ecnet.evaluate.c.source import Part, Reads, Table
from ecnet.evaluate.scoring.trained import Trained
from ecnet.models.forest import Forest

Ints = npt.NDArray[np.int64]

_MOST = np.iinfo(np.uint16).max
"""The most thresholds of a number, and the largest id."""
_NONE = _MOST
"""An id that no record has."""


def forest(model: Trained) -> Part:
    """Return a decision tree or a random forest: the mean of the leaves' class shares."""
    return _forest(model, model.model, "mean")  # type: ignore[arg-type]


def boosted(model: Trained) -> Part:
    """Return LightGBM's trees: the softmax of the sums of each class."""
    return _forest(model, model.model, "softmax")  # type: ignore[arg-type]


def isolation(model: Trained) -> Part:
    """Return an isolation forest, whose curve turns the score into a probability."""
    detector: Any = model.model
    slope, intercept = detector.curve.tolist()
    return _forest(model, detector.scorer.forest, "isolation", slope=slope, intercept=intercept)


def xgboost(model: Trained) -> Part:
    """Return XGBoost's trees. A number below the split goes left, a category in the set right."""
    learner = json.loads(model.model.booster.save_raw("json"))["learner"]  # type: ignore[attr-defined]
    trees = learner["gradient_booster"]["model"]
    nodes: dict[str, list[Any]] = {name: [] for name in ("feature", "threshold", "left", "right")}
    leaves: list[float] = []
    sets: list[list[int]] = []
    roots = [_placed(tree, nodes, leaves, sets) for tree in trees["trees"]]
    classes = len(model.classes)
    start = np.zeros(classes, np.float32) + json.loads(learner["learner_model_param"]["base_score"])
    features = np.array(nodes["feature"], np.int64)
    thresholds = np.array(nodes["threshold"])
    numeric = features < len(model.fitted["numerical"])
    # A number goes right from the split on: if it exceeds what is just below.
    below = np.nextafter(thresholds.astype(np.float32), np.float32(-np.inf))
    thresholds[numeric] = below[numeric]
    children = np.column_stack([nodes["left"], nodes["right"]]).reshape(-1, 2)
    return _part(
        model,
        features,
        thresholds,
        children,
        np.array(roots).reshape(-1, classes),
        np.array(leaves, np.float32)[:, None],
        "softmax",
        sets=_bits(sets, [len(one["vocabulary"]) for one in model.fitted["categorical"]]),
        start=start.astype(np.float32),
    )


def _placed(
    tree: dict[str, Any],
    nodes: dict[str, list[Any]],
    leaves: list[float],
    sets: list[list[int]],
) -> int:
    """Add a tree of XGBoost to the nodes and leaves of all; return its root.

    The threshold of a node that splits by category is the place of its set.
    """
    inner = np.array(tree["left_children"]) >= 0
    first, first_leaf = len(nodes["feature"]), len(leaves)
    number = np.where(inner, first + np.cumsum(inner) - 1, -first_leaf - np.cumsum(~inner))
    members = dict(_sets(tree))
    for node, is_inner in enumerate(inner):
        if not is_inner:
            leaves.append(tree["split_conditions"][node])
            continue
        nodes["feature"].append(tree["split_indices"][node])
        nodes["left"].append(number[tree["left_children"][node]])
        nodes["right"].append(number[tree["right_children"][node]])
        if node in members:
            nodes["threshold"].append(len(sets))
            sets.append(members[node])
        else:
            nodes["threshold"].append(tree["split_conditions"][node])
    return int(number[0])


def _sets(tree: dict[str, Any]) -> Iterator[tuple[int, list[int]]]:
    """Yield the nodes that split by category, and the ids that each sends to the right."""
    names = ("categories_nodes", "categories_segments", "categories_sizes")
    for node, start, size in zip(*(tree[name] for name in names), strict=True):
        yield node, tree["categories"][start : start + size]


def _bits(sets: list[list[int]], vocabularies: list[int]) -> npt.NDArray[np.uint32]:
    """Return the sets as bits, (sets, words): bit i % 32 of word i / 32 stands for id i."""
    words = max(vocabularies, default=0) // 32 + 1
    bits = np.zeros((len(sets), words), np.uint32)
    for row, members in zip(bits, sets, strict=True):
        for member in members:
            row[member // 32] |= np.uint32(1 << member % 32)
    return bits


def _forest(model: Trained, held: Forest, answer: str, **values: float) -> Part:
    """Return a forest over the inputs of `inputs.one_hot`.

    A column of a category is 0 or 1, so that a node asks whether the id is the one of the column.
    """
    numbers = len(model.fitted["numerical"])
    sizes = [len(one["vocabulary"]) for one in model.fitted["categorical"]]
    category = np.repeat(np.arange(len(sizes)), sizes)
    ids = np.concatenate([np.arange(1, size + 1) for size in sizes] or [np.arange(0)])
    column = held.feature.astype(np.int64)
    one_hot = column >= numbers
    features, thresholds = column.copy(), held.threshold.copy()
    children = held.children.astype(np.int64)
    features[one_hot] = numbers + category[column[one_hot] - numbers]
    thresholds[one_hot] = ids[column[one_hot] - numbers]
    always, never = one_hot & (held.threshold < 0), one_hot & (held.threshold >= 1)
    children[always, 0] = children[always, 1]
    thresholds[never] = _NONE
    values_of = held.values.astype(np.float64 if answer == "isolation" else np.float32)
    return _part(
        model, features, thresholds, children, held.roots, values_of, answer, values=values
    )


def _part(
    model: Trained,
    features: Ints,
    thresholds: npt.NDArray[Any],
    children: Ints,
    roots: npt.NDArray[Any],
    leaves: npt.NDArray[Any],
    answer: str,
    *,
    sets: npt.NDArray[np.uint32] | None = None,
    start: npt.NDArray[np.float32] | None = None,
    values: dict[str, float] | None = None,
) -> Part:
    """Return the C of trees.

    features: (I,) places among numerical, then categorical features. thresholds: (I,), which a
    number exceeds to go right; of a category the id, or its place in `sets`, that goes right.
    children, roots, leaves: as in `models.forest.Forest`.
    """
    numbers = len(model.fitted["numerical"])
    cuts = {i: np.unique(thresholds[features == i]) for i in set(features[features < numbers])}
    used = sorted(cuts)
    categories = sorted(set(features[features >= numbers]))
    if max(map(len, cuts.values()), default=0) > _MOST:
        raise InputError(
            f"{model.folder}: the trees have more than {_MOST} thresholds of one feature, which "
            "the form in C cannot hold; train fewer or smaller trees"
        )
    place = {feature: i for i, feature in enumerate([*used, *categories])}
    asked = np.zeros(len(features), np.int64)
    for feature in place:
        rows = features == feature
        own = thresholds[rows]
        asked[rows] = np.searchsorted(cuts[feature], own) if feature in cuts else own
    reads = Reads(
        [int(i) for i in used],
        [int(i) - numbers for i in categories],
        cuts={int(i): of for i, of in cuts.items()},
        precise=answer == "isolation",
    )
    begun = np.zeros(roots.shape[1] + leaves.shape[1] - 1) if start is None else start
    arrays = [
        Table("roots", _narrow(roots), "Of each tree; a round has one for each class, or one."),
        Table("leaves", leaves, "What a leaf adds; a row for each leaf."),
        Table("start", begun.astype(leaves.dtype), "What the first round adds to."),
    ]
    if len(features):
        arrays += [
            Table("features", _narrow(np.array([place[i] for i in features])), "Of each node."),
            Table("thresholds", asked.astype(np.uint16), "What each node compares with."),
            Table("children", _narrow(children), "Of each node: left, right; ~leaf below 0."),
        ]
    if sets is not None and sets.size:
        arrays.append(Table("sets", sets, "Bits of the ids that go right."))
    shown = {
        **{"answer": answer, "rounds": len(roots), "groups": roots.shape[1]},
        **{"width": leaves.shape[1]},
        **{"words": sets.shape[1] if sets is not None and sets.size else 0},
        **{"inner": len(features)},
        **(values or {}),
    }
    return Part("trees", reads, arrays, values=shown)


def _narrow(whole: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return whole numbers in the narrowest type of 8, 16 or 32 bits that holds them."""
    kinds = (np.int8, np.int16, np.int32) if whole.min() < 0 else (np.uint8, np.uint16, np.int32)
    largest = max(whole.max(), ~whole.min())
    return whole.astype(next(kind for kind in kinds if largest <= np.iinfo(kind).max))
