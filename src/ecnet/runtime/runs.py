"""Runs of Snakemake in one folder: which are active, and what a killed run left behind.

Snakemake's own lock is a file: a killed run leaves it behind, and the next run cannot know whether
the first is still active. The jobs of a killed run also continue, and would overwrite the files of
the next run. Here each run has a file that names it, and a step ends with its run. On the same
machine a lock of that file tells whether the run is active: it is released when the process ends,
for any reason. Not every file system has locks, or shares them between machines: a run on another
machine is taken to be active while its file is there.
"""

import errno
import fcntl
import os
import platform
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
"""The environment variable that holds the process id of a step's run."""

_KEPT = "ECNET_RUN_LOCK"
"""The environment variable that holds the open file of the lock of a run that begins anew."""

_RUNS = Path(".snakemake/runs")
_BOOT = Path("/proc/sys/kernel/random/boot_id")  # only on Linux
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""What a file system without locks answers, as some of clusters do."""

_LOCKS = Path(".snakemake/locks")

_PART = re.compile(r"\..+\.([0-9]{1,9})\.part")
"""A temporary file of `files.atomic`; the number is the process that writes it."""

_SKEW = 1_000_000_000  # nanoseconds that the clock of a disk may be ahead

_held: dict[Path, int] = {}  # files kept open for their locks until the process ends


def enter() -> list[str]:
    """Register this process as a run in this folder; return messages for the user.

    If no other run is active, delete what a killed run or step left behind: the lock and temporary
    files. Finished files remain; Snakemake has its own records of the unfinished ones.
    """
    _hold(_own())
    others = list(_others())
    if not others:
        _clear_parts()
    if not _LOCKS.is_dir() or not any(_LOCKS.iterdir()):
        return []
    if others:
        return list(map(_active, others))
    shutil.rmtree(_LOCKS)
    return ["A run was killed here. Its lock is removed; its unfinished files are made again."]


def refusal() -> str:
    """Return why no jobs may run: a run that began earlier is active. Empty if there is none.

    Snakemake locks only when it has planned, and a run that begins anew plans twice.
    """
    own = _began(_own())
    return next((_active(run) for run in _others() if _began(run) < own), "")


def withdraw() -> None:
    """Be no run any more: no jobs will run, and another run need not wait."""
    own = _own()
    if own in _held:
        own.unlink(missing_ok=True)
        os.close(_held.pop(own))


def keep() -> None:
    """Keep the lock of this run when its process becomes another program, and begins anew."""
    file = _held[_own()]
    os.set_inheritable(file, True)
    os.environ[_KEPT] = str(file)


def _own() -> Path:
    """Return the file of this run. Its name is all that it holds, so it is never half-written."""
    boot = _BOOT.read_text(encoding="ascii").strip() if _BOOT.exists() else ""
    return Path.cwd() / _RUNS / f"{platform.node()}.{boot}.{os.getpid()}"


def _named(run: Path) -> tuple[str, str, int]:
    """Return the machine of a run, what tells its kernel from any other, and its process."""
    machine, boot, pid = run.name.rsplit(".", 2)
    return machine, boot, int(pid)


def _active(run: Path) -> str:
    machine, _, pid = _named(run)
    if machine == platform.node():
        return (
            f"Another run is active in this folder (process {pid}). Wait until it ends, or end it: "
            f"kill {pid}. There is nothing to unlock."
        )
    return (
        f"Another run is active in this folder (process {pid} on {machine}). Wait until it ends, "
        f"or end it there: kill {pid}. If it has been killed, delete {_RUNS / run.name}."
    )


def _began(run: Path) -> tuple[int, str]:
    """Return what orders runs by when they began; a run that has ended is the last."""
    with suppress(FileNotFoundError):
        return run.stat().st_mtime_ns, run.name
    return sys.maxsize, run.name


def check_places(outputs: Iterable[str]) -> None:
    """Stop if a folder for outputs cannot be used; Snakemake would show a traceback.

    outputs: the files that rules write, with wildcards in braces.

    Raises:
        InputError: a file is in the place of a folder, or a folder cannot be written to.
    """
    fixed = [Path(output.partition("{")[0] + "_").parent for output in outputs]
    fixed += [Path(".snakemake", name) for name in ("metadata", "incomplete", "locks", "log")]
    for place in sorted({folder for path in fixed for folder in (path, *path.parents)}):
        if os.path.lexists(place) and not place.is_dir():
            raise InputError(
                f"{place}: is not a folder, and files are written to a folder of this name; move "
                "it away, and run again"
            )
        if place.is_dir() and not os.access(place, os.W_OK | os.X_OK):
            raise InputError(
                f"{place}: cannot be written to, and files are written there; make it writable, "
                "and run again"
            )


def leave() -> None:
    """Delete what a killed step of this run left behind, unless another run is active here."""
    if not list(_others()):
        _clear_parts()


def date_back() -> list[str]:
    """Set the time of files from the future to now; return messages for the user.

    They remain after a clock was set back, and Snakemake would take files made from them for older.
    Their content decides: Snakemake has digests of it.
    """
    now = time.time_ns()
    found = [path for path in files(*MADE) if Path(path).stat().st_mtime_ns > now + _SKEW]
    for path in found:
        os.utime(path, ns=(now, now))
    if not found:
        return []
    return [
        f"{found[0]}{f' and {len(found) - 1} more' if found[1:] else ''}: modified in the "
        "future; was the clock set back? The time is set to now."
    ]


def end_with(pid: int) -> None:
    """End this process as soon as the process `pid` has ended.

    Does nothing on systems without pidfd (all but Linux): there, a killed run's steps continue.
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
    os.kill(os.getpid(), signal.SIGTERM)  # immediately, whatever the main thread computes


def _clear_parts() -> None:
    """Delete temporary files of processes that have ended; a step called by hand may be active."""
    for path in (path for folder in MADE for path in Path(folder).rglob(".*.part")):
        writer = _PART.fullmatch(path.name)
        if writer and not _is_active(int(writer[1])):
            with suppress(OSError):  # on a disk that cannot be written to, a step reports it
                path.unlink()


def _is_active(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True


def _hold(path: Path) -> None:
    """Create and lock a file; until it is locked, another run may take it for an ended run's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if kept := os.environ.pop(_KEPT, ""):
        _held[path] = int(kept)
        os.set_inheritable(_held[path], False)  # jobs do not hold it
    while path not in _held:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        _lock(file, fcntl.LOCK_EX)
        if path.exists() and os.path.samestat(os.fstat(file), path.stat()):
            _held[path] = file
        else:
            os.close(file)


def _lock(file: int, how: int) -> bool:
    """Lock an open file; return False where the file system has no locks.

    Raises:
        BlockingIOError: another process holds the lock, and `how` says not to wait.
    """
    try:
        fcntl.flock(file, how)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True


def _others() -> Iterator[Path]:
    """Yield the files of other active runs; delete those of ended ones."""
    own = _own()
    this, booted, _ = _named(own)
    for run in sorted(_RUNS.glob("*.*.*")):
        machine, boot, _ = _named(run)
        elsewhere = machine != this and boot != booted  # containers share what their machine booted
        if run.name != own.name and (elsewhere or _goes_on(run, booted)):
            yield run


def _goes_on(run: Path, booted: str) -> bool:
    """Tell whether a run of this machine is active; delete the file of one that has ended."""
    _, boot, pid = _named(run)
    try:
        file = os.open(run, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        locked = _lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not locked and boot == booted and _is_active(pid):
            return True
        run.unlink(missing_ok=True)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
