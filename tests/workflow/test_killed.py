"""A kill -9 at any moment, and two runs at once: the next call goes on, and nothing is lost."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from projects import MIRROR, Project, messages, new_project
from versioned import Versioned, version

pytestmark = pytest.mark.slow

SNAKEMAKE = (sys.executable, "-m", "snakemake", "--cores", "2")


def until(true: Callable[[], object], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


@contextmanager
def started(project: Project, *command: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command; its output goes to a file, which those that it leaves behind may hold."""
    log = (project.folder.parent / "log").open("w+")
    process = subprocess.Popen(
        command, cwd=project.folder, env=project.environment, stdout=log, stderr=log, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        log.close()


def printed(project: Project) -> str:
    return (project.folder.parent / "log").read_text()


def at_work(folder: Path) -> list[psutil.Process]:
    """Return the processes that work in a folder."""
    running = psutil.process_iter(["cwd"])
    return [process for process in running if process.info["cwd"] == str(folder)]


@pytest.fixture(autouse=True)
def nothing_goes_on(tmp_path: Path) -> Iterator[None]:
    """End what a failed test may have left."""
    yield
    for process in at_work(tmp_path / "project"):
        process.kill()


def finished_jobs(shown: str) -> set[str]:
    """Return the messages of the jobs that a log says are finished."""
    names, done = {}, set()
    for line in shown.splitlines():
        if line.startswith("Job ") and ": " in line:
            number, _, message = line.removeprefix("Job ").partition(": ")
            names[number] = message
        elif line.startswith("Finished jobid: "):
            done.add(names.get(line.split()[2], ""))  # a target has no message
    return done - {""}


@pytest.mark.parametrize(
    "log",
    ["logs/train/multiclass/iot-23/ecnet.log", "logs/render/model_tables.log"],
    ids=["train", "render"],
)
def test_after_a_kill_the_same_call_goes_on(finished: Project, tmp_path: Path, log: str) -> None:
    project = new_project(tmp_path / "project")
    every = messages(project.done(*SNAKEMAKE, "--dry-run", "all", *MIRROR))
    command = (*SNAKEMAKE, "all", *MIRROR)
    with started(project, *command) as process:
        until(lambda: (project.folder / log).exists() or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    kept = finished_jobs(printed(project))
    until(lambda: not at_work(project.folder), seconds=20)  # what it had started ends with it
    again = project.call(*command)
    assert again.returncode == 0, again.stderr
    assert "A run was killed here" in again.stderr
    assert messages(again.stderr) == every - kept
    assert project.results() == finished.results()
    assert not [path for path in project.folder.rglob(".*.part") if path.is_file()]


@pytest.fixture
def unrecorded(finished: Project, tmp_path: Path) -> Versioned:
    """A finished project that DVC has not recorded."""
    return version(finished, tmp_path / "project")


def whole(project: Versioned) -> bool:
    """Tell whether each object of DVC's cache is what its name says."""
    return all(
        hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        == (path.parent.name + path.name).removesuffix(".dir")
        for path in project.cached()
    )


@pytest.mark.parametrize("objects", [1, 50, 100])
def test_after_a_kill_while_dvc_commits_the_same_call_goes_on(
    finished: Project, unrecorded: Versioned, objects: int
) -> None:
    with started(unrecorded, "dvc", "repro") as process:
        until(lambda: len(unrecorded.cached()) >= objects or process.poll() is not None)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    until(lambda: not at_work(unrecorded.folder), seconds=60)
    assert unrecorded.repro() == set()
    assert "up to date" in unrecorded.done("dvc", "status")
    assert whole(unrecorded)
    assert unrecorded.results() == finished.results()


def test_after_a_kill_of_dvc_its_run_goes_on_and_is_named(unrecorded: Versioned) -> None:
    unrecorded.params(
        lambda values: values["models"]["ecnet"].update(epochs=400, patience=400, steps=10**6)
    )
    with started(unrecorded, "dvc", "repro") as process:
        until(lambda: "training ecnet (multiclass)" in printed(unrecorded))
        process.send_signal(signal.SIGKILL)
        process.wait()
    # A job of it has its name until it has become another program.
    found = [one for one in at_work(unrecorded.folder) if one.cmdline()[1].endswith("/snakemake")]
    run = min(found, key=psutil.Process.create_time)
    second = unrecorded.call("dvc", "repro")
    assert second.returncode != 0
    assert f"Another run is active in this folder (process {run.pid})" in second.stderr
    assert f"kill {run.pid}" in second.stderr
    os.kill(run.pid, signal.SIGKILL)  # harder than the message says
    until(lambda: not at_work(unrecorded.folder), seconds=20)
    unrecorded.params(lambda values: values["models"]["ecnet"].update(epochs=1, patience=8))
    jobs = unrecorded.repro()
    assert not [job for job in jobs if "xgboost" in job or "sampling" in job]
    assert "up to date" in unrecorded.done("dvc", "status")


def test_of_two_runs_at_once_the_second_says_why_not(unrecorded: Versioned) -> None:
    slow = {"epochs": 1500, "patience": 1500, "steps": 10**6}
    unrecorded.params(lambda values: values["variants"]["ecnet"].update(slow))
    metrics = "results/metrics/multiclass/iot-23/ecnet.json"
    with started(unrecorded, *SNAKEMAKE, metrics) as process:
        until(lambda: "training ecnet (multiclass)" in printed(unrecorded))
        second = unrecorded.call("dvc", "repro", "--single-item", "models")
        assert second.returncode != 0
        assert f"Another run is active in this folder (process {process.pid})" in second.stderr
        assert process.wait(timeout=300) == 0
    assert unrecorded.jobs(metrics) == set()


def test_of_two_calls_of_dvc_the_second_says_why_not(unrecorded: Versioned) -> None:
    unrecorded.params(lambda values: values["models"]["ecnet"].update(epochs=30, patience=30))
    with started(unrecorded, "dvc", "repro") as process:
        until(lambda: "training ecnet (multiclass)" in printed(unrecorded))
        second = unrecorded.call("dvc", "repro")
        assert second.returncode != 0
        assert "Unable to acquire lock" in second.stderr or "is busy" in second.stderr
        assert process.wait(timeout=300) == 0
    assert unrecorded.repro() == set()
