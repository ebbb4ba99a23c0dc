"""Compare the raw files with their sources.

A fetched file stays in use even if its source changes. Otherwise results could change although
nobody changed parameters, code or data.
"""

import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from ecnet.errors import InputError
from ecnet.fetch import download, download_records, refetch
from ecnet.fetch.download_records import DownloadRecord
from ecnet.fetch.sources import Located
from ecnet.readers import archived


def notices(located: Mapping[str, Located]) -> Iterator[str]:
    """Yield a line for each dataset whose files in the mirror seem to have changed.

    Compares sizes, times and stated checksums, but not contents.
    """
    for dataset, at in located.items():
        if at.source != "mirror":
            continue
        changed, touched = [], 0
        for file, location in at.files.items():
            record = download_records.read(download_records.PROVENANCE / dataset / f"{file}.record")
            if record is None:
                continue
            if why := _other(record, location, at.sha256.get(file)):
                changed.append(f"{location}: {why}")
            elif not download.is_url(location) and _modified(location) != record.modified:
                touched += 1
        if changed:
            more = f" ({len(changed) - 1} more of {dataset})" if changed[1:] else ""
            yield f"{changed[0]}{more}. The fetched files stay in use; see: ecnet upstream"
        if touched:
            yield (
                f"{dataset}: {touched} files of the mirror have new modification times since they "
                "were fetched; ecnet upstream compares their contents"
            )


def upstream() -> int:
    """Compare every fetched file with its source; return 1 if one has changed or is gone.

    Files in a folder are compared by their contents, files on a server by date and ETag; a .tar.gz
    is read again only if its size or time has changed. If only the modification time has changed,
    the download record is updated.
    """
    paths = sorted(download_records.PROVENANCE.glob("*/*.record"))
    found = []
    for path in tqdm(paths, desc="comparing", unit=" files", disable=not sys.stderr.isatty()):
        record = download_records.read(path)
        assert record is not None  # it was listed
        if why := _compared(path, record):
            print(f"{record.location}: {why}")
            found.append(path)
    print(f"{len(paths)} files compared, {len(found)} of them changed or gone")
    return int(bool(found))


def _compared(path: Path, record: DownloadRecord) -> str:
    """Return how a file differs from the fetched one, and what to do; empty if it does not."""
    location = record.location
    raw = download_records.RAW / path.parent.name / path.stem
    again = (
        "To use the new file, with the --config of the run: "
        f"rm {shlex.quote(str(path))} && snakemake --cores 1 --force {shlex.quote(str(raw))}"
    )
    if download.is_url(location):
        return _served(record, again)
    if not archived.exists(Path(location)):
        drop = refetch.command(raw, path)
        return f"is gone (fetched on {record.time}). Put it back, or to run without it: {drop}"
    if why := _other(record, location, archived.sha256(Path(location))):
        return f"{why}. {again}"
    if (now := _modified(location)) != record.modified:
        download_records.write(path, replace(record, modified=now))
    return ""


def _served(record: DownloadRecord, again: str) -> str:
    try:
        modified, etag = download.version(record.location)
    except InputError as error:
        return f"cannot be compared ({error}). The fetched file stays in use; try again"
    for name, then, now in (
        ("Last-Modified", record.modified, modified),
        ("ETag", record.etag, etag),
    ):
        if then and now and then != now:
            return (
                f"its {name} was {then} when it was fetched on {record.time}, and is {now}. {again}"
            )
    return ""


def _other(record: DownloadRecord, location: str, stated: str | None) -> str:
    """Return how a file certainly differs from the fetched one; empty if it may be the same."""
    since = f"has changed since it was fetched on {record.time}"
    if stated and stated != record.sha256:
        return f"{since} (SHA-256 {record.sha256[:12]}..., now {stated[:12]}...)"
    if download.is_url(location):
        return ""
    size = archived.size(Path(location))
    return "" if size == record.bytes else f"{since} ({record.bytes} bytes, now {size})"


def _modified(location: str) -> str:
    return download_records.utc(archived.container(Path(location)).stat().st_mtime)
