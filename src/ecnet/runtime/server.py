"""The server of steps: one process imports what steps need, and forks for each of them.

To import pandas or to load compiled kernels takes longer than most steps. So a run of Snakemake
starts a server that does so once, and each job asks it, by a socket, for a fork of itself. A fork
has the job's arguments, folder, environment, limits and files, and does what the job would have
done; it ends with the job, and all end with the run. Where no server can be reached (on a node of
a cluster, in the environment of another rule), a job does its step itself.

Linux alone has what this needs; elsewhere no server is started.
"""

import contextlib
import errno
import json
import os
import resource
import shutil
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ecnet.errors import INTERRUPTED, REFUSED

SERVER = "ECNET_SERVER"
"""The environment variable that tells a job where the server of its run listens."""

LENGTH = struct.Struct("!Q")
"""Of a request, sent before it, together with the job's standard files."""

_LIMITS = (
    *(resource.RLIMIT_AS, resource.RLIMIT_CORE, resource.RLIMIT_CPU, resource.RLIMIT_DATA),
    *(resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_STACK),
)
NO_THREAD = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Keeps an allocator that pyarrow carries, and does not use, from starting a thread."""

_LONGEST = 107
"""Bytes of the path of a socket."""

_WAITING = 1024
"""Jobs that may wait for their fork at once."""


def ask(arguments: Sequence[str]) -> int | None:
    """Have a step done by the server of this run; return its exit status.

    None where there is no server for this process: then the step is still to be done. What ended
    by a signal ends this process by the same, for whoever started it to see.
    """
    if not os.environ.get(SERVER):
        return None
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(os.environ[SERVER])
        except OSError:
            return None
        try:
            answer = _answer(server, json.dumps(_request(arguments)).encode())
        except KeyboardInterrupt:
            _end_fork(server)
            return INTERRUPTED
    if not answer:
        print("ecnet stopped: the server of this run has ended; run again", file=sys.stderr)
        return REFUSED
    status: int | None = json.loads(answer)
    if status is not None and status < 0:
        _end_by(signal.Signals(-status))
    return status


def start(run: int, threads: dict[str, str]) -> dict[str, str]:
    """Start the server of the run that is the process `run`; return what its jobs must know.

    threads: the environment variables that keep libraries to one thread.

    Raises:
        OSError: none can be started; each job then does its step itself.
    """
    if not hasattr(os, "pidfd_open"):
        return {}
    import subprocess  # a job that asks needs it not

    folder = Path(tempfile.mkdtemp(prefix="ecnet-"))  # a short path, that its owner alone can enter
    with contextlib.ExitStack() as undone, socket.socket(socket.AF_UNIX) as listening:
        undone.callback(shutil.rmtree, folder)
        place = str(folder / "server")
        if len(os.fsencode(place)) > _LONGEST:  # where TMPDIR is a long path
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), place)
        listening.bind(place)
        listening.listen(_WAITING)
        subprocess.Popen(
            [sys.executable, "-m", "ecnet.runtime.forks", str(listening.fileno()), str(run)],
            pass_fds=[listening.fileno()],
            env={**os.environ, **threads, **NO_THREAD},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the run to handle
        )
        undone.pop_all()
    return {SERVER: place}


def installation() -> list[str]:
    """Return what tells one installation of this package from another."""
    return [sys.prefix, str(Path(__file__).resolve().parents[1])]


def _request(arguments: Sequence[str]) -> dict[str, Any]:
    """Return all that a fork takes over from the job that asks for it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return {
        "arguments": list(arguments),
        "installation": installation(),
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
        "umask": umask,
        "niceness": os.getpriority(os.PRIO_PROCESS, 0),
        "limits": [[name, *resource.getrlimit(name)] for name in _LIMITS],
    }


def _answer(server: socket.socket, request: bytes) -> bytes:
    """Send a request and the standard files; return the answer, which is empty if none comes."""
    try:
        socket.send_fds(server, [LENGTH.pack(len(request))], [0, 1, 2])
        server.sendall(request)
        return server.recv(16)
    except OSError:
        return b""


def _end_fork(server: socket.socket) -> None:
    """Have the server end this job's fork, and wait until it has.

    A fork that outlives its job would write outputs that Snakemake has just cleared away, and of
    which it then has no record.
    """
    with contextlib.suppress(OSError):
        server.shutdown(socket.SHUT_WR)
        server.recv(16)


def _end_by(number: signal.Signals) -> None:
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
