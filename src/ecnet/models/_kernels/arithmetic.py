"""What all kernels stand on: how they are compiled, products of matrices, functions of a number.

numba compiles them when they are first called, with the LLVM in its wheel: no compiler is needed.
numba's own `exp` is a call for each number; here it is arithmetic, of which LLVM makes vectors.
"""

import functools
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
import numpy.typing as npt
from numba.core import caching

from ecnet.errors import InputError

Array = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
_CONFIG: Any = numba.config
_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


class ByContent(caching.UserWideCacheLocator):
    """Where compiled code is kept: once for a user and machine, by what the kernels say.

    numba keeps it by the place and content of one file, so that a change in a file that is called
    from it would not be seen, and each clone of the project would compile anew.
    """

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        """Find the place for a `function` of `file`."""
        super().__init__(function, file)  # type: ignore[no-untyped-call]
        folder = _CONFIG.CACHE_DIR or Path(self._cache_path).parent
        self._cache_path = str(Path(folder) / f"ecnet-{_digest()[:16]}")

    def ensure_cache_path(self) -> None:
        """Make the folder, for its user alone: who can write there can have code of his run.

        Raises:
            InputError: it is another user's, or others may write there.
        """
        place = Path(self._cache_path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.mkdir(mode=0o700, exist_ok=True)
        found, above = place.lstat(), place.parent.stat().st_mode
        alone = found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        swapped = above & stat.S_IWOTH and not above & stat.S_ISVTX
        if not (stat.S_ISDIR(found.st_mode) and alone) or swapped:
            raise InputError(
                f"{place}: compiled code is kept there, and others may write to it; delete it, or "
                "set NUMBA_CACHE_DIR to a folder of your own"
            )
        super().ensure_cache_path()  # type: ignore[no-untyped-call]

    def get_source_stamp(self) -> str:
        """Return what must be equal for compiled code to be used."""
        return _digest()


@functools.cache
def _digest() -> str:
    """Return the SHA-256 of all files of kernels."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def kernel(function: _Kernel) -> _Kernel:
    """Have `function` compiled.

    Sums may be reordered and products fused; what is not a number stays so, so that a training
    that diverges is noticed.
    """
    before = _CONFIG.CACHE_LOCATOR_CLASSES
    _CONFIG.CACHE_LOCATOR_CLASSES = f"{ByContent.__module__}.{ByContent.__qualname__}"
    try:
        compiled: Any = numba.njit(
            fastmath={"contract", "reassoc", "nsz", "arcp"}, error_model="numpy", cache=True
        )(function)
    finally:
        _CONFIG.CACHE_LOCATOR_CLASSES = before
    return compiled  # type: ignore[no-any-return]


_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
_LOWEST, _HIGHEST = np.float32(-87), np.float32(87)  # beyond, a float32 overflows
_PER_DOUBLING = np.float32(1 / np.log(2))
# ln 2 in two parts, the first of few bits, so that a whole number of it is exact.
_LN2 = np.float32(0.693359375)
_LN2_REST = np.float32(np.log(2) - 0.693359375)
_C2, _C3, _C4, _C5, _C6, _C7 = (np.float32(1 / d) for d in (2, 6, 24, 120, 720, 5040))
_EXPONENT_OF_ONE, _MANTISSA_BITS = np.int32(127), np.int32(23)


@kernel
def exp(x: np.float32) -> np.float32:
    """Return e^x to some 1e-7 of it; x is held within float32's range, and NaN stays NaN."""
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
    """Return tanh x to some 2e-7."""
    return _TWO / (_ONE + exp(-_TWO * x)) - _ONE


@kernel
def dot(a: Array, b: Array, out: Array) -> None:
    """Write the product of two matrices, each contiguous or the transpose of such a one."""
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
