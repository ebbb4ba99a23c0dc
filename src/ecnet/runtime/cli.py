"""The command line: `ecnet COMMAND`."""

import gc
import sys
from collections.abc import Sequence

from ecnet.errors import BUG, INTERRUPTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status, one of those of `ecnet.errors`."""
    # Libraries make many objects that stay: to search them for cycles takes a quarter of an import.
    gc.set_threshold(100_000)
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        from ecnet.runtime import process  # here, so that Ctrl-C during the import is handled

        return process.run(given)
    except KeyboardInterrupt:  # by whoever waits for it, and who needs no traceback
        return INTERRUPTED
    except Exception:  # 1, as the interpreter would end, is an answer
        sys.excepthook(*sys.exc_info())
        return BUG


if __name__ == "__main__":
    sys.exit(main())
