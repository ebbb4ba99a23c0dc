"""A command in a process: its threads, its exit status, and its time and memory."""

import argparse
import contextlib
import gc
import io
import json
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
_MORE_MEMORY = "run fewer jobs at once (--cores), or take smaller samples (sampling.cap)"


def run(arguments: Sequence[str]) -> int:
    """Run one command in this process; return its exit status.

    One of `ecnet.errors`, or the answer of the command: 0 or 1.
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
    gc.freeze()  # otherwise Python searches all objects for cycles at exit
    return status


def _run(arguments: Sequence[str]) -> int:
    start = time.monotonic()
    if runs.RUN in os.environ:
        runs.end_with(int(os.environ[runs.RUN]))
    settings = _settings(arguments)
    os.environ.update(threads(settings))  # before the command's module imports a library
    try:
        call = commands.parse(arguments)
    except SystemExit:  # after the help
        _flush()
        raise
    status = call() or 0
    if settings is not None:
        _say_cost(arguments[0], time.monotonic() - start)
    return status


def _settings(arguments: Sequence[str]) -> dict[str, Any] | None:
    """Return the settings of a step; None where none are given, or where they are wrong."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--settings", default="null")
    try:
        found = json.loads(parser.parse_known_args(arguments)[0].settings)
    except (argparse.ArgumentError, ValueError):  # the command's own parser says so
        return None
    return found if isinstance(found, dict) else None


def print_anywhere() -> None:
    """Print characters that a terminal or file cannot encode (an arrow in ASCII) as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors != _ESCAPED:
            stream.reconfigure(errors=_ESCAPED)


def _flush() -> None:
    if sys.stdout:  # None if the file is closed
        sys.stdout.flush()


def _print_nowhere() -> None:
    """Drop unprinted output: at exit Python would try again, and fail with its own message."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def threads(settings: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the variables that limit the threads of a command to those of its settings.

    Libraries read them when they are imported. Two processes with two threads each on two cores
    wait for each other in busy loops, and results depend on the number of threads.
    """
    return dict.fromkeys(_THREADS, str((settings or {}).get("threads", 1)))


def _say_cost(name: str, seconds: float) -> None:
    kibibytes = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        f"ecnet {name}: {seconds:.1f} s, {kibibytes // 1024} MiB of memory at most",
        file=sys.stderr,
    )
