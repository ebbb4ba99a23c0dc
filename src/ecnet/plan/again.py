"""A run that is planned again: the same call of Snakemake, in the same process, knowing more."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

_FAILED = "ECNET_FAILED"
_PROGRAMS = ("snakemake", "__main__.py", Path(__file__).name)
"""What is called when Snakemake is; anything else uses it as a library, and must not be ended."""


def failed() -> dict[str, str]:
    """Return what has failed before this run was planned again: dataset and protocol -> why."""
    found: dict[str, str] = json.loads(os.environ.pop(_FAILED, "{}"))
    return found


def possible() -> bool:
    """Tell whether this process is a call of Snakemake, and nothing else."""
    return Path(sys.argv[0]).name in _PROGRAMS


def begin(failed: Mapping[str, str]) -> NoReturn:
    """Begin the call anew. With failures it ends with status 1, whatever else it can do."""
    sys.stdout.flush()
    sys.stderr.flush()
    module = __name__ if failed else "snakemake"
    environment = {**os.environ, _FAILED: json.dumps(failed)}
    command = [sys.executable, "-m", module, *sys.argv[1:]]
    os.execve(sys.executable, command, environment)  # noqa: S606 - the call that is running


if __name__ == "__main__":
    from snakemake.cli import main

    try:
        main()
    except SystemExit as end:
        sys.exit(end.code or 1)
