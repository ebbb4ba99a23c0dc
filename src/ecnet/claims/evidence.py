"""The evidence for claims: statistics, label counts, and what is missing of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecnet.claims.families import IN_TABLES, ComparisonFamily

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """The verdict on a claim.

    measured: in words. verdict: `holds`, `fails` or `cannot be told`; why: one sentence.
        test, p, interval: of the comparison that is least in the claim's favour, if any.
        interval: its ends, and the quantity; splits: how many there are.
        data: `real`, `simulated`, `mixed`, or `none` where the verdict rests on no record.
    """

    measured: str
    verdict: str
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
    """

    statistics: Mapping[str, Any]
    counts: Mapping[str, Row]
    titles: Mapping[str, str]
    unknown: Mapping[str, Sequence[str]]
    whole: Mapping[str, str]

    @property
    def alpha(self) -> float:
        """The level of significance."""
        return float(self.statistics["alpha"])

    def title(self, name: str) -> str:
        """Return the title of a dataset or variant; its name if it has none."""
        return self.titles.get(name, name)

    def comparisons(self, family: str) -> list[Row]:
        """Return the comparisons of a family, of all its datasets at hand."""
        return [row for row in self.statistics["comparisons"] if row["family"] == family]

    def scores(self, variants: Sequence[str], metric: str) -> list[Row]:
        """Return a metric of variants on the datasets of the paper's tables (multiclass)."""
        return [
            row
            for row in self.statistics["scores"]
            if row["task"] == "multiclass"
            and row["variant"] in variants
            and row["metric"] == metric
            and row["dataset"] in IN_TABLES
        ]

    def missing(self, family: ComparisonFamily) -> str:
        """Return the datasets and variants of a family that were not measured, in words."""
        return self.lacking(family.task, family.datasets, family.variants)

    def lacking(self, task: str, datasets: Iterable[str], variants: Iterable[str]) -> str:
        """Return those of some datasets and variants that were not measured, in words."""
        found = {
            (m["dataset"], m["variant"]) for m in self.statistics["models"] if m["task"] == task
        }
        wanted = list(variants)
        held = {dataset for dataset, _ in found}
        absent = [dataset for dataset in datasets if dataset not in held]
        present = [dataset for dataset in datasets if dataset in held] or sorted(held)
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
