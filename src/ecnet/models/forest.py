"""Trees of decisions as arrays: what families of trees store, and how they classify.

A library fits them. These arrays are all of a model: they can be checked before they are used, and
need no library to classify. The inputs are those of `inputs.one_hot`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from ecnet.errors import InputError
from ecnet.models import outputs, weights
from ecnet.models.inputs import one_hot
from ecnet.models.outputs import Matrix
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, IntArray, Records


class Tree(NamedTuple):
    """One tree. feature, threshold: (I,); children: (I, 2); values: (I + 1, V); see `Forest`.

    The root is inner node 0, or leaf 0 if there is no inner node.
    """

    feature: npt.NDArray[Any]
    threshold: Matrix
    children: npt.NDArray[Any]
    values: Matrix


@dataclass
class Forest:
    """R rounds of G trees, which classify by the mean class shares of their leaves.

    columns: (1,), how many columns of input they read.
    roots: (R, G); children: (I, 2), where an inner node sends a record whose value is at most the
        threshold, and where any other. From 0 on it is an inner node, below it is ~leaf.
    feature, threshold: (I,), the column that an inner node reads, and the value it compares with.
    values: (L, V), of each leaf. Leaves with the same values share a row.

    Either G or V is 1: a tree has values for all classes, or each class has its own trees.
    """

    columns: IntArray
    roots: IntArray
    feature: IntArray
    threshold: Matrix
    children: IntArray
    values: Matrix
    history: list[dict[str, float]] = field(default_factory=list)

    @classmethod
    def join(cls, trees: Sequence[Tree], columns: int, groups: int = 1) -> Self:
        """Return the forest of `trees`, `groups` of them for each round."""
        inner = np.cumsum([0, *(len(tree.feature) for tree in trees)])
        leaves = np.cumsum([0, *(len(tree.values) for tree in trees)])
        every = np.concatenate([tree.values for tree in trees])
        values, row = np.unique(every, axis=0, return_inverse=True)

        def placed(nodes: npt.NDArray[Any], tree: int) -> IntArray:
            of_leaf = ~row.ravel()[leaves[tree] + np.maximum(~nodes, 0)]
            number: IntArray = np.where(nodes >= 0, nodes + inner[tree], of_leaf).astype(np.int32)
            return number

        first = [np.array(0 if len(tree.feature) else -1) for tree in trees]
        return cls(
            np.array([columns], np.int32),
            np.array([placed(node, i) for i, node in enumerate(first)]).reshape(-1, groups),
            np.concatenate([tree.feature for tree in trees]).astype(np.int32),
            np.concatenate([tree.threshold for tree in trees]),
            np.concatenate([placed(tree.children, i) for i, tree in enumerate(trees)]),
            values,
        )

    @classmethod
    def of_scikit_learn(cls, trees: Sequence[Any], held: IntArray, train: Records) -> Self:
        """Return the forest of fitted classifiers. held: the classes that `train` holds."""
        width = one_hot(train, 0, 0).shape[1]
        values = np.eye(len(train.classes))[held]
        return cls.join([tree(one.tree_, one.tree_.value[:, 0] @ values) for one in trees], width)

    @classmethod
    def load(
        cls, tensors: Tensors, like: Records, roots: tuple[int | None, int], width: int
    ) -> Self:
        """Return the forest of these `tensors`. roots: (R, G), None for any R. width: V.

        Raises:
            InputError: they are of other features or classes, or do not describe trees.
        """
        inner = len(np.atleast_1d(tensors.get("feature", ())))
        shapes: dict[str, tuple[int | None, ...]] = {
            "columns": (1,),
            "roots": roots,
            "feature": (inner,),
            "threshold": (inner,),
            "children": (inner, 2),
            "values": (None, width),
        }
        dtypes: dict[str, type] = dict.fromkeys(shapes, np.int32)
        weights.check(tensors, shapes, dtypes | {"threshold": np.float64, "values": np.float64})
        arrays: dict[str, Any] = {name: tensors[name] for name in shapes}
        forest = cls(**arrays)
        forest._check(one_hot(like, 0, 0).shape[1])
        return forest

    @property
    def parameters(self) -> int:
        """A threshold for each inner node; for each leaf one value, or C - 1 shares."""
        inner = len(self.feature)
        leaves = inner + int(self.roots.size)
        return inner + leaves * max(1, int(self.values.shape[1]) - 1)

    def predict(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C)."""
        return outputs.by_blocks(lambda x: self.probabilities(self.sums(x)), records)

    def probabilities(self, sums: Matrix) -> FloatArray:
        """Return the class probabilities, given the `sums`, both (n, C)."""
        means: FloatArray = (sums / len(self.roots)).astype(np.float32)
        return means

    def sums(self, x: Matrix) -> Matrix:
        """Return for each row of `x` the values of its leaves, added up over the rounds, (n, C)."""
        groups, width = self.roots.shape[1], self.values.shape[1]
        total = np.zeros((len(x), groups + width - 1))
        for roots in self.roots:
            for group, root in enumerate(roots):
                total[:, group : group + width] += self.values[self._leaf(x, root)]
        return total

    def tensors(self) -> Tensors:
        """Return the arrays."""
        return {name: array for name, array in vars(self).items() if name != "history"}

    def _leaf(self, x: Matrix, root: np.int32) -> IntArray:
        """Return the leaf of each row of `x` in one tree, (n,)."""
        node = np.full(len(x), root)
        rows = np.arange(len(x))
        while (rows := rows[node[rows] >= 0]).size:
            at = node[rows]
            above = x[rows, self.feature[at]] > self.threshold[at]
            node[rows] = self.children[at, above.astype(np.int32)]
        return ~node

    def _check(self, columns: int) -> None:
        """Stop unless each record comes to a leaf: a child has a higher number than its parent."""
        parents = np.arange(len(self.feature))[:, None]
        if self.columns[0] != columns:
            raise InputError(
                f"trees read {self.columns[0]} columns, the data have {columns}; "
                "run the train step again"
            )
        if (
            ((self.feature < 0) | (self.feature >= columns)).any()
            or ((self.children >= 0) & (self.children <= parents)).any()
            or any(
                ((nodes < -len(self.values)) | (nodes >= len(self.feature))).any()
                for nodes in (self.roots, self.children)
            )
        ):
            raise InputError("a tree names nodes or columns it lacks; run the train step again")


def tree(fitted: Any, values: Matrix) -> Tree:
    """Return a `tree_` of scikit-learn. values: (N, V), of its nodes; those of leaves are kept."""
    inner = fitted.children_left >= 0
    number = np.where(inner, np.cumsum(inner) - 1, -np.cumsum(~inner))  # ~leaf is -1 - leaf
    children = np.column_stack([fitted.children_left, fitted.children_right])[inner]
    return Tree(fitted.feature[inner], fitted.threshold[inner], number[children], values[~inner])
