"""A command in a process: its threads, how it ends, and what it cost."""

import errno
import gc
import os
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ecnet import commands, runs
from ecnet.errors import InputError

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


_MORE_MEMORY = "have fewer jobs at once (--cores), or smaller samples (sampling.cap)"
_DISK = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room within your quota",
    errno.EFBIG: "allow larger files (ulimit -f)",
    errno.EROFS: "make the folder writable",
    errno.EACCES: "make the folder yours",
}
"""What a person does when the disk refuses."""


def run(arguments: Sequence[str]) -> int:
    """Run one command in this process; return its exit status."""
    start = time.monotonic()
    options = vars(commands.parser().parse_args(arguments))
    command = options.pop("command")
    if runs.RUN in os.environ:
        runs.end_with(int(os.environ[runs.RUN]))
    os.environ.update(threads(options))
    try:
        status: int = command(**options) or 0
    except InputError as error:
        print(f"ecnet: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except MemoryError:
        print(f"ecnet stopped: out of memory; {_MORE_MEMORY}", file=sys.stderr)
        return 1
    except Exception as error:
        if not (words := _of_the_disk(error)):
            raise
        print(f"ecnet stopped: {words}", file=sys.stderr)
        return 1
    if "settings" in options:
        _say_cost(arguments[0], time.monotonic() - start)
    gc.freeze()  # at its end Python would search all of torch for cycles to free
    return status


def threads(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that say how many threads a command may use, as its settings have it.

    They are read when numpy or torch is imported: two processes with two threads each on two
    cores spin against each other, and results depend on the number of threads.
    """
    return dict.fromkeys(_THREADS, str((options.get("settings") or {}).get("threads", 1)))


def _of_the_disk(error: Exception) -> str:
    """Return what to say of an error that the disk is at fault for; empty for any other.

    Libraries written in Rust or C++ tell the number of the error in words alone.
    """
    for number, remedy in _DISK.items():
        told = (f"os error {number})", f"[errno {number}]", os.strerror(number))
        if getattr(error, "errno", None) == number or any(
            words.lower() in str(error).lower() for words in told
        ):
            file = getattr(error, "filename", None)
            place = f"{file}: " if file else ""
            return f"{place}cannot be written ({os.strerror(number)}); {remedy}, and run again"
    return ""


def _say_cost(name: str, seconds: float) -> None:
    kibibytes = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        f"ecnet {name}: {seconds:.1f} s, {kibibytes // 1024} MiB of memory at most",
        file=sys.stderr,
    )
