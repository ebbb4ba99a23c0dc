"""Acquiring: native files from where they are to data/raw, verified by size and SHA-256."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecnet import web
from ecnet.errors import InputError
from ecnet.files import atomic, sha256, write_json, write_text


def acquire(*, output: Path, provenance: Path, settings: Mapping[str, Any]) -> None:
    """Bring one native file to `output`, byte for byte, and write where it came from.

    settings: dataset, file, location (path or URL), source, sha256 (stated, or empty), bytes
    (known size, or null), max_bytes, licence, checksums (folder of recorded digests).

    Raises:
        InputError: the file cannot be had, or its size or SHA-256 is not what it must be.
    """
    location, limit = settings["location"], settings["max_bytes"]
    expected, reason = _expected(settings)
    if web.is_url(location):
        web.download(location, output, limit)
    else:
        _copy(Path(location), output, limit)
    digest, size = sha256(output), output.stat().st_size
    if settings["bytes"] is not None and size != settings["bytes"]:
        _refuse(output, f"{location}: has {size} bytes where {settings['bytes']} are published")
    if expected and digest != expected:
        _refuse(output, f"{location}: its SHA-256 is {digest}, and {reason} {expected}")
    record = _record(settings)
    if not record.exists():
        write_text(record, f"{digest}\n")
    write_json(
        provenance,
        {
            "dataset": settings["dataset"],
            "file": settings["file"],
            "source": settings["source"],
            "location": location,
            "bytes": size,
            "sha256": digest,
            "licence": settings["licence"],
        },
    )


def _record(settings: Mapping[str, Any]) -> Path:
    """Return the file that holds the digest recorded when the file was first used."""
    folder: str = settings["checksums"]
    return Path(folder, settings["dataset"], f"{settings['file']}.sha256")


def _expected(settings: Mapping[str, Any]) -> tuple[str, str]:
    """Return the SHA-256 that a file must have, and who says so."""
    record = _record(settings)
    if settings["sha256"]:
        return settings["sha256"], "the stated one is"
    if record.exists():
        digest = record.read_text(encoding="utf-8").strip()
        return digest, f"at first use it was (delete {record} to accept the new file)"
    return "", ""


def _copy(source: Path, output: Path, limit: int) -> None:
    """Copy a file of a mirror."""
    try:
        if source.stat().st_size > limit:
            raise InputError(f"{source}: is larger than data.max_bytes = {limit}")
        with atomic(output) as temporary:
            shutil.copyfile(source, temporary)
    except OSError as error:
        raise InputError(f"{source}: cannot be copied to {output} ({error.strerror})") from error


def _refuse(output: Path, reason: str) -> None:
    """Delete a file that is not what it must be, and stop."""
    output.unlink()
    raise InputError(f"{reason}; it was deleted")
