"""Runs on a cluster with SLURM: the same bytes as on one machine, whatever happens to its jobs."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import clusters
import psutil
import pytest
from clusters import Cluster, until
from projects import MIRROR, Project, new_project

from ecnet.errors import InputError
from ecnet.runtime import slurm

pytestmark = pytest.mark.slurm

TARGET = "results/tables"
ON_CLUSTER = (
    *("--profile", "profiles/slurm", "--latency-wait", "20"),
    *("--slurm-no-account", "--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "1", "--max-jobs-per-timespan", "2/1s"),
)
# Python runs this first, in every process of a run.
NO_LOCKS = """
import errno, fcntl, os
def refuse(*_):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
fcntl.flock = fcntl.lockf = refuse
"""
# Trainings side by side take up to 1 GB, and Snakemake alone 200 MB: more than a group has at its
# first attempt, 60 MB for each, and less than at its second.
TOO_LITTLE = ("--set-resources", "train:mem_mb=60 * attempt**4")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with clusters.running(tmp_path_factory.mktemp("cluster")) as started:
        yield started


def small_project(folder: Path) -> Project:
    project = new_project(folder)
    project.params(lambda values: values["data"].update(include=["nsl-kdd"]))
    return project


class Run:
    """A run of Snakemake whose jobs are on a cluster, on a file system without locks."""

    def __init__(self, project: Project, cluster: Cluster) -> None:
        self.project, self.cluster = project, cluster
        self.log = project.folder / "run.log"

    def __enter__(self) -> "Run":
        without_locks = self.project.folder.with_name("no-locks")
        without_locks.mkdir()
        (without_locks / "sitecustomize.py").write_text(NO_LOCKS)
        imported = (self.project.folder / "src", without_locks, os.environ["ECNET_SLURM_PLUGIN"])
        environment = self.project.environment | {
            "SLURM_CONF": self.cluster.environment["SLURM_CONF"],
            "PATH": f"{self.cluster.folder / 'bin'}:{self.project.environment['PATH']}",
            "PYTHONPATH": ":".join(map(str, imported)),
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "snakemake", TARGET, *ON_CLUSTER, *TOO_LITTLE, *MIRROR],
                cwd=self.project.folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def said(self) -> str:
        return self.log.read_text()

    def goes_on(self) -> bool:
        return self.process.poll() is None

    def job(self, about: str) -> str:
        """Wait for a running job of the cluster; return its id."""
        found: list[str] = []

        def is_there() -> bool:
            running = self.cluster.jobs("RUNNING").items()
            found.extend(id for id, named in running if re.search(about, named))
            assert found or self.goes_on(), self.said()
            return bool(found)

        until(is_there)
        return found[0]

    def step(self, name: str) -> psutil.Process:
        """Wait for a step on the node; return its process."""
        found: list[psutil.Process] = []

        def is_there() -> bool:
            for process in psutil.process_iter(["cmdline", "cwd"]):
                command = process.info["cmdline"] or []
                here = process.info["cwd"] == str(self.project.folder)
                if here and command[1:3] == [str(Path(sys.executable).with_name("ecnet")), name]:
                    found.append(process)
            assert found or self.goes_on(), self.said()
            return bool(found)

        until(is_there)
        return found[0]


def test_a_run_survives_what_happens_to_its_jobs_with_the_bytes_of_a_local_run(
    cluster: Cluster, tmp_path: Path
) -> None:
    local = small_project(tmp_path / "local")
    local.done(sys.executable, "-m", "snakemake", "--cores", "2", TARGET, *MIRROR)
    project = small_project(tmp_path / "project")
    with Run(project, cluster) as run:
        requeued = run.job(r"rule_shard.*KDDTrain")
        cluster.ask("scontrol", "requeue", requeued)
        until(lambda: requeued in cluster.jobs("PENDING"))
        # Not in two minutes, and not before what it ran has ended.
        cluster.ask("scontrol", "update", f"JobId={requeued}", "StartTime=now+5")
        cancelled = run.job(r"rule_shard.*KDDTest")
        cluster.ask("scancel", cancelled)
        transfer = run.job("rule_transfer")
        run.step("transfer").suspend()
        cluster.ask("scontrol", "update", f"JobId={transfer}", "EndTime=now+1")
        evaluate = run.job("rule_evaluate")
        run.step("predict").kill()
        assert run.process.wait(timeout=300) == 0, run.said()
    assert project.results() == local.results()
    ended = cluster.jobs("FAILED", "OUT_OF_MEMORY", "CANCELLED", "TIMEOUT")
    # SLURM begins the first again, and Snakemake repeats the step of the second in the same job.
    assert {requeued, evaluate} <= cluster.jobs("COMPLETED").keys()
    assert cluster.jobs("CANCELLED").keys() == {cancelled}
    assert cluster.jobs("TIMEOUT").keys() == {transfer}
    assert "rule_train_train" in ended.values()
    begun = re.findall(r"^Execute (\d+) jobs", run.said(), flags=re.MULTILINE)
    assert max(map(int, begun)) == 2  # in a second, as the call says: a local run has no limit


def test_jobs_that_a_killed_run_left_behind_are_named(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_CONF", cluster.environment["SLURM_CONF"])
    monkeypatch.chdir(tmp_path)
    sent = ("sbatch", "--parsable", "--output=/dev/null", "--wrap=sleep 60")
    cluster.ask(*sent, "--comment=rule_train", "--chdir=/")
    cluster.ask(*sent, f"--chdir={tmp_path}")  # a job of the user's own
    slurm.check()
    left = cluster.ask(*sent, "--comment=rule_train", f"--chdir={tmp_path}").strip()
    with pytest.raises(InputError, match=f"scancel {left}$"):
        slurm.check()
    cluster.ask("scancel", left)
    until(lambda: not cluster.jobs("COMPLETING"))
    slurm.check()
