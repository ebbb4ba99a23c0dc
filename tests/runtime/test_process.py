"""What a command says when the machine, not its input, is at fault."""

import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors import SafetensorError

from ecnet.runtime import commands, process

SIMULATE = ("simulate", "nsl-kdd", "--records", "2000", "--folder", "made")


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "f"), "f: cannot be .* make room"),
        (OSError(errno.EROFS, "Read-only file system", "f"), "make the folder writable"),
        (SafetensorError("I/O error: No space left on device (os error 28)"), "make room"),
        (RuntimeError("write failed: Disk quota exceeded"), "quota"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."), "a smaller batch"),
    ],
)
def test_an_error_of_the_disk_or_the_gpu_is_one_line_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    remedy: str,
) -> None:
    monkeypatch.setattr(commands, "parse", lambda _: raising(error))
    assert process.run(SIMULATE) == 2
    said = capsys.readouterr().err
    assert re.search(remedy, said)
    assert said.count("\n") == 1


def test_a_lack_of_memory_is_one_line_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "parse", lambda _: raising(MemoryError()))
    assert process.run(SIMULATE) == 2
    assert "ecnet stopped: out of memory; " in capsys.readouterr().err


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "parse", lambda _: raising(KeyError("x")))
    with pytest.raises(KeyError):
        process.run(SIMULATE)


def test_a_file_size_limit_is_one_line_and_leaves_no_incomplete_file(tmp_path: Path) -> None:
    limited = f"ulimit -f 1; exec {sys.executable} -m ecnet.runtime.cli {' '.join(SIMULATE)}"
    done = subprocess.run(
        ["bash", "-c", limited], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.endswith("allow larger files (ulimit -f), and run again\n")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["SIMULATED.json"]


@pytest.mark.parametrize(
    ("given", "threads"),
    [
        (("--settings", '{"threads": 3}'), "3"),
        (('--settings={"threads": 3}',), "3"),
        (("--settings", "{}"), "1"),
        (("--settings", "{"), "1"),
        (("--settings",), "1"),
        ((), "1"),
    ],
)
def test_threads_are_set_before_a_module_is_imported(
    monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], threads: str
) -> None:
    seen = []

    def parse(_: object) -> Callable[[], None]:
        seen.append(os.environ["OMP_NUM_THREADS"])
        return lambda: None

    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setattr(commands, "parse", parse)
    assert process.run(("train", *given)) == 0
    assert seen == [threads]


def test_every_library_has_as_many_threads_as_are_set() -> None:
    script = (
        "import os; from ecnet.runtime import process; os.environ.update(process.threads(None)); "
        "import numpy, scipy.linalg, sklearn.svm, torch, xgboost; "  # of scipy is numba's BLAS
        "from threadpoolctl import threadpool_info as info; "
        "print(len(info()), {pool['num_threads'] for pool in info()})"
    )
    many = dict.fromkeys(process.threads(None), "2")
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | many,
        capture_output=True,
        text=True,
        check=True,
    )
    pools, threads = done.stdout.split(maxsplit=1)
    assert int(pools) > 1
    assert threads == "{1}\n"


def raising(error: BaseException):
    def call(*_: object, **__: object) -> None:
        raise error

    return call
