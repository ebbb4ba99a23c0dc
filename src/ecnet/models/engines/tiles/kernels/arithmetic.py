"""The basis of all kernels: how they are compiled, matrix products, functions of one number.

numba's own `exp` is a call for each number; here it is arithmetic, which LLVM vectorises.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ecnet import compiled

Array = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


_FASTMATH = frozenset({"contract", "reassoc", "nsz", "arcp"})
"""Sums may be reordered and products fused; NaN stays NaN, so that divergence is noticed."""


def kernel(function: _Kernel) -> _Kernel:
    """Compile `function` into the kernels that call it."""
    return compiled.part(function, fastmath=_FASTMATH)


def sequence(function: _Kernel) -> _Kernel:
    """Compile `function`, which mostly calls kernels, into the one that calls it."""
    return compiled.part(function, fastmath=_FASTMATH, early=True)


def entry(function: _Kernel) -> _Kernel:
    """Compile `function`, which Python calls, and keep the result with everything that it calls."""
    return compiled.kernel(function, fastmath=_FASTMATH)


_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
_LOWEST, _HIGHEST = np.float32(-87), np.float32(87)  # beyond, a float32 overflows
_PER_DOUBLING = np.float32(1 / np.log(2))
# ln 2 in two parts: the first has few bits, so its integer multiples are exact.
_LN2 = np.float32(0.693359375)
_LN2_REST = np.float32(np.log(2) - 0.693359375)
_C2, _C3, _C4, _C5, _C6, _C7 = (np.float32(1 / d) for d in (2, 6, 24, 120, 720, 5040))
_EXPONENT_OF_ONE, _MANTISSA_BITS = np.int32(127), np.int32(23)


@kernel
def exp(x: np.float32) -> np.float32:
    """Return e^x, to about 1e-7 of it; x is clipped to float32's range, and NaN stays NaN."""
    x = _LOWEST if x < _LOWEST else (_HIGHEST if x > _HIGHEST else x)
    doublings = np.floor(x * _PER_DOUBLING + _HALF)
    rest = x - doublings * _LN2 - doublings * _LN2_REST  # within ln 2 / 2
    series = _C7 * rest + _C6
    series = series * rest + _C5
    series = series * rest + _C4
    series = series * rest + _C3
    series = series * rest + _C2
    series = series * rest + _ONE
    series = series * rest + _ONE
    bits = np.int32((np.int32(doublings) + _EXPONENT_OF_ONE) << _MANTISSA_BITS)
    scale: np.float32 = bits.view(np.float32)
    power: np.float32 = series * scale
    return power


@kernel
def sigmoid(x: np.float32) -> np.float32:
    """Return the logistic function of x."""
    return _ONE / (_ONE + exp(-x))


@kernel
def tanh(x: np.float32) -> np.float32:
    """Return tanh x, to an error of about 2e-7."""
    return _TWO / (_ONE + exp(-_TWO * x)) - _ONE


@kernel
def dot(a: Array, b: Array, out: Array) -> None:
    """Write the product of two matrices, each contiguous or the transpose of a contiguous one."""
    np.dot(a, b, out)


@kernel
def add(total: Array, part: Array) -> None:
    """Add one matrix to another."""
    for i in range(total.shape[0]):
        for j in range(total.shape[1]):
            total[i, j] += part[i, j]


@kernel
def add_rows(total: Array, rows: Array) -> None:
    """Add every row of a matrix to a vector."""
    for i in range(rows.shape[0]):
        for j in range(total.size):
            total[j] += rows[i, j]


@kernel
def zero(matrix: Array) -> None:
    """Set a matrix to zero."""
    for i in range(matrix.shape[0]):
        for j in range(matrix.shape[1]):
            matrix[i, j] = _ZERO
