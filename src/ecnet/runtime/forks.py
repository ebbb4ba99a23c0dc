"""The loop of the server of steps: it imports what a step needs, and forks for it.

It has one thread and computes nothing itself, so that a fork is as good as a new process.
"""

import contextlib
import gc
import io
import json
import os
import resource
import selectors
import shutil
import signal
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecnet import errors, models
from ecnet.runtime import commands, process, runs, server

_PATIENCE = 10
"""Seconds in which a job must have sent what it asks for."""


@dataclass(frozen=True)
class _Fork:
    """A fork at work: its process, a file that is readable once it has ended, and its job."""

    process: int
    ended: int
    job: socket.socket
    settings: dict[str, Any]


class Server:
    """The forks at work, and what was prepared for those to come."""

    def __init__(self, listening: socket.socket, run: int) -> None:
        """Serve the jobs of the process `run`."""
        self._listening, self._run = listening, os.pidfd_open(run)
        self._selector = selectors.DefaultSelector()
        self._selector.register(listening, selectors.EVENT_READ)
        self._selector.register(self._run, selectors.EVENT_READ)
        self._forks: list[_Fork] = []

    def serve(self) -> None:
        """Serve until the run has ended; forks notice that by themselves."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listening:
                    self._accept()
                elif key.fileobj == self._run:
                    return
                elif key.data in self._forks:
                    self._tend(key.data, ended=key.fileobj == key.data.ended)

    def _accept(self) -> None:
        job, _ = self._listening.accept()
        try:
            request, files = _receive(job)
        except (OSError, ValueError):  # the job was killed while it asked
            job.close()
            return
        try:
            self._answer(job, request, files)
        finally:
            for file in files:
                os.close(file)

    def _answer(self, job: socket.socket, request: dict[str, Any], files: list[int]) -> None:
        """Fork for a request, unless the job is better off alone."""
        options = _options(request["arguments"])
        if options is None or not _as_if_new(request, options):
            with job, contextlib.suppress(OSError):
                job.sendall(b"null")
            return
        settings = options.get("settings") or {}
        if "family" in settings:
            models.family(settings["family"])
        gc.freeze()  # what is shared stays shared: a collection would write to all of it
        own = os.getpid()
        pid = os.fork()
        if not pid:
            _become(request, files, own)
        fork = _Fork(pid, os.pidfd_open(pid), job, settings)
        self._forks.append(fork)
        for file in (fork.ended, fork.job):
            self._selector.register(file, selectors.EVENT_READ, fork)

    def _tend(self, fork: _Fork, *, ended: bool) -> None:
        """Pass the status of a fork on, or end it where its job has ended before."""
        if not ended:
            self._selector.unregister(fork.job)
            os.kill(fork.process, signal.SIGTERM)
            return
        status = os.waitstatus_to_exitcode(os.waitpid(fork.process, 0)[1])
        with contextlib.suppress(OSError):
            fork.job.sendall(json.dumps(status).encode())
        self._forks.remove(fork)
        for file in (fork.ended, fork.job):
            with contextlib.suppress(KeyError):
                self._selector.unregister(file)
        os.close(fork.ended)
        fork.job.close()


def _receive(job: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Return what a job asks for, and its standard files.

    Raises:
        OSError, ValueError: the job ended, or sent something else.
    """
    job.settimeout(_PATIENCE)
    length, files, _, _ = socket.recv_fds(job, server.LENGTH.size, 3)
    try:
        (missing,) = server.LENGTH.unpack(length)
        with job.makefile("rb") as stream:
            request: dict[str, Any] = json.loads(stream.read(missing))
    except (OSError, ValueError, struct.error):
        for file in files:
            os.close(file)
        raise
    job.settimeout(None)
    return request, files


def _options(arguments: list[str]) -> dict[str, Any] | None:
    """Return what the arguments of a command say; None where they are none, or ask for help."""
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        try:
            return commands.parse(arguments).keywords
        except SystemExit:
            return None


def _as_if_new(request: dict[str, Any], options: dict[str, Any]) -> bool:
    """Tell whether a fork of this process is what a process of the job's own would be.

    It is of the same installation, its libraries were told as many threads, and there is no other
    thread, which would be missing in a fork.
    """
    told = process.threads(options.get("settings"))
    return (
        request["installation"] == server.installation()
        and all(os.environ.get(name) == value for name, value in told.items())
        and len(list(Path("/proc/self/task").iterdir())) == 1
    )


def _become(request: dict[str, Any], files: list[int], parent: int) -> None:
    """Do in this process, a fork of `parent`, what a job asks for, and end."""
    status = errors.BUG
    try:
        for place, file in enumerate(files):
            os.dup2(file, place)
        _close_all_but(len(files))
        _take_over(request)
        runs.end_with(parent)
        status = process.run(request["arguments"])
    except BaseException:  # as the interpreter would show it, whatever it is
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _close_all_but(first: int) -> None:
    """Close what the server had open, so that it ends for its jobs when it does."""
    for name in [entry.name for entry in Path("/proc/self/fd").iterdir()]:
        if int(name) >= first:
            with contextlib.suppress(OSError):  # that of the listing itself
                os.close(int(name))


def _take_over(request: dict[str, Any]) -> None:
    """Take over folder, environment and limits of a job."""
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    os.umask(request["umask"])
    os.setpriority(os.PRIO_PROCESS, 0, request["niceness"])
    for name, soft, hard in request["limits"]:
        resource.setrlimit(name, (soft, hard))


def main(listening: str, run: str) -> None:
    """Serve on the socket that is the open file `listening`, for the process `run`."""
    process.print_anywhere()  # a fork, which has other files behind its streams, cannot
    with socket.socket(fileno=int(listening)) as sock:
        folder = Path(sock.getsockname()).parent
        try:
            with contextlib.suppress(ProcessLookupError):  # the run has ended already
                Server(sock, int(run)).serve()
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
