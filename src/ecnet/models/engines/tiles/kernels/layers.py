"""The recurrent layers over a tile: from features to hidden states, and back.

Equations 1 to 4 add a part of the input, W x_t + b, and a part of the state before, W h_{t-1}. No
token is computed: the part of the input is x_j (W w_j) + (W b_j + b) for numerical feature j, and
row `id` of the table (Emb W + b) for a categorical one. `packing` computes W w_j, W b_j + b and the
table once for a batch.

R is the number of records of a tile, S that of the steps of all layers, G that of the gates of a
cell times h, the width of a state. Layer l has the steps first[l] to first[l + 1]. Step s reads
numerical feature source[s] if that is not negative, else categorical feature -1 - source[s].
"""

from ecnet.models.engines.tiles.kernels.arithmetic import (
    Array,
    Integers,
    add,
    add_rows,
    dot,
    kernel,
    sequence,
    zero,
)
from ecnet.models.engines.tiles.kernels.cells import (
    GRU,
    LSTM,
    gru,
    gru_gradient,
    lstm,
    lstm_gradient,
    rnn,
    rnn_gradient,
)


@sequence
def forward(
    cell: int,
    first: Integers,
    source: Integers,
    values: Array,
    ids: Integers,
    slope: Array,
    offset: Array,
    table: Array,
    weight: Array,
    bias: Array,
    gates: Array,
    memory: Array,
    states: Array,
    product: Array,
    zeros: Array,
) -> None:
    """Write states (S, R, h), and for the gradient gates (S, R, G) and memory (S, R, h).

    values: (R, L1). ids: (R, L2) rows of `table` (V, G). slope, offset: (L1, G). weight: of each
    layer, (h, G). bias: of each layer's GRU, (h,). product: (R, G), overwritten. zeros: (R, h),
    zeros.
    """
    for layer in range(len(first) - 1):
        for s in range(first[layer], first[layer + 1]):
            _inputs(source[s], values, ids, slope, offset, table, gates[s])
            before, past = zeros, zeros
            if s > first[layer]:
                before, past = states[s - 1], memory[s - 1]
                dot(before, weight[layer], product)
            else:
                zero(product)
            if cell == LSTM:
                lstm(gates[s], product, past, memory[s], states[s])
            elif cell == GRU:
                gru(gates[s], product, bias[layer], before, memory[s], states[s])
            else:
                rnn(gates[s], product, states[s])


@sequence
def backward(
    cell: int,
    first: Integers,
    source: Integers,
    values: Array,
    ids: Integers,
    weight: Array,
    gates: Array,
    memory: Array,
    states: Array,
    zeros: Array,
    d_states: Array,
    d_memory: Array,
    d_before: Array,
    part: Array,
    d_slope: Array,
    d_offset: Array,
    d_table: Array,
    d_weight: Array,
    d_bias: Array,
) -> None:
    """Add the gradients of a tile to d_slope, d_offset, d_table, d_weight and d_bias.

    d_states: (S, R, h) the gradient of the states from above; overwritten, as are gates, memory,
    d_memory and d_before (R, h), and part (h, G).
    """
    rows, h = zeros.shape
    width = gates.shape[2]
    for layer in range(len(first) - 1):
        start, end = first[layer], first[layer + 1]
        zero(d_memory)
        for s in range(end - 1, start - 1, -1):
            before, past = zeros, zeros
            if s > start:
                before, past = states[s - 1], memory[s - 1]
            if cell == LSTM:
                lstm_gradient(gates[s], past, memory[s], d_states[s], d_memory)
            elif cell == GRU:
                gru_gradient(gates[s], before, memory[s], d_states[s])
                add_rows(d_bias[layer], gates[s, :, width - h :])
            else:
                rnn_gradient(gates[s], states[s], d_states[s])
            if s > start:
                dot(gates[s], weight[layer].T, d_before)
                add(d_states[s - 1], d_before)
                if cell == GRU:
                    add(d_states[s - 1], d_states[s])
        if end - start > 1:
            steps = (end - start - 1) * rows
            before_all = states[start : end - 1].reshape(steps, h)
            dot(before_all.T, gates[start + 1 : end].reshape(steps, width), part)
            add(d_weight[layer], part)
        for s in range(start, end):
            if cell == GRU:  # the part of the input in n has its own gradient
                gates[s, :, width - h :] = memory[s]
            _inputs_gradient(source[s], values, ids, gates[s], d_slope, d_offset, d_table)


@kernel
def _inputs(
    feature: int,
    values: Array,
    ids: Integers,
    slope: Array,
    offset: Array,
    table: Array,
    gates: Array,
) -> None:
    """Write the input's part of the gates of a step, (R, G)."""
    for r in range(gates.shape[0]):
        gate = gates[r]
        if feature >= 0:
            value, up, at = values[r, feature], slope[feature], offset[feature]
            for j in range(gate.size):
                gate[j] = value * up[j] + at[j]
        else:
            row = table[ids[r, -1 - feature]]
            for j in range(gate.size):
                gate[j] = row[j]


@kernel
def _inputs_gradient(
    feature: int,
    values: Array,
    ids: Integers,
    gates: Array,
    d_slope: Array,
    d_offset: Array,
    d_table: Array,
) -> None:
    """Add the gradient of the input's part of a step, `gates` (R, G), to those it came from."""
    for r in range(gates.shape[0]):
        gate = gates[r]
        if feature >= 0:
            value, up, at = values[r, feature], d_slope[feature], d_offset[feature]
            for j in range(gate.size):
                up[j] += value * gate[j]
                at[j] += gate[j]
        else:
            row = d_table[ids[r, -1 - feature]]
            for j in range(gate.size):
                row[j] += gate[j]
