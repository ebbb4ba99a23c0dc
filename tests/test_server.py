"""The server of steps: a fork is as good as a process of the job's own, and ends when it should."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from test_runs import until

from ecnet import commands, server

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="forks are for Linux alone")

ASK = "import sys; from ecnet import server; print('status', server.ask(sys.argv[1:]))"
START = """
import json, os
from ecnet import commands, server
print(json.dumps(server.start(os.getpid(), commands.threads({}))), flush=True)
input()
"""
LONG = ("simulate", "bot-iot", "--records", "50000000", "--folder", "made")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
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
    assert "ecnet: nowhere" in said
    assert "status 2" in said


def test_a_command_that_cannot_be_parsed_is_left_to_its_job(run) -> None:
    assert ask(run[1], "wheer") == "status None\n"


def test_a_job_with_other_threads_or_of_another_installation_works_alone(run, tmp_path) -> None:
    settings = json.dumps({"threads": 2})
    arguments = ("trace", "--folder", "f", "--provenance", "p", "--models", "m")
    assert ask(run[1], *arguments, "--settings", settings) == "status None\n"
    (tmp_path / "ecnet").symlink_to(Path(server.__file__).parent)
    copied = tmp_path / "copied/ecnet"
    subprocess.run(["cp", "-r", Path(server.__file__).parent, tmp_path / "copied"], check=True)
    assert not copied.exists()
    subprocess.run(["cp", "-r", Path(server.__file__).parent, copied], check=True)
