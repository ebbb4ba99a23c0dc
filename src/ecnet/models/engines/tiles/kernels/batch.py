"""A batch, one tile of records after the other; each goes forward and back within the cache."""

from typing import NamedTuple

from ecnet.models.engines.tiles.kernels import attention, head, layers
from ecnet.models.engines.tiles.kernels.arithmetic import (
    Array,
    Integers,
    entry,
    kernel,
    sequence,
    zero,
)

_recur, _recur_gradient = layers.forward, layers.backward
_attend, _pool, _combine = attention.attend, attention.pool, attention.combine
_attend_gradient, _pool_gradient = attention.attend_gradient, attention.pool_gradient
_combine_gradient = attention.combine_gradient
_average, _average_gradient = head.average, head.average_gradient
_classify, _classify_gradient = head.classify, head.classify_gradient
_cross_entropy = head.cross_entropy


class Plan(NamedTuple):
    """The network: its cell and switches; `layers` explains first and source."""

    cell: int
    attention: bool
    last: bool
    first: Integers
    source: Integers


class Weights(NamedTuple):
    """Weights as the kernels read them, or their gradients; the kernels give the shapes."""

    slope: Array
    offset: Array
    table: Array
    recurrent: Array
    recurrent_bias: Array
    key_query: Array
    query_bias: Array
    value: Array
    value_bias: Array
    output: Array
    output_bias: Array
    dense: Array
    dense_bias: Array
    classes: Array
    classes_bias: Array


class Batch(NamedTuple):
    """Records: numerical (n, L1), categorical (n, L2) rows of the table, label (n,)."""

    numerical: Array
    categorical: Integers
    label: Integers


class Tile(NamedTuple):
    """Memory for one tile, which each tile overwrites; `memory` gives the shapes."""

    numerical: Array
    categorical: Integers
    label: Integers
    keep: Array
    zeros: Array
    gates: Array
    memory: Array
    states: Array
    product: Array
    projected: Array
    attention: Array
    shares: Array
    pooled: Array
    record: Array
    key: Array
    query: Array
    values: Array
    part: Array
    context: Array
    hidden: Array
    logits: Array
    d_states: Array
    d_memory: Array
    d_before: Array
    d_share: Array
    d_key: Array
    d_query: Array
    d_attended: Array
    d_values: Array
    d_pooled: Array
    d_context: Array
    d_hidden: Array
    part_recurrent: Array
    part_key_query: Array
    part_value: Array
    part_output: Array
    part_dense: Array
    part_classes: Array


@entry
def gradients(
    plan: Plan,
    weights: Weights,
    batch: Batch,
    rows: Integers,
    keep: Array,
    tile: Tile,
    d_weights: Weights,
) -> float:
    """Add the gradient of the mean loss of `rows` (B,) of `batch` to d_weights; return that loss.

    keep: (B, dense) what dropout multiplies by.
    """
    loss, size = 0.0, len(tile.label)
    for start in range(0, len(rows), size):
        records = _fill(batch, rows, start, tile)
        for r in range(records):
            for j in range(keep.shape[1]):
                tile.keep[r, j] = keep[start + r, j]
        _forward(plan, weights, tile)
        loss += _cross_entropy(tile.logits, tile.label, records, 1.0 / len(rows))
        _backward(plan, weights, tile, d_weights)
    return loss / len(rows)


@entry
def logits(
    plan: Plan, weights: Weights, batch: Batch, rows: Integers, tile: Tile, out: Array
) -> None:
    """Write the logits of `rows` (B,) of `batch` to `out` (B, C), without dropout."""
    size = len(tile.label)
    for r in range(size):
        for j in range(tile.keep.shape[1]):
            tile.keep[r, j] = 1
    for start in range(0, len(rows), size):
        records = _fill(batch, rows, start, tile)
        _forward(plan, weights, tile)
        for r in range(records):
            for c in range(out.shape[1]):
                out[start + r, c] = tile.logits[r, c]


@kernel
def _fill(batch: Batch, rows: Integers, start: int, tile: Tile) -> int:
    """Copy the records of a tile and return how many; the last one fills up a short tile."""
    records = min(len(tile.label), len(rows) - start)
    for r in range(len(tile.label)):
        row = rows[start + min(r, records - 1)]
        for j in range(tile.numerical.shape[1]):
            tile.numerical[r, j] = batch.numerical[row, j]
        for j in range(tile.categorical.shape[1]):
            tile.categorical[r, j] = batch.categorical[row, j]
        tile.label[r] = batch.label[row]
    return records


@sequence
def _forward(plan: Plan, weights: Weights, tile: Tile) -> None:
    _recur(
        plan.cell,
        plan.first,
        plan.source,
        tile.numerical,
        tile.categorical,
        weights.slope,
        weights.offset,
        weights.table,
        weights.recurrent,
        weights.recurrent_bias,
        tile.gates,
        tile.memory,
        tile.states,
        tile.product,
        tile.zeros,
    )
    if plan.attention:
        _attend(tile.states, weights.key_query, weights.query_bias, tile.projected)
        _pool(
            tile.states,
            tile.projected,
            tile.attention,
            tile.shares,
            tile.pooled,
            tile.record,
            tile.key,
            tile.query,
        )
        _combine(
            tile.pooled,
            weights.value,
            weights.value_bias,
            weights.output,
            weights.output_bias,
            tile.values,
            tile.part,
            tile.context,
        )
    else:
        _average(tile.states, plan.last, tile.context)
    _classify(
        tile.context,
        weights.dense,
        weights.dense_bias,
        weights.classes,
        weights.classes_bias,
        tile.keep,
        tile.hidden,
        tile.logits,
    )


@sequence
def _backward(plan: Plan, weights: Weights, tile: Tile, d_weights: Weights) -> None:
    _classify_gradient(
        tile.logits,
        tile.context,
        weights.dense,
        weights.classes,
        tile.keep,
        tile.hidden,
        tile.d_hidden,
        tile.part_dense,
        tile.part_classes,
        tile.d_context,
        d_weights.dense,
        d_weights.dense_bias,
        d_weights.classes,
        d_weights.classes_bias,
    )
    for s in range(tile.d_states.shape[0]):
        zero(tile.d_states[s])
    if plan.attention:
        _combine_gradient(
            tile.d_context,
            tile.pooled,
            tile.values,
            weights.value,
            weights.output,
            tile.part_value,
            tile.part_output,
            tile.d_values,
            tile.d_pooled,
            d_weights.value,
            d_weights.value_bias,
            d_weights.output,
            d_weights.output_bias,
        )
        _pool_gradient(
            tile.d_pooled,
            tile.states,
            tile.attention,
            tile.shares,
            tile.record,
            tile.key,
            tile.query,
            tile.d_share,
            tile.d_key,
            tile.d_query,
            tile.projected,
            tile.d_states,
        )
        _attend_gradient(
            tile.projected,
            tile.states,
            weights.key_query,
            tile.part_key_query,
            tile.d_attended,
            tile.d_states,
            d_weights.key_query,
            d_weights.query_bias,
        )
    else:
        _average_gradient(tile.d_context, plan.last, tile.d_states)
    _recur_gradient(
        plan.cell,
        plan.first,
        plan.source,
        tile.numerical,
        tile.categorical,
        weights.recurrent,
        tile.gates,
        tile.memory,
        tile.states,
        tile.zeros,
        tile.d_states,
        tile.d_memory,
        tile.d_before,
        tile.part_recurrent,
        d_weights.slope,
        d_weights.offset,
        d_weights.table,
        d_weights.recurrent,
        d_weights.recurrent_bias,
    )
