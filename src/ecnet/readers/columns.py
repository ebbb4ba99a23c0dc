"""Which of a format's columns a name in a file means."""

import re
from collections.abc import Mapping

from ecnet.datasets.declaration import Format


def key(name: str) -> str:
    """Return what the spellings of a column's name share: its letters and digits."""
    return re.sub(r"[\W_]+", "", name).casefold()


def spellings(format: Format) -> Mapping[str, str]:
    """Return the format's name of each column, and of each label, by its key."""
    names = [*(column.header for column in format.columns), *format.labels]
    return {key(name): name for name in names}
