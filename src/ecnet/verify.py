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

from ecnet import recorded, versions
from ecnet.errors import InputError
from ecnet.files import digest, files

_SHOWN = ("results/tables", "results/figures")
_MOST = 20
"""Differences to print; the rest is counted."""


def verify(*, touch: bool) -> int:
    """Compare every recorded digest with the disk; return 1, and say where, if one differs.

    From each table and figure the records lead back to the raw files. What dvc.lock recorded is
    compared as well. touch: if nothing differs, give all outputs one time, so that Snakemake need
    not read files that DVC put in place in any order.

    Raises:
        InputError: there is no table or figure, or a record cannot be read.
    """
    shown = list(files(*_SHOWN))
    if not shown:
        raise InputError(f"{' and '.join(_SHOWN)}: there is nothing to verify; make them first")
    versions.check_remotes()
    found = list(dict.fromkeys([*_altered(shown), *versions.differences()]))
    for line in found[:_MOST]:
        print(line)
    if found:
        more = f" ({len(found) - _MOST} more)" if len(found) > _MOST else ""
        print(
            f"{len(found)} differ{more}; nothing was changed. If this is newer than dvc.lock, "
            "record it with: dvc repro. If not, delete what differs, then: dvc checkout"
        )
        return 1
    outputs = list(files(*recorded.MADE))
    print(f"{len(outputs)} files are what was recorded of them")
    if touch:
        now = time.time()
        for path in outputs:
            os.utime(path, (now, now))
    return 0


def _altered(shown: list[str]) -> Iterator[str]:
    """Yield a line for each file that is not what it was when another was made of it."""
    sha256 = functools.cache(lambda path: digest(Path(path), "sha256"))
    seen, waiting = set(shown), list(shown)
    with tqdm(desc="verifying", unit=" files", disable=not sys.stderr.isatty()) as progress:
        while waiting:
            output = waiting.pop()
            progress.update()
            record = recorded.record(output)
            if record is None:
                if output.startswith(recorded.MADE):
                    yield f"{output}: there is no record of how it was made"
                continue
            for path in record.inputs:
                yield from _compared(path, record.sha256.get(path), output, sha256)
                if path not in seen:
                    seen.add(path)
                    waiting.append(path)


def _compared(path: str, wanted: str | None, output: str, sha256: object) -> Iterator[str]:
    assert callable(sha256)
    if not Path(path).is_file():
        yield f"{path}: is missing, and {output} was made of it"
    elif wanted is None:
        yield f"{path}: no digest was recorded of it when {output} was made"
    elif (found := sha256(path)) != wanted:
        yield f"{path}: SHA-256 is {found[:12]}..., it was {wanted[:12]}... for {output}"
