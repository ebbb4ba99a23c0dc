"""A cluster with SLURM on this machine: its daemons with files, ports and a key of their own."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SEARCHED = f"{os.environ['PATH']}:/usr/sbin"
"""Where programs are looked for: daemons are not on a user's path."""

PROGRAMS = ("munged", "slurmctld", "slurmd", "srun", "sbatch", "squeue", "scancel", "scontrol")

# Without systemd and cgroups: processes and their memory are looked up in /proc, once a second. The
# node has more cores and memory than the machine, so that what is measured is what jobs ask for.
CONFIG = """\
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthInfo=socket={folder}/munge.socket
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
KillWait=2
MinJobAge=3600
SchedulerParameters=batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=16 RealMemory=64000 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def program(name: str) -> str | None:
    return shutil.which(name, path=SEARCHED)


class Cluster:
    """A running cluster. environment: what clients need to find it, beside a search path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            "PATH": f"{self.folder / 'bin'}:{SEARCHED}",
        }

    def ask(self, *command: str) -> str:
        """Run a client of SLURM, which must succeed; return what it prints."""
        environment = {**os.environ, **self.environment}
        return subprocess.check_output(command, env=environment, text=True, timeout=60)

    def jobs(self, *states: str) -> dict[str, str]:
        """Return the jobs in some states: id -> what Snakemake says that they are."""
        chosen = f"--states={','.join(states)}"
        lines = self.ask("squeue", "--noheader", "--format=%i %k", chosen).splitlines()
        return dict(line.split(maxsplit=1) for line in lines)


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Start a cluster of one node in a folder; end its daemons and all jobs at last."""
    _write(folder)
    cluster, daemons = Cluster(folder), []
    environment = {**os.environ, **cluster.environment}
    munged = (
        *("munged", "--foreground", "--force", f"--socket={folder}/munge.socket"),
        *(f"--{kind}-file={folder}/munge.{kind}" for kind in ("key", "pid", "log", "seed")),
    )
    with (folder / "daemons.log").open("wb") as log:
        try:
            for command in (munged, ("slurmctld", "-D"), ("slurmd", "-D")):
                daemons.append(
                    subprocess.Popen(
                        command,
                        env=environment,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,  # Ctrl-C ends them in their order
                    )
                )
                if command == munged:
                    until((folder / "munge.socket").exists)
            until(lambda: "idle" in _state(cluster))
            yield cluster
            cluster.ask("scancel", "--user", pwd.getpwuid(os.getuid()).pw_name)
            until(lambda: not cluster.jobs("RUNNING", "COMPLETING", "PENDING"))
        finally:
            for daemon in reversed(daemons):
                daemon.terminate()
                daemon.wait(timeout=20)


def until(true: Callable[[], object], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def _write(folder: Path) -> None:
    for name in ("bin", "spool", "state"):
        (folder / name).mkdir(parents=True)
    (folder / "munge.key").touch(mode=0o600)
    (folder / "munge.key").write_bytes(os.urandom(128))
    settings = CONFIG.format(
        host=socket.gethostname(),
        user=pwd.getpwuid(os.getuid()).pw_name,
        folder=folder,
        ports=[_free_port(), _free_port()],
    )
    (folder / "slurm.conf").write_text(settings)
    # Snakemake's executor for the nodes calls srun without the variables of SLURM.
    srun = folder / "bin/srun"
    srun.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {program("srun")} "$@"\n')
    srun.chmod(0o755)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _state(cluster: Cluster) -> str:
    """Return the state of the node; empty while the controller does not answer."""
    environment = {**os.environ, **cluster.environment}
    shown = subprocess.run(
        ["sinfo", "--noheader", "--format=%T"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout
