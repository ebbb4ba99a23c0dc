"""Loops over numbers that numba compiles, and where what it has compiled is kept.

numba compiles a function when it is first called, with the LLVM in its wheel: no compiler is
needed.
"""

import functools
import hashlib
import os
import stat
from collections.abc import Callable, Set
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import caching

from ecnet.errors import InputError

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
        return self._stamp


@functools.cache
def _digest(folder: Path) -> str:
    """Return the SHA-256 of the files of kernels in a folder, and of how they are compiled."""
    files = [Path(__file__), *sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def kernel(function: _Kernel, *, fastmath: Set[str] = frozenset()) -> _Kernel:
    """Have `function` compiled, and keep what comes of it.

    fastmath: what LLVM may do to sums and products; nothing, unless said.
    """
    before = _CONFIG.CACHE_LOCATOR_CLASSES
    _CONFIG.CACHE_LOCATOR_CLASSES = f"{ByContent.__module__}.{ByContent.__qualname__}"
    try:
        return _compiled(function, fastmath, cache=True)
    finally:
        _CONFIG.CACHE_LOCATOR_CLASSES = before


def part(function: _Kernel, *, fastmath: Set[str] = frozenset(), early: bool = False) -> _Kernel:
    """Have `function` compiled into the kernels that call it, and kept with them alone.

    Needed where LLVM may reorder sums: a kernel that was just compiled calls another copy of
    `function` than the same kernel that was kept, and the two may differ in the last bit.

    early: numba writes it into them; else LLVM does, which optimises the whole at each level.
    """
    if early:
        return _compiled(function, fastmath, inline="always")
    return _compiled(function, fastmath, forceinline=True)


def _compiled(function: _Kernel, fastmath: Set[str], **options: Any) -> _Kernel:
    """Have numba compile `function`, so that it lets other threads of Python run meanwhile."""
    decorate: Any = numba.njit(fastmath=set(fastmath), error_model="numpy", nogil=True, **options)
    return decorate(function)  # type: ignore[no-any-return]
