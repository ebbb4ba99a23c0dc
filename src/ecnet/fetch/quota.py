"""Room: how many bytes of raw files may come, for one file, over all, and on the disk."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from ecnet.errors import InputError


def check(size: int, output: Path, limits: Mapping[str, int]) -> None:
    """Stop if a file of so many bytes is more than `output` may hold.

    What lies there of `output` already, its unfinished download too, makes room.

    output: data/raw/<dataset>/<file>.
    limits: max_bytes, of one file; max_total_bytes, of all that lies in data/raw.

    Raises:
        InputError: the line begins with what the file is: "is larger than ...".
    """
    if size > limits["max_bytes"]:
        raise InputError(f"is larger than data.max_bytes = {limits['max_bytes']}")
    own = sum(_size(str(path)) for path in parts(output))
    others = taken(output.parents[1]) - own
    if others + size > limits["max_total_bytes"]:
        raise InputError(
            f"has {size} bytes beside the {others} in {output.parents[1]}, which is more than "
            f"data.max_total_bytes = {limits['max_total_bytes']}; raise it, or delete raw files "
            "that are not needed"
        )
    free = shutil.disk_usage(_existing(output.parent)).free
    if size - own > free:
        raise InputError(f"wants {size - own} bytes more, and {output.parent} has {free} free")


def parts(output: Path) -> tuple[Path, Path]:
    """Return a file and its unfinished download."""
    return output, output.with_name(f".{output.name}.download")


def taken(folder: Path) -> int:
    """Return the bytes of all files below a folder, hidden ones too."""
    return sum(_size(f"{at}/{name}") for at, _, names in os.walk(folder) for name in names)


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except FileNotFoundError:  # or gone since it was listed: another job has moved it
        return 0


def _existing(folder: Path) -> Path:
    """Return the nearest folder above that exists."""
    return next(at for at in (folder, *folder.absolute().parents) if at.exists())
