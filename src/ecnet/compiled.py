"""Loops over numbers that numba compiles, and where what it has compiled is kept.

numba compiles a function when it is first called, with the LLVM in its wheel: no compiler is
needed.
"""

import functools
import hashlib
from collections.abc import Callable, Set
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import caching

_CONFIG: Any = numba.config
_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


class ByContent(caching.UserWideCacheLocator):
    """Where compiled code is kept: once for a user and machine, by what the kernels say.

    numba keeps it by the place and content of one file, so that a change in a file that is called
    from it would not be seen, and each clone of the project would compile anew.
    """

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        """Find the place for a `function` of `file`; all kernels of its folder count as one."""
        super().__init__(function, file)  # type: ignore[no-untyped-call]
        self._stamp = _digest(Path(file).parent)
        folder = _CONFIG.CACHE_DIR or Path(self._cache_path).parent
        self._cache_path = str(Path(folder) / f"ecnet-{self._stamp[:16]}")

    def get_source_stamp(self) -> str:
        """Return what must be equal for compiled code to be used."""
        return self._stamp


@functools.cache
def _digest(folder: Path) -> str:
    """Return the SHA-256 of the files of kernels in a folder, and of how they are compiled."""
    files = [Path(__file__), *sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def kernel(function: _Kernel, *, fastmath: Set[str] = frozenset()) -> _Kernel:
    """Have `function` compiled. It lets other threads of Python run meanwhile.

    fastmath: what LLVM may do to sums and products; nothing, unless said.
    """
    before = _CONFIG.CACHE_LOCATOR_CLASSES
    _CONFIG.CACHE_LOCATOR_CLASSES = f"{ByContent.__module__}.{ByContent.__qualname__}"
    try:
        compiled: Any = numba.njit(
            fastmath=set(fastmath), error_model="numpy", cache=True, nogil=True
        )(function)
    finally:
        _CONFIG.CACHE_LOCATOR_CLASSES = before
    return compiled  # type: ignore[no-any-return]
