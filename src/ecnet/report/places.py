"""The places of the page: which table, figure or audit stands where."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecnet.claims import paper
from ecnet.report.provenance import Data

_ALL = "{dataset}"


@dataclass(frozen=True)
class Place:
    """A place for one file of the results, or for one of each dataset.

    path: below results/; where it holds `{dataset}`, the place is there once for each dataset at
    hand. caption: its file in workflow/report. kind: what its seeds are: of `runs`, of `protocols`,
    of `samples`, or of nothing. dataset: the only one that it is about, if it is about one. folded:
    shown when it is asked for.
    """

    path: str
    caption: str
    kind: str = "runs"
    dataset: str = ""
    folded: bool = False

    def each(self, data: Sequence[Data]) -> list["Place"]:
        """Return the place, or one for each dataset at hand."""
        if _ALL not in self.path:
            return [self]
        names = [one.name for one in data if not one.absent]
        return [replace(self, path=self.path.format(dataset=n), dataset=n) for n in names]

    def about(self, data: Sequence[Data]) -> list[Data]:
        """Return the datasets that it is about; none where it is about the paper alone."""
        if not self.kind:
            return []
        return [one for one in data if self.dataset in ("", one.name)]

    def title(self, data: Sequence[Data]) -> str:
        """Return the title of its only dataset, asked for or not."""
        titles = {ours: title for title, ours in paper.DATASETS.items()}
        return (titles | {one.name: one.title for one in data}).get(self.dataset, "")


def _tables(*names: str, kind: str = "runs") -> tuple[Place, ...]:
    return tuple(Place(f"tables/{name}.md", name, kind) for name in names)


def _figures(*names: str, kind: str = "runs") -> tuple[Place, ...]:
    return tuple(Place(f"figures/{name}.svg", name, kind) for name in names)


_MODELS = ("table_6", "table_7", "table_8")

CLAIMS = ("tables/claims.csv", "tables/claims.md")
"""The claims, which the page shows in a shape of its own."""

PLACES: dict[str, tuple[Place, ...]] = {
    "claims": (Place("tables/claims.csv", "claims"),),
    "results": (
        *_tables(*(name + view for name in _MODELS for view in ("", "_compared"))),
        *_figures("figure_5", "figure_5_compared", "figure_6"),
    ),
    "statistics": (
        *_figures("critical_difference"),
        Place("tables/significance.md", "significance", folded=True),
        *_tables("variance"),
    ),
    "protocol": _tables("inflation", "interpretation", kind="protocols"),
    "classes": (
        *_tables("per_class"),
        Place("figures/confusion_{dataset}.svg", "confusion"),
    ),
    "calibration": (
        *_tables("calibration"),
        *_figures("reliability"),
        *_tables("false_alarms"),
    ),
    "data": (
        *_tables("datasets", kind="samples"),
        *(
            Place(f"tables/table_{number}.md", "label_counts", "samples", dataset)
            for number, dataset in enumerate(paper.LABEL_COUNT_TABLES.values(), start=1)
        ),
    ),
    "audits": (
        Place("audit/audit.svg", "audit_figure", "samples"),
        Place("audit/audit.md", "audit", "samples"),
        Place("audit/{dataset}.md", "audit_dataset", "samples", folded=True),
    ),
    "paper": _tables(*(f"{name}_reported" for name in _MODELS), kind=""),
}
"""Section -> its places, in order."""
