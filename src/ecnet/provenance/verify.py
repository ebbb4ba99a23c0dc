"""Compare every byte of the files on disk with the digests that Snakemake and DVC recorded.

Both check modification times first, and do not notice an altered file with an older or unchanged
time. Here every file is read.
"""

import functools
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from ecnet import paths
from ecnet.errors import InputError
from ecnet.files import digest, files, read_json
from ecnet.provenance import dvc_lock, snakemake_metadata

_SHOWN = ("results/tables/", "results/figures/", "results/audit/", "results/report.html")
MOST = 20
"""The most differences to print; the others are counted."""


def verify(*, touch: bool = False, fetched: bool = False) -> int:
    """Compare every recorded digest with the disk; print each that differs, and return 1.

    The records are followed from each table, figure and audit, and from the report, to the raw
    files. The digests in dvc.lock are compared as well, unless Snakemake alone was used here.

    touch: if nothing differs, give all outputs one time, so that Snakemake finds none of the files
        that DVC put in place newer than another.
    fetched: check only whether DVC has fetched all that dvc.lock names.

    Raises:
        InputError: there are no results, or a record cannot be read.
    """
    dvc_lock.check_remotes()
    shown = [path for path in files("results") if path.startswith(_SHOWN)]
    elsewhere = bool(shown) and not fetched and dvc_lock.is_elsewhere()
    outs = [] if elsewhere else dvc_lock.altered()
    if unfetched := dict(dvc_lock.unfetched(outs)):
        _print(unfetched)
        print(
            f"Neither here nor in DVC's cache: {len(unfetched)}. Try: dvc fetch. If files are "
            "still missing, the remote lacks them or has altered ones: docs/versions.md, Remotes"
        )
        return 1
    if fetched:
        return 0
    if not shown:
        raise InputError(f"{', '.join(_SHOWN)}: nothing to verify; make them first")
    differ: dict[str, str] = {}
    for path, why in (*_altered(shown), *dvc_lock.differences(outs)):
        differ.setdefault(path, why)
    if differ:
        _print(differ)
        print(
            f"Files that differ: {len(differ)}; nothing was changed. If they are newer than "
            "dvc.lock: dvc repro. If not, delete them, then: dvc checkout"
        )
        return 1
    outputs = list(files(*snakemake_metadata.MADE))
    print(f"{len(outputs)} files are as recorded")
    if elsewhere:
        print("dvc.lock is not compared: DVC has neither fetched nor made its version here")
    if touch:
        now = time.time()
        for path in outputs:
            os.utime(path, (now, now))
    return 0


def _print(found: dict[str, str]) -> None:
    """Print the first differences."""
    for path in list(found)[:MOST]:
        print(f"{path}: {found[path]}")
    if len(found) > MOST:
        print(f"and {len(found) - MOST} more")


def _is_deleted(path: str, wanted: str | None) -> bool:
    """Tell whether a raw file was deleted after it was sampled: its provenance is still there."""
    raw = Path(path)
    names = {"dataset": raw.parent.name, "file": raw.name}
    known = Path(paths.PROVENANCE.format(**names))
    if path != paths.RAW.format(**names) or raw.exists() or not known.is_file():
        return False
    return bool(read_json(known).get("sha256") == wanted)


def _altered(shown: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each file that has changed since another was made from it, with a message."""
    sha256 = functools.cache(lambda path: digest(Path(path), "sha256"))
    seen, waiting = set(shown), list(shown)
    with tqdm(desc="verifying", unit=" files", disable=not sys.stderr.isatty()) as progress:
        while waiting:
            output = waiting.pop()
            progress.update()
            record = snakemake_metadata.record(output)
            if record is None:
                if output.startswith(snakemake_metadata.MADE):
                    yield output, "there is no record of how it was made"
                continue
            for path in record.inputs:
                wanted = record.sha256.get(path)
                if _is_deleted(path, wanted):
                    continue
                if not Path(path).is_file():
                    yield path, f"is missing, and {output} was made from it"
                elif wanted is None:
                    yield path, f"no digest was recorded when {output} was made"
                elif (now := sha256(path)) != wanted:
                    yield path, f"SHA-256 is {now[:12]}..., it was {wanted[:12]}... for {output}"
                if path not in seen:
                    seen.add(path)
                    waiting.append(path)
