"""The difference of two variants on a dataset, with its standard error by the chosen method.

`statistics.interval` of params.yaml chooses: `records-and-training` (`ecnet.evaluate.resampling`)
or `corrected-t` (`ecnet.evaluate.estimate`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from ecnet.claims.scores import Key, RunScores
from ecnet.errors import InputError
from ecnet.evaluate.estimate import Estimate, corrected_t
from ecnet.evaluate.interval import FEWEST
from ecnet.evaluate.measures import Measure
from ecnet.evaluate.resampling import Resampled, difference, pooled, records_and_training
from ecnet.files import read_object

Method = Literal["records-and-training", "corrected-t"]

_KEYS = (
    "task",
    "dataset",
    "protocol",
    "unit",
    "average",
    "runs",
    "variants",
    "measures",
    "trained",
)


@dataclass(frozen=True)
class Differences:
    """The differences of variants on all datasets, in percentage points.

    scores: of each variant. covariances: task and dataset -> what `evaluate` wrote of its variants
    together; none for the corrected t. controls: variants that learn next to nothing, and so tell
    nothing of how much training varies.
    """

    scores: Mapping[Key, RunScores]
    method: Method
    covariances: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    controls: Collection[str] = ()
    _training: dict[tuple[str, str, Measure], float] = field(default_factory=dict, repr=False)

    def estimate(
        self, task: str, dataset: str, a: str, b: str, measure: Measure
    ) -> Estimate | None:
        """Return A - B on one dataset; None if no split has a value of both.

        The corrected t of two splits has no standard error: it would span all that is possible.

        measure: accuracy, an averaged one, or the F1 of a class.

        Raises:
            KeyError: a variant was not measured there.
            InputError: the covariances lack the variant or the measure.
        """
        values = self._values(task, dataset, a, b, measure)
        if not values:
            return None
        if self.method == "corrected-t":
            ratio = self.scores[task, dataset, a].metrics.ratio
            found = corrected_t(values, ratio).scaled(100)
            return found if found.n >= FEWEST else replace(found, se=None)
        resampled = self._resampled(task, dataset, a, b, measure)
        return records_and_training(resampled, self._share(task, dataset, measure)).scaled(100)

    def _values(self, task: str, dataset: str, a: str, b: str, measure: Measure) -> list[float]:
        """Return the differences of the splits where both have a value, as fractions."""
        one, other = (self.scores[task, dataset, name].splits(measure) for name in (a, b))
        both = zip(one, other, strict=True)
        return [(x - y) / 100 for x, y in both if x is not None and y is not None]

    def _resampled(self, task: str, dataset: str, a: str, b: str, measure: Measure) -> Resampled:
        if (covariance := self.covariances.get((task, dataset))) is None:
            raise InputError(
                f"no covariances of {dataset} ({task}) are given, which statistics.interval in "
                "params.yaml asks for; run the evaluate step"
            )
        try:
            first, second = (covariance["variants"].index(name) for name in (a, b))
            of_measure = covariance["measures"][measure.key]
            values = self._values(task, dataset, a, b, measure)
            return difference(values, of_measure, first, second, covariance["trained"])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InputError(
                f"{covariance['path']}: lacks {measure.key} of {a} and {b}; run the evaluate step "
                "again"
            ) from error

    def _share(self, task: str, dataset: str, measure: Measure) -> float:
        """Return the share of training, pooled over the pairs of variants on a dataset."""
        if (task, dataset, measure) not in self._training:
            held = [
                name
                for where, on, name in self.scores
                if (where, on) == (task, dataset) and name not in self.controls
            ]
            self._training[task, dataset, measure] = pooled(
                self._resampled(task, dataset, a, b, measure) for a, b in combinations(held, 2)
            )
        return self._training[task, dataset, measure]


def read(paths: Sequence[Path], settings: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """Return the covariances in files by task and dataset.

    settings: protocol, average and unit, which the files must be of, and seeds.

    Raises:
        InputError: a file is not of these settings.
    """
    seeds = settings["seeds"]
    expected = {
        "protocol": settings["protocol"],
        "average": settings["average"],
        "unit": settings["unit"],
        "runs": [f"{split}-{seeds['weights'][0]}" for split in seeds["split"]],
    }
    found = {}
    for path in paths:
        covariance = read_object(path, "evaluate", _KEYS)
        for key, value in expected.items():
            if covariance[key] != value:
                raise InputError(
                    f"{path}: {key} is {covariance[key]!r}, not {value!r}; run the evaluate step "
                    "again"
                )
        found[covariance["task"], covariance["dataset"]] = covariance | {"path": path}
    return found
