"""Match labels that programs have changed in case or in the characters between words."""

import re
from collections.abc import Iterable, Mapping

import pandas as pd


def named(text: "pd.Series[str]", known: Mapping[str, str] | Iterable[str]) -> "pd.Series[str]":
    """Return the class name of each label of `text` (n,); missing for unknown labels.

    known: label -> name, or labels that are the names. Case, and blanks, `_` or `-` between words,
    are ignored: no two labels of a dataset differ only by these.
    """
    pairs = known if isinstance(known, Mapping) else {label: label for label in known}
    names = {_key(label): name for label, name in pairs.items()}
    found: pd.Series[str] = text.map(lambda label: names.get(_key(label)), na_action="ignore")
    return found.astype("str")


def _key(label: str) -> str:
    # The end is not ignored: `C&C-HeartBeat-` may be the beginning of a longer label.
    return " ".join(re.split(r"[\s_-]+", label.strip().casefold()))
