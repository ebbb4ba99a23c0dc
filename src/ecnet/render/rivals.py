"""The tables of other systems: a row for each, a column for each dataset, mean ranks, and sizes."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from scipy.stats import rankdata

from ecnet.evaluate.interval import MeanInterval
from ecnet.evaluate.measures import F1, HEADLINE, Measure
from ecnet.evaluate.results import Metrics
from ecnet.render.parts import UNIT, mean, simulated, stub
from ecnet.render.settings import Settings, Shown, Variant
from ecnet.render.sources import Sources
from ecnet.render.table import DASH, Cell, Datum, Notes, Table, TableColumn

_FEWEST_RANKED = 2
"""Datasets over which a mean rank says more than a score."""
_ABOUT_RANKS = (
    "Rank 1 is the best. A mean rank is over datasets, of means over splits; beside it stand the "
    "least and the most that the datasets of a single split give."
)
_ABOUT_SIZE = "Parameters and bytes of weights are means over datasets and splits."


@dataclass(frozen=True)
class Measured:
    """What was measured: title of a column -> system -> metrics; in each the same systems."""

    found: Mapping[str, Mapping[Variant, Metrics]]
    settings: Settings

    def score(self, column: str, system: Variant, measure: Measure = F1) -> MeanInterval | None:
        """Return a score of a system in a column, over the splits."""
        own, metrics = self.settings, self.found[column][system]
        return metrics.interval(measure, unit=own.unit, average=own.average)

    def best(self, column: str) -> str:
        """Return the best score of a column, as it is printed."""
        scores = (self.score(column, system) for system in self.found[column])
        return f"{max(score.mean for score in scores if score):.{F1.digits}f}"

    def sizes(self, system: Variant) -> tuple[float, float] | None:
        """Return parameters and bytes of weights; None if nothing was measured."""
        runs = [(of[system], run) for of in self.found.values() for run in of[system].over_splits]
        if not runs:
            return None
        return (
            fmean(metrics.parameters[run] for metrics, run in runs),
            fmean(metrics.bytes[run] for metrics, run in runs),
        )

    def ranks(self) -> dict[Variant, tuple[float, float, float]]:
        """Return the mean rank of each system over datasets, and its range over the splits.

        A system is ranked by its means over splits, as in Friedman's test. Empty where a mean would
        say no more than the scores do.
        """
        datasets = {metrics.dataset for of in self.found.values() for metrics in of.values()}
        if len(datasets) < _FEWEST_RANKED:
            return {}
        how = {"unit": self.settings.unit, "average": self.settings.average}
        scores = np.array(
            [
                [metrics.values(F1, metrics.over_splits, **how) for metrics in of.values()]
                for of in self.found.values()
            ],
            dtype=np.float64,
        )  # (datasets, systems, splits)
        ranks = rankdata(-scores.mean(axis=2), axis=1).mean(axis=0)
        by_split = rankdata(-scores, axis=1).mean(axis=0)
        systems = next(iter(self.found.values()))
        return {
            system: (float(rank), float(own.min()), float(own.max()))
            for system, rank, own in zip(systems, ranks, by_split, strict=True)
        }


def rivals(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return a table of other systems.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    notes, own = Notes(), settings.rivals[shown.place]
    systems = settings.variants_of(shown.place)
    found = Measured(
        {
            _column(column, settings): {
                v: sources.under(shown.task, column["dataset"], column["protocol"], v.name)
                for v in systems
            }
            for column in own["columns"]
        },
        settings,
    )
    ranks, best = found.ranks(), {name: found.best(name) for name in found.found}
    return Table(
        name=shown.name,
        caption=_caption(found, settings, shown),
        columns=(
            *stub("System"),
            *(TableColumn(name, f"F1, {settings.average} average") for name in best),
            *(TableColumn(title, "Rank") for title in (("mean", "by split") if ranks else ())),
            TableColumn("Parameters"),
            TableColumn("Bytes of weights"),
        ),
        blocks=[
            [
                [
                    Cell(system.title),
                    *(_score(found.score(name, system), notes, best[name]) for name in best),
                    *(_rank(ranks[system]) if ranks else ()),
                    *_sizes(found.sizes(system)),
                ]
                for system in systems
            ]
        ],
        data=_data(found, ranks) or [{"dataset": "", "source": "nothing was measured"}],
        notes=notes.listed(
            _ABOUT_RANKS if ranks else "",
            _ABOUT_SIZE,
            _reasons("Absent", own["absent"], settings),
            _reasons("Not in this table", own["unable"], settings),
        ),
    )


def _column(column: Mapping[str, str], settings: Settings) -> str:
    dataset = settings.title(column["dataset"])
    return f"{dataset}, {column['title']}" if column["title"] else dataset


def _caption(found: Measured, settings: Settings, shown: Shown) -> str:
    measured = [metrics for of in found.found.values() for metrics in of.values()]
    sources = {settings.title(metrics.dataset): metrics.source for metrics in measured}
    what = "normal against attack" if shown.task == "binary" else "all classes"
    return (
        f"Other systems, {what}: F1 in percent, {UNIT[settings.unit]}; {settings.over_splits}. "
        f"Best of each dataset in bold. {simulated(sources)}"
    ).strip()


def _score(found: MeanInterval | None, notes: Notes, best: str) -> Cell:
    if found is None:
        return Cell(DASH)
    return mean(found, notes, digits=F1.digits, widest=F1.scale, best=best)


def _rank(found: tuple[float, float, float]) -> list[Cell]:
    middle, least, most = found
    return [Cell(f"{middle:.1f}"), Cell(f"{least:.1f} to {most:.1f}")]


def _sizes(found: tuple[float, float] | None) -> list[Cell]:
    return [Cell(f"{size:,.0f}") for size in found] if found else [Cell(DASH)] * 2


def _data(
    found: Measured, ranks: Mapping[Variant, tuple[float, float, float]]
) -> list[dict[str, Datum]]:
    rows = []
    for column, systems in found.found.items():
        for system, metrics in systems.items():
            row: dict[str, Datum] = {
                "dataset": metrics.dataset,
                "source": metrics.source,
                "protocol": metrics.protocol,
                "system": system.title,
            }
            for measure in HEADLINE:
                score = found.score(column, system, measure)
                for end in ("mean", "low", "high"):
                    row[f"{measure.column}_{end}"] = getattr(score, end) if score else None
            own = ranks.get(system, (None, None, None))
            row["rank"], row["rank_least"], row["rank_most"] = own
            row["parameters"], row["bytes"] = found.sizes(system) or (None, None)
            rows.append(row)
    return rows


def _reasons(opening: str, why: Mapping[str, str], settings: Settings) -> str:
    """Return a sentence on what a table lacks, and the reasons; empty if it lacks nothing."""
    listed = "; ".join(f"{settings.title(name)}, which {words}" for name, words in why.items())
    return f"{opening}: {listed}." if listed else ""
