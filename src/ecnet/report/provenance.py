"""The version of each dataset: a digest of its raw files, and whether they are simulated."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecnet.errors import InputError
from ecnet.render.sources import is_simulated

_PREFIX = 12  # hexadecimal digits


@dataclass(frozen=True)
class Data:
    """A dataset as the results know it.

    version: the start of the SHA-256 of its raw files; empty without files. files: how many.
    """

    name: str
    title: str
    source: str
    version: str
    files: int
    absent: str = ""

    @property
    def simulated(self) -> bool:
        """Whether some of its records are simulated."""
        return is_simulated(self.source)


def data_of(
    recorded: Any, path: Path, datasets: Sequence[Mapping[str, str]], absent: Mapping[str, str]
) -> list[Data]:
    """Return the datasets in order, present or not.

    recorded: what the step `provenance` wrote to `path`. datasets: name and title. absent: why.

    Raises:
        InputError: a dataset is neither recorded nor absent.
    """
    found = []
    for dataset in datasets:
        name, title = dataset["name"], dataset["title"]
        if name in absent:
            found.append(Data(name, title, "absent", "", 0, absent[name]))
            continue
        try:
            facts = recorded["datasets"][name]
            version = digest(facts["files"])
            found.append(Data(name, title, facts["source"], version, len(facts["files"])))
        except (KeyError, TypeError) as error:
            raise InputError(
                f"{path}: lacks the key {error}, of {name}; run the provenance step again"
            ) from error
    return found


def digest(files: Mapping[str, str]) -> str:
    """Return the start of the SHA-256 of lines `digest  name`, as sha256sum prints them, by name.

    files: name -> SHA-256 of the file.
    """
    lines = "".join(f"{files[name]}  {name}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()[:_PREFIX]
