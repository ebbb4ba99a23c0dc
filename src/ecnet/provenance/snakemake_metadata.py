"""What Snakemake recorded of each output, in .snakemake/metadata: how it was made, and of what.

Snakemake believes an output that it has no record of. So a changed parameter would be committed
with the old results; here such an output is found, and refused.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecnet.errors import InputError
from ecnet.files import files

METADATA = Path(".snakemake/metadata")
_INCOMPLETE = Path(".snakemake/incomplete")
MADE = ("data", "results")
"""The folders that rules write to."""

_LONGEST = 254  # characters of a record's name in one folder; what is longer goes into folders


@dataclass(frozen=True)
class Record:
    """Of what an output was made: its inputs, and the SHA-256 that they had."""

    inputs: tuple[str, ...]
    sha256: dict[str, str]


def record(output: str) -> Record | None:
    """Return what was recorded of an output; None if nothing was.

    Raises:
        InputError: the record cannot be read.
    """
    path = _place(METADATA, output)
    if not path.is_file():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        recorded = found.get("input_checksums") or {}
        sums = {name: value.removeprefix("sha256:") for name, value in recorded.items()}
        return Record(tuple(found["input"]), sums)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: the record of {output} cannot be read; delete {output} and run again"
        ) from error


def unrecorded(made_by_rule: Callable[[str], bool]) -> list[str]:
    """Return the outputs that lie there without a record, and are not unfinished either.

    made_by_rule: tells whether a rule makes a file, for users may have files of their own.
    """
    return [
        path
        for path in files(*MADE)
        if not _place(METADATA, path).exists()
        and not _place(_INCOMPLETE, path).exists()
        and made_by_rule(path)
    ]


def _place(folder: Path, output: str) -> Path:
    """Return where Snakemake keeps what it knows of an output: a file named by its path."""
    name = urlsafe_b64encode(output.encode()).decode()
    parts = [name[at : at + _LONGEST] for at in range(0, len(name), _LONGEST)]
    return folder.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1])
