"""The rows that could not be parsed, kept aside as CSV with file, row and reason."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ecnet.files import atomic

_FORMULA = r"^(?=[=+@\t\r]|-\D)"
COLUMNS = ["file", "row", "column", "value", "reason"]


def write(path: Path, frames: Sequence[pd.DataFrame]) -> None:
    """Write the rejected rows with file, row, column, value and reason as CSV.

    Values that a spreadsheet would execute as a formula get an apostrophe before them.
    """
    rows = pd.concat([pd.DataFrame(columns=COLUMNS), *frames], ignore_index=True)
    rows["value"] = rows["value"].astype("str").str.replace(_FORMULA, "'", regex=True)
    with atomic(path) as temporary:
        rows.to_csv(temporary, index=False, lineterminator="\n", columns=COLUMNS)


def read(shard: Path) -> pd.DataFrame:
    """Return the rejected rows of a shard, all as text."""
    return pd.read_csv(shard.with_suffix(".rejected.csv"), dtype=str, keep_default_na=False)
