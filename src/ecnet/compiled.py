"""Compilation of numerical loops by numba, and the cache of compiled code.

numba compiles a function when it is first called, with the LLVM in its wheel; no other compiler
is needed.
"""

import errno
import functools
import hashlib
import os
import stat
import sys
from collections.abc import Callable, Set
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import caching

from ecnet.errors import InputError

_CONFIG: Any = numba.config
_DIGEST = hashlib.sha256().digest_size
_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


class ByContent(caching.UserWideCacheLocator):
    """The place of cached code: one for each user and machine, keyed by the source of the kernels.

    numba's own cache is keyed by the path and content of one file: it misses changes in other files
    that the kernel calls, and each clone of the project compiles again.
    """

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        """Find the place for a `function` of `file`; all kernels in its folder share one key."""
        super().__init__(function, file)
        self._stamp = _digest(Path(file).parent)
        folder = _CONFIG.CACHE_DIR or Path(self._cache_path).parent
        self._cache_path = str(Path(folder) / f"ecnet-{self._stamp[:16]}")

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> "ByContent":
        """Return the place for a `function` of `file` (OSError if nothing can be cached)."""
        found = cls(function, file)
        found.ensure_cache_path()
        return found

    def ensure_cache_path(self) -> None:
        """Make the folder, writable only by its user: cached code is executed.

        Raises:
            InputError: it belongs to another user, or others can write to it.
            OSError: it cannot be made, or cannot be written to.
        """
        place = Path(self._cache_path)
        if place.parts[0] == "~":
            raise FileNotFoundError(errno.ENOENT, "this user has no home", str(place))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.mkdir(mode=0o700, exist_ok=True)
        found, above = place.lstat(), place.parent.stat().st_mode
        private = found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        replaceable = above & stat.S_IWOTH and not above & stat.S_ISVTX
        if not (stat.S_ISDIR(found.st_mode) and private) or replaceable:
            raise InputError(
                f"{place}: compiled code is cached there, and others can write to it; delete it, "
                "or set NUMBA_CACHE_DIR to a folder of your own"
            )
        super().ensure_cache_path()

    def get_source_stamp(self) -> str:
        """Return the key that cached code must have to be used."""
        return self._stamp


@functools.cache
def _digest(folder: Path) -> str:
    """Return the SHA-256 of the kernels in a folder and of this module."""
    files = [Path(__file__), *sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


class _Entries(caching.IndexDataCacheFile):
    """Cached code of a kernel: one file for each signature and processor, with its digest.

    numba's own cache has an index and does not verify its files: one that a power cut left empty or
    incomplete would stop every later run. Here such a file is compiled again.
    """

    def load(self, key: object) -> Any:
        """Return the cached code; None if there is none, or if it is damaged."""
        try:
            content = Path(self._data_path(self._name(key))).read_bytes()
            if hashlib.sha256(content[:-_DIGEST]).digest() != content[-_DIGEST:]:
                return None
            return self._load_data(self._name(key))
        except OSError:
            return None

    def save(self, key: object, data: object) -> None:
        """Write compiled code, over any existing file."""
        self._save_data(self._name(key), data)

    def _name(self, key: object) -> str:
        made_with = repr((key, self._version, self._source_stamp))
        number = int(hashlib.sha256(made_with.encode()).hexdigest()[:16], 16)
        return self._data_name(number)  # type: ignore[no-any-return]

    def _dump(self, obj: object) -> bytes:
        content: bytes = super()._dump(obj)
        return content + hashlib.sha256(content).digest()  # pickle ignores the bytes at the end


class _Cache(caching.FunctionCache):
    """Caches the compiled code of a kernel, if possible."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Find the place for a `function` (OSError if nothing can be cached)."""
        before = _CONFIG.CACHE_LOCATOR_CLASSES
        _CONFIG.CACHE_LOCATOR_CLASSES = f"{ByContent.__module__}.{ByContent.__qualname__}"
        try:
            super().__init__(function)
        finally:
            _CONFIG.CACHE_LOCATOR_CLASSES = before
        locator = self._impl.locator
        self._cache_file = _Entries(
            self._cache_path, self._impl.filename_base, locator.get_source_stamp()
        )

    def save_overload(self, sig: object, data: object) -> None:
        """Cache compiled code for a signature; a full disk does not stop the run."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            error.filename = error.filename or self._cache_path
            _warn_uncached(error)


def kernel(function: _Kernel, *, fastmath: Set[str] = frozenset()) -> _Kernel:
    """Return `function` compiled, and cached if possible.

    fastmath: the transformations of sums and products that LLVM may make; default none.
    """
    dispatcher: Any = _compiled(function, fastmath)
    try:
        dispatcher._cache = _Cache(function)  # as its enable_caching does with numba's cache
    except OSError as error:
        _warn_uncached(error)
    return dispatcher  # type: ignore[no-any-return]


_warned: set[str] = set()


def _warn_uncached(error: OSError) -> None:
    """Print once in a process that nothing is cached, and why."""
    if not _warned:
        _warned.add(str(error))
        print(
            "ecnet: compiled code is not cached, so each process takes longer: "
            f"{error.filename}: {error.strerror}; "
            "set NUMBA_CACHE_DIR to a folder that you can write to",
            file=sys.stderr,
        )


def part(function: _Kernel, *, fastmath: Set[str] = frozenset(), early: bool = False) -> _Kernel:
    """Return `function` compiled so that it is inlined into the kernels that call it.

    Needed where LLVM may reorder sums: a kernel that was just compiled calls another copy of
    `function` than the same kernel from the cache, and the two may differ in the last bit.

    early: numba inlines it; otherwise LLVM does, and optimises the result at each level.
    """
    if early:
        return _compiled(function, fastmath, inline="always")
    return _compiled(function, fastmath, forceinline=True)


def _compiled(function: _Kernel, fastmath: Set[str], **options: Any) -> _Kernel:
    """Return `function` compiled by numba; it releases the global interpreter lock."""
    decorate: Any = numba.njit(fastmath=set(fastmath), error_model="numpy", nogil=True, **options)
    return decorate(function)  # type: ignore[no-any-return]
