"""Jobs of a cluster with SLURM that a killed run left behind."""

import shutil
import subprocess
from pathlib import Path

from ecnet.errors import InputError

_SENT = "rule_"
"""What the comments of Snakemake's jobs begin with, those of groups too."""


def check() -> None:
    """Stop if jobs of an ended run in this folder are in SLURM's queue.

    A run that is interrupted cancels its jobs; one that is killed cannot. They would write the same
    files as those of the next run, and remove them if they fail.

    Raises:
        InputError: there are such jobs.
    """
    if shutil.which("squeue") and (left := _sent_from(Path.cwd())):
        raise InputError(
            f"{Path.cwd()}: jobs of a run that was killed are in SLURM's queue ({len(left)}); wait "
            f"until they end, or end them: scancel {' '.join(left)}"
        )


def _sent_from(folder: Path) -> list[str]:
    shown = subprocess.run(
        ["squeue", "--me", "--noheader", "--format=%i|%k|%Z"],  # noqa: S607 - of any installation
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    jobs = (line.split("|", 2) for line in shown.splitlines())
    return [job for job, sent, at in jobs if sent.startswith(_SENT) and at == str(folder)]
