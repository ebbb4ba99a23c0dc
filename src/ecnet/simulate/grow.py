"""Growing a law from real records: one tree for each column, given the columns before it.

Every weight and knot of what comes out stands on `law.LEAST` real records or more; what is rarer
is left out. After the idea of synthesis by sequential trees (Reiter, Using CART to generate
partially synthetic public use microdata, Journal of Official Statistics 21, 2005), with leaves
that hold no record.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from ecnet.simulate.law import ABSENT, LEAST, FloatArray, IntArray

_ATOM_SHARE = 0.004
_ATOMS = 24
_BINS = 12
_LEAVES = 128
_COST = 2.2
"""Bits that a split must save, for each bit of the number of records: else it fits chance."""

_EQUALITIES = 12
_LEAF_BINS = 60
_SMALL = 10
_UNKNOWN = -2.0


class _Column(NamedTuple):
    """A column as numbers: of a category the places of its levels, the most frequent first."""

    values: FloatArray
    levels: list[str | None]
    decimals: int


def grow(
    tables: Mapping[str, pd.DataFrame], order: Mapping[str, str], decimals: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Return the variables of a law, as JSON.

    Args:
        tables: records of one class, by the name of where they come from; numbers as float64
            with NaN for a missing one, categories as str.
        order: column -> the table that it is fitted on, in the order in which they are drawn.
            That table must hold all columns before it as well.
        decimals: of the columns that are numbers; the others are categories.

    Raises:
        ValueError: a table has fewer than LEAST records, or a column no value that LEAST hold.
    """
    smallest = min(len(tables[table]) for table in order.values())
    if smallest < LEAST:
        raise ValueError(f"{smallest} records are too few to fit a law; it takes {LEAST}")
    levels = _levels(tables, order, decimals)
    variables = []
    before: list[str] = []
    for name, source in order.items():
        table = tables[source]
        columns = [_column(table[other], levels, decimals) for other in before]
        variables.append(_variable(name, _column(table[name], levels, decimals), before, columns))
        before.append(name)
    return variables


def _levels(
    tables: Mapping[str, pd.DataFrame], order: Mapping[str, str], decimals: Mapping[str, int]
) -> dict[str, list[str | None]]:
    """Return the values of each category that are frequent enough to be spoken of."""
    found: dict[str, list[str | None]] = {}
    for name, source in order.items():
        if name in decimals:
            continue
        counts = tables[source][name].value_counts(dropna=False)
        frequent = counts[counts >= LEAST]
        ranked = sorted(frequent.items(), key=lambda item: (-item[1], str(item[0])))
        found[name] = [value if isinstance(value, str) else None for value, _ in ranked]
    return found


def _column(
    series: pd.Series, levels: Mapping[str, list[str | None]], decimals: Mapping[str, int]
) -> _Column:
    name = str(series.name)
    if name in decimals:
        values = series.to_numpy(dtype=float, na_value=np.nan)
        return _Column(np.where(np.isnan(values), ABSENT, values), [], decimals[name])
    codes = {value: place for place, value in enumerate(levels[name])}
    plain = series.astype(object).where(series.notna(), None)
    values = np.array([codes.get(value, _UNKNOWN) for value in plain], dtype=float)
    return _Column(values, levels[name], 0)


def _variable(
    name: str, target: _Column, before: Sequence[str], columns: Sequence[_Column]
) -> dict[str, Any]:
    known = target.values != _UNKNOWN
    values = target.values[known]
    entry: dict[str, Any] = {"name": name}
    if target.levels:
        entry["levels"] = target.levels
    else:
        entry["decimals"] = target.decimals
    bounds = _bounds(values)
    whole = _segments(values, target, bounds)
    if not whole:
        raise ValueError(f"{name}: no value of it is held by {LEAST} records")
    nodes, leaf = _grown(values, target, before, columns, known)
    if nodes:
        entry["nodes"] = nodes
    members = [values[leaf == number] for number in range(int(leaf.max()) + 1)]
    # A leaf whose values are all rare says nothing that may be kept: the whole class stands in.
    entry["leaves"] = [_segments(part, target, bounds) or whole for part in members]
    return entry


def _grown(
    values: FloatArray,
    target: _Column,
    before: Sequence[str],
    columns: Sequence[_Column],
    known: Any,
) -> tuple[list[list[Any]], IntArray]:
    """Return the inner nodes of the tree, and the number of the leaf of each record."""
    symbol = _symbols(values, bool(target.levels))
    if not columns or symbol.max() == 0:
        return [], np.zeros(len(values), dtype=np.int64)
    questions: list[tuple[int, float | None]] = [(place, None) for place in range(len(columns))]
    questions += [
        (place, float(level))
        for place, column in enumerate(columns)
        for level in range(min(len(column.levels), _EQUALITIES))
    ]
    asked = np.stack(
        [
            columns[place].values[known] if level is None else columns[place].values[known] == level
            for place, level in questions
        ],
        axis=1,
    ).astype(np.float64)
    model = DecisionTreeClassifier(
        criterion="entropy",
        max_leaf_nodes=_LEAVES,
        min_samples_leaf=LEAST,
        min_impurity_decrease=_COST * np.log2(len(values)) / len(values),
        random_state=0,
    ).fit(_single(asked), symbol)
    return _nodes(model.tree_, questions, before, columns), _numbered(model, _single(asked))


def _single(asked: FloatArray) -> Any:
    """Clip to what the tree's single precision can tell apart and hold."""
    return np.clip(asked, -1e30, 1e30).astype(np.float32)


def _nodes(
    tree: Any,
    questions: Sequence[tuple[int, float | None]],
    before: Sequence[str],
    columns: Sequence[_Column],
) -> list[list[Any]]:
    inner = [node for node in range(tree.node_count) if tree.children_left[node] >= 0]
    leaves = [node for node in range(tree.node_count) if tree.children_left[node] < 0]
    number = {node: place for place, node in enumerate(inner)}
    number |= {node: -1 - place for place, node in enumerate(leaves)}
    nodes = []
    for node in inner:
        place, level = questions[tree.feature[node]]
        left, right = (
            number[int(side[node])] for side in (tree.children_left, tree.children_right)
        )
        if level is None:
            cut = _plain(tree.threshold[node], columns[place].decimals + 1)
            nodes.append([before[place], "<=", cut, left, right])
        else:
            nodes.append([before[place], "=", level, right, left])
    return nodes


def _numbered(model: DecisionTreeClassifier, asked: Any) -> IntArray:
    """Return the number of each record's leaf, counted in the order of the nodes."""
    leaves = np.flatnonzero(model.tree_.children_left < 0)
    number: IntArray = np.searchsorted(leaves, model.apply(asked)).astype(np.int64)
    return number


def _symbols(values: FloatArray, category: bool) -> IntArray:
    """Return what the tree tells apart: frequent values, and bins of the others."""
    distinct, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    least = LEAST if category else max(LEAST, _ATOM_SHARE * len(values))
    order = np.lexsort((distinct, -counts))[:_ATOMS]
    atoms = order[counts[order] >= least]
    symbol = np.full(len(distinct), -1, dtype=np.int64)
    symbol[atoms] = np.arange(len(atoms))
    rest = symbol < 0
    if rest.any():
        total = counts[rest].sum()
        bins = int(np.clip(total // LEAST, 1, _BINS))
        middle = np.cumsum(counts[rest]) - counts[rest] / 2
        symbol[rest] = len(atoms) + np.minimum((middle * bins / total).astype(np.int64), bins - 1)
    return np.unique(symbol[inverse], return_inverse=True)[1].astype(np.int64)


def _segments(values: FloatArray, target: _Column, bounds: tuple[float, float]) -> list[list[Any]]:
    """Return the mixture of one leaf: [weight, value] and [weight, low, high].

    Knots inside are midpoints of two neighbouring values, those outside the mean of the LEAST
    most extreme ones.
    """
    distinct, counts = np.unique(values, return_counts=True)
    frequent = counts >= LEAST
    rest = np.sort(values[~np.isin(values, distinct[frequent])])
    rest = rest[rest != ABSENT]
    if not target.levels and LEAST // 2 <= len(rest) < LEAST:
        taken = _nearest(rest, distinct, counts)
        counts = counts - taken
        rest = np.sort(np.concatenate([rest, np.repeat(distinct, taken)]))
    atoms = [
        [int(count), _plain(value, target.decimals)]
        for value, count in zip(distinct[frequent], counts[frequent], strict=True)
        if count
    ]
    if target.levels or len(rest) < LEAST:
        return atoms
    bins = min(len(rest) // LEAST, _LEAF_BINS)
    cuts = np.round(np.linspace(0, len(rest), bins + 1)).astype(int)
    knots = np.clip(_spread(rest), *bounds) if bins == 1 else _knots(rest, cuts)
    return atoms + [
        [int(size), _plain(low, target.decimals + 1), _plain(high, target.decimals + 1)]
        for size, low, high in zip(np.diff(cuts), knots[:-1], knots[1:], strict=True)
    ]


def _bounds(values: FloatArray) -> tuple[float, float]:
    """Return how far the values of a class reach: the means of its LEAST most extreme ones.

    Of a small class these would lie in its middle, and are no bounds.
    """
    known = np.sort(values[values != ABSENT])
    if len(known) < _SMALL * LEAST:
        return -np.inf, np.inf
    return float(known[:LEAST].mean()), float(known[-LEAST:].mean())


def _knots(rest: FloatArray, cuts: IntArray) -> FloatArray:
    """Return the knots between bins that end at `cuts`, and the two outer ones."""
    inner = [(rest[cut - 1] + rest[cut]) / 2 for cut in cuts[1:-1]]
    knots = [rest[:LEAST].mean(), *inner, rest[-LEAST:].mean()]
    # The mean of the extremes of a narrow bin may lie beyond the next knot.
    return np.maximum.accumulate(np.minimum(knots, knots[-1]))


def _spread(rest: FloatArray) -> FloatArray:
    """Return the ends of the interval that has the mean and the deviation of a single bin.

    The means of its extremes would be those of nearly all its values, and all but one point.
    """
    half = np.sqrt(3) * rest.std()
    low = rest.mean() - half
    return np.array([max(low, 0.0) if rest[0] >= 0 else low, rest.mean() + half])


def _nearest(rest: FloatArray, distinct: FloatArray, counts: IntArray) -> IntArray:
    """Return how many of each frequent value join a rest that is too small to stand by itself.

    Of the nearest one as many as the rest lacks, or all where too few of it would be left.
    """
    taken = np.zeros(len(distinct), dtype=np.int64)
    able = np.flatnonzero((counts >= LEAST) & (distinct != ABSENT))
    if len(able):
        place = able[np.argmin(np.abs(distinct[able] - rest.mean()))]
        lacking = LEAST - len(rest)
        taken[place] = lacking if counts[place] - lacking >= LEAST else counts[place]
    return taken


def _plain(value: float, decimals: int) -> float | int | None:
    """Return a number for JSON: null for a missing one, an integer where it is one."""
    if value == ABSENT:
        return None
    rounded = round(float(value), decimals)
    return int(rounded) if rounded.is_integer() else rounded
