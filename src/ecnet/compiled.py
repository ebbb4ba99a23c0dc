"""Loops over numbers that numba compiles, and where what it has compiled is kept.

numba compiles a function when it is first called, with the LLVM in its wheel: no compiler is
needed.
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
    """Where compiled code is kept: once for a user and machine, by what the kernels say.

    numba keeps it by the place and content of one file, so that a change in a file that is called
    from it would not be seen, and each clone of the project would compile anew.
    """

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        """Find the place for a `function` of `file`; all kernels of its folder count as one."""
        super().__init__(function, file)
        self._stamp = _digest(Path(file).parent)
        folder = _CONFIG.CACHE_DIR or Path(self._cache_path).parent
        self._cache_path = str(Path(folder) / f"ecnet-{self._stamp[:16]}")

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> "ByContent":
        """Return the place for a `function` of `file` (OSError where nothing can be kept)."""
        found = cls(function, file)
        found.ensure_cache_path()
        return found

    def ensure_cache_path(self) -> None:
        """Make the folder, for its user alone: who can write there can have code of his run.

        Raises:
            InputError: it is another user's, or others may write there.
            OSError: it cannot be made, or nobody can write there.
        """
        place = Path(self._cache_path)
        if place.parts[0] == "~":
            raise FileNotFoundError(errno.ENOENT, "this user has no home", str(place))
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
        super().ensure_cache_path()

    def get_source_stamp(self) -> str:
        """Return what must be equal for compiled code to be used."""
        return self._stamp


@functools.cache
def _digest(folder: Path) -> str:
    """Return the SHA-256 of the files of kernels in a folder, and of how they are compiled."""
    files = [Path(__file__), *sorted(folder.glob("*.py"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


class _Entries(caching.IndexDataCacheFile):
    """What was compiled of a kernel: a file for each signature and processor, with its digest.

    numba's own have an index beside them, and are believed whatever they hold: one that a power cut
    left empty or half written would stop every run from then on. These are made anew.
    """

    def load(self, key: object) -> Any:
        """Return what was kept; None if nothing was, or it is not what was written."""
        try:
            content = Path(self._data_path(self._name(key))).read_bytes()
            if hashlib.sha256(content[:-_DIGEST]).digest() != content[-_DIGEST:]:
                return None
            return self._load_data(self._name(key))
        except OSError:
            return None

    def save(self, key: object, data: object) -> None:
        """Keep what was compiled, whatever stands there."""
        self._save_data(self._name(key), data)

    def _name(self, key: object) -> str:
        made_with = repr((key, self._version, self._source_stamp))
        number = int(hashlib.sha256(made_with.encode()).hexdigest()[:16], 16)
        return self._data_name(number)  # type: ignore[no-any-return]

    def _dump(self, obj: object) -> bytes:
        content: bytes = super()._dump(obj)
        return content + hashlib.sha256(content).digest()  # which a reader of pickles leaves alone


class _Cache(caching.FunctionCache):
    """Keeps what is compiled of a kernel, where that is possible."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Find the place for a `function` (OSError where nothing can be kept)."""
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
        """Keep what was compiled for a signature; a full disk is no reason to stop."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            error.filename = error.filename or self._cache_path
            _say_unkept(error)


def kernel(function: _Kernel, *, fastmath: Set[str] = frozenset()) -> _Kernel:
    """Have `function` compiled, and keep what comes of it where that is possible.

    fastmath: what LLVM may do to sums and products; nothing, unless said.
    """
    dispatcher: Any = _compiled(function, fastmath)
    try:
        dispatcher._cache = _Cache(function)  # as its enable_caching does with numba's own
    except OSError as error:
        _say_unkept(error)
    return dispatcher  # type: ignore[no-any-return]


_said: set[str] = set()


def _say_unkept(error: OSError) -> None:
    """Say once in a process that nothing is kept, and why."""
    if not _said:
        _said.add(str(error))
        print(
            "ecnet: what is compiled is not kept, so each process takes longer: "
            f"{error.filename}: {error.strerror}; "
            "set NUMBA_CACHE_DIR to a folder that you can write to",
            file=sys.stderr,
        )


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
