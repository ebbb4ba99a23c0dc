"""Receipts: where and when a raw file was taken, and what its source then said of its version.

A receipt lies beside the file's provenance. That holds what the bytes decide, so that it is the
same wherever they come from; a receipt holds the rest. It outlives the raw file, so that a file
that is taken again is held to what it was.
"""

import datetime
from dataclasses import asdict, dataclass
from pathlib import Path

from ecnet.errors import InputError
from ecnet.fetch import download
from ecnet.fetch.listing import Held
from ecnet.files import read_json, write_json

PROVENANCE = Path("data/provenance")
RAW = Path("data/raw")


@dataclass(frozen=True)
class Receipt:
    """What was taken.

    location: path or URL. time: when it was first taken (UTC). modified: of the file in its
    mirror, or as its server said (UTC); etag: as its server said. None where nothing was said.
    """

    location: str
    bytes: int
    sha256: str
    licence: str
    time: str
    modified: str | None
    etag: str | None


def place(provenance: Path) -> Path:
    """Return where the receipt of a file is, given where its provenance is."""
    return provenance.with_suffix(".receipt")


def read(path: Path) -> Receipt | None:
    """Read a receipt; None if there is none.

    Raises:
        InputError: the file is no receipt.
    """
    if not path.exists():
        return None
    try:
        return Receipt(**read_json(path))
    except TypeError as error:
        raise InputError(f"{path}: is no receipt ({error}); delete it and run again") from error


def write(path: Path, receipt: Receipt) -> None:
    """Write a receipt."""
    write_json(path, asdict(receipt))


def version(location: str) -> tuple[str | None, str | None]:
    """Return when the file at a path or URL was modified, and its ETag, as far as it is said."""
    if download.is_url(location):
        try:
            return download.version(location)
        except InputError:  # it served the file, and need not answer a question about it
            return None, None
    return utc(Path(location).stat().st_mtime), None


def utc(seconds: float) -> str:
    """Return a time since the epoch in ISO 8601, to the second."""
    moment = datetime.datetime.fromtimestamp(int(seconds), tz=datetime.UTC)
    return moment.isoformat().replace("+00:00", "Z")


def taken(dataset: str) -> tuple[Held, ...]:
    """Return those files of a dataset that were taken from a mirror and lie there."""
    found = []
    for path in sorted((PROVENANCE / dataset).glob("*.receipt")):
        receipt, raw = read(path), RAW / dataset / path.stem
        if receipt is not None and raw.exists():
            found.append(Held(raw.as_posix(), receipt.location, receipt.sha256))
    return tuple(found)
