"""Fetch native files to data/raw, and verify them by size and SHA-256."""

import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import time as now
from typing import IO, Any

from ecnet.errors import InputError
from ecnet.fetch import download, download_records, quota
from ecnet.fetch.download_records import DownloadRecord
from ecnet.files import atomic, sha256, write_json
from ecnet.readers import archived, tarred
from ecnet.readers.compressed import damage

_BLOCK = 1 << 20
_CUT = "get the file again, or set data.check_facts: false in params.yaml for a subset of it"


def fetch(
    *,
    output: Path,
    provenance: Path,
    origin: Mapping[str, str],
    limits: Mapping[str, int],
    settings: Mapping[str, Any],
) -> None:
    """Copy or download one native file to `output`, and record what it is and where it is from.

    output: the raw file to write.
    provenance: the JSON file to write; beside it, the download record is written, see
    `download_records`.
    origin: location (path or URL), sha256 (as the mirror states it, or empty).
    limits: max_bytes of the file, max_total_bytes of all raw files.
    settings: dataset, file, source, licence; sha256 and bytes as published (empty and null if
    unknown).

    Raises:
        InputError: the file is not available, or its size or SHA-256 is wrong.
    """
    location = origin["location"]
    if download.is_url(location):
        download.download(location, output, lambda size: quota.check(size, output, limits))
    else:
        _copy(Path(location), output, limits)
    _verify(output, provenance, origin, settings)


def unpack(
    *,
    archive: Path,
    outputs: Sequence[Path],
    provenance: Sequence[Path],
    origins: Sequence[Mapping[str, str]],
    limits: Mapping[str, int],
    settings: Sequence[Mapping[str, Any]],
) -> None:
    """Unpack native files of a .tar.gz, which is read once for all of them; otherwise as `fetch`.

    archive: the .tar.gz. outputs, provenance, origins: of each file, as for `fetch`; its location
    is the path of the archive, followed by its path in the archive.
    limits: max_bytes of a file, max_total_bytes of all raw files.
    settings: of each file, as for `fetch`.

    Raises:
        InputError: the archive is damaged or lacks a file, or the size or SHA-256 of one is wrong.
    """
    given = zip(outputs, provenance, origins, settings, strict=True)
    wanted = {Path(one[2]["location"]): one for one in given}
    for name, stream in tarred.each(archive):
        source = archive / name
        if source in wanted:
            output, described, origin, facts = wanted.pop(source)
            with _copying(source, output), damage(archive):
                quota.check(archived.size(source), output, limits)
                _write(stream, output)
            _verify(output, described, origin, facts)
    if wanted:
        raise InputError(f"{min(wanted)}: is not in the archive any more; run again")


def _verify(
    output: Path, provenance: Path, origin: Mapping[str, str], settings: Mapping[str, Any]
) -> None:
    """Check size and SHA-256 of a fetched file, and record what it is and where it is from."""
    location = origin["location"]
    place = download_records.place(provenance)
    before = download_records.read(place)
    digest, size = sha256(output), output.stat().st_size
    if settings["bytes"] is not None and size != settings["bytes"]:
        _refuse(
            output,
            f"{location}: has {size} bytes, the published file has {settings['bytes']}; {_CUT}",
        )
    for expected, says, remedy in (
        (settings["sha256"], "the published one is", _CUT),
        (origin["sha256"], "SHA256SUMS says", "get the file again, or correct SHA256SUMS"),
        (before.sha256 if before else "", *_changed(place, before)),
    ):
        if expected and digest != expected:
            _refuse(output, f"{location}: its SHA-256 is {digest}, and {says} {expected}; {remedy}")
    modified, etag = download_records.version(location)
    time = before.time if before else download_records.utc(now())
    record = DownloadRecord(location, size, digest, settings["licence"], time, modified, etag)
    download_records.write(place, record)
    write_json(
        provenance,
        {
            "dataset": settings["dataset"],
            "file": settings["file"],
            "source": settings["source"],
            "bytes": size,
            "sha256": digest,
            "licence": settings["licence"],
        },
    )


def _changed(place: Path, record: DownloadRecord | None) -> tuple[str, str]:
    """Return the message that a file has changed in its source, and what to do."""
    if record is None:
        return "", ""
    return (
        f"when it was first fetched, on {record.time}, it was",
        f"to use the new file: rm {shlex.quote(str(place))}, and run again",
    )


def _copy(source: Path, output: Path, limits: Mapping[str, int]) -> None:
    """Copy a file of a mirror, or of an archive in it."""
    with _copying(source, output):
        quota.check(archived.size(source), output, limits)
        with archived.stored(source) as stream:
            _write(stream, output)


@contextmanager
def _copying(source: Path, output: Path) -> Iterator[None]:
    """Name the file that is copied in errors."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{source}: {error}") from error
    except OSError as error:
        raise InputError(f"{source}: cannot be copied to {output} ({error.strerror})") from error


def _write(stream: IO[bytes], output: Path) -> None:
    with atomic(output) as temporary, temporary.open("wb") as file:
        shutil.copyfileobj(stream, file, _BLOCK)


def _refuse(output: Path, reason: str) -> None:
    """Delete the copy of a wrong file, and raise an InputError."""
    output.unlink()
    raise InputError(reason)
