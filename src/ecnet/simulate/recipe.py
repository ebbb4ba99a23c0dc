"""What a recipe is: how the columns of a dataset's laws become its native files, and back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ecnet.simulate import text
from ecnet.simulate.law import FloatArray, IntArray

SPARE = 4
"""Uniform numbers of each record that no law draws from."""

Mask = npt.NDArray[np.bool_]


class Records(Protocol):
    """Where real records are read from, to fit laws to them."""

    def typed(self, format: str, file: str) -> pd.DataFrame:
        """Return the typed records of a file of the dataset."""

    def plain(
        self, path: str, *, names: Sequence[str] | None = None, missing: str = ""
    ) -> pd.DataFrame:
        """Return a CSV file of the mirror as it is; `names` are its columns if it has no header."""


@dataclass(frozen=True)
class Fit:
    """What the law of one name is grown from.

    basis: in words. tables: records by a name for where they come from. order: column -> table.
    """

    law: str
    basis: str
    tables: Mapping[str, pd.DataFrame]
    order: Mapping[str, str]


@dataclass(frozen=True)
class Drawn:
    """A block of records as drawn: what a recipe turns into native text.

    record: (n,) the number of each record in its file; `before` more lie in files before it.
    time: (n,) seconds since the epoch, rising. label: (n,) a place in `classes`.
    columns: those of the laws, (n,) each, of a category the places in `levels`.
    spare: (n, SPARE) uniform numbers for what no law covers: the first set the time, the others
    are for hosts, ports and identifiers.
    """

    file: str
    before: int
    record: IntArray
    time: FloatArray
    label: IntArray
    classes: Sequence[str]
    columns: Mapping[str, FloatArray]
    levels: Mapping[str, Sequence[str | None]]
    spare: FloatArray

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.record)

    def category(self, name: str, missing: str = "") -> pa.Array:
        """Return a category as text."""
        return text.category(self.columns[name], self.levels[name], missing)

    def level(self, name: str) -> npt.NDArray[np.str_]:
        """Return a category as an array of str, for comparisons; a missing one is empty."""
        values = np.array([level or "" for level in self.levels[name]])
        return values[self.columns[name].astype(np.int64)]

    def by_class(self, values: Mapping[str, str]) -> pa.Array:
        """Return for each record the value of its class."""
        return text.category(self.label, [values[name] for name in self.classes])

    def is_class(self, *names: str) -> Mask:
        """Return which records are of one of the classes `names`."""
        return np.isin(
            self.label, [place for place, name in enumerate(self.classes) if name in names]
        )


@dataclass(frozen=True)
class Judged:
    """Real records that simulated ones are held against, as docs/simulator.md shows.

    title: of the row of that table. format, files: the real records. native: the native file that
    is simulated in their place. classes: class of the native file -> label of the real records;
    records of other labels are left out.
    drop: features to leave out. test_files, test_native: those of the official test side, where
    there is one.
    """

    title: str
    format: str
    files: Sequence[str]
    native: str
    classes: Mapping[str, str]
    drop: Sequence[str] = ()
    test_files: Sequence[str] = ()
    test_native: str = ""


Native = Callable[[Drawn], Sequence[pa.Array]]


@dataclass(frozen=True)
class Recipe:
    """How a dataset is simulated.

    format: the format that is written. native: the columns of a block of records as text, in the
    file's order. header, footer: what stands before and after the records of a file, given its
    name. end: of a line. last_end: whether the last line of the file has one.
    decimals: of the numbers among the laws' columns. fits: what laws are grown from, given a
    function that loads real records; none where no labelled records are at hand. judged: what
    the outcome is held against.
    """

    format: str
    native: Native
    decimals: Mapping[str, int] = field(default_factory=dict)
    separator: str = ","
    end: str = "\n"
    last_end: bool = True
    header: Callable[[str], str] = lambda _: ""
    footer: Callable[[str], str] = lambda _: ""
    fits: Callable[[Records], Iterable[Fit]] | None = None
    judged: Sequence[Judged] = ()


def address(network: str, share: FloatArray, hosts: int, first: int = 1) -> pa.Array:
    """Return addresses `network`.first to `network`.(first + hosts - 1), drawn evenly."""
    return text.category(
        np.floor(share * hosts), [f"{network}.{first + host}" for host in range(hosts)]
    )
