"""From the context vector of each record to its loss, over a tile of R records, and back."""

import math

import numpy as np

from ecnet.models.engines.tiles.kernels.arithmetic import (
    Array,
    Integers,
    add,
    add_rows,
    dot,
    kernel,
    zero,
)


@kernel
def average(states: Array, last: bool, context: Array) -> None:
    """Write the mean over the states (S, R, h), or the last one, to `context` (R, h)."""
    steps = states.shape[0]
    zero(context)
    if last:
        add(context, states[steps - 1])
        return
    for s in range(steps):
        add(context, states[s])
    for r in range(context.shape[0]):
        for j in range(context.shape[1]):
            context[r, j] /= np.float32(steps)


@kernel
def average_gradient(d_context: Array, last: bool, d_states: Array) -> None:
    """Add the gradient of `context` to that of the states, (S, R, h)."""
    steps = d_states.shape[0]
    if last:
        add(d_states[steps - 1], d_context)
        return
    for r in range(d_context.shape[0]):
        for j in range(d_context.shape[1]):
            d_context[r, j] /= np.float32(steps)
    for s in range(steps):
        add(d_states[s], d_context)


@kernel
def classify(
    context: Array,
    dense: Array,
    dense_bias: Array,
    output: Array,
    output_bias: Array,
    keep: Array,
    hidden: Array,
    logits: Array,
) -> None:
    """Write the logits (R, C), and the hidden layer (R, dense) after ReLU and dropout.

    dense: (h, dense). output: (dense, C). keep: (R, dense) what dropout multiplies by.
    """
    dot(context, dense, hidden)
    for r in range(hidden.shape[0]):
        for j in range(hidden.shape[1]):
            unit = hidden[r, j] + dense_bias[j]
            hidden[r, j] = (np.float32(0) if unit < 0 else unit) * keep[r, j]
    dot(hidden, output, logits)
    for r in range(logits.shape[0]):
        for c in range(logits.shape[1]):
            logits[r, c] += output_bias[c]


@kernel
def cross_entropy(logits: Array, labels: Integers, records: int, scale: float) -> float:
    """Return the sum of the losses of the first `records`; turn logits into its gradient by scale.

    The gradient of the others is zero.
    """
    loss = 0.0
    for r in range(records):
        row = logits[r]
        top = row.max()
        total = 0.0
        for c in range(row.size):
            total += math.exp(row[c] - top)
        loss += math.log(total) + top - row[labels[r]]
        for c in range(row.size):
            row[c] = math.exp(row[c] - top) / total * scale
        row[labels[r]] -= scale
    for r in range(records, logits.shape[0]):
        for c in range(logits.shape[1]):
            logits[r, c] = 0
    return loss


@kernel
def classify_gradient(
    d_logits: Array,
    context: Array,
    dense: Array,
    output: Array,
    keep: Array,
    hidden: Array,
    d_hidden: Array,
    part: Array,
    part_out: Array,
    d_context: Array,
    d_dense: Array,
    d_dense_bias: Array,
    d_output: Array,
    d_output_bias: Array,
) -> None:
    """Write d_context (R, h), and add to the weights' gradients.

    part (h, dense), part_out (dense, C) and d_hidden (R, dense) are overwritten.
    """
    dot(hidden.T, d_logits, part_out)
    add(d_output, part_out)
    add_rows(d_output_bias, d_logits)
    dot(d_logits, output.T, d_hidden)
    for r in range(hidden.shape[0]):
        for j in range(hidden.shape[1]):
            d_hidden[r, j] *= keep[r, j] if hidden[r, j] > 0 else np.float32(0)
    add_rows(d_dense_bias, d_hidden)
    dot(context.T, d_hidden, part)
    add(d_dense, part)
    dot(d_hidden, dense.T, d_context)
