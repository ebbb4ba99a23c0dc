"""Upstream: whether the raw files are still what their sources hold.

What was taken stays in use: a file that changes upstream would otherwise change results without a
change of params, code or data that anybody made.
"""

import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from ecnet.errors import InputError
from ecnet.fetch import download, download_records, renewal
from ecnet.fetch.download_records import Receipt
from ecnet.fetch.sources import Located
from ecnet.files import sha256


def notices(located: Mapping[str, Located]) -> Iterator[str]:
    """Yield a line for each dataset whose mirror seems to hold other files than were taken.

    Asks for no more than sizes, times and the checksums that the mirror states.
    """
    for dataset, at in located.items():
        if at.source != "mirror":
            continue
        changed, touched = [], 0
        for file, location in at.files.items():
            receipt = download_records.read(
                download_records.PROVENANCE / dataset / f"{file}.receipt"
            )
            if receipt is None:
                continue
            if why := _other(receipt, location, at.sha256.get(file)):
                changed.append(f"{location}: {why}")
            elif not download.is_url(location) and _modified(location) != receipt.modified:
                touched += 1
        if changed:
            more = f" ({len(changed) - 1} more of {dataset})" if changed[1:] else ""
            yield f"{changed[0]}{more}. What was taken stays in use; see: ecnet upstream"
        if touched:
            yield (
                f"{dataset}: {touched} files of the mirror have other times than when they were "
                "taken; ecnet upstream compares their contents"
            )


def upstream() -> int:
    """Compare every raw file that was taken with its source; return 1 if one changed or is gone.

    A mirror's file is compared byte by byte; of a server's its size, date and ETag. Where a
    mirror's file has another time and the same bytes, its receipt is brought up to date.
    """
    paths = sorted(download_records.PROVENANCE.glob("*/*.receipt"))
    found = []
    for path in tqdm(paths, desc="comparing", unit=" files", disable=not sys.stderr.isatty()):
        receipt = download_records.read(path)
        assert receipt is not None  # it was listed
        if why := _compared(path, receipt):
            print(f"{receipt.location}: {why}")
            found.append(path)
    print(f"{len(paths)} files compared, {len(found)} of them changed or gone")
    return int(bool(found))


def _compared(path: Path, receipt: Receipt) -> str:
    """Return in words how a file differs from what was taken, and what to do; empty if not."""
    location = receipt.location
    raw = download_records.RAW / path.parent.name / path.stem
    again = (
        "To take what is there now, with the --config of the run: "
        f"rm {shlex.quote(str(path))} && snakemake --cores 1 --force {shlex.quote(str(raw))}"
    )
    if download.is_url(location):
        return _served(receipt, again)
    if not Path(location).is_file():
        drop = renewal.command(raw, path)
        return f"is gone (taken on {receipt.time}). Put it back; or to do without it: {drop}"
    if why := _other(receipt, location, sha256(Path(location))):
        return f"{why}. {again}"
    if (now := _modified(location)) != receipt.modified:
        download_records.write(path, replace(receipt, modified=now))
    return ""


def _served(receipt: Receipt, again: str) -> str:
    try:
        modified, etag = download.version(receipt.location)
    except InputError as error:
        return f"cannot be asked for ({error}). What was taken stays in use; try again"
    for name, then, now in (
        ("Last-Modified", receipt.modified, modified),
        ("ETag", receipt.etag, etag),
    ):
        if then and now and then != now:
            return (
                f"its {name} was {then} when it was taken on {receipt.time}, and is {now}. {again}"
            )
    return ""


def _other(receipt: Receipt, location: str, stated: str | None) -> str:
    """Return in words how a file must differ from what was taken; empty if it need not."""
    since = f"has changed since it was taken on {receipt.time}"
    if stated and stated != receipt.sha256:
        return f"{since} (SHA-256 {receipt.sha256[:12]}..., now {stated[:12]}...)"
    if download.is_url(location):
        return ""
    size = Path(location).stat().st_size
    return "" if size == receipt.bytes else f"{since} ({receipt.bytes} bytes, now {size})"


def _modified(location: str) -> str:
    return download_records.utc(Path(location).stat().st_mtime)
