"""Fit a distribution to real records: one decision tree per column, given the columns before it.

Every weight and knot is based on at least `distributions.MIN_RECORDS` real records; rarer values
are left out. The method is synthesis by sequential trees (Reiter, Using CART to generate partially
synthetic public use microdata, Journal of Official Statistics 21, 2005), but the leaves contain no
records.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from ecnet.simulate.distributions import ABSENT, MIN_RECORDS, FloatArray, IntArray

_ATOM_SHARE = 0.004
_ATOMS = 24
_BINS = 12
_LEAVES = 128
_COST = 2.2
"""Bits that a split must save per bit of the number of records; less would fit noise."""

_EQUALITIES = 12
_LEAF_BINS = 60
_SMALL = 10
_UNKNOWN = -2.0


class _Column(NamedTuple):
    """A column as numbers; of a category, indices into `levels`, the most frequent first."""

    values: FloatArray
    levels: list[str | None]
    decimals: int


def fit_distribution(
    tables: Mapping[str, pd.DataFrame], order: Mapping[str, str], decimals: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Return the variables of a distribution, as JSON.

    Args:
        tables: name -> records of one class; numbers as float64 with NaN for a missing value,
            categories as str.
        order: column -> the name of the table to fit it on, in the order in which columns are
            drawn. The table must have all earlier columns too.
        decimals: numeric column -> its number of decimals; all other columns are categories.

    Raises:
        ValueError: a table has fewer than MIN_RECORDS records, or a column has no value that
            MIN_RECORDS records share.
    """
    smallest = min(len(tables[table]) for table in order.values())
    if smallest < MIN_RECORDS:
        raise ValueError(
            f"{smallest} records are too few to fit a distribution; it needs {MIN_RECORDS} or more"
        )
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
    """Return the values of each category that at least MIN_RECORDS records share."""
    found: dict[str, list[str | None]] = {}
    for name, source in order.items():
        if name in decimals:
            continue
        counts = tables[source][name].value_counts(dropna=False)
        frequent = counts[counts >= MIN_RECORDS]
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
        raise ValueError(f"{name}: no value is shared by {MIN_RECORDS} records")
    nodes, leaf = _tree(values, target, before, columns, known)
    if nodes:
        entry["nodes"] = nodes
    members = [values[leaf == number] for number in range(int(leaf.max()) + 1)]
    # A leaf with rare values alone may not be stored: the values of the whole class replace it.
    entry["leaves"] = [_segments(part, target, bounds) or whole for part in members]
    return entry


def _tree(
    values: FloatArray,
    target: _Column,
    before: Sequence[str],
    columns: Sequence[_Column],
    known: Any,
) -> tuple[list[list[Any]], IntArray]:
    """Return the inner nodes of the tree, and the leaf number of each record."""
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
        min_samples_leaf=MIN_RECORDS,
        min_impurity_decrease=_COST * np.log2(len(values)) / len(values),
        random_state=0,
    ).fit(_single(asked), symbol)
    return _nodes(model.tree_, questions, before, columns), _numbered(model, _single(asked))


def _single(asked: FloatArray) -> Any:
    """Return values that are finite in the single precision of scikit-learn's trees."""
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
            number[int(child[node])] for child in (tree.children_left, tree.children_right)
        )
        if level is None:
            cut = _plain(tree.threshold[node], columns[place].decimals + 1)
            nodes.append([before[place], "<=", cut, left, right])
        else:
            nodes.append([before[place], "=", level, right, left])
    return nodes


def _numbered(model: DecisionTreeClassifier, asked: Any) -> IntArray:
    """Return the leaf number of each record; leaves are numbered in the order of the nodes."""
    leaves = np.flatnonzero(model.tree_.children_left < 0)
    number: IntArray = np.searchsorted(leaves, model.apply(asked)).astype(np.int64)
    return number


def _symbols(values: FloatArray, category: bool) -> IntArray:
    """Return the target classes of the tree: frequent values, and bins of the others."""
    distinct, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    least = MIN_RECORDS if category else max(MIN_RECORDS, _ATOM_SHARE * len(values))
    order = np.lexsort((distinct, -counts))[:_ATOMS]
    atoms = order[counts[order] >= least]
    symbol = np.full(len(distinct), -1, dtype=np.int64)
    symbol[atoms] = np.arange(len(atoms))
    rest = symbol < 0
    if rest.any():
        total = counts[rest].sum()
        bins = int(np.clip(total // MIN_RECORDS, 1, _BINS))
        middle = np.cumsum(counts[rest]) - counts[rest] / 2
        symbol[rest] = len(atoms) + np.minimum((middle * bins / total).astype(np.int64), bins - 1)
    return np.unique(symbol[inverse], return_inverse=True)[1].astype(np.int64)


def _segments(values: FloatArray, target: _Column, bounds: tuple[float, float]) -> list[list[Any]]:
    """Return the mixture of one leaf: [weight, value] and [weight, low, high].

    Inner knots are midpoints of two neighbouring values; outer knots are the mean of the
    MIN_RECORDS most extreme values.
    """
    distinct, counts = np.unique(values, return_counts=True)
    frequent = counts >= MIN_RECORDS
    rest = np.sort(values[~np.isin(values, distinct[frequent])])
    rest = rest[rest != ABSENT]
    if not target.levels and MIN_RECORDS // 2 <= len(rest) < MIN_RECORDS:
        taken = _nearest(rest, distinct, counts)
        counts = counts - taken
        rest = np.sort(np.concatenate([rest, np.repeat(distinct, taken)]))
    atoms = [
        [int(count), _plain(value, target.decimals)]
        for value, count in zip(distinct[frequent], counts[frequent], strict=True)
        if count
    ]
    if target.levels or len(rest) < MIN_RECORDS:
        return atoms
    bins = min(len(rest) // MIN_RECORDS, _LEAF_BINS)
    cuts = np.round(np.linspace(0, len(rest), bins + 1)).astype(int)
    knots = np.clip(_moment_interval(rest), *bounds) if bins == 1 else _knots(rest, cuts)
    return atoms + [
        [int(size), _plain(low, target.decimals + 1), _plain(high, target.decimals + 1)]
        for size, low, high in zip(np.diff(cuts), knots[:-1], knots[1:], strict=True)
    ]


def _bounds(values: FloatArray) -> tuple[float, float]:
    """Return the range of a class's values: the means of its MIN_RECORDS most extreme ones.

    In a small class these means would be near the centre, so it has no bounds.
    """
    known = np.sort(values[values != ABSENT])
    if len(known) < _SMALL * MIN_RECORDS:
        return -np.inf, np.inf
    return float(known[:MIN_RECORDS].mean()), float(known[-MIN_RECORDS:].mean())


def _knots(rest: FloatArray, cuts: IntArray) -> FloatArray:
    """Return the knots between bins that end at `cuts`, and the two outer knots."""
    inner = [(rest[cut - 1] + rest[cut]) / 2 for cut in cuts[1:-1]]
    knots = [rest[:MIN_RECORDS].mean(), *inner, rest[-MIN_RECORDS:].mean()]
    # The mean of a narrow bin's extremes may be beyond the next knot.
    return np.maximum.accumulate(np.minimum(knots, knots[-1]))


def _moment_interval(rest: FloatArray) -> FloatArray:
    """Return the ends of the interval with the mean and standard deviation of a single bin.

    In a bin this small, the means of the extremes would average over nearly all its values, and so
    almost coincide.
    """
    half = np.sqrt(3) * rest.std()
    low = rest.mean() - half
    return np.array([max(low, 0.0) if rest[0] >= 0 else low, rest.mean() + half])


def _nearest(rest: FloatArray, distinct: FloatArray, counts: IntArray) -> IntArray:
    """Return how many of each frequent value to merge into a rest of too few records.

    The nearest frequent value supplies what the rest lacks, or all of its records if too few of
    them would remain.
    """
    taken = np.zeros(len(distinct), dtype=np.int64)
    able = np.flatnonzero((counts >= MIN_RECORDS) & (distinct != ABSENT))
    if len(able):
        place = able[np.argmin(np.abs(distinct[able] - rest.mean()))]
        lacking = MIN_RECORDS - len(rest)
        taken[place] = lacking if counts[place] - lacking >= MIN_RECORDS else counts[place]
    return taken


def _plain(value: float, decimals: int) -> float | int | None:
    """Return a number for JSON: null for a missing value, an integer for a whole number."""
    if value == ABSENT:
        return None
    rounded = round(float(value), decimals)
    return int(rounded) if rounded.is_integer() else rounded
