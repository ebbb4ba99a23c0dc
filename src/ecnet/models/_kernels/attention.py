"""Pooled multi-head attention over a tile, and its gradient; `_network.PooledAttention` says why.

S is the number of states of a record, P that rounded up to whole vectors, R the number of records
of a tile, h the width of a state, d that of a head, dk d rounded up likewise.
"""

import numpy as np

from ecnet.models._kernels.arithmetic import Array, add, add_rows, dot, exp, kernel, zero


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
    chances: Array,
    shares: Array,
    pooled: Array,
    record: Array,
    key: Array,
    query: Array,
) -> None:
    """Write what each head pools of each record's states, `pooled` (heads, R, h).

    chances: written, (R, heads, S, P), how much each state looks at each. shares: written, (R,
    heads, P), their mean over the states that look. record (S, h), key (P, dk) and query (S, dk)
    are overwritten; rows S to P of key are zeros.
    """
    rows, heads = shares.shape[:2]
    width = key.shape[1]
    for r in range(rows):
        _take(states, r, 0, record)
        for head in range(heads):
            _take(projected, r, head * width, key)
            _take(projected, r, (heads + head) * width, query)
            dot(query, key.T, chances[r, head])
            _softmax(chances[r, head], shares[r, head])
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
    chances: Array,
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
    """Turn `projected` into its gradient, and add to d_states (S, R, h) what skips it.

    d_pooled: (heads, R, h). chances is overwritten, as are record, key, query, d_share (P,), d_key
    (P, dk) and d_query (S, dk); d_share is zero from S on.
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
            _softmax_gradient(chances[r, head], d_share)
            _take(projected, r, head * width, key)
            _take(projected, r, (heads + head) * width, query)
            dot(chances[r, head], key, d_query)
            dot(chances[r, head].T, query, d_key)
            _put(d_key, projected, r, head * width)
            _put(d_query, projected, r, (heads + head) * width)


@kernel
def attend_gradient(
    projected: Array,
    states: Array,
    weight: Array,
    part: Array,
    more: Array,
    d_states: Array,
    d_weight: Array,
    d_bias: Array,
) -> None:
    """Add the gradient that went through keys and queries, `projected`, to the others.

    part (h, 2 heads dk) and more (S, R, h) are overwritten.
    """
    steps, rows, h = states.shape
    flat = projected.reshape(steps * rows, projected.shape[2])
    dot(states.reshape(steps * rows, h).T, flat, part)
    add(d_weight, part)
    add_rows(d_bias, flat[:, d_bias.size :])
    dot(flat, weight.T, more.reshape(steps * rows, h))
    add(d_states.reshape(steps * rows, h), more.reshape(steps * rows, h))


@kernel
def mix(
    pooled: Array,
    value: Array,
    value_bias: Array,
    output: Array,
    output_bias: Array,
    values: Array,
    part: Array,
    mixed: Array,
) -> None:
    """Write what the heads say together, `mixed` (R, h), and what each says, values (heads, R, d).

    value: (heads, h, d). value_bias: (heads, d). output: (heads, d, h). part: (R, h), overwritten.
    """
    zero(mixed)
    for head in range(pooled.shape[0]):
        dot(pooled[head], value[head], values[head])
        for r in range(mixed.shape[0]):
            for j in range(value_bias.shape[1]):
                values[head, r, j] += value_bias[head, j]
        dot(values[head], output[head], part)
        add(mixed, part)
    for r in range(mixed.shape[0]):
        for j in range(output_bias.size):
            mixed[r, j] += output_bias[j]


@kernel
def mix_gradient(
    d_mixed: Array,
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
    """Write d_pooled (heads, R, h) from d_mixed (R, h), and add to the weights' gradients.

    part (h, d), part_t (d, h) and d_values (R, d) are overwritten.
    """
    add_rows(d_output_bias, d_mixed)
    for head in range(pooled.shape[0]):
        dot(values[head].T, d_mixed, part_t)
        add(d_output[head], part_t)
        dot(d_mixed, output[head].T, d_values)
        add_rows(d_value_bias[head], d_values)
        dot(pooled[head].T, d_values, part)
        add(d_value[head], part)
        dot(d_values, value[head].T, d_pooled[head])


@kernel
def _softmax(chances: Array, shares: Array) -> None:
    """Turn scores (S, P) into chances, zero from S on; write their mean over the rows to shares."""
    steps, padded = chances.shape
    for j in range(padded):
        shares[j] = 0
    for i in range(steps):
        row = chances[i]
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
def _softmax_gradient(chances: Array, d_chance: Array) -> None:
    """Turn chances (S, P) into the gradient of scores; d_chance (P,) is the same in each row."""
    for i in range(chances.shape[0]):
        row = chances[i]
        total = np.float32(0)
        for j in range(d_chance.size):
            total += row[j] * d_chance[j]
        for j in range(d_chance.size):
            row[j] *= d_chance[j] - total


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
