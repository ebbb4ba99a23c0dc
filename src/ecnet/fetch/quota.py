"""Limits on the bytes of raw files: for one file, for all files, and by the free disk space."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from ecnet.errors import InputError


def check(size: int, output: Path, limits: Mapping[str, int]) -> None:
    """Check that a file of `size` bytes may be written to `output`.

    An existing `output` and its partial download do not count: the new file replaces them.

    output: data/raw/<dataset>/<file>.
    limits: max_bytes of one file, max_total_bytes of all files in data/raw.

    Raises:
        InputError: it is too large. The message starts with "is larger than ..." or the like, so
            that callers can put the name of the file before it.
    """
    if size > limits["max_bytes"]:
        raise InputError(
            f"is larger than data.max_bytes = {limits['max_bytes']}; raise it in params.yaml"
        )
    own = sum(_size(str(path)) for path in parts(output))
    others = taken(output.parents[1]) - own
    if others + size > limits["max_total_bytes"]:
        raise InputError(
            f"has {size} bytes, and {output.parents[1]} already contains {others}, together more "
            f"than data.max_total_bytes = {limits['max_total_bytes']}; raise it, or delete raw "
            "files that are not needed"
        )
    free = shutil.disk_usage(_existing(output.parent)).free
    if size - own > free:
        raise InputError(
            f"needs {size - own} more bytes, but {output.parent} has only {free} free; make room "
            "on the disk, and run again"
        )


def parts(output: Path) -> tuple[Path, Path]:
    """Return the path of a file and of its partial download."""
    return output, output.with_name(f".{output.name}.download")


def taken(folder: Path) -> int:
    """Return the total size of all files below a folder in bytes, hidden files included."""
    return sum(_size(f"{at}/{name}") for at, _, names in os.walk(folder) for name in names)


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except FileNotFoundError:  # does not exist, or another job has moved it since it was listed
        return 0


def _existing(folder: Path) -> Path:
    """Return a folder, or its nearest parent that exists."""
    return next(at for at in (folder, *folder.absolute().parents) if at.exists())
