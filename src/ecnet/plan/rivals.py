"""Other systems: what the steps read that train, compare and show them, in a target of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ecnet import datasets, models, paths
from ecnet.config import params
from ecnet.config.params import canonical
from ecnet.config.protocols import DEFAULT, RIVALS
from ecnet.models import CONTROLS
from ecnet.plan.comparisons import Comparisons
from ecnet.plan.layout import RIVAL_TASKS

_OF_ALL_DATASETS = ("rivals", "rivals-binary")
"""The tables that show the datasets of all tables; the others have datasets of their own."""


@dataclass(frozen=True)
class Rivals(Comparisons):
    """A layout with its comparisons, and what the tables of other systems are made of."""

    def of_place(self, place: str) -> list[str]:
        """Return the datasets that a table of other systems shows and that can be had."""
        if place in _OF_ALL_DATASETS:
            return self.of_task(RIVAL_TASKS[place])
        return [
            name
            for name in params.placed(self.params)
            if datasets.load(name).place == place and name in self.found.located
        ]

    def unable(self, variant: str, place: str) -> str:
        """Return why a variant cannot be in a table of other systems; empty if it can."""
        family, task = self.family(variant), RIVAL_TASKS[place]
        if self.protocol(variant) != DEFAULT:
            return "has a protocol of its own"
        if task not in (able := models.tasks(family)):
            return f"does the {able[0]} task alone"
        needed = models.needs(family)
        if needed and any(datasets.load(n).holds != needed for n in self.of_place(place)):
            return f"needs {needed}"
        return ""

    @property
    def placed_counts(self) -> list[str]:
        """The accounts of the samples that only tables of other systems show."""
        shown = {name for place in RIVAL_TASKS for name in self.of_place(place)}
        return [paths.COUNTS.format(dataset=n) for n in params.placed(self.params) if n in shown]

    def rival_columns(self, place: str) -> list[tuple[str, str]]:
        """Return the datasets of a table of other systems, and the protocols it shows of each."""
        return [
            (dataset, protocol)
            for dataset in self.of_place(place)
            for protocol in (RIVALS, *self.compared(place))
            if not self.refusal(dataset, protocol)
        ]

    def rival_metrics(self, place: str) -> list[str]:
        """Return the metrics of a table of other systems."""
        return [
            paths.METRICS.format(
                task=RIVAL_TASKS[place], dataset=dataset, protocol=protocol, variant=variant
            )
            for dataset, protocol in self.rival_columns(place)
            for variant in self.variants(place)
        ]

    @property
    def all_rival_metrics(self) -> list[str]:
        """The metrics of all tables of other systems."""
        return sorted({file for place in RIVAL_TASKS for file in self.rival_metrics(place)})

    @property
    def judged_rival_metrics(self) -> list[str]:
        """Those of them under the default protocol, by which claims are judged."""
        return [file for file in self.all_rival_metrics if f"{RIVALS}/" in file]

    @property
    def rival_covariances(self) -> list[str]:
        """What the variants of these tables have in common, by task and dataset."""
        return [
            paths.COVARIANCE.format(task=task, dataset=dataset, protocol=RIVALS)
            for place, task in RIVAL_TASKS.items()
            for dataset in self.of_place(place)
        ]

    @property
    def rival_papers(self) -> list[str]:
        """The files of the papers whose claims are judged by these tables."""
        return [self.paper_file(name) for name in self.params["rivals"]["papers"]]

    def rival_statistics_settings(self) -> str:
        """Return what `statistics` reads of other systems."""
        own, shown = (
            self.params["statistics"],
            {place: self.variants(place) for place in RIVAL_TASKS},
        )
        held = {name for place in RIVAL_TASKS for name in self.of_place(place)}
        runs = self.runs(RIVALS)
        return canonical(
            **{name: self.params["tables"][name] for name in ("average", "unit")},
            **{key: value for key, value in own.items() if key != "leak_alpha"},
            protocol=RIVALS.removeprefix("."),
            seeds={"split": [run.split for run in runs], "weights": [runs[0].weights]},
            ranked=shown["rivals"],
            normal={name: datasets.load(name).normal for name in sorted(held)},
            independent=[n for n in self.of_place("rivals") if not datasets.load(n).union],
            controls=sorted(
                {v for names in shown.values() for v in names if self.family(v) in CONTROLS}
            ),
        )

    def rivals_shown(self) -> dict[str, Any]:
        """Return what the tables of other systems read besides: their datasets, and who is out."""
        return {
            place: {
                "columns": [
                    {
                        "dataset": dataset,
                        "protocol": (name := protocol.removeprefix(".")),
                        "title": self.params["protocols"].get(name, {}).get("title", ""),
                    }
                    for dataset, protocol in self.rival_columns(place)
                ],
                "absent": {
                    name: self.found.reasons.get(name, "is not in data.include")
                    for name in datasets.names()
                    if datasets.load(name).place == place and name not in self.of_place(place)
                },
                "unable": dict(self._unable(place)),
            }
            for place in RIVAL_TASKS
        }

    def _unable(self, place: str) -> Iterator[tuple[str, str]]:
        """Yield the variants of the other tables that cannot be in this one, with the reason."""
        here = self.variants(place)
        for name in dict.fromkeys(v for other in RIVAL_TASKS for v in self.variants(other)):
            if name not in here and (why := self.unable(name, place)):
                yield name, why
