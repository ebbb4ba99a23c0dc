"""How to fetch a raw file again after it turned out to be unusable.

A raw file is a copy that stays in use: replacing the original in the mirror alone has no effect.
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ecnet.errors import InputError

REMEDY = "When its source has a better one: "
"""The beginning of the remedy; in a message, the reason comes before it."""


def command(raw: Path, record: Path) -> str:
    """Return the command after which a run fetches a raw file again."""
    return f"rm -f {shlex.quote(str(raw))} {shlex.quote(str(record))}"


@contextmanager
def with_remedy(provenance: Path, *raws: Path) -> Iterator[None]:
    """Add to an error about a raw file how to fetch it again, if it has a download record.

    provenance: the folder of the download records. raws: the files to add it for.
    """
    try:
        yield
    except InputError as error:
        for raw in raws:
            record = provenance / f"{raw.name}.record"
            if str(error).startswith(f"{raw}: ") and record.exists():
                end = "" if str(error).endswith((".", "?")) else "."
                remedy = f"{REMEDY}{command(raw, record)}, and run again"
                raise InputError(f"{error}{end} {remedy}") from error
        raise
