"""How far the records that are scored are from those of train, by column."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet import paths
from ecnet.audit.drift import kolmogorov_smirnov, total_variation
from ecnet.evaluate.scoring.trained import Trained
from ecnet.prepare import records
from ecnet.prepare.records import Records

Counts = npt.NDArray[np.int64]

_QUANTILES = 256
"""Numbers are counted between so many quantiles of train: a statistic is at most 1/256 too low."""


class Drift:
    """Counts of encoded values, of train and of the records that are scored.

    Columns are compared as the audit does: numbers by the Kolmogorov-Smirnov statistic,
    categories by the total variation distance. A record of train counts as often as it occurred.
    """

    def __init__(self, train: Records, fitted: dict[str, Any]) -> None:
        """Count the values of train."""
        shares = np.linspace(0, 1, _QUANTILES)
        self._edges = [
            np.unique(np.quantile(values, shares, method="inverted_cdf"))
            for values in train.numerical.T
        ]
        self._sizes = train.cardinalities
        self._names = [
            [feature["name"] for feature in fitted[kind]] for kind in ("numerical", "categorical")
        ]
        self._train = self._counts(train)
        self._given = [np.zeros_like(counts) for counts in self._train]

    def add(self, given: Records) -> None:
        """Count some records that are scored."""
        for counts, more in zip(self._given, self._counts(given), strict=True):
            counts += more

    def distances(self) -> dict[str, tuple[str, float]]:
        """Return for each column the measure and the distance, 0 to 1; the largest first.

        Empty if there is no record.
        """
        if not self._given or not self._given[0].sum():
            return {}
        found: dict[str, tuple[str, float]] = {}
        numbers, categories = self._names
        pairs = list(zip(self._train, self._given, strict=True))
        for name, (one, other) in zip(numbers, pairs[: len(numbers)], strict=True):
            found[name] = "Kolmogorov-Smirnov", kolmogorov_smirnov(one, other)
        for name, (one, other) in zip(categories, pairs[len(numbers) :], strict=True):
            found[name] = "total variation", total_variation(one, other)
        return dict(sorted(found.items(), key=lambda pair: -pair[1][1]))

    def _counts(self, given: Records) -> list[Counts]:
        """Return the counts of each numerical and categorical feature."""
        weight = given.count
        numbers = [
            _weighted(np.searchsorted(edges, values, "left"), weight, len(edges) + 1)
            for edges, values in zip(self._edges, given.numerical.T, strict=True)
        ]
        categories = [
            _weighted(ids, weight, size)
            for ids, size in zip(given.categorical.T, self._sizes, strict=True)
        ]
        return numbers + categories


def beside(trained: Trained) -> Drift | None:
    """Return the measure of drift from the train records beside the encoder; None without them.

    Raises:
        InputError: they are not what the encoder says.
    """
    fit = trained.encoder.parent / Path(paths.FIT).name
    if not fit.is_file():
        return None
    task = trained.described["task"]
    train = records.load(fit, trained.run.split, "train", task, trained.fitted)
    return Drift(train, trained.fitted) if len(train) else None


def _weighted(places: npt.NDArray[Any], weight: npt.NDArray[Any], size: int) -> Counts:
    found: Counts = np.bincount(places, weights=weight, minlength=size).astype(np.int64)
    return found
