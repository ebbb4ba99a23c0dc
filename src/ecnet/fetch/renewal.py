"""Renewal: how a raw file that is refused is replaced by what its source has by then.

A raw file is a copy, and what was taken stays in use: to mend the original alone changes nothing.
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecnet.errors import InputError

ONCE = "Once its source has a better one: "
"""What the remedy begins with; the reason stands before it."""


def command(raw: Path, receipt: Path) -> str:
    """Return the command after which a run takes a raw file anew."""
    return f"rm -f {shlex.quote(str(raw))} {shlex.quote(str(receipt))}"


@contextmanager
def explained(provenance: Path, *raws: Path) -> Iterator[None]:
    """Add to the refusal of a raw file how to take it anew, if it has a receipt.

    provenance: the folder of the receipts. raws: the files that may be refused.
    """
    try:
        yield
    except InputError as error:
        for raw in raws:
            receipt = provenance / f"{raw.name}.receipt"
            if str(error).startswith(f"{raw}: ") and receipt.exists():
                end = "" if str(error).endswith((".", "?")) else "."
                remedy = f"{ONCE}{command(raw, receipt)}, and run again"
                raise InputError(f"{error}{end} {remedy}") from error
        raise
