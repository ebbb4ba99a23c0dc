"""An autoencoder with tied weights that learns one record at a time.

A record's step needs the weights that the record before left, so no matrix product does the work
of many records; numba compiles the loops.
"""

import math

import numpy as np
import numpy.typing as npt

from ecnet import compiled

Array = npt.NDArray[np.float64]


def _learn(
    x: Array,
    order: npt.NDArray[np.int64],
    rate: float,
    weight: Array,
    visible: Array,
    hidden: Array,
    errors: Array,
) -> None:
    """Descend the gradient of the cross entropy, one record of `order` after the other.

    x: (n, s) from 0 to 1. order: (N,) rows of x. rate: of learning. weight: (s, h), which also
    decodes; visible (s,) and hidden (h,): biases; all three are changed. errors: (N,), written: the
    root mean square error of each record before the step that it causes.
    """
    inputs, units = weight.shape
    activity, delta, residual = np.empty(units), np.empty(units), np.empty(inputs)
    for step in range(order.size):
        row = x[order[step]]
        for j in range(units):
            logit = hidden[j]
            for i in range(inputs):
                logit += row[i] * weight[i, j]
            activity[j] = (1 + math.tanh(logit / 2)) / 2
        squares = 0.0
        for i in range(inputs):
            logit = visible[i]
            for j in range(units):
                logit += activity[j] * weight[i, j]
            residual[i] = row[i] - (1 + math.tanh(logit / 2)) / 2
            squares += residual[i] ** 2
        errors[step] = math.sqrt(squares / inputs)
        for j in range(units):
            delta[j] = 0
            for i in range(inputs):
                delta[j] += residual[i] * weight[i, j]
            delta[j] *= activity[j] * (1 - activity[j])
            hidden[j] += rate * delta[j]
        for i in range(inputs):
            visible[i] += rate * residual[i]
            for j in range(units):
                weight[i, j] += rate * (row[i] * delta[j] + residual[i] * activity[j])


learn = compiled.kernel(_learn)
