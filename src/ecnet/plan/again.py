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
    """Return what has failed before this run was planned again: dataset and protocol -> why.

    Jobs on the nodes of a cluster read it too: each of them makes the same plan.
    """
    found: dict[str, str] = json.loads(os.environ.get(_FAILED, "{}"))
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


def run() -> int:
    """Call Snakemake; say last what has failed before, and return a status that is not 0."""
    from snakemake.cli import main

    lines = [
        f"ecnet: {name} failed; the tables name it absent: {why}" for name, why in failed().items()
    ]
    try:
        main()
        status = 1
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) and end.code else 1
        if isinstance(end.code, str):  # which the interpreter would print
            print(end.code, file=sys.stderr)
    print("\n".join(lines), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(run())
