"""Runs of Snakemake in one folder: which are at work, and what a killed one left behind.

Snakemake's own lock is a file: a killed run leaves it, and the next one cannot tell whether it is
at work still. And what a killed run had started goes on, and would write over what the next one
makes. Here a run holds a lock of the operating system's, which ends when the process does, however
it ends; and a step ends with its run.
"""

import fcntl
import os
import re
import select
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ecnet.errors import InputError
from ecnet.files import files
from ecnet.provenance.snakemake_metadata import MADE

RUN = "ECNET_RUN"
"""The environment variable that tells a step which process it is a part of."""

_RUNS = Path(".snakemake/runs")
_LOCKS = Path(".snakemake/locks")

_PART = re.compile(r"\..+\.([0-9]{1,9})\.part")
"""What `files.atomic` has not finished; the number is the process that writes it."""

_SKEW = 1_000_000_000  # nanoseconds by which the clock of a disk may be ahead

_held: dict[Path, int] = {}  # files that stay open until the process ends, for their locks


def enter() -> list[str]:
    """Count this process among the runs in this folder; return what its user should know.

    If no other run is at work, what a killed run or step left is cleared away: the lock, which
    names files, and what was written in part. What it finished stays, and Snakemake knows by its
    own marks what it did not.
    """
    _hold(Path.cwd() / _RUNS / str(os.getpid()))
    others = list(_others())
    if not others:
        _clear_parts()
    if not _LOCKS.is_dir() or not any(_LOCKS.iterdir()):
        return []
    if others:
        return [
            f"Another run is at work in this folder (process {pid}). Wait for it to end, or end "
            f"it: kill {pid}. There is nothing to unlock."
            for pid in others
        ]
    shutil.rmtree(_LOCKS)
    return ["A run was killed here. Its lock is lifted; what it did not finish is made again."]


def check_places(outputs: Iterable[str]) -> None:
    """Stop where a folder that outputs go into cannot take any; Snakemake says so in a traceback.

    outputs: the files that rules write, with wildcards in braces.

    Raises:
        InputError: a file stands in a folder's place, or the folder cannot be written to.
    """
    fixed = [Path(output.partition("{")[0] + "_").parent for output in outputs]
    fixed += [Path(".snakemake", name) for name in ("metadata", "incomplete", "locks", "log")]
    for place in sorted({folder for path in fixed for folder in (path, *path.parents)}):
        if os.path.lexists(place) and not place.is_dir():
            raise InputError(
                f"{place}: is no folder, and files are made in a folder of this name; move it "
                "away, and run again"
            )
        if place.is_dir() and not os.access(place, os.W_OK | os.X_OK):
            raise InputError(
                f"{place}: cannot be written to, and files are made there; make it writable, and "
                "run again"
            )


def leave() -> None:
    """Clear away what a killed step of this run left, unless another run is at work here."""
    if not list(_others()):
        _clear_parts()


def date_back() -> list[str]:
    """Give files from the future the time of now; return what the user should know.

    A clock that was set back leaves them, and Snakemake takes what is made of them for older than
    they are. What counts is their content, of which it has digests.
    """
    now = time.time_ns()
    found = [path for path in files(*MADE) if Path(path).stat().st_mtime_ns > now + _SKEW]
    for path in found:
        os.utime(path, ns=(now, now))
    if not found:
        return []
    return [
        f"{found[0]}{f' and {len(found) - 1} more' if found[1:] else ''}: from the future, by "
        "their time; was the clock set back? They are given the time of now."
    ]


def end_with(pid: int) -> None:
    """End this process as soon as the process `pid` has ended.

    Does nothing where the system has no pidfd (all but Linux): there, a killed run's steps go on.
    """
    if not hasattr(os, "pidfd_open"):
        return
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        _end(pid)
        return
    threading.Thread(target=_wait, args=(process, pid), daemon=True).start()


def _wait(process: int, pid: int) -> None:
    select.select([process], [], [])  # readable when the process has ended
    _end(pid)


def _end(pid: int) -> None:
    print(
        f"ecnet stopped: the run that started this (process {pid}) has ended",
        file=sys.stderr,
        flush=True,
    )
    os.kill(os.getpid(), signal.SIGTERM)  # at once, whatever the main thread computes


def _clear_parts() -> None:
    """Delete what processes that have ended wrote in part; a step by hand may be at work."""
    for path in (path for folder in MADE for path in Path(folder).rglob(".*.part")):
        writer = _PART.fullmatch(path.name)
        if writer and not _is_at_work(int(writer[1])):
            with suppress(OSError):  # on a disk that cannot be written, a step will say so
                path.unlink()


def _is_at_work(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True


def _hold(path: Path) -> None:
    """Create and lock a file; another run may take it for a dead one's until it is locked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while path not in _held:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists() and os.path.samestat(os.fstat(file), path.stat()):
            _held[path] = file
        else:
            os.close(file)


def _others() -> Iterator[int]:
    """Yield the processes of other runs at work; delete the files of dead ones."""
    for path in sorted(_RUNS.glob("*")):
        if path.name == str(os.getpid()):
            continue
        try:
            file = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        except BlockingIOError:
            yield int(path.name)
        finally:
            os.close(file)
