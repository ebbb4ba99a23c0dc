"""The server of steps: a fork is as good as a process of the job's own, and ends when it should."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from test_runs import until

from ecnet import errors
from ecnet.runtime import commands, process, runs, server

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="forks are for Linux alone")

ASK = "import sys; from ecnet.runtime import server; print('status', server.ask(sys.argv[1:]))"
START = """
import json, os
from ecnet.runtime import commands, process, runs, server
print(json.dumps(server.start(os.getpid(), process.threads({}))), flush=True)
input()
"""
IMPORT = """
import importlib, os, sys
from ecnet import models
for name in sys.argv[1:]:
    importlib.import_module(name)
for name in models.names():
    models.family(name)
print(len(os.listdir("/proc/self/task")))
"""
LONG = ("simulate", "bot-iot", "--records", "50000000", "--folder", "made")


@pytest.fixture
def run() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A process that has started a server, and the environment of its jobs."""
    process = subprocess.Popen(
        [sys.executable, "-c", START], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process, {**os.environ, **json.loads(process.stdout.readline())}
    process.kill()
    process.wait()


def ask(environment: dict[str, str], *arguments: str, **options: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", ASK, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    return str(done.stdout + done.stderr)


def forks(run: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the forks at work for a run."""
    return [fork for child in psutil.Process(run.pid).children() for fork in child.children()]


def test_a_fork_works_in_the_folder_and_with_the_files_of_its_job(run, tmp_path) -> None:
    said = ask(run[1], "simulate", "nsl-kdd", "--records", "10", "--folder", "made", cwd=tmp_path)
    assert said.endswith("status 0\n")
    assert list((tmp_path / "made").iterdir())


def test_an_error_of_a_fork_is_that_of_its_job(run, tmp_path) -> None:
    said = ask(run[1], "where", "nowhere", cwd=tmp_path)
    assert "ecnet: 'nowhere' is not a dataset" in said
    assert "status 2" in said


def test_a_command_that_cannot_be_parsed_is_left_to_its_job(run) -> None:
    assert ask(run[1], "wheer") == "status None\n"


def test_a_job_with_more_threads_works_alone(run) -> None:
    settings = json.dumps({"threads": 2})
    step = ("predict", "--encoded", "e", "--model", "m", "--weights", "w", "--outputs", "o")
    assert ask(run[1], *step, "--settings", settings) == "status None\n"


def test_a_job_of_another_installation_works_alone(run, tmp_path) -> None:
    shutil.copytree(Path(server.__file__).parents[1], tmp_path / "ecnet")
    other = {**run[1], "PYTHONPATH": str(tmp_path)}
    assert ask(other, "where", "nsl-kdd") == "status None\n"


def test_a_job_whose_run_has_ended_works_alone(run) -> None:
    process, environment = run
    process.communicate("\n")
    until(lambda: not Path(environment[server.SERVER]).parent.exists())
    assert ask(environment, "where", "nsl-kdd") == "status None\n"


def start(run: tuple[subprocess.Popen[str], dict[str, str]], folder: Path) -> subprocess.Popen[str]:
    """Start a job that works for long, and wait until its fork does."""
    job = subprocess.Popen(
        [sys.executable, "-m", "ecnet.runtime.cli", *LONG],
        env=run[1],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: (folder / "made").exists())
    assert len(forks(run[0])) == 1
    return job


def test_a_fork_ends_with_its_job(run, tmp_path) -> None:
    job = start(run, tmp_path)
    job.kill()
    job.wait()
    until(lambda: not forks(run[0]))
    assert ask(run[1], "where", "nsl-kdd").endswith("status 0\n")


def test_a_job_that_is_interrupted_waits_for_the_end_of_its_fork(tmp_path: Path) -> None:
    """Snakemake clears away what the job made as soon as that ends: nothing may come after it."""
    place = str(tmp_path / "server")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(place)
        listening.listen()
        environment = {**os.environ, server.SERVER: place}
        command = [sys.executable, "-m", "ecnet.runtime.cli", "where", "nsl-kdd"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as job:
            asking, _ = listening.accept()
            with asking:
                (length,) = server.LENGTH.unpack(asking.recv(server.LENGTH.size))
                assert asking.recv(length, socket.MSG_WAITALL)
                job.send_signal(signal.SIGINT)
                assert asking.recv(1) == b""  # the job asks for the end of its fork
                asking.sendall(b"-15")  # which a job that had ended would not take
            assert job.wait(timeout=20) == errors.INTERRUPTED
            assert job.stderr is not None
            assert job.stderr.read() == b""


def test_a_job_ends_as_its_fork_did(run, tmp_path) -> None:
    job = start(run, tmp_path)
    forks(run[0])[0].kill()
    assert job.wait(timeout=20) == -signal.SIGKILL


def test_forks_and_server_end_with_their_run_and_leave_nothing(run, tmp_path) -> None:
    process, environment = run
    environment[runs.RUN] = str(process.pid)
    job = start(run, tmp_path)
    (fork,) = forks(process)
    process.kill()
    process.wait()
    assert job.wait(timeout=20) != 0
    until(lambda: not fork.is_running())
    until(lambda: not Path(environment[server.SERVER]).parent.exists())


def test_a_job_whose_server_is_killed_says_so_and_fails(run, tmp_path) -> None:
    job = start(run, tmp_path)
    (fork,) = forks(run[0])
    fork.parent().kill()
    _, said = job.communicate(timeout=20)
    assert job.returncode == 2
    assert "ecnet stopped: the server of this run has ended; run again\n" in said
    until(lambda: not fork.is_running())


def test_nothing_that_a_step_imports_starts_a_thread() -> None:
    """A fork has none of the threads of the process that it is a fork of."""
    places = [place for place, _ in commands.COMMANDS.values()]
    modules = sorted({f"ecnet.{place.split(':')[0]}" for place in places})
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, *modules],
        env={**os.environ, **process.threads({}), **server.NO_THREAD},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1\n"
