"""What each step of the chain reads of params.yaml, from raw files to metrics.

Every function that ends in `_settings` returns the canonical string of just what a step reads, so
that only a change of that reruns the step.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ecnet import datasets, paths
from ecnet.config import params, protocols
from ecnet.config.params import canonical
from ecnet.config.protocols import DEFAULT
from ecnet.datasets import papers
from ecnet.datasets.papers import LabelCount
from ecnet.fetch import download
from ecnet.files import plain_name
from ecnet.models import CONTROLS
from ecnet.plan.groups import Groups
from ecnet.plan.layout import TRANSFER, TUNING
from ecnet.prepare.sample import targets
from ecnet.provenance import fingerprint
from ecnet.readers import archived
from ecnet.simulate import simulator

LIMITS = ("max_bytes", "max_total_bytes")
"""The keys of params.yaml's `data` that bound what is brought."""


@dataclass(frozen=True)
class Chain(Groups):
    """A layout, and what each step up to `evaluate` reads."""

    def fetch_settings(self, dataset: str, file: str) -> str:
        """Return what `fetch` reads for one file."""
        found = self.found.located[dataset]
        source = datasets.load(dataset).format(found.format).source(file)
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
        )

    def limits(self) -> str:
        """Return how much `fetch` may bring, which decides nothing about the bytes."""
        return canonical(**{name: self.params["data"][name] for name in LIMITS})

    def origin(self, dataset: str, file: str) -> str:
        """Return where `fetch` finds one file, which decides nothing about its bytes."""
        found = self.found.located[dataset]
        return canonical(location=found.files[file], sha256=found.sha256.get(file, ""))

    def archives(self, dataset: str) -> dict[Path, list[str]]:
        """Return the .tar.gz of a mirror that hold raw files of a dataset, and these files."""
        found: dict[Path, list[str]] = {}
        for file in self.located_files(dataset):
            location = self.found.located[dataset].files[file]
            if not download.is_url(location) and (archive := archived.tar(Path(location))):
                found.setdefault(archive, []).append(file)
        return found

    def simulate_settings(self, dataset: str) -> str:
        """Return what `simulate-files` reads."""
        section = self.params["simulator"]
        return canonical(
            dataset=dataset,
            format=self.found.located[dataset].format,
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
            companions=self.companions(dataset),
        )

    def companions(self, dataset: str) -> list[str]:
        """Return the raw files of a dataset that are read beside those that hold its records."""
        found = self.found.located[dataset]
        return [paths.RAW.format(dataset=dataset, file=file) for file in found.companions]

    def merge_settings(self, dataset: str) -> str:
        """Return what `merge` reads."""
        return canonical(**self._sampling(dataset), label_counts=self._reported(dataset))

    def union_settings(self, dataset: str) -> str:
        """Return what `union` reads."""
        return canonical(**self._targets(dataset), label_counts=self._reported(dataset))

    def audit_settings(self, dataset: str) -> str:
        """Return what `audit-dataset` reads."""
        return canonical(
            **params.audit(self.params, dataset),
            dataset=dataset,
            format=self.format(dataset),
            label_counts=self._reported(dataset),
        )

    def split_settings(self, dataset: str, protocol: str) -> str:
        """Return what `split` reads."""
        own = DEFAULT if protocol == TUNING else protocol
        return canonical(
            **self.features(dataset, own),
            **protocols.under(self.params, own)["split"],
            seeds=self.seeds(protocol),
        )

    def encode_settings(self, dataset: str, protocol: str) -> str:
        """Return what `encode` reads."""
        own = DEFAULT if protocol == TUNING else protocol
        return canonical(
            dataset=dataset,
            format=self.format(dataset),
            **protocols.under(self.params, own)["encode"],
            seeds=self.seeds(protocol),
        )

    def train_settings(self, task: str, dataset: str, protocol: str, variant: str) -> str:
        """Return what `train` reads."""
        changed = protocols.under(self.params, protocol)
        return canonical(
            task=task,
            dataset=dataset,
            protocol=protocol.removeprefix("."),
            variant=variant,
            family=self.family(variant),
            hyperparameters=params.hyperparameters(changed, variant),
            runs=self.runs(protocol),
            threads=self.params["train"]["threads"],
        )

    @property
    def transferred(self) -> list[str]:
        """What `transfer` writes: of each dataset with such groups, and for networks both tasks."""
        found = []
        for groups in self.params["transfer"]["groups"]:
            for task in ("binary", "multiclass") if groups == "networks" else ("binary",):
                found += [
                    paths.TRANSFER.format(task=task, dataset=dataset, groups=groups)
                    for dataset in self.of_task(task)
                    if self._has_groups(dataset, groups)
                ]
        return found

    def _has_groups(self, dataset: str, groups: str) -> bool:
        """Tell whether records of a dataset have such groups, more than one of them."""
        if groups == "networks":
            return len(self.found.unions.get(dataset, [])) > 1
        return groups == "attacks" or not self.unfit(dataset, {"split": {"rule": "capture"}})

    def transfer_settings(self, task: str, dataset: str, groups: str) -> str:
        """Return what `transfer` reads."""
        own, weights = self.params["transfer"], self.params["seeds"]["weights"]
        variants = {
            name: {
                "family": self.family(name),
                "hyperparameters": params.hyperparameters(self.params, name),
            }
            for name in self.variants(TRANSFER)
        }
        return canonical(
            task=task,
            **{name: self.params["tables"][name] for name in ("average", "unit")},
            dataset=dataset,
            format=self.format(dataset),
            groups=groups,
            variants=variants,
            controls=[name for name in variants if self.family(name) in CONTROLS],
            seeds=self.transfer_splits,
            weights=weights[0],
            scale=self.params["encode"]["scale"],
            false_alarms=own["false_alarms"],
            confidence=self.params["statistics"]["confidence"],
            threads=self.params["train"]["threads"],
        )

    @property
    def tuned(self) -> list[str]:
        """The variants whose hyperparameters are searched for, in order."""
        return list(self.params["tuning"]["space"])

    def tune_settings(self, variant: str) -> str:
        """Return what `tune` reads."""
        tuning = self.params["tuning"]
        return canonical(
            task="multiclass",
            variant=variant,
            family=self.family(variant),
            hyperparameters=params.hyperparameters(self.params, variant),
            space=tuning["space"][variant],
            datasets=self.datasets,
            **{name: tuning[name] for name in ("trials", "seed", "splits")},
            threads=self.params["train"]["threads"],
        )

    @property
    def checked(self) -> list[str]:
        """The files of studies that check the protocol, of each dataset and size."""
        section = self.params["protocol_check"]
        return [
            paths.STUDIES.format(dataset=dataset, records=records)
            for dataset in section["datasets"]
            for records in section["studies"]
        ]

    def studies_settings(self, dataset: str, records: str) -> str:
        """Return what `check-studies` reads."""
        section, split = self.params["protocol_check"], self.params["split"]
        return canonical(
            dataset=dataset,
            records=int(records),
            studies=section["studies"][records],
            statistics=simulator.digest(dataset),
            **{name: section[name] for name in ("seed", "splits", "population", "fresh")},
            **{name: split[name] for name in ("validation", "test")},
        )

    def check_settings(self) -> str:
        """Return what `check-protocol` reads."""
        statistics, names = self.params["statistics"], self.params["protocol_check"]["datasets"]
        return canonical(
            **{name: statistics[name] for name in ("confidence", "equivalence")},
            titles={name: datasets.load(name).title for name in names},
            figure=self.params["figures"],
        )

    def predict_settings(self) -> str:
        """Return what `predict` reads."""
        return canonical(threads=self.params["train"]["threads"])

    def evaluate_settings(self, dataset: str, protocol: str) -> str:
        """Return what `evaluate` reads."""
        statistics = self.params["statistics"]
        split = protocols.under(self.params, protocol)["split"]
        format = datasets.load(dataset).format(self.format(dataset))
        official = split["official"] and protocols.official(format)
        return canonical(
            **self.params["tables"],
            confidence=statistics["confidence"],
            drawn="validation" if official else "test",
            leak_alpha=statistics["leak_alpha"] if split["shuffle_labels"] else None,
        )

    def code(
        self,
        step: str,
        *,
        dataset: str = "",
        parts: Sequence[str] = (),
        variants: Sequence[str] = (),
    ) -> str:
        """Return the digest of a step's code, of adapters, and of the families of variants.

        The step `simulate.raw_file` reads no adapter, but the generator of its dataset.
        """
        module = simulator.module if step == "simulate.raw_file" else datasets.module
        modules = [f"ecnet.{step}"]
        modules += [module(name) for name in (dataset, *parts) if name]
        modules += [f"ecnet.models.{self.family(variant)}" for variant in variants]
        return fingerprint.digest(*modules)

    def _sampling(self, dataset: str) -> dict[str, Any]:
        return {**self._targets(dataset), "source": self.found.located[dataset].source}

    def _targets(self, dataset: str) -> dict[str, Any]:
        sampling, format = self.params["sampling"], self.format(dataset)
        counts = self._label_counts(dataset)
        most = targets(datasets.load(dataset).format(format), counts, sampling)
        per_class = sampling["per_class"].get(dataset, {})
        return {
            "dataset": dataset,
            "format": format,
            "seed": sampling["seed"],
            "rule": sampling["rule"],
            "targets": {label: per_class.get(label, count) for label, count in most.items()},
        }

    def _label_counts(self, dataset: str) -> list[LabelCount]:
        format = datasets.load(dataset).format(self.format(dataset))
        return papers.reproduced().label_counts(dataset, format)

    def _reported(self, dataset: str) -> list[dict[str, Any]]:
        return [asdict(row) for row in self._label_counts(dataset)]
