"""The conditional distribution of a record's columns given its class.

P(x) = P(x_1) P(x_2 | x_1) ... P(x_d | x_1 .. x_(d-1)). Each factor is a decision tree over the
earlier columns; each leaf is a mixture of segments: single values, and intervals between two knots.
A distribution is stored as readable JSON. It is all that the simulator knows about real records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet.errors import InputError

MIN_RECORDS = 10
"""The minimum number of real records behind every weight and knot of a fitted distribution."""

ABSENT = -1e18
"""A missing number inside the simulator, because NaN compares unequal to itself."""

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tree:
    """A binary tree as arrays; node 0 is the root.

    column: (nodes,) the column that a node tests, -1 in a leaf. equals: (nodes,) whether it tests
    for equality with `value` instead of `<= value`. yes, no: (nodes,) the next node; in a leaf,
    `yes` is the number of the leaf.
    """

    column: IntArray
    equals: npt.NDArray[np.bool_]
    value: FloatArray
    yes: IntArray
    no: IntArray

    def leaf(self, columns: Sequence[FloatArray], count: int) -> IntArray:
        """Return (count,) leaf numbers of records with these columns, (count,) each."""
        node = np.zeros(count, dtype=np.int64)
        if self.column[0] < 0:
            return node
        matrix = np.stack(columns)
        active = np.arange(count)
        while len(active):
            at = node[active]
            asked, value = matrix[self.column[at], active], self.value[at]
            answer = np.where(self.equals[at], asked == value, asked <= value)
            node[active] = np.where(answer, self.yes[at], self.no[at])
            active = active[self.column[node[active]] >= 0]
        return self.yes[node]


@dataclass(frozen=True)
class Variable:
    """One column of a distribution, given the columns before it.

    decimals: numbers are rounded to these. levels: the values of a category, None for a missing
    value; values are drawn as indices into it. Empty for a number.
    start: (leaves + 1,) the first segment of each leaf. edge: (segments,) the leaf number plus the
    cumulative share of the leaf's weight at the end of each segment. low, high: (segments,).
    """

    name: str
    decimals: int
    levels: tuple[str | None, ...]
    tree: Tree
    start: IntArray
    edge: FloatArray
    low: FloatArray
    high: FloatArray

    def draw(self, before: Sequence[FloatArray], uniform: FloatArray) -> FloatArray:
        """Return (n,) values for `uniform`, (n,) numbers in [0, 1), given the earlier columns."""
        leaf = self.tree.leaf(before, len(uniform))
        place = np.searchsorted(self.edge, leaf + uniform, side="right")
        # leaf + uniform is rounded: a record must not move into the next leaf.
        place = np.clip(place, self.start[leaf], self.start[leaf + 1] - 1)
        below = np.where(place > self.start[leaf], self.edge[place - 1], leaf)
        width = self.edge[place] - below
        share = np.clip((leaf + uniform - below) / width, 0.0, 1.0)
        low, high = self.low[place], self.high[place]
        wide = (low > 0) & (high > 2 * low)
        ratio = np.where(wide, high, 1.0) / np.where(wide, low, 1.0)
        value = np.where(wide, low * ratio**share, low + share * (high - low))
        return np.where(low == ABSENT, ABSENT, np.round(value, self.decimals))


@dataclass(frozen=True)
class Distribution:
    """The distribution of one class of records.

    origin: `fitted` or `assumed`. basis: the records or the publication that it is based on.
    """

    origin: str
    basis: str
    variables: tuple[Variable, ...]

    def draw(self, uniforms: FloatArray) -> dict[str, FloatArray]:
        """Return d columns, (n,) each, from `uniforms`, (n, d or more) numbers in [0, 1)."""
        drawn: dict[str, FloatArray] = {}
        for place, variable in enumerate(self.variables):
            drawn[variable.name] = variable.draw(list(drawn.values()), uniforms[:, place])
        return drawn


def variable(
    name: str,
    *,
    decimals: int,
    levels: Sequence[str | None],
    tree: Tree,
    leaves: Sequence[Sequence[Sequence[float]]],
) -> Variable:
    """Return a variable with these leaves: lists of [weight, value] or [weight, low, high]."""
    sizes = [len(leaf) for leaf in leaves]
    shares = [np.array([segment[0] for segment in leaf], dtype=float) for leaf in leaves]
    edge = [number + np.cumsum(share) / share.sum() for number, share in enumerate(shares)]
    segments = [segment for leaf in leaves for segment in leaf]
    return Variable(
        name=name,
        decimals=decimals,
        levels=tuple(levels),
        tree=tree,
        start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        edge=np.concatenate(edge),
        low=np.array([segment[1] for segment in segments], dtype=float),
        high=np.array([segment[-1] for segment in segments], dtype=float),
    )


def read(stored: Mapping[str, Any], place: str) -> Distribution:
    """Return the distribution that `stored` describes; `place` names it in messages.

    Raises:
        InputError: `stored` is malformed.
    """
    try:
        columns: list[str] = []
        variables = []
        for entry in stored["variables"]:
            variables.append(_read_variable(entry, columns))
            columns.append(entry["name"])
        return Distribution(stored["origin"], stored["basis"], tuple(variables))
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError) as error:
        raise InputError(
            f"{place}: is not a valid distribution ({type(error).__name__}: {error})"
        ) from error


def _read_variable(entry: Mapping[str, Any], before: Sequence[str]) -> Variable:
    levels = entry.get("levels", [])
    leaves = [
        [[segment[0], *map(_number, segment[1:])] for segment in leaf] for leaf in entry["leaves"]
    ]
    weights = [segment[0] for leaf in leaves for segment in leaf]
    if not leaves or not all(leaves) or min(weights) <= 0:
        raise ValueError(f"{entry['name']}: a leaf is empty, or a weight is not positive")
    nodes = entry.get("nodes", [])
    return variable(
        entry["name"],
        decimals=entry.get("decimals", 0),
        levels=levels,
        tree=_tree(nodes, before) if nodes else SINGLE_LEAF,
        leaves=leaves,
    )


def _number(value: float | None) -> float:
    return ABSENT if value is None else float(value)


def _tree(nodes: Sequence[Sequence[Any]], before: Sequence[str]) -> Tree:
    """Build a tree from nodes [column, "=" or "<=", value, yes, no].

    yes and no are indices of nodes, or -1 - n for the leaf n.
    """
    inner = len(nodes)
    leaves = sorted({-1 - child for node in nodes for child in node[3:5] if child < 0})
    if leaves != list(range(len(leaves))):
        raise ValueError("the leaves of a tree are not numbered 0, 1, 2, ...")

    def child(number: int) -> int:
        if number >= inner:
            raise ValueError(f"a tree has no node {number}")
        return number if number >= 0 else inner - 1 - number

    unknown = [node[0] for node in nodes if node[0] not in before]
    if unknown:
        raise ValueError(f"a tree tests {unknown[0]}, which is not an earlier column")
    blank = [0] * len(leaves)
    return Tree(
        column=np.array([*(before.index(node[0]) for node in nodes), *(-1 for _ in leaves)]),
        equals=np.array([*(node[1] == "=" for node in nodes), *map(bool, blank)]),
        value=np.array([*(_number(node[2]) for node in nodes), *blank], dtype=float),
        yes=np.array([*(child(node[3]) for node in nodes), *leaves], dtype=np.int64),
        no=np.array([*(child(node[4]) for node in nodes), *blank], dtype=np.int64),
    )


SINGLE_LEAF = Tree(
    column=np.array([-1]),
    equals=np.array([False]),
    value=np.array([0.0]),
    yes=np.array([0]),
    no=np.array([0]),
)
