"""Features of a sample: what of a record a model may see, typed, before any encoding."""

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecnet.datasets.declaration import Format

FIRST_REGISTERED, FIRST_DYNAMIC = 1024, 49152
"""Port numbers at which the ranges of IANA begin (RFC 6335, section 6)."""
MISSING = "(missing)"


def select(
    sample: pd.DataFrame, format: Format, *, keep: Collection[str], drop: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Choose the features that a sample has of its format; return them as `typed` does."""
    return typed(sample, *format.features(sample.columns, keep=keep, drop=drop))


def typed(
    sample: pd.DataFrame, numerical: Sequence[str], categorical: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the numerical (float64) and the categorical features (str) of a sample by name.

    A missing category is a category of its own; a missing number stays missing. Times keep
    their 64 bits: nothing is cast to float32 here, so that duplicates are found on true values.

    Raises:
        KeyError: the sample has no column for a feature.
    """
    numbers = sample[list(numerical)].astype("float64")
    categories = pd.DataFrame(
        {name: _category(sample, name) for name in categorical}, index=sample.index, dtype="str"
    )
    return numbers, categories


def port_kind(port: pd.Series) -> pd.Series:
    """Return the kind of each port number in the ranges of IANA (RFC 6335, section 6)."""
    number = port.to_numpy("float64", na_value=np.nan)
    kind = np.searchsorted((FIRST_REGISTERED, FIRST_DYNAMIC), number, "right")
    names = pd.array(["well-known", "registered", "dynamic", MISSING], dtype="str")
    return pd.Series(names.take(np.where(np.isnan(number), 3, kind)), index=port.index)


def vectors(*parts: pd.DataFrame | pd.Series | npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return a number for each row such that rows are equal if and only if their numbers are.

    Exact, one column at a time; missing equals missing. Numbers count from 0 in the order of
    first appearance.
    """
    ids = np.zeros(len(parts[0]), dtype=np.int64)
    for column in (frame[name] for frame in map(pd.DataFrame, parts) for name in frame.columns):
        codes, values = pd.factorize(column, use_na_sentinel=False)
        ids = pd.factorize(ids * max(len(values), 1) + codes)[0].astype(np.int64)
    return ids


def _category(sample: pd.DataFrame, name: str) -> pd.Series:
    """Return one categorical feature: the kind of a port, or the value of a column."""
    if name not in sample.columns:
        return port_kind(sample[name.removesuffix("_kind")])
    return sample[name].astype("str").fillna(MISSING)
