"""External programs that readers need; checked when a run is planned."""

import functools
import os
import shutil
import subprocess
from dataclasses import dataclass

from ecnet.datasets.declaration import Format


@dataclass(frozen=True)
class Tool:
    """An external program. install: the command that installs it (Debian, Ubuntu)."""

    name: str
    install: str

    def problem(self) -> str:
        """Return briefly why the program cannot be used; empty if it can."""
        program = shutil.which(self.name)
        if program is None:
            return f"{self.name} is not installed"
        return "" if _runs(program) else f"{self.name} does not run ({program} --version fails)"


TSHARK = Tool("tshark", "sudo apt-get install tshark")
_REQUIRED = {"packets": TSHARK}


def required(format: Format) -> Tool | None:
    """Return the program that reading a format requires; None if it requires none."""
    return _REQUIRED.get(format.reader)


def problem(format: Format) -> str:
    """Return briefly why a format cannot be read on this machine; empty if it can."""
    tool = required(format)
    return tool.problem() if tool else ""


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
