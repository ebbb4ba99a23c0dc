"""Skips what this machine cannot run, and says why."""

import fcntl
import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import browser
import clusters
import mirrors
import projects
import pytest
import resultfiles
import runs
import servers
from hypothesis import settings

from ecnet import models
from ecnet.errors import InputError
from ecnet.runtime import cli, process

# As every step does. threadpoolctl alone misses the BLAS of numba, which the first product loads.
os.environ.update(process.threads(None))

settings.register_profile("ecnet", deadline=None)  # a loaded machine fails no test
settings.load_profile("ecnet")

SLOW = ("chromium", "mirror", "s3", "slurm", "ssh", "validators")
"""Markers of tests that `make test` leaves to `make test-all`, beside those marked slow."""


@pytest.hookimpl(tryfirst=True)  # before pytest selects by markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow tests, and skip those that need a program or the real records that are missing."""
    missing = {}
    if shutil.which("tshark") is None:
        missing["tshark"] = "tshark is not installed (Debian: apt-get install tshark)"
    if not all(map(shutil.which, ("arm-none-eabi-gcc", "qemu-system-arm"))):
        missing["board"] = (
            "no emulated board (Debian: apt-get install gcc-arm-none-eabi "
            "libnewlib-arm-none-eabi qemu-system-arm)"
        )
    if browser.program() is None:
        missing["chromium"] = "no browser is installed (Debian: apt-get install chromium)"
    if not Path(os.environ.get("ECNET_AXE", "")).is_file():
        missing["axe"] = "ECNET_AXE does not name axe.min.js (.ci/axe.lock has a package with it)"
    if "ECNET_MIRROR" not in os.environ:
        missing["mirror"] = "ECNET_MIRROR does not name a folder of real records"
    if shutil.which(os.environ.get("ECNET_MOTO_SERVER", "")) is None:
        missing["s3"] = "ECNET_MOTO_SERVER does not name moto's server (.ci/servers installs it)"
    if "ECNET_VALIDATORS" not in os.environ:
        missing["validators"] = "ECNET_VALIDATORS names no folder (.ci/validators installs them)"
    if not all(map(clusters.program, clusters.PROGRAMS)):
        missing["slurm"] = "no SLURM (Debian: apt-get install slurmctld slurmd slurm-client munge)"
    elif "ECNET_SLURM_PLUGIN" not in os.environ:
        missing["slurm"] = (
            "ECNET_SLURM_PLUGIN does not name a folder with Snakemake's executor for SLURM "
            "(.ci/run installs it)"
        )
    if servers.sshd() is None:
        missing["ssh"] = "sshd is not installed (Debian: apt-get install openssh-server)"
    for item in items:
        if any(item.get_closest_marker(marker) for marker in SLOW):
            item.add_marker(pytest.mark.slow)
        if "lightgbm" in item.nodeid and not _has_openmp():
            item.add_marker(
                pytest.mark.skip(reason="no libgomp (Debian: apt-get install libgomp1)")
            )
        for marker, reason in missing.items():
            if item.get_closest_marker(marker):  # not a keyword, which a folder's name is too
                item.add_marker(pytest.mark.skip(reason=reason))


@functools.cache
def _has_openmp() -> bool:
    """Tell whether LightGBM can be loaded, which needs the system's OpenMP runtime."""
    try:
        models.check_machine("lightgbm", {})
    except InputError:
        return False
    return True


@pytest.fixture(scope="session")
def mirror() -> Path:
    """Return the folder of real records, laid out as <dataset>/<file>."""
    return Path(os.environ["ECNET_MIRROR"]).resolve()


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a file and returns its path."""

    def write(content: str | bytes, name: str = "records.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    folder = tmp_path_factory.mktemp("inputs")
    return {
        "multiclass": resultfiles.write_metrics(folder / "metrics"),
        "binary": resultfiles.write_metrics(folder / "metrics", "binary"),
        "counts": resultfiles.write_counts(folder / "counts"),
        "splits": resultfiles.write_splits(folder / "splits"),
    }


@pytest.fixture(scope="module")
def drawn(inputs: dict[str, list[Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    resultfiles.draw_all(inputs, folder)
    return folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return runs.write_results(tmp_path / "old")


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return runs.write_results(tmp_path / "new")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[[Path, Path], tuple[int, str]]:
    """Return a function that compares two runs: its exit status and what it printed."""

    def compare(old: Path, new: Path) -> tuple[int, str]:
        status = cli.main(["compare", str(old), str(new)])
        shown = capsys.readouterr()
        return status, shown.out + shown.err

    return compare


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> projects.Project:
    """A project in which everything has been made, on many cores; tests leave it as it is.

    One for all workers: the first that needs it makes it, and the others wait.
    """
    folder = tmp_path_factory.getbasetemp()
    folder = (folder if worker_id == "master" else folder.parent) / "finished"
    with (folder.parent / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return projects.Project(folder)
        project = projects.new_project(folder.with_name("unfinished"))
        done = project.run(*projects.TARGETS, *projects.MIRROR, cores=8)
        assert done.returncode == 0, done.stdout + done.stderr
        project.folder.rename(folder)
    return projects.Project(folder)


@pytest.fixture
def project(finished: projects.Project, tmp_path: Path) -> projects.Project:
    """A copy of the finished project, its times and Snakemake's memory included."""
    shutil.copytree(finished.folder, tmp_path / "copy", copy_function=shutil.copy2)
    return projects.Project(tmp_path / "copy")


@pytest.fixture
def small_mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    mirrors.write(folder, *mirrors.FILES)
    return folder


@pytest.fixture
def server(small_mirror: Path) -> Iterator[str]:
    """Serve the mirror on loopback."""
    handler = functools.partial(mirrors.Quiet, directory=str(small_mirror))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()
