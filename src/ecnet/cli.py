"""The command line: `ecnet COMMAND`."""

import sys
from collections.abc import Sequence

from ecnet import server


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status, which is 2 for an error that its user can mend.

    A step of a run of Snakemake is done by the run's server, which has imported already what it
    needs; everything else is done here.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    status = server.ask(given)
    if status is not None:
        return status
    from ecnet import process  # a step that the server does needs none of it here

    return process.run(given)


if __name__ == "__main__":
    sys.exit(main())
