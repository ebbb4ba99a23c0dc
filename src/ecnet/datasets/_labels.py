"""Labels as people re-save them: in another case, or with other characters between the words."""

import re
from collections.abc import Iterable, Mapping

import pandas as pd


def named(text: "pd.Series[str]", known: Mapping[str, str] | Iterable[str]) -> "pd.Series[str]":
    """Return the name that each label of `text` (n,) stands for; missing where it is none of them.

    known: label -> name, or labels that are names themselves. Case, and whether words are parted
    by blanks, `_` or `-`, is no difference: no two labels of a dataset differ by it alone.
    """
    pairs = known if isinstance(known, Mapping) else {label: label for label in known}
    names = {_key(label): name for label, name in pairs.items()}
    found: pd.Series[str] = text.map(lambda label: names.get(_key(label)), na_action="ignore")
    return found.astype("str")


def _key(label: str) -> str:
    # What is at the end counts: `C&C-HeartBeat-` may be the beginning of a longer label.
    return " ".join(re.split(r"[\s_-]+", label.strip().casefold()))
