"""External programs that readers need; checked when a run is planned."""

import functools
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Tool:
    """An external program.

    installers: package manager -> the command that installs the program, the most common first.
    """

    name: str
    installers: Mapping[str, str]

    @property
    def install(self) -> str:
        """The command that installs the program with a package manager of this machine."""
        commands = list(self.installers.values())
        here = (command for name, command in self.installers.items() if shutil.which(name))
        return next(here, commands[0])

    def version(self) -> str:
        """Return what the program says of itself up to its version; its name if it says nothing."""
        program = shutil.which(self.name) or self.name
        with suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run([program, "--version"], capture_output=True, timeout=60)
            if found := re.match(r".*?\d[\w.]*", done.stdout.decode(errors="replace")):
                return found[0]
        return self.name

    def problem(self, *arguments: str, given: bytes) -> str:
        """Return briefly why the program cannot be used; empty if it can.

        arguments: the options that the reader uses: a version may lack one. given: its input.
        """
        program = shutil.which(self.name)
        if program is None:
            return f"{self.name} is not installed"
        why = _refusal((program, *arguments), given)
        return f"{self.name} does not run ({why})" if why else ""


@functools.cache
def _refusal(command: tuple[str, ...], given: bytes) -> str:
    """Return why a program refuses a command; empty if it does not."""
    try:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            timeout=60,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return " ".join(str(error).split())
    if done.returncode == 0:
        return ""
    said = " ".join(done.stderr.decode(errors="replace").split())
    return f"status {done.returncode}{': ' if said else ''}{said[-_LONGEST:]}"


_LONGEST = 200
"""Characters of a program's own words that are shown, the last ones."""
