"""Archives of results from elsewhere: checked whole before anything is unpacked."""

import gzip
import io
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecnet.errors import InputError

LIMIT = 1 << 26
"""Bytes that an archive may unpack to (64 MiB); tables, figures and metrics take some 2 MiB."""

FOLDER = "results"
"""The folder that an archive must hold, and nothing beside it."""


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Yield the results folder that `path` is, or that the .tar.gz `path` holds.

    Raises:
        InputError: there is none, it is no archive, unpacks to more than LIMIT bytes, or holds
            anything but files and folders below results/.
    """
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        _extract(path, _inflated(path), folder)
        try:
            yield Path(folder, FOLDER)
        except InputError as error:  # name the archive, not a folder that is gone
            raise InputError(f"{path}: {str(error).replace(f'{folder}/', '')}") from error


def _inflated(path: Path) -> bytes:
    """Return the bytes of the archive without its compression, LIMIT of them at most."""
    try:
        with gzip.open(path) as file:
            content = file.read(LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path}: is no results folder and no .tar.gz of one ({reason}); name one"
        ) from error
    if len(content) > LIMIT:
        raise InputError(f"{path}: unpacks to more than {LIMIT} bytes; unpack it by hand")
    return content


def _extract(path: Path, content: bytes, folder: str) -> None:
    """Extract the archive at `path` to `folder`, once every member has been checked."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            members = archive.getmembers()
            for member in members:
                _check(path, member, folder)
            # A sparse file claims more than it holds.
            if sum(member.size for member in members) > LIMIT:
                raise InputError(f"{path}: unpacks to more than {LIMIT} bytes; unpack it by hand")
            archive.extractall(folder, members=members, filter="data")
    except (OSError, ValueError, tarfile.TarError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be unpacked ({reason}); fetch it again") from error


def _check(path: Path, member: tarfile.TarInfo, folder: str) -> None:
    """Refuse a member that is no file or folder below results/."""
    if not (member.isreg() or member.isdir()):
        raise InputError(f"{path}: {member.name!r} is neither file nor folder; do not trust it")
    if Path(member.name).parts[:1] != (FOLDER,) or ".." in Path(member.name).parts:
        raise InputError(f"{path}: {member.name!r} is not below {FOLDER}/; do not trust it")
    tarfile.data_filter(member, folder)
