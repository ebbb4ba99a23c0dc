"""The plan of a run: which datasets there are, in which form, from where, and what each step reads.

Made once when the Snakefile is parsed. Every function that ends in `_settings` returns the
canonical string of just what a step reads, so that only a change of that reruns the step.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecnet import availability, code, datasets, params, simulator
from ecnet.availability import Available
from ecnet.errors import InputError
from ecnet.files import plain_name
from ecnet.params import Params, canonical
from ecnet.sample import targets

CONTROL = "majority"
"""The variant that stands in every table and figure, as what any result must beat."""

STEPS = (
    *("plan", "acquire", "simulate", "sample", "union", "audit.dataset", "split"),
    *("encode", "train", "predict", "evaluate", "render"),
)
"""The steps whose code the provenance names; the plan says what each of the others does."""


@dataclass(frozen=True)
class Plan:
    """What a run is made of: params.yaml, and the data that can be had."""

    params: Params
    found: Available

    @property
    def datasets(self) -> list[str]:
        """The datasets to show that can be had, in order."""
        made = {*self.found.located, *self.found.unions}
        return [name for name in params.included(self.params) if name in made]

    @property
    def seeds(self) -> list[int]:
        """The seeds of split and weights."""
        seeds: list[int] = self.params["seeds"]
        return seeds

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

    def form(self, dataset: str) -> str:
        """Return the form of a dataset that can be had."""
        located = self.found.located.get(dataset)
        return located.form if located else datasets.load(dataset).forms[0].name

    def records(self, dataset: str) -> list[str]:
        """Return the files of a dataset that hold records, in order."""
        found = self.found.located[dataset]
        return sorted(set(found.files) - set(found.companions))

    def variants(self, place: str) -> list[str]:
        """Return the variants that a table or figure shows, the control among them."""
        shown = params.shown(self.params, place)
        return shown if CONTROL in shown else [CONTROL, *shown]

    def family(self, variant: str) -> str:
        """Return the family of a variant."""
        family: str = self.params["variants"][variant]["family"]
        return family

    def metrics(self, place: str, task: str) -> list[str]:
        """Return the metrics that a table or figure is made of."""
        return [
            f"results/metrics/{task}/{dataset}/{variant}.json"
            for dataset in self.datasets
            for variant in self.variants(place)
        ]

    def acquire_settings(self, dataset: str, file: str) -> str:
        """Return what `acquire` reads for one file."""
        found = self.found.located[dataset]
        source = datasets.load(dataset).form(found.form).source(file)
        data = self.params["data"]
        # What is published holds for the file as published, neither packed nor cut.
        published = data["check_facts"] and file == plain_name(file)
        return canonical(
            dataset=dataset,
            file=file,
            source=found.source,
            sha256=source.sha256 if published else "",
            bytes=source.bytes if published else None,
            licence=datasets.load(dataset).licence,
            max_bytes=data["max_bytes"],
        )

    def origin(self, dataset: str, file: str) -> str:
        """Return where `acquire` finds one file, which decides nothing about its bytes."""
        found = self.found.located[dataset]
        return canonical(location=found.files[file], sha256=found.sha256.get(file, ""))

    def simulate_settings(self, dataset: str, file: str) -> str:
        """Return what `simulate-file` reads for one file."""
        section = self.params["simulator"]
        return canonical(
            dataset=dataset,
            form=self.found.located[dataset].form,
            file=file,
            seed=section["seed"],
            records=section["records"][dataset],
            statistics=simulator.digest(dataset),
        )

    def shard_settings(self, dataset: str) -> str:
        """Return what `shard` reads."""
        data, found = self.params["data"], self.found.located[dataset]
        return canonical(
            **self._sampling(dataset),
            head=self.params["sampling"]["head"],
            max_rejected=data["max_rejected"],
            # What is published holds for the files as published.
            check_facts=data["check_facts"] and found.source != "simulated",
            companions=[f"data/raw/{dataset}/{file}" for file in found.companions],
        )

    def merge_settings(self, dataset: str) -> str:
        """Return what `merge` reads."""
        return canonical(**self._sampling(dataset))

    def union_settings(self, dataset: str) -> str:
        """Return what `union` reads."""
        return canonical(**self._targets(dataset))

    def audit_settings(self, dataset: str) -> str:
        """Return what `audit-dataset` reads."""
        return canonical(
            **params.audit(self.params, dataset), dataset=dataset, form=self.form(dataset)
        )

    def split_settings(self, dataset: str, seed: str) -> str:
        """Return what `split` reads."""
        return canonical(**self._features(dataset), **self.params["split"], seed=int(seed))

    def encode_settings(self, dataset: str, seed: str) -> str:
        """Return what `encode` reads."""
        return canonical(**self._features(dataset), **self.params["encode"], seed=int(seed))

    def train_settings(self, task: str, dataset: str, variant: str) -> str:
        """Return what `train` reads."""
        return canonical(
            task=task,
            dataset=dataset,
            variant=variant,
            family=self.family(variant),
            hyperparameters=params.hyperparameters(self.params, variant),
            seeds=self.seeds,
            threads=self.params["train"]["threads"],
        )

    def predict_settings(self) -> str:
        """Return what `predict` reads."""
        return canonical(threads=self.params["train"]["threads"])

    def evaluate_settings(self) -> str:
        """Return what `evaluate` reads."""
        return canonical(**self.params["tables"])

    def table_settings(self, *variants: str) -> str:
        """Return what a table reads."""
        return canonical(**self._shown(*variants), **self.params["tables"])

    def figure_settings(self, *variants: str) -> str:
        """Return what a figure reads."""
        return canonical(
            **self._shown(*variants), **self.params["tables"], figure=self.params["figures"]
        )

    def provenance_settings(self) -> str:
        """Return what `provenance` reads: digests of params by section, and of code by step."""
        # Where a mirror is changes no number; what its files hold does, and is recorded as such.
        read = self.params | {"data": self.params["data"] | {"mirror": None}}
        adapters = [datasets.module(name) for name in self.datasets]
        families = [f"ecnet.models.{self.family(name)}" for name in self.params["variants"]]
        used = dict.fromkeys(("sample", "union", "audit.dataset", "split", "encode"), adapters)
        used["simulate"] = [simulator.module(name) for name in self.coming_from("simulated")]
        used |= dict.fromkeys(("train", "predict"), families)
        return canonical(
            params={name: params.digest(section) for name, section in read.items()},
            code={step: code.digest(f"ecnet.{step}", *used.get(step, [])) for step in STEPS},
            threads=self.params["train"]["threads"],
        )

    def code(
        self, step: str, *, dataset: str = "", parts: Sequence[str] = (), family: str = ""
    ) -> str:
        """Return the digest of a step's code, of the adapters of datasets and of a family.

        The step `simulate` reads no adapter, but the recipe of its dataset.
        """
        module = simulator.module if step == "simulate" else datasets.module
        modules = [f"ecnet.{step}"]
        modules += [module(name) for name in (dataset, *parts) if name]
        modules += [f"ecnet.models.{family}"] if family else []
        return code.digest(*modules)

    def _sampling(self, dataset: str) -> dict[str, Any]:
        return {**self._targets(dataset), "source": self.found.located[dataset].source}

    def _targets(self, dataset: str) -> dict[str, Any]:
        sampling, form = self.params["sampling"], self.form(dataset)
        most = targets(datasets.load(dataset).form(form), sampling)
        own = sampling["own"].get(dataset, {})
        return {
            "dataset": dataset,
            "form": form,
            "seed": sampling["seed"],
            "rule": sampling["rule"],
            "targets": {label: own.get(label, count) for label, count in most.items()},
        }

    def _features(self, dataset: str) -> dict[str, Any]:
        choice = params.dataset_choice(self.params, dataset)
        return {
            "dataset": dataset,
            "form": self.form(dataset),
            "keep": choice["keep"],
            "drop": choice["drop"],
        }

    def _shown(self, *variants: str) -> dict[str, Any]:
        asked = params.included(self.params)
        return {
            "datasets": [{"name": name, "title": datasets.load(name).title} for name in asked],
            "absent": {n: why for n, why in self.found.reasons.items() if n in asked},
            "lacking": dict.fromkeys(self.found.unions, self.found.lacking),
            "variants": params.described(self.params, variants),
            "control": CONTROL,
            "seeds": self.seeds,
        }


def make(config: Mapping[str, Any], schema: Path) -> Plan:
    """Check params.yaml and find the files of every dataset that is asked for.

    Raises:
        InputError: params.yaml is not valid, the mirror cannot be read, or a dataset cannot be
            had and `data.missing` is `error`.
    """
    checked = params.checked(config, schema)
    found = availability.find(checked)
    if found.absent and checked["data"]["missing"] == "error":
        raise InputError("\n".join(found.absent.values()))
    return Plan(checked, found)


def one_of(names: Iterable[str]) -> str:
    """Return a regular expression that takes these names and no others."""
    return "|".join(names) or "(?!)"
