"""The evidence for claims: statistics, label counts, and what is missing of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecnet.claims.declared import Claim

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Judgement:
    """The verdict on a claim.

    verdict: of `ecnet.claims.verdicts.WORDS`, or `fails` where plain counts refute the claim.
        finding: what follows the claim in a sentence. measured, why: in words.
        test, p, interval: of the comparison that is least in the claim's favour, if any.
        interval: its ends, and the quantity; splits: how many there are.
        data: `real`, `simulated`, `mixed`, or `none` where the verdict rests on no record.
    """

    verdict: str
    finding: str
    measured: str
    why: str
    data: str
    test: str = ""
    p: float | None = None
    interval: tuple[float, float, str] | None = None
    splits: int | None = None


@dataclass(frozen=True)
class Evidence:
    """The statistics as `ecnet statistics` wrote them, and the counts of each dataset's sample.

    titles: name of a dataset or variant -> its title in tables. unknown: dataset -> the labels of
        the paper's table that no format of the dataset has. whole: dataset -> its fullest format.
    transfers, devices: what the step of this name wrote, a file each. bounds: of devices, see
        claims/devices.yaml.
    """

    statistics: Mapping[str, Any]
    counts: Mapping[str, Row]
    titles: Mapping[str, str]
    unknown: Mapping[str, Sequence[str]]
    whole: Mapping[str, str]
    transfers: Sequence[Row] = ()
    devices: Sequence[Row] = ()
    bounds: Mapping[str, Any] = field(default_factory=dict)

    @property
    def alpha(self) -> float:
        """The level of significance."""
        return float(self.statistics["alpha"])

    @property
    def equivalence(self) -> float:
        """The points within which models are equal for practical purposes."""
        return float(self.statistics["equivalence"])

    def title(self, name: str) -> str:
        """Return the title of a dataset or variant; its name if it has none."""
        return self.titles.get(name, name)

    def comparisons(self, claim: Claim) -> list[Row]:
        """Return the comparisons of a claim, of all its datasets at hand."""
        return [
            row
            for row in self.statistics["comparisons"]
            if (row["paper"], row["family"]) == (claim.paper.name, claim.id)
        ]

    def scores(self, claim: Claim, measure: str) -> list[Row]:
        """Return a measure of a claim's variants on its datasets."""
        return [
            row
            for row in self.statistics["scores"]
            if row["task"] == claim.task
            and row["variant"] in claim.variants
            and row["metric"] == measure
            and row["dataset"] in claim.datasets
        ]

    def missing(self, claim: Claim) -> str:
        """Return the datasets and variants of a claim that were not measured, in words."""
        wanted = [*claim.compared, *claim.variants]
        found = {
            (m["dataset"], m["variant"])
            for m in self.statistics["models"]
            if m["task"] == claim.task
        }
        held = {dataset for dataset, _ in found}
        absent = [dataset for dataset in claim.datasets if dataset not in held]
        present = [dataset for dataset in claim.datasets if dataset in held] or sorted(held)
        gone = [v for v in wanted if not all((dataset, v) in found for dataset in present)]
        return ", ".join(self.title(name) for name in (*absent, *gone))

    def data(self, datasets: Iterable[str]) -> str:
        """Return what the records of datasets are: `real`, `simulated`, `mixed` or `none`."""
        words = {
            word
            for dataset in datasets
            if dataset in self.statistics["sources"]
            for word in self.statistics["sources"][dataset].split(", ")
        }
        if not words:
            return "none"
        if words == {"simulated"}:
            return "simulated"
        return "mixed" if "simulated" in words else "real"
