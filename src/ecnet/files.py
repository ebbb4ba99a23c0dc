"""Reading and writing files: atomic writes, canonical JSON, digests."""

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ecnet.errors import InputError
from ecnet.machine import FULL

PACKED = (".gz", ".zst", ".zip")


def plain_name(name: str) -> str:
    """Return a file's name without the suffix of its compression."""
    stem, dot, suffix = name.rpartition(".")
    return stem if dot + suffix in PACKED else name


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is hidden, or is one that macOS adds to archives."""
    return name == "__MACOSX" or (name.startswith(".") and name not in (".", ".."))


_UMASK = os.umask(0o077)  # it can only be read by setting it
os.umask(_UMASK)
_PERMISSIONS = 0o666 & ~_UMASK
"""Of a new file."""


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`; rename it to `path` only on success.

    On any error, `path` is either unchanged or complete, and no temporary file remains. It has the
    permissions of any new file; safetensors alone would keep it from the group and from others.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        with suppress(PermissionError):  # on a file system that knows no permissions
            temporary.chmod(_PERMISSIONS)
        temporary.replace(path)
    except OSError as error:  # name the file, not the temporary one
        if error.filename == str(temporary) or (not error.filename and error.errno in FULL):
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; rename it to `path` only on success.

    On any error, `path` is unchanged and no temporary folder remains.

    Raises:
        InputError: there is a file at `path`, or a folder that is not empty.
    """
    path = path.resolve()
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise InputError(f"{path}: is there already; name a new folder, or delete it first")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    temporary.mkdir(parents=True)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` atomically, as UTF-8, with unchanged newlines."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def write_json(path: Path, value: Any) -> None:
    """Write `value` atomically as indented JSON; ValueError for NaN and infinity."""
    write_text(path, json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False) + "\n")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows atomically as CSV, with a header line."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    write_text(path, text.getvalue())


def read_json(path: Path) -> Any:
    """Read JSON without NaN and infinity.

    Raises:
        InputError: the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except RecursionError as error:
        raise InputError(f"{path}: is nested too deep; delete it and run again") from error
    except ValueError as error:
        raise InputError(f"{path}: is not JSON ({error}); delete it and run again") from error


def read_object(path: Path, step: str, keys: Iterable[str]) -> dict[str, Any]:
    """Read the JSON object that a step has written; it must have `keys`.

    Raises:
        InputError: the file cannot be read, or is something else.
    """
    found: dict[str, Any] = read_json(path)
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            raise InputError(f"{path}: lacks the key {key}; run the {step} step again")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    return digest(path, "sha256")


def digest(path: Path, algorithm: str) -> str:
    """Return a digest of a file's bytes, in hexadecimal; MD5 only checks DVC's records."""
    with path.open("rb") as file:
        return hashlib.file_digest(
            file, lambda: hashlib.new(algorithm, usedforsecurity=False)
        ).hexdigest()


def files(*folders: str) -> Iterator[str]:
    """Yield the files below some folders in order, without hidden ones, as in .dvcignore."""
    for folder in folders:
        for parent, children, names in os.walk(folder):
            children[:] = sorted(child for child in children if not child.startswith("."))
            yield from (f"{parent}/{name}" for name in sorted(names) if not name.startswith("."))
