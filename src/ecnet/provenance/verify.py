"""Verify: whether what lies on disk is what Snakemake and DVC recorded, down to the byte.

Both look at times first. A file that was altered and has an older time, or the time that it had
before, is changed to neither. Here every file is read.
"""

import functools
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from ecnet.errors import InputError
from ecnet.files import digest, files
from ecnet.provenance import dvc_lock, snakemake_metadata

_SHOWN = ("results/tables/", "results/figures/", "results/audit/", "results/report.html")
MOST = 20
"""Differences to print; the rest is counted."""


def verify(*, touch: bool = False, fetched: bool = False) -> int:
    """Compare every recorded digest with the disk; return 1, and say where, if one differs.

    From each table, figure and audit, and from the report, the records lead back to the raw files.
    What dvc.lock recorded is compared as well.

    touch: if nothing differs, give all outputs one time, so that Snakemake finds none of the files
        that DVC put in place newer than another.
    fetched: check only whether DVC has fetched all that dvc.lock names.

    Raises:
        InputError: there is none of them, or a record cannot be read.
    """
    dvc_lock.check_remotes()
    outs = dvc_lock.altered()
    if unfetched := dict(dvc_lock.unfetched(outs)):
        _print(unfetched)
        print(
            f"Neither here nor in DVC's cache: {len(unfetched)}. Try: dvc fetch. What it does not "
            "bring, the remote lacks or holds altered: docs/versions.md, Remotes"
        )
        return 1
    if fetched:
        return 0
    shown = [path for path in files("results") if path.startswith(_SHOWN)]
    if not shown:
        raise InputError(f"{', '.join(_SHOWN)}: there is nothing to verify; make them first")
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
    print(f"{len(outputs)} files are what was recorded of them")
    if touch:
        now = time.time()
        for path in outputs:
            os.utime(path, (now, now))
    return 0


def _print(found: dict[str, str]) -> None:
    """Print the first of what was found."""
    for path in list(found)[:MOST]:
        print(f"{path}: {found[path]}")
    if len(found) > MOST:
        print(f"and {len(found) - MOST} more")


def _altered(shown: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each file that is not what it was when another was made of it, and what it is."""
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
                if not Path(path).is_file():
                    yield path, f"is missing, and {output} was made of it"
                elif wanted is None:
                    yield path, f"no digest was recorded of it when {output} was made"
                elif (now := sha256(path)) != wanted:
                    yield path, f"SHA-256 is {now[:12]}..., it was {wanted[:12]}... for {output}"
                if path not in seen:
                    seen.add(path)
                    waiting.append(path)
