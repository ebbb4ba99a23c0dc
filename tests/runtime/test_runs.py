"""Runs in one folder: which are active, and what a killed one left behind."""

import errno
import fcntl
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ecnet.runtime import runs

ENTER = "from ecnet.runtime import runs; print(runs.enter(), flush=True); input()"
ANEW = f"""
import os, sys
from ecnet.runtime import runs
runs.enter()
runs.keep()
os.execv(sys.executable, [sys.executable, "-c", {ENTER!r}])
"""
STEP = """
import os, time
from ecnet.runtime import runs
runs.end_with(int(os.environ[runs.RUN]))
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def another(script: str = ENTER) -> subprocess.Popen[str]:
    """Start another run here, and wait until it has entered."""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def later_run() -> str:
    """Begin another run here, and return why it must not go on."""
    script = "from ecnet.runtime import runs; runs.enter(); print(runs.refusal())"
    return subprocess.check_output([sys.executable, "-c", script], text=True, timeout=20)


def lock(folder: Path) -> Path:
    path = folder / ".snakemake/locks/0.output.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("results/tables/table_6.csv\n")
    return path


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.usefixtures("folder")
def test_a_single_run_prints_nothing() -> None:
    assert runs.enter() == []


def test_an_active_run_is_named_and_its_lock_stays(folder: Path) -> None:
    other, held = another(), lock(folder)
    try:
        (notice,) = runs.enter()
        assert f"process {other.pid}" in notice
        assert f"kill {other.pid}" in notice
        assert held.exists()
    finally:
        other.kill()
        other.wait()


@pytest.mark.usefixtures("folder")
def test_of_two_runs_that_have_not_locked_yet_the_earlier_one_goes_on() -> None:
    runs.enter()
    assert f"Another run is active in this folder (process {os.getpid()})" in later_run()
    assert runs.refusal() == ""
    earlier = another()
    try:
        runs.withdraw()
        runs.enter()
        assert f"process {earlier.pid}" in runs.refusal()
    finally:
        earlier.communicate("\n", timeout=20)
    assert runs.refusal() == ""


@pytest.fixture
def without_locks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, on a file system that has no locks."""

    def refuse(file: int, how: int) -> None:  # noqa: ARG001 - as fcntl has it
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    return folder


@pytest.mark.usefixtures("without_locks")
@pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGKILL])
def test_without_locks_a_run_is_active_as_long_as_its_process(signalled: int) -> None:
    other = another()
    for path in Path(".snakemake/runs").iterdir():
        os.utime(path, (1, 1))  # two runs may begin within a tick of the file system's clock
    runs.enter()
    assert f"process {other.pid}" in runs.refusal()
    other.send_signal(signalled)
    other.wait()
    assert runs.refusal() == ""
    assert [path.name.rpartition(".")[2] for path in Path(".snakemake/runs").iterdir()] == [
        str(os.getpid())
    ]


def on_machine(name: str, boot: str, pid: int) -> Path:
    """Write the file of a run that began before."""
    path = Path(f".snakemake/runs/{name}.{boot}.{pid}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (1, 1))
    return path


@pytest.mark.usefixtures("folder")
def test_a_run_on_another_machine_is_active_until_its_file_is_deleted() -> None:
    path = on_machine("node7.example.org", "its-boot", 2**29)
    runs.enter()
    assert f"process {2**29} on node7.example.org" in runs.refusal()
    assert f"delete {path}" in runs.refusal()
    path.unlink()
    assert runs.refusal() == ""


@pytest.mark.parametrize("folder_has", ["folder", "without_locks"])
def test_a_run_of_this_machine_ended_when_it_was_started_again(
    request: pytest.FixtureRequest, folder_has: str
) -> None:
    request.getfixturevalue(folder_has)
    path = on_machine(platform.node(), "an-earlier-boot", os.getppid())
    runs.enter()
    assert runs.refusal() == ""
    assert not path.exists()


@pytest.mark.usefixtures("folder")
def test_a_run_without_jobs_is_in_the_way_of_no_other() -> None:
    runs.enter()
    runs.withdraw()
    assert later_run() == "\n"


@pytest.mark.usefixtures("folder")
def test_a_run_that_begins_anew_keeps_its_lock() -> None:
    first = another(ANEW)
    runs.enter()
    assert f"process {first.pid}" in runs.refusal()
    first.communicate("\n", timeout=20)
    assert runs.refusal() == ""


def test_only_leftovers_of_a_killed_run_are_deleted(folder: Path) -> None:
    other, held = another(), lock(folder)
    finished, partial = folder / "results/a.csv", folder / "results/.b.csv.536870912.part"
    finished.parent.mkdir()
    for path in (finished, partial):
        path.write_text("1")
    other.kill()
    other.wait()
    (notice,) = runs.enter()
    assert "A run was killed here" in notice
    assert not held.exists()
    assert finished.exists()
    assert not partial.exists()
    assert runs.enter() == []


@pytest.mark.parametrize("cleared_by", [runs.enter, runs.leave])
def test_leftovers_of_a_killed_step_are_deleted_and_files_of_an_active_one_are_not(
    folder: Path, cleared_by: Callable[[], object]
) -> None:
    step = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    part = folder / f"data/split/.train.parquet.{step.pid}.part"
    part.parent.mkdir(parents=True)
    part.write_text("1")
    cleared_by()
    assert part.exists()
    step.kill()
    step.wait()
    cleared_by()
    assert not part.exists()


@pytest.mark.parametrize("cleared_by", [runs.enter, runs.leave])
def test_nothing_is_deleted_while_another_run_is_active(
    folder: Path, cleared_by: Callable[[], object]
) -> None:
    part = folder / f"results/.a.csv.{2**29}.part"
    other = another()
    part.parent.mkdir()
    part.write_text("1")
    cleared_by()
    assert part.exists()
    other.kill()
    other.wait()
    cleared_by()
    assert not part.exists()


def test_a_successful_run_leaves_nothing_behind(folder: Path) -> None:
    other = another()
    other.communicate("\n", timeout=20)
    assert runs.enter() == []
    (left,) = (folder / ".snakemake/runs").iterdir()
    assert left.name.endswith(f".{os.getpid()}")


def test_files_from_the_future_get_the_present_time(folder: Path) -> None:
    late, early = folder / "data/late", folder / "results/early"
    for path, shift in ((late, 10**6), (early, -(10**6))):
        path.parent.mkdir()
        path.write_text("1")
        os.utime(path, (time.time() + shift, time.time() + shift))
    before = early.stat().st_mtime_ns
    (notice,) = runs.date_back()
    assert notice.startswith("data/late: modified in the future")
    assert late.stat().st_mtime <= time.time()
    assert early.stat().st_mtime_ns == before
    assert runs.date_back() == []


def test_a_step_ends_with_its_run() -> None:
    run = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    step = subprocess.Popen(
        [sys.executable, "-c", STEP], env={**os.environ, runs.RUN: str(run.pid)}, text=True
    )
    until(lambda: psutil.Process(step.pid).num_threads() > 1)
    assert step.poll() is None
    run.kill()
    run.wait()
    assert step.wait(timeout=20) == -signal.SIGTERM


def test_a_step_whose_run_has_already_ended_ends_immediately() -> None:
    run = subprocess.Popen([sys.executable, "-c", ""])
    run.wait()
    step = subprocess.run(
        [sys.executable, "-c", STEP],
        env={**os.environ, runs.RUN: str(run.pid)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert step.returncode == -signal.SIGTERM
    assert f"the run that started this (process {run.pid}) has ended" in step.stderr
