"""A command in a process: its threads, how it ends, and what it cost."""

import contextlib
import gc
import io
import os
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ecnet import errors, machine
from ecnet.runtime import commands, runs

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")

_ESCAPED = "backslashreplace"
_MORE_MEMORY = "have fewer jobs at once (--cores), or smaller samples (sampling.cap)"


def run(arguments: Sequence[str]) -> int:
    """Run one command in this process; return its exit status.

    Those of `ecnet.errors`, or what the command answers: 0 or 1.
    """
    print_anywhere()
    try:
        status = _run(arguments)
        _flush()
    except BrokenPipeError:
        _print_nowhere()
        return errors.CLOSED
    except errors.InputError as error:
        print(f"ecnet: {error}", file=sys.stderr)
        return errors.REFUSED
    except MemoryError:
        print(f"ecnet stopped: out of memory; {_MORE_MEMORY}", file=sys.stderr)
        return errors.REFUSED
    except Exception as error:
        if not (words := machine.words(error)):
            raise
        print(f"ecnet stopped: {words}", file=sys.stderr)
        _print_nowhere()
        return errors.REFUSED
    gc.freeze()  # at its end Python would search all of torch for cycles to free
    return status


def _run(arguments: Sequence[str]) -> int:
    start = time.monotonic()
    try:
        options = vars(commands.parser().parse_args(arguments))
    except SystemExit:  # help was asked for
        _flush()
        raise
    command = options.pop("command")
    if runs.RUN in os.environ:
        runs.end_with(int(os.environ[runs.RUN]))
    os.environ.update(threads(options))
    status: int = command(**options) or 0
    if "settings" in options:
        _say_cost(arguments[0], time.monotonic() - start)
    return status


def print_anywhere() -> None:
    """Have what a terminal or file cannot hold (an arrow in ASCII) printed as Python writes it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors != _ESCAPED:
            stream.reconfigure(errors=_ESCAPED)


def _flush() -> None:
    if sys.stdout:  # which is None where the file is closed
        sys.stdout.flush()


def _print_nowhere() -> None:
    """Drop what was not printed: at its end Python would try again, and fail in its own words."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def threads(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that say how many threads a command may use, as its settings have it.

    They are read when numpy or torch is imported: two processes with two threads each on two
    cores spin against each other, and results depend on the number of threads.
    """
    return dict.fromkeys(_THREADS, str((options.get("settings") or {}).get("threads", 1)))


def _say_cost(name: str, seconds: float) -> None:
    kibibytes = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        f"ecnet {name}: {seconds:.1f} s, {kibibytes // 1024} MiB of memory at most",
        file=sys.stderr,
    )
