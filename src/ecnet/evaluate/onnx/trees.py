"""Boosted trees as one ONNX operator, TreeEnsemble, with the categorical splits of XGBoost."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from onnx import TensorProto, numpy_helper

from ecnet.evaluate.onnx.encoder import Encoded
from ecnet.evaluate.onnx.graph import ML, Graph
from ecnet.evaluate.scoring.trained import Trained

_LESS, _MEMBER = 1, 6
"""Kinds of nodes: x < split, and x is one of a set."""
_SUM, _AS_IT_IS = 1, 0

_Place = tuple[int, bool]
"""The number of a node or leaf, and whether it is a leaf."""


class _Ensemble:
    """The attributes of TreeEnsemble, which count the nodes and the leaves of all trees."""

    def __init__(self) -> None:
        self.roots: list[int] = []
        self.features: list[int] = []
        self.modes: list[int] = []
        self.splits: list[float] = []
        self.members: list[float] = []
        self.true: list[_Place] = []
        self.false: list[_Place] = []
        self.leaves: list[float] = []
        self.targets: list[int] = []

    def add(self, tree: dict[str, Any], target: int) -> None:
        """Add a tree of XGBoost that adds to the margin of one class.

        A number goes left if it is less than the split; a category goes right if it is in the set.
        Encoded values are never missing. A node stands before its true branch, and that before its
        false branch: some runtimes read the sets in this order, others in that of the nodes.
        """
        self.roots.append(len(self.features))
        if tree["left_children"][0] < 0:  # a single leaf: both branches of a node end in its like
            self._split(0, 0.0)
            leaves = (self._leaf(tree["split_conditions"][0], target) for _ in range(2))
            self.true[-1], self.false[-1] = leaves
            return
        sets = dict(_sets(tree))

        def branch(node: int) -> _Place:
            children = tree["left_children"][node], tree["right_children"][node]
            condition = tree["split_conditions"][node]
            if children[0] < 0:
                return self._leaf(condition, target)
            members = sets.get(node)
            place = self._split(tree["split_indices"][node], condition, members)
            true, false = children if members is None else children[::-1]
            self.true[place] = branch(true)
            self.false[place] = branch(false)
            return place, False

        branch(0)

    def _split(self, feature: int, split: float, members: list[int] | None = None) -> int:
        """Add a node whose branches follow; return its number."""
        self.features.append(feature)
        self.modes.append(_LESS if members is None else _MEMBER)
        self.splits.append(split if members is None else 0.0)
        if members is not None:
            self.members += [*members, np.nan]  # which ends a set
        self.true.append((0, False))
        self.false.append((0, False))
        return len(self.features) - 1

    def _leaf(self, weight: float, target: int) -> _Place:
        self.leaves.append(weight)
        self.targets.append(target)
        return len(self.leaves) - 1, True


def add(graph: Graph, encoded: Encoded, trained: Trained) -> str:
    """Add the trees; return the name of the class probabilities, (n, C)."""
    learner = json.loads(trained.model.booster.save_raw("json"))["learner"]  # type: ignore[attr-defined]
    model = learner["gradient_booster"]["model"]
    nodes = _Ensemble()
    for tree, target in zip(model["trees"], model["tree_info"], strict=True):
        nodes.add(tree, target)
    members = {"membership_values": _floats(nodes.members)} if nodes.members else {}
    margins = graph.op(
        "TreeEnsemble",
        _features(graph, encoded),
        domain=ML,
        n_targets=len(trained.classes),
        aggregate_function=_SUM,
        post_transform=_AS_IT_IS,
        tree_roots=nodes.roots,
        nodes_featureids=nodes.features,
        nodes_modes=numpy_helper.from_array(np.array(nodes.modes, np.uint8)),
        nodes_splits=_floats(nodes.splits),
        nodes_truenodeids=[place for place, _ in nodes.true],
        nodes_trueleafs=[int(leaf) for _, leaf in nodes.true],
        nodes_falsenodeids=[place for place, _ in nodes.false],
        nodes_falseleafs=[int(leaf) for _, leaf in nodes.false],
        leaf_targetids=nodes.targets,
        leaf_weights=_floats(nodes.leaves),
        **members,
    )
    start = json.loads(learner["learner_model_param"]["base_score"])
    return graph.op("Softmax", graph.op("Add", margins, np.float32(start)), axis=1)


def _features(graph: Graph, encoded: Encoded) -> str:
    """Return all features side by side, (n, L1 + L2) float32, the ids counted from 1.

    The reference implementation of ONNX takes the member 0 for the end of a set.
    """
    parts = [encoded.numerical] if encoded.numerical else []
    if encoded.categorical:
        counted = graph.op("Add", encoded.categorical, np.int64(1))
        parts.append(graph.op("Cast", counted, to=TensorProto.FLOAT))
    return graph.op("Concat", *parts, axis=1)


def _sets(tree: dict[str, Any]) -> Iterator[tuple[int, list[int]]]:
    """Yield the nodes that split by category, and the ids from 1 that each sends to the right."""
    names = ("categories_nodes", "categories_segments", "categories_sizes")
    for node, start, size in zip(*(tree[name] for name in names), strict=True):
        yield node, [1 + category for category in tree["categories"][start : start + size]]


def _floats(values: list[float]) -> Any:
    return numpy_helper.from_array(np.array(values, np.float32))
