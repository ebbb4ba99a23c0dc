"""The programs that readers need beside Python: looked for when a run is planned."""

import functools
import os
import shutil
import subprocess
from dataclasses import dataclass

from ecnet.datasets.declaration import Format


@dataclass(frozen=True)
class Tool:
    """A program that a reader calls. install: the command that installs it (Debian, Ubuntu)."""

    name: str
    install: str

    def lacking(self) -> str:
        """Return in a few words why the program cannot be used; empty if it can."""
        program = shutil.which(self.name)
        if program is None:
            return f"{self.name} is not installed"
        return "" if _runs(program) else f"{self.name} does not run ({program} --version fails)"


TSHARK = Tool("tshark", "sudo apt-get install tshark")
_NEEDED = {"packets": TSHARK}


def needed(format: Format) -> Tool | None:
    """Return the program that a format is read with; None if it needs none."""
    return _NEEDED.get(format.reader)


def lacking(format: Format) -> str:
    """Return in a few words why a format cannot be read on this machine; empty if it can."""
    tool = needed(format)
    return tool.lacking() if tool else ""


@functools.cache
def _runs(program: str) -> bool:
    try:
        done = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
