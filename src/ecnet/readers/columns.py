"""Which of a form's columns a name in a file means."""

import re
from collections.abc import Mapping

from ecnet.datasets.declaration import Form


def key(name: str) -> str:
    """Return what the spellings of a column's name share: its letters and digits."""
    return re.sub(r"[\W_]+", "", name).casefold()


def spellings(form: Form) -> Mapping[str, str]:
    """Return the form's name of each column, and of each label, by its key."""
    names = [*(column.header for column in form.columns), *form.labels]
    return {key(name): name for name in names}
