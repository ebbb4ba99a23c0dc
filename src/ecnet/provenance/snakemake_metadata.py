"""Snakemake's record of each output, in .snakemake/metadata: its inputs and their digests.

Snakemake takes an output without a record as up to date, even after a parameter has changed. Here
such an output is found, and refused before it is committed with DVC.
"""

import json
import math
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecnet import paths
from ecnet.errors import InputError
from ecnet.files import files

METADATA = Path(".snakemake/metadata")
_INCOMPLETE = Path(".snakemake/incomplete")
MADE = ("data", "results")
"""The folders that rules write to."""
_IN_GIT = paths.SCORES.partition("{")[0]
"""The outputs that git keeps, and brings to a clone without a record. The rule that makes one makes
files that git does not keep, too: until they are there, it is made again."""

_LONGEST = 254  # characters of a record's name in one folder; what is longer goes into folders


@dataclass(frozen=True)
class Record:
    """The inputs of an output, and their SHA-256 when it was made."""

    inputs: tuple[str, ...]
    sha256: dict[str, str]


def record(output: str) -> Record | None:
    """Return the record of an output; None if there is none.

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


def times() -> tuple[float, float] | None:
    """Return when the first job began and the last one ended, in seconds since the epoch.

    None if no job is recorded.

    Raises:
        InputError: a record cannot be read.
    """
    begins, ends = [], []
    for path in files(str(METADATA)):
        try:
            found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
            begins.append(float(found["starttime"] or "inf"))  # null after `snakemake --touch`
            ends.append(float(found["endtime"] or "-inf"))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: is no record of Snakemake's; delete it") from error
    begin, end = min(begins, default=math.inf), max(ends, default=-math.inf)
    return (begin, end) if begin <= end else None


def unrecorded(made_by_rule: Callable[[str], bool]) -> list[str]:
    """Return the outputs that have no record and are not marked as unfinished.

    made_by_rule: returns whether a rule makes a file; users may have added files of their own.
    """
    return [
        path
        for path in files(*MADE)
        if not path.startswith(_IN_GIT)
        and not _place(METADATA, path).exists()
        and not _place(_INCOMPLETE, path).exists()
        and made_by_rule(path)
    ]


def _place(folder: Path, output: str) -> Path:
    """Return the file in `folder` that Snakemake names by the path of an output."""
    name = urlsafe_b64encode(output.encode()).decode()
    parts = [name[at : at + _LONGEST] for at in range(0, len(name), _LONGEST)]
    return folder.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1])
