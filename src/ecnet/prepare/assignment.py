"""What `split` wrote, read beside the sample that it is of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecnet import tables
from ecnet.errors import InputError
from ecnet.prepare import features
from ecnet.prepare.split_checks import SUBSETS


@dataclass(frozen=True)
class Subset:
    """One subset of one split: of (m,) records the place in the sample, the label and the count."""

    places: npt.NDArray[np.int64]
    labels: pd.Series
    counts: npt.NDArray[np.int32]


@dataclass(frozen=True)
class Sample:
    """The (n,) records of a sample, and the features and bags that `split` chose of them."""

    records: pd.DataFrame
    numbers: pd.DataFrame
    categories: pd.DataFrame
    bags: pd.DataFrame

    def rows(self, subset: Subset) -> pd.DataFrame:
        """Return the records of a subset, with a new index."""
        return self.records.iloc[subset.places].reset_index(drop=True)

    def features(self, subset: Subset) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the numerical and the categorical features of a subset."""
        return self.numbers.iloc[subset.places], self.categories.iloc[subset.places]

    def words(self, subset: Subset) -> pd.DataFrame:
        """Return the bags of words of a subset, as JSON."""
        return self.bags.iloc[subset.places]


def sampled(path: Path, report: Path, chosen: Mapping[str, Any]) -> Sample:
    """Return a sample with the features that the report of its split names.

    Raises:
        InputError: the sample cannot be read, or lacks a feature.
    """
    records = tables.read(path, "sample", ("capture", "row", "label"))
    try:
        typed = features.typed(records, chosen["numerical"], chosen["categorical"])
        return Sample(records, *typed, records[chosen.get("bags", [])])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{report}: names features that {path} does not have ({error}); run the split step "
            "again"
        ) from error


def read(
    path: Path, seeds: Sequence[int], sample: Sample
) -> Iterator[tuple[int, dict[str, Subset]]]:
    """Yield each seed with its subsets by name.

    Raises:
        InputError: the file cannot be read, has no split of a seed, or names a record that the
            sample does not have.
    """
    rows = tables.read(path, "split", ("seed", "subset", "record", "count"))
    places = rows["record"].to_numpy()
    if places.dtype != np.int64 or ((places < 0) | (places >= len(sample.records))).any():
        raise InputError(
            f"{path}: names a record that the sample does not have; run the split step again"
        )
    if not pd.api.types.is_integer_dtype(rows["count"]):
        raise InputError(f"{path}: the column count holds no integers; run the split step again")
    for seed in seeds:
        of_seed = rows[rows["seed"] == seed]
        if of_seed.empty:
            raise InputError(f"{path}: has no split of seed {seed}; run the split step again")
        yield (
            seed,
            {name: _subset(of_seed[of_seed["subset"] == name], sample) for name in SUBSETS},
        )


def no_duplicates(path: Path, sample: Sample, subsets: Mapping[str, Subset]) -> None:
    """Stop if a grouped split has put equal records in test and in another subset.

    Raises:
        InputError: it has; the message names the first of them.
    """
    together = [
        [*sample.features(subset), sample.words(subset), subset.labels]
        for subset in subsets.values()
    ]
    vectors = features.vectors(*(pd.concat(parts) for parts in zip(*together, strict=True)))
    sizes = [len(subset.places) for subset in subsets.values()]
    test = np.repeat([name == "test" for name in subsets], sizes)
    found = np.isin(vectors[test], vectors[~test])
    if found.any():
        place = sample.rows(subsets["test"]).iloc[int(found.argmax())]
        raise InputError(
            f"{path}: {int(found.sum())} test records are in train or validation as well, the "
            f"first of them {place['capture']}, row {place['row']}; run the split step again"
        )


def _subset(rows: pd.DataFrame, sample: Sample) -> Subset:
    """Return one subset; its labels are those of the sample where the split shuffled none."""
    places = rows["record"].to_numpy()
    labels = rows["label"] if "label" in rows else sample.records["label"].iloc[places]
    return Subset(places, labels, rows["count"].to_numpy(np.int32))
