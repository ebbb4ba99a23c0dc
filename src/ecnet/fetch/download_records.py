"""Download records: where and when a raw file was fetched, and its version at that time.

A record is stored beside the file's provenance. The provenance depends on the bytes alone, so it is
the same wherever they came from; the record contains the rest. It is kept when the raw file is
deleted, so a file that is fetched again is compared with the first one.
"""

import datetime
from dataclasses import asdict, dataclass
from pathlib import Path

from ecnet import paths
from ecnet.errors import InputError
from ecnet.fetch import download
from ecnet.fetch.listing import MirrorFile
from ecnet.files import read_json, write_json
from ecnet.readers import archived

PROVENANCE = Path(paths.PROVENANCE).parents[1]
RAW = Path(paths.RAW).parents[1]


@dataclass(frozen=True)
class DownloadRecord:
    """What was fetched.

    location: path or URL. time: of the first fetch (UTC). modified: modification time of the file
    in its mirror, or Last-Modified (UTC). etag: from the server. None where unknown.
    """

    location: str
    bytes: int
    sha256: str
    licence: str
    time: str
    modified: str | None
    etag: str | None


def place(provenance: Path) -> Path:
    """Return the path of a file's record, given the path of its provenance."""
    return provenance.with_suffix(".record")


def read(path: Path) -> DownloadRecord | None:
    """Read a record; None if there is none.

    Raises:
        InputError: the file is not a download record.
    """
    if not path.exists():
        return None
    try:
        return DownloadRecord(**read_json(path))
    except TypeError as error:
        raise InputError(
            f"{path}: is not a download record ({error}); delete it and run again"
        ) from error


def write(path: Path, record: DownloadRecord) -> None:
    """Write a record."""
    write_json(path, asdict(record))


def version(location: str) -> tuple[str | None, str | None]:
    """Return modification time and ETag of the file at a path or URL; None where unknown."""
    if download.is_url(location):
        try:
            return download.version(location)
        except InputError:  # some servers do not answer HEAD requests
            return None, None
    return utc(archived.container(Path(location)).stat().st_mtime), None


def utc(seconds: float) -> str:
    """Return a time since the epoch in ISO 8601, to the second."""
    moment = datetime.datetime.fromtimestamp(int(seconds), tz=datetime.UTC)
    return moment.isoformat().replace("+00:00", "Z")


def taken(dataset: str) -> tuple[MirrorFile, ...]:
    """Return the raw files of a dataset that were fetched from a mirror and need not be again."""
    found = []
    for path in sorted((PROVENANCE / dataset).glob("*.record")):
        record, raw = read(path), RAW / dataset / path.stem
        if record is not None and is_had(dataset, raw.name):
            found.append(MirrorFile(raw.as_posix(), record.location, record.sha256))
    return tuple(found)


def is_had(dataset: str, file: str) -> bool:
    """Return whether a raw file is there, or was sampled before it was deleted."""
    patterns = (paths.RAW, paths.SHARD_COUNTS)
    return any(Path(one.format(dataset=dataset, file=file)).exists() for one in patterns)
