"""Which datasets, protocols, variants and runs there are, and in which files they are found."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecnet import datasets, paths, seeds
from ecnet.config import params, protocols
from ecnet.config.params import Params
from ecnet.config.protocols import DEFAULT, RIVALS, SINGLE_COLUMN
from ecnet.datasets import papers
from ecnet.plan.availability import Available, sampled
from ecnet.plan.outcomes import Outcomes, brief
from ecnet.render import catalogue
from ecnet.seeds import Run

CONTROL = "majority"
"""The variant that stands in every table and figure, as what any result must beat."""

TUNING = ".tuning"
"""What file names have in place of a protocol for the splits of `tune`, which no result uses."""

TRANSFER = "transfer"
"""Where `shown` of params.yaml lists the variants that are trained on some groups of records."""

COMPARISONS = [result.place for result in catalogue.RESULTS if result.seeds == "protocols"]
"""The tables that compare protocols."""

RIVAL_TASKS = {
    result.place: result.task
    for result in catalogue.RESULTS
    if result.seeds == "rivals" and result.place
}
"""The tables of other systems -> their task."""


@dataclass(frozen=True)
class Layout:
    """What a run is made of (params.yaml, and the data that can be had), and its files.

    outcomes: what the samples hold, as far as they are there. failed: dataset and protocol -> why
    a step could not use it in an earlier pass of this run.
    """

    params: Params
    found: Available
    outcomes: Outcomes
    failed: Mapping[str, str]

    @property
    def sampled(self) -> list[str]:
        """The datasets to show that can be had, in order."""
        return sampled(self.params, self.found)

    @property
    def datasets(self) -> list[str]:
        """Those of which models can be trained."""
        return [name for name in self.sampled if name not in self.outcomes.untrainable]

    def of_task(self, task: str) -> list[str]:
        """Return the datasets that have a task: a binary one needs normal records."""
        without = self.outcomes.no_binary if task == "binary" else {}
        return [name for name in self.datasets if name not in without]

    @property
    def papers(self) -> list[str]:
        """The files of the papers whose claims are judged: see `paper_file`."""
        return [self.paper_file(name) for name in self.params["papers"]]

    @staticmethod
    def paper_file(name: str) -> str:
        """Return the file of a paper as rules name it: that of a paper here, in this repository."""
        path = papers.file_of(name)
        return str(path) if "/" in name else f"src/ecnet/papers/{name}/{path.name}"

    @property
    def counts(self) -> list[str]:
        """The accounts of all samples."""
        return [paths.COUNTS.format(dataset=name) for name in self.sampled]

    @property
    def splits(self) -> list[int]:
        """The seeds of the splits."""
        splits: list[int] = self.params["seeds"]["split"]
        return splits

    @property
    def transfer_splits(self) -> list[int]:
        """The seeds of the splits of which models are trained on some groups of records."""
        return self.splits[: self.params["transfer"]["splits"]]

    def runs(self, protocol: str = DEFAULT) -> list[Run]:
        """Return the runs of every variant under a protocol: of another one, one for each split."""
        split, weights = self.params["seeds"]["split"], self.params["seeds"]["weights"]
        if protocol == DEFAULT:
            return seeds.runs(split, weights)
        if self.is_of_rivals(protocol):
            return seeds.runs(split[: self.params["rivals"]["splits"]], weights[:1])
        return seeds.runs(self.params["seeds"]["protocols"], weights[:1])

    def is_of_rivals(self, protocol: str) -> bool:
        """Tell whether tables of other systems alone show a protocol."""
        if protocol == RIVALS:
            return True
        shown = self.params["protocols"].get(protocol.removeprefix("."), {}).get("shown", ())
        return bool(shown) and set(shown) <= RIVAL_TASKS.keys()

    def seeds(self, protocol: str) -> list[int]:
        """Return the seeds of the splits that are made under a protocol."""
        if protocol == TUNING:
            return list(self.params["tuning"]["splits"])
        return list(dict.fromkeys(run.split for run in self.runs(protocol)))

    def compared(self, place: str) -> list[str]:
        """Return the protocols that a table compares with the default one, as in file names."""
        lines = self.params["protocols"].items()
        return [protocols.suffix(name) for name, line in lines if place in line["shown"]]

    def refusal(self, dataset: str, protocol: str) -> str:
        """Return why a protocol says nothing on a dataset; empty if it does."""
        if why := self.failed.get(dataset + protocol, ""):
            return brief(why)
        return self.unfit(dataset, protocols.changes(self.params, protocol))

    def unfit(self, dataset: str, changed: Mapping[str, Any]) -> str:
        """Return why changes of params.yaml say nothing on a dataset; empty if they do."""
        parts = self.found.unions.get(dataset, [dataset])
        if changed.get("drop") == SINGLE_COLUMN and dataset not in self.outcomes.predictors:
            return "its audit is not made yet"
        return protocols.refusal(
            changed,
            [datasets.load(name).format(self.format(name)) for name in parts],
            sum(len(self.records(name)) for name in parts),
            self.dropped(dataset, changed),
        )

    def dropped(self, dataset: str, changed: Mapping[str, Any]) -> list[str]:
        """Return the features of a dataset that changes of params.yaml leave out."""
        format = datasets.load(dataset).format(self.format(dataset))
        predictors = self.outcomes.predictors.get(dataset, ())
        given = params.dataset_choice(self.params, dataset)["drop"]
        return [n for n in protocols.dropped(changed, format, predictors) if n not in given]

    def protocol(self, variant: str) -> str:
        """Return the protocol of a variant, as file names have it."""
        return protocols.suffix(self.params["variants"][variant].get("protocol", ""))

    def of_split(self, pattern: str, dataset: str, protocol: str) -> str:
        """Return the file of the split or tensors that a protocol uses on a dataset."""
        own = protocol if protocols.changes_data(self.params, protocol) else DEFAULT
        return pattern.format(dataset=dataset, protocol=own)

    def encoded(self) -> list[str]:
        """Return the encoders of all protocols that are shown."""
        own = {self.protocol(variant) for variant in self.params["variants"]}
        shown = {p for place in COMPARISONS for p in self.compared(place)}
        wanted = {
            self.of_split(paths.ENCODER, dataset, protocol)
            for protocol in own | shown
            for dataset in self.datasets
            if protocol == DEFAULT or not self.refusal(dataset, protocol)
        }
        return sorted(wanted)

    def targets(self, files: list[str]) -> list[str]:
        """Return files to make, if there is a dataset to make them of.

        Raises:
            SystemExit: there is none. Snakemake shows no more than its words.
        """
        if not self.datasets:
            sys.exit("No dataset can be had; see above, and data.source in params.yaml.")
        return files

    def coming_from(self, *sources: str) -> list[str]:
        """Return the datasets whose files come from one of some sources."""
        return [name for name, at in self.found.located.items() if at.source in sources]

    def located_files(self, dataset: str) -> list[str]:
        """Return the names of all raw files of a dataset, in order."""
        return sorted(self.found.located[dataset].files)

    def raw_files(self, *sources: str) -> list[str]:
        """Return the names of all raw files that come from one of some sources."""
        names = (self.found.located[name].files for name in self.coming_from(*sources))
        return sorted({file for files in names for file in files})

    def format(self, dataset: str) -> str:
        """Return the format of a dataset that can be had."""
        located = self.found.located.get(dataset)
        return located.format if located else datasets.load(dataset).formats[0].name

    def records(self, dataset: str) -> list[str]:
        """Return the files of a dataset that hold records, in order."""
        found = self.found.located[dataset]
        return sorted(set(found.files) - set(found.companions))

    def sampled_before(self, dataset: str, file: str) -> list[str]:
        """Return what is sampled before a raw file comes, so that few are on the disk at once."""
        files, most = self.records(dataset), self.params["data"]["max_raw_files"]
        if most is None or file not in files[most:]:
            return []
        return [paths.SHARD_COUNTS.format(dataset=dataset, file=files[files.index(file) - most])]

    def variants(self, place: str) -> list[str]:
        """Return the variants that a table or figure shows, the control among them."""
        shown = params.shown(self.params, place)
        return shown if CONTROL in shown else [CONTROL, *shown]

    @property
    def default_variants(self) -> list[str]:
        """The variants of the default protocol, without those that only rivals' tables show."""
        alone = set(self.only_of_rivals)
        return [
            name
            for name in self.params["variants"]
            if self.protocol(name) == DEFAULT and name not in alone
        ]

    @property
    def only_of_rivals(self) -> list[str]:
        """The variants that tables of other systems alone show."""
        lines = self.params["variants"].items()
        return [name for name, line in lines if set(line["shown"]) <= RIVAL_TASKS.keys()]

    def family(self, variant: str) -> str:
        """Return the family of a variant."""
        family: str = self.params["variants"][variant]["family"]
        return family

    def metrics(self, place: str, task: str, *datasets: str) -> list[str]:
        """Return the metrics that a table or figure is made of: of all datasets, or of some."""
        return [
            paths.METRICS.format(
                task=task, dataset=dataset, protocol=self.protocol(variant), variant=variant
            )
            for dataset in datasets or self.of_task(task)
            for variant in self.variants(place)
        ]

    def covariances(self, metrics: Sequence[str]) -> list[str]:
        """Return what the variants that metrics are of have in common, of the default protocol."""
        held = {*metrics}
        return [
            paths.COVARIANCE.format(task=task, dataset=dataset, protocol=DEFAULT)
            for task in ("multiclass", "binary")
            for dataset in self.of_task(task)
            if any(
                paths.METRICS.format(task=task, dataset=dataset, protocol=DEFAULT, variant=variant)
                in held
                for variant in self.default_variants
            )
        ]

    def models(self, metrics: Sequence[str]) -> list[str]:
        """Return the descriptions of the models that metrics are of."""
        (before, after), (start, end) = (
            (pattern.partition("{")[0], pattern.rpartition("}")[2])
            for pattern in (paths.METRICS, paths.MODEL)
        )
        return [f"{start}{file.removeprefix(before).removesuffix(after)}{end}" for file in metrics]
