"""Archives of results from other people: checked completely before anything is unpacked."""

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
"""The most bytes that an archive may unpack to (64 MiB); results take about 2 MiB."""

FOLDER = "results"
"""The only folder that an archive may hold."""


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Yield the results folder `path`, or the one in the .tar.gz `path`.

    Raises:
        InputError: `path` is missing or is not an archive, unpacks to more than LIMIT bytes, or
            holds anything but files and folders below results/.
    """
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        _extract(path, _inflated(path), folder)
        try:
            yield Path(folder, FOLDER)
        except InputError as error:  # name the archive, not the temporary folder
            raise InputError(f"{path}: {str(error).replace(f'{folder}/', '')}") from error


def _inflated(path: Path) -> bytes:
    """Return the decompressed bytes of the archive, at most LIMIT."""
    try:
        with gzip.open(path) as file:
            content = file.read(LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path}: is neither a results folder nor a .tar.gz of one ({reason}); name one"
        ) from error
    if len(content) > LIMIT:
        raise InputError(f"{path}: unpacks to more than {LIMIT} bytes; unpack it by hand")
    return content


def _extract(path: Path, content: bytes, folder: str) -> None:
    """Check every member of the archive at `path`, then extract it to `folder`."""
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            members = archive.getmembers()
            for member in members:
                _check(path, member, folder)
            # A sparse file is larger than its data.
            if sum(member.size for member in members) > LIMIT:
                raise InputError(f"{path}: unpacks to more than {LIMIT} bytes; unpack it by hand")
            archive.extractall(folder, members=members, filter="data")
    except (OSError, ValueError, tarfile.TarError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be unpacked ({reason}); fetch it again") from error


def _check(path: Path, member: tarfile.TarInfo, folder: str) -> None:
    """Refuse a member that is not a file or folder below results/."""
    if not (member.isreg() or member.isdir()):
        raise InputError(f"{path}: {member.name!r} is neither file nor folder; do not trust it")
    if Path(member.name).parts[:1] != (FOLDER,) or ".." in Path(member.name).parts:
        raise InputError(f"{path}: {member.name!r} is not below {FOLDER}/; do not trust it")
    tarfile.data_filter(member, folder)
