"""Pooled multi-head attention over a tile, and its gradient; `network.PooledAttention` derives it.

S is the number of states of a record, P that rounded up to whole vectors, R the number of records
of a tile, h the width of a state, d that of a head, dk d rounded up likewise.
"""

import numpy as np

from ecnet.models.engines.tiles.kernels.arithmetic import (
    Array,
    add,
    add_rows,
    dot,
    exp,
    kernel,
    zero,
)


@kernel
def attend(states: Array, weight: Array, bias: Array, projected: Array) -> None:
    """Write keys and queries of all states to `projected` (S, R, 2 heads dk), the keys first.

    states: (S, R, h). weight: (h, 2 heads dk). bias: (heads dk,) of the queries. Both hold the
    factor 1 / sqrt(d) of the queries.
    """
    steps, rows, h = states.shape
    width = bias.size
    flat = projected.reshape(steps * rows, 2 * width)
    dot(states.reshape(steps * rows, h), weight, flat)
    for i in range(steps * rows):
        for j in range(width):
            flat[i, width + j] += bias[j]


@kernel
def pool(
    states: Array,
    projected: Array,
    attention: Array,
    shares: Array,
    pooled: Array,
    record: Array,
    key: Array,
    query: Array,
) -> None:
    """Write the mean of each record's states that each head pools, `pooled` (heads, R, h).

    attention: written, (R, heads, S, P), the softmax of each query's scores. shares: written, (R,
    heads, P), its mean over the queries. record (S, h), key (P, dk) and query (S, dk) are
    overwritten; rows S to P of key are zeros.
    """
    rows, heads = shares.shape[:2]
    width = key.shape[1]
    for r in range(rows):
        _take(states, r, 0, record)
        for head in range(heads):
            _take(projected, r, head * width, key)
            _take(projected, r, (heads + head) * width, query)
            dot(query, key.T, attention[r, head])
            _softmax(attention[r, head], shares[r, head])
            total = pooled[head, r]
            for j in range(total.size):
                total[j] = 0
            for s in range(record.shape[0]):
                share, state = shares[r, head, s], record[s]
                for j in range(total.size):
                    total[j] += share * state[j]


@kernel
def pool_gradient(
    d_pooled: Array,
    states: Array,
    attention: Array,
    shares: Array,
    record: Array,
    key: Array,
    query: Array,
    d_share: Array,
    d_key: Array,
    d_query: Array,
    projected: Array,
    d_states: Array,
) -> None:
    """Turn `projected` into its gradient, and add that of the pooled states to d_states (S, R, h).

    d_pooled: (heads, R, h). attention, record, key, query, d_share (P,), d_key (P, dk) and d_query
    (S, dk) are overwritten; d_share is zero from S on.
    """
    rows, heads = shares.shape[:2]
    steps, h = record.shape
    width = key.shape[1]
    part = np.float32(1) / np.float32(steps)
    for r in range(rows):
        _take(states, r, 0, record)
        for head in range(heads):
            d_total = d_pooled[head, r]
            for s in range(steps):
                share, state, d_state = shares[r, head, s], record[s], d_states[s, r]
                total = np.float32(0)
                for j in range(h):
                    total += d_total[j] * state[j]
                    d_state[j] += share * d_total[j]
                d_share[s] = total * part
            _softmax_gradient(attention[r, head], d_share)
            _take(projected, r, head * width, key)
            _take(projected, r, (heads + head) * width, query)
            dot(attention[r, head], key, d_query)
            dot(attention[r, head].T, query, d_key)
            _put(d_key, projected, r, head * width)
            _put(d_query, projected, r, (heads + head) * width)


@kernel
def attend_gradient(
    projected: Array,
    states: Array,
    weight: Array,
    part: Array,
    d_attended: Array,
    d_states: Array,
    d_weight: Array,
    d_bias: Array,
) -> None:
    """Add the gradient of keys and queries, `projected`, to those of states and weights.

    part (h, 2 heads dk) and d_attended (S, R, h) are overwritten.
    """
    steps, rows, h = states.shape
    flat = projected.reshape(steps * rows, projected.shape[2])
    dot(states.reshape(steps * rows, h).T, flat, part)
    add(d_weight, part)
    add_rows(d_bias, flat[:, d_bias.size :])
    dot(flat, weight.T, d_attended.reshape(steps * rows, h))
    add(d_states.reshape(steps * rows, h), d_attended.reshape(steps * rows, h))


@kernel
def combine(
    pooled: Array,
    value: Array,
    value_bias: Array,
    output: Array,
    output_bias: Array,
    values: Array,
    part: Array,
    context: Array,
) -> None:
    """Write the output of all heads, `context` (R, h), and that of each, values (heads, R, d).

    value: (heads, h, d). value_bias: (heads, d). output: (heads, d, h). part: (R, h), overwritten.
    """
    zero(context)
    for head in range(pooled.shape[0]):
        dot(pooled[head], value[head], values[head])
        for r in range(context.shape[0]):
            for j in range(value_bias.shape[1]):
                values[head, r, j] += value_bias[head, j]
        dot(values[head], output[head], part)
        add(context, part)
    for r in range(context.shape[0]):
        for j in range(output_bias.size):
            context[r, j] += output_bias[j]


@kernel
def combine_gradient(
    d_context: Array,
    pooled: Array,
    values: Array,
    value: Array,
    output: Array,
    part: Array,
    part_t: Array,
    d_values: Array,
    d_pooled: Array,
    d_value: Array,
    d_value_bias: Array,
    d_output: Array,
    d_output_bias: Array,
) -> None:
    """Write d_pooled (heads, R, h) from d_context (R, h), and add to the weights' gradients.

    part (h, d), part_t (d, h) and d_values (R, d) are overwritten.
    """
    add_rows(d_output_bias, d_context)
    for head in range(pooled.shape[0]):
        dot(values[head].T, d_context, part_t)
        add(d_output[head], part_t)
        dot(d_context, output[head].T, d_values)
        add_rows(d_value_bias[head], d_values)
        dot(pooled[head].T, d_values, part)
        add(d_value[head], part)
        dot(d_values, value[head].T, d_pooled[head])


@kernel
def _softmax(attention: Array, shares: Array) -> None:
    """Turn scores (S, P) into their softmax, zero from S on; write its mean over rows to shares."""
    steps, padded = attention.shape
    for j in range(padded):
        shares[j] = 0
    for i in range(steps):
        row = attention[i]
        top = row[0]
        for j in range(steps):
            top = max(top, row[j])
        for j in range(padded):
            row[j] = exp(row[j] - top)
        for j in range(steps, padded):
            row[j] = 0
        total = np.float32(0)
        for j in range(padded):
            total += row[j]
        scale = np.float32(1) / total
        for j in range(padded):
            row[j] *= scale
            shares[j] += row[j]
    part = np.float32(1) / np.float32(steps)
    for j in range(padded):
        shares[j] *= part


@kernel
def _softmax_gradient(attention: Array, d_row: Array) -> None:
    """Turn the softmax (S, P) into the gradient of scores, from the same d_row (P,) in each row."""
    for i in range(attention.shape[0]):
        row = attention[i]
        total = np.float32(0)
        for j in range(d_row.size):
            total += row[j] * d_row[j]
        for j in range(d_row.size):
            row[j] *= d_row[j] - total


@kernel
def _take(source: Array, r: int, start: int, out: Array) -> None:
    """Copy columns of a record's steps, of (S, R, X), to the first S rows of `out`."""
    for s in range(source.shape[0]):
        row, copy = source[s, r, start : start + out.shape[1]], out[s]
        for j in range(copy.size):
            copy[j] = row[j]


@kernel
def _put(source: Array, out: Array, r: int, start: int) -> None:
    """Copy the first S rows of `source` to columns of a record's steps, of (S, R, X)."""
    for s in range(out.shape[0]):
        row, copy = source[s], out[s, r, start : start + source.shape[1]]
        for j in range(copy.size):
            copy[j] = row[j]
