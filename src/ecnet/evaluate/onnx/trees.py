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


class _Nodes:
    """The attributes of TreeEnsemble, which count the nodes and the leaves of all trees."""

    def __init__(self) -> None:
        self.roots: list[int] = []
        self.features: list[int] = []
        self.modes: list[int] = []
        self.splits: list[float] = []
        self.members: list[float] = []
        self.true: list[tuple[int, bool]] = []
        """The number of a node or leaf, and whether it is a leaf."""
        self.false: list[tuple[int, bool]] = []
        self.leaves: list[float] = []
        self.targets: list[int] = []

    def add(self, tree: dict[str, Any], target: int) -> None:
        """Add a tree of XGBoost that adds to one class.

        A number goes left if it is less than the split; a category goes right if it is in the set.
        Encoded values are never missing.
        """
        left, right = tree["left_children"], tree["right_children"]
        inner = [node for node, child in enumerate(left) if child >= 0]
        places = {node: (len(self.features) + i, False) for i, node in enumerate(inner)}
        ends = (node for node, child in enumerate(left) if child < 0)
        places |= {node: (len(self.leaves) + i, True) for i, node in enumerate(ends)}
        self.leaves += [tree["split_conditions"][n] for n, (_, end) in places.items() if end]
        self.targets += [target] * (len(self.leaves) - len(self.targets))
        self.roots.append(len(self.features))
        sets = dict(_sets(tree))
        for node in inner:
            self._split(
                tree["split_indices"][node],
                tree["split_conditions"][node],
                sets.get(node),
                *(places[child[node]] for child in (left, right)),
            )
        if not inner:  # a tree is a node at least: both its branches end in the leaf
            self._split(0, 0.0, None, places[0], places[0])

    def _split(
        self,
        feature: int,
        split: float,
        members: list[int] | None,
        left: tuple[int, bool],
        right: tuple[int, bool],
    ) -> None:
        self.features.append(feature)
        self.modes.append(_LESS if members is None else _MEMBER)
        self.splits.append(split if members is None else 0.0)
        if members is not None:
            self.members += [*members, np.nan]  # which ends a set
        self.true.append(left if members is None else right)
        self.false.append(right if members is None else left)


def add(graph: Graph, encoded: Encoded, trained: Trained) -> str:
    """Add the trees; return the name of the class probabilities, (n, C)."""
    learner = json.loads(trained.model.booster.save_raw("json"))["learner"]  # type: ignore[attr-defined]
    model = learner["gradient_booster"]["model"]
    nodes = _Nodes()
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
    """Return all features side by side, (n, L1 + L2) float32, the ids as numbers."""
    parts = [encoded.numerical] if encoded.numerical else []
    if encoded.categorical:
        parts.append(graph.op("Cast", encoded.categorical, to=TensorProto.FLOAT))
    return graph.op("Concat", *parts, axis=1)


def _sets(tree: dict[str, Any]) -> Iterator[tuple[int, list[int]]]:
    """Yield the nodes that split by category, and the categories that each sends to the right."""
    names = ("categories_nodes", "categories_segments", "categories_sizes")
    for node, start, size in zip(*(tree[name] for name in names), strict=True):
        yield node, tree["categories"][start : start + size]


def _floats(values: list[float]) -> Any:
    return numpy_helper.from_array(np.array(values, np.float32))
