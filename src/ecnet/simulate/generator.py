"""The interface of a dataset's generator: from drawn columns to native files, and back to fit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ecnet.simulate import formatting
from ecnet.simulate.distributions import FloatArray, IntArray

SPARE = 4
"""Uniform random numbers per record beyond those that its distribution needs."""

Mask = npt.NDArray[np.bool_]


class RecordSource(Protocol):
    """Real records to fit distributions to."""

    def typed(self, format: str, file: str) -> pd.DataFrame:
        """Return the typed records of a file of the dataset."""

    def plain(
        self, path: str, *, names: Sequence[str] | None = None, missing: str = ""
    ) -> pd.DataFrame:
        """Return a CSV file of the mirror as text; `names`: its columns, if it has no header."""


@dataclass(frozen=True)
class FitSpec:
    """What one distribution is fitted on.

    distribution: its name. basis: in words. tables: name -> records. order: column -> the name of
    its table, in the order in which columns are drawn. decimals: of numeric columns that other
    distributions do not have, as in `Generator`.
    """

    distribution: str
    basis: str
    tables: Mapping[str, pd.DataFrame]
    order: Mapping[str, str]
    decimals: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawn:
    """A block of drawn records, which a generator turns into native text.

    before: the number of records in earlier files. record: (n,) the number of each record in its
    file. time: (n,) seconds since the epoch, ascending. label: (n,) indices into `classes`.
    columns: (n,) each; of a category, indices into its `levels`.
    spare: (n, SPARE) uniform numbers for what no distribution covers: the first was used for the
    time, the others are for hosts, ports and identifiers.
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
        return formatting.category(self.columns[name], self.levels[name], missing)

    def level(self, name: str) -> npt.NDArray[np.str_]:
        """Return a category as an array of str, for comparisons; empty for a missing value."""
        values = np.array([level or "" for level in self.levels[name]])
        return values[self.columns[name].astype(np.int64)]

    def by_class(self, values: Mapping[str, str]) -> pa.Array:
        """Return the value of each record's class."""
        return formatting.category(self.label, [values[name] for name in self.classes])

    def is_class(self, *names: str) -> Mask:
        """Return which records are of one of the classes `names`."""
        return np.isin(
            self.label, [place for place, name in enumerate(self.classes) if name in names]
        )


@dataclass(frozen=True)
class FidelityCase:
    """Real records to compare simulated ones with: one row of the table in docs/simulator.md.

    title: of the row. format, files: the real records. native: the native file to simulate.
    classes: class of the native file -> label of the real records; other labels are left out.
    drop: features to leave out. test_files, test_native: the same for an official test subset.
    """

    title: str
    format: str
    files: Sequence[str]
    native: str
    classes: Mapping[str, str]
    drop: Sequence[str] = ()
    test_files: Sequence[str] = ()
    test_native: str = ""


Native = Callable[[Drawn], Sequence[pa.Array] | bytes]


@dataclass(frozen=True)
class Generator:
    """How a dataset is simulated.

    format: the format that is written. native: returns the columns of a block of records as text,
    in the file's order, or the bytes of the block where the format is binary. decimals: numeric
    column -> its number of decimals. header, footer: return the text before and after the records
    of a file, given its name. end: the line end. last_end: whether the last line of a file has one.
    fit_specs: returns what to fit distributions on; None if no labelled records are available.
    fidelity_cases: what to compare the result with.
    """

    format: str
    native: Native
    decimals: Mapping[str, int] = field(default_factory=dict)
    separator: str = ","
    end: str = "\n"
    last_end: bool = True
    header: Callable[[str], str] = lambda _: ""
    footer: Callable[[str], str] = lambda _: ""
    fit_specs: Callable[[RecordSource], Iterable[FitSpec]] | None = None
    fidelity_cases: Sequence[FidelityCase] = ()


def address(network: str, share: FloatArray, hosts: int, first: int = 1) -> pa.Array:
    """Return addresses from `network`.first to `network`.(first + hosts - 1), uniformly."""
    return formatting.category(
        np.floor(share * hosts), [f"{network}.{first + host}" for host in range(hosts)]
    )
