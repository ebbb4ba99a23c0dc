"""Match column names in a file to the columns of a format."""

import re
from collections.abc import Mapping

from ecnet.datasets.declaration import Format


def key(name: str) -> str:
    """Return the letters and digits of a name, which all its spellings share."""
    return re.sub(r"[\W_]+", "", name).casefold()


def spellings(format: Format) -> Mapping[str, str]:
    """Return the format's names of columns and labels by their keys."""
    names = [*(column.header for column in format.columns), *format.labels]
    return {key(name): name for name in names}
