"""One step of a recurrent cell over a tile of R records, and its gradient.

The gates of a record are blocks of h numbers, in torch's order; forward, `gates` holds the input's
part and `recurrent` (R, G) that of the state before. Each block has its own loop, since LLVM
vectorises a loop over few arrays.
"""

import numpy as np

from ecnet.models.engines.tiles.kernels.arithmetic import Array, kernel, sigmoid, tanh

LSTM, GRU, RNN = 0, 1, 2
_ONE = np.float32(1)


@kernel
def lstm(gates: Array, recurrent: Array, before: Array, memory: Array, states: Array) -> None:
    """Equations 1 to 5 of the paper, and h = o tanh(c); leaves i, f, g, o in `gates` (R, 4h).

    before, memory: (R, h) c of the step before and of this one. states: written, (R, h).
    """
    h = states.shape[1]
    for r in range(states.shape[0]):
        i, f, g, o = (
            gates[r, :h],
            gates[r, h : 2 * h],
            gates[r, 2 * h : 3 * h],
            gates[r, 3 * h :],
        )
        to_i, to_f, to_g, to_o = (
            recurrent[r, :h],
            recurrent[r, h : 2 * h],
            recurrent[r, 2 * h : 3 * h],
            recurrent[r, 3 * h :],
        )
        c, past, state = memory[r], before[r], states[r]
        for j in range(h):
            i[j] = sigmoid(i[j] + to_i[j])
        for j in range(h):
            f[j] = sigmoid(f[j] + to_f[j])
        for j in range(h):
            g[j] = tanh(g[j] + to_g[j])
        for j in range(h):
            o[j] = sigmoid(o[j] + to_o[j])
        for j in range(h):
            c[j] = f[j] * past[j] + i[j] * g[j]
        for j in range(h):
            state[j] = o[j] * tanh(c[j])


@kernel
def lstm_gradient(
    gates: Array, before: Array, memory: Array, d_states: Array, d_memory: Array
) -> None:
    """Turn `gates` into the gradient before their functions, `d_memory` into that of `before`."""
    h = d_states.shape[1]
    for r in range(d_states.shape[0]):
        i, f, g, o = (
            gates[r, :h],
            gates[r, h : 2 * h],
            gates[r, 2 * h : 3 * h],
            gates[r, 3 * h :],
        )
        c, past, d_state, d_c = memory[r], before[r], d_states[r], d_memory[r]
        for j in range(h):
            squashed = tanh(c[j])
            through = d_state[j] * o[j]
            d_c[j] += through * (_ONE - squashed * squashed)
            o[j] = through * (_ONE - o[j]) * squashed
        for j in range(h):
            through = d_c[j]
            d_i = through * g[j] * i[j] * (_ONE - i[j])
            d_c[j] = through * f[j]
            g[j] = through * i[j] * (_ONE - g[j] * g[j])
            f[j] = through * past[j] * f[j] * (_ONE - f[j])
            i[j] = d_i


@kernel
def gru(
    gates: Array, recurrent: Array, bias: Array, before: Array, memory: Array, states: Array
) -> None:
    """The GRU of torch (Cho et al. 2014); leaves r, z, n in `gates` (R, 3h).

    bias: (h,) of the state's part of n. before: (R, h) the state before. memory: written, (R, h),
    the state's part of n, before r. states: written, (R, h).
    """
    h = states.shape[1]
    for row in range(states.shape[0]):
        r, z, n = gates[row, :h], gates[row, h : 2 * h], gates[row, 2 * h :]
        to_r, to_z, to_n = (
            recurrent[row, :h],
            recurrent[row, h : 2 * h],
            recurrent[row, 2 * h :],
        )
        part, past, state = memory[row], before[row], states[row]
        for j in range(h):
            r[j] = sigmoid(r[j] + to_r[j])
        for j in range(h):
            z[j] = sigmoid(z[j] + to_z[j])
        for j in range(h):
            part[j] = to_n[j] + bias[j]
        for j in range(h):
            n[j] = tanh(n[j] + r[j] * part[j])
        for j in range(h):
            state[j] = n[j] + z[j] * (past[j] - n[j])


@kernel
def gru_gradient(gates: Array, before: Array, memory: Array, d_states: Array) -> None:
    """Turn `gates` into the gradient of the state's parts.

    `memory` becomes the gradient of the input's part of n, and `d_states` what goes to the state
    before without passing a gate.
    """
    h = d_states.shape[1]
    for row in range(d_states.shape[0]):
        r, z, n = gates[row, :h], gates[row, h : 2 * h], gates[row, 2 * h :]
        part, past, d_state = memory[row], before[row], d_states[row]
        for j in range(h):
            d_n = d_state[j] * (_ONE - z[j]) * (_ONE - n[j] * n[j])
            d_z = d_state[j] * (past[j] - n[j]) * z[j] * (_ONE - z[j])
            d_state[j] = d_state[j] * z[j]
            z[j] = d_z
            n[j] = d_n * r[j]
            r[j] = d_n * part[j] * r[j] * (_ONE - r[j])
            part[j] = d_n


@kernel
def rnn(gates: Array, recurrent: Array, states: Array) -> None:
    """h = tanh of the sum, `states` (R, h)."""
    for r in range(states.shape[0]):
        gate, before, state = gates[r], recurrent[r], states[r]
        for j in range(state.size):
            state[j] = tanh(gate[j] + before[j])


@kernel
def rnn_gradient(gates: Array, states: Array, d_states: Array) -> None:
    """Write the gradient before tanh to `gates` (R, h)."""
    for r in range(states.shape[0]):
        gate, state, d_state = gates[r], states[r], d_states[r]
        for j in range(state.size):
            gate[j] = d_state[j] * (_ONE - state[j] * state[j])
