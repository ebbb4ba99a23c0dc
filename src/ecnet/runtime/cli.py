"""The command line: `ecnet COMMAND`."""

import sys
from collections.abc import Sequence

from ecnet.errors import BUG, INTERRUPTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status, as `ecnet.errors` has them.

    A step of a run of Snakemake is done by the run's server, which has imported already what it
    needs; everything else is done here.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        from ecnet.runtime import server  # here, so that Ctrl-C during the import is handled

        status = server.ask(given)
        if status is not None:
            return status
        from ecnet.runtime import process  # a step that the server does needs none of it here

        return process.run(given)
    except KeyboardInterrupt:  # by whoever waits for it, and who needs no traceback
        return INTERRUPTED
    except Exception:  # 1, as the interpreter would end, is an answer
        sys.excepthook(*sys.exc_info())
        return BUG


if __name__ == "__main__":
    sys.exit(main())
