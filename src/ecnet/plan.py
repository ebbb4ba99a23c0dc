"""The plan of a run: which datasets there are, in which form, from where, and what each step reads.

Made once when the Snakefile is parsed. Every function that ends in `_settings` returns the
canonical string of just what a step reads, so that only a change of that reruns the step.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecnet import code, datasets, params, simulator, sources, web
from ecnet.datasets.declaration import Dataset
from ecnet.errors import InputError
from ecnet.files import plain_name, read_json
from ecnet.params import Params, canonical
from ecnet.sample import targets
from ecnet.sources import Listing, Located

CONTROL = "majority"
"""The variant that stands in every table and figure, as what any result must beat."""

CHECKSUMS = "data/checksums"

_NOTHING = "(?!)"
"""A regular expression that takes no text."""


@dataclass(frozen=True)
class Plan:
    """What a run is made of.

    located: where the files of each dataset are that can be had. absent: how to get the others.
    """

    params: Params
    located: Mapping[str, Located]
    absent: Mapping[str, str]

    @property
    def datasets(self) -> list[str]:
        """The datasets that can be had, in order."""
        return list(self.located)

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
        if not self.located:
            sys.exit("No dataset can be had; see above, and data.source in params.yaml.")
        return files

    def only(self, *sources: str) -> str:
        """Return a regular expression that takes the datasets from some sources and no others."""
        names = [name for name, found in self.located.items() if found.source in sources]
        return "|".join(names) or _NOTHING

    def records(self, dataset: str) -> list[str]:
        """Return the files of a dataset that hold records, in order."""
        found = self.located[dataset]
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
        found = self.located[dataset]
        source = datasets.load(dataset).form(found.form).source(file)
        data = self.params["data"]
        # What is published holds for the file as published, neither packed nor cut.
        published = data["check_facts"] and file == plain_name(file)
        return canonical(
            dataset=dataset,
            file=file,
            location=found.files[file],
            source=found.source,
            sha256=found.sha256.get(file) or (source.sha256 if published else ""),
            bytes=source.bytes if published else None,
            licence=datasets.load(dataset).licence,
            max_bytes=data["max_bytes"],
            checksums=CHECKSUMS,
        )

    def simulate_settings(self, dataset: str, file: str) -> str:
        """Return what `simulate-file` reads for one file."""
        section = self.params["simulator"]
        return canonical(
            dataset=dataset,
            form=self.located[dataset].form,
            file=file,
            seed=section["seed"],
            records=section["records"][dataset],
            statistics=simulator.digest(dataset),
        )

    def shard_settings(self, dataset: str) -> str:
        """Return what `shard` reads."""
        data, found = self.params["data"], self.located[dataset]
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

    def table_settings(self, *variants: str) -> str:
        """Return what a table reads."""
        return canonical(**self._shown(*variants), **self.params["tables"])

    def figure_settings(self, *variants: str) -> str:
        """Return what a figure reads."""
        return canonical(
            **self._shown(*variants), **self.params["tables"], figure=self.params["figures"]
        )

    def code(self, step: str, *, dataset: str = "", family: str = "") -> str:
        """Return the digest of a step's code, of a dataset's adapter and of a family."""
        modules = [f"ecnet.{step}"]
        modules += [datasets.module(dataset)] if dataset else []
        modules += [f"ecnet.models.{family}"] if family else []
        return code.digest(*modules)

    def _sampling(self, dataset: str) -> dict[str, Any]:
        sampling = self.params["sampling"]
        found = self.located[dataset]
        return {
            "dataset": dataset,
            "form": found.form,
            "source": found.source,
            "seed": sampling["seed"],
            "rule": sampling["rule"],
            "targets": targets(datasets.load(dataset).form(found.form), sampling),
        }

    def _features(self, dataset: str) -> dict[str, Any]:
        choice = params.dataset_choice(self.params, dataset)
        return {
            "dataset": dataset,
            "form": self.located[dataset].form,
            "keep": choice["keep"],
            "drop": choice["drop"],
        }

    def _shown(self, *variants: str) -> dict[str, Any]:
        asked = params.included(self.params)
        return {
            "datasets": [{"name": name, "title": datasets.load(name).title} for name in asked],
            "absent": {name: self._why_absent(name) for name in self.absent},
            "variants": params.described(self.params, variants),
            "control": CONTROL,
            "seeds": self.seeds,
        }

    def _why_absent(self, name: str) -> str:
        return sources.why_absent(*_choice(self.params, name))


def make(config: Mapping[str, Any], schema: Path) -> Plan:
    """Check params.yaml and find the files of every dataset that is asked for.

    Raises:
        InputError: params.yaml is not valid, the mirror cannot be read, or a dataset cannot be
            had and `data.missing` is `error`.
    """
    checked = params.checked(config, schema)
    mirror = checked["data"]["mirror"]
    wanted = params.included(checked)
    mirrored = any(params.source(checked, name) == "mirror" for name in wanted)
    listed = sources.listing(mirror) if mirrored else Listing({}, {})
    located, missing = {}, {}
    for name in wanted:
        found = _locate(checked, name, listed)
        if found is None:
            missing[name] = sources.absent(*_choice(checked, name), mirror)
        else:
            located[name] = found
    if missing and checked["data"]["missing"] == "error":
        raise InputError("\n".join(missing.values()))
    return Plan(checked, located, missing)


def _choice(checked: Params, name: str) -> tuple[Dataset, list[str], str]:
    """Return a dataset, the forms in which it may come, and its source."""
    forms: list[str] = params.dataset_choice(checked, name)["form"]
    return datasets.load(name), forms, params.source(checked, name)


def _locate(checked: Params, name: str, mirror: Listing) -> Located | None:
    """Return where a dataset is in its source, or None; an address must answer to count."""
    dataset, forms, source = _choice(checked, name)
    if source == "mirror":
        return sources.mirrored(dataset, forms, mirror)
    if source == "simulated":
        return sources.simulated(dataset, forms, checked["simulator"]["records"].get(name, 0))
    found = sources.official(dataset, forms)
    if found is None:
        return None
    wanted = [url for file, url in found.files.items() if not _fetched(name, file)]
    return found if not wanted or web.answers(wanted[0]) else None


def _fetched(name: str, file: str) -> bool:
    """Tell whether a file lies there, and came from the official address."""
    provenance = Path("data/provenance", name, f"{file}.json")
    if not provenance.exists() or not Path("data/raw", name, file).exists():
        return False
    return bool(read_json(provenance)["source"] == "official")
