"""The plan of a run: which datasets there are, in which form, from where, and what each step reads.

Made once when the Snakefile is parsed. Every function that ends in `_settings` returns the
canonical string of just what a step reads, so that only a change of that reruns the step.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecnet import availability, code, datasets, paper, params, protocols, simulator
from ecnet.errors import InputError
from ecnet.files import plain_name
from ecnet.params import canonical
from ecnet.plan.layout import CONTROL, Layout
from ecnet.protocols import HONEST
from ecnet.sample import targets

STEPS = (
    *("plan", "acquire", "simulate", "sample", "union", "audit.dataset", "split"),
    *("encode", "train", "predict", "evaluate", "statistics", "claims", "render"),
)
"""The steps whose code the provenance names; the plan says what each of the others does."""


@dataclass(frozen=True)
class Plan(Layout):
    """A layout, and what each step reads of params.yaml."""

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

    def split_settings(self, dataset: str, protocol: str, seed: str) -> str:
        """Return what `split` reads."""
        section = protocols.under(self.params, protocol)["split"]
        return canonical(**self._features(dataset, protocol), **section, seed=int(seed))

    def encode_settings(self, dataset: str, protocol: str, seed: str) -> str:
        """Return what `encode` reads."""
        section = protocols.under(self.params, protocol)["encode"]
        return canonical(**self._features(dataset, protocol), **section, seed=int(seed))

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

    def predict_settings(self) -> str:
        """Return what `predict` reads."""
        return canonical(threads=self.params["train"]["threads"])

    def evaluate_settings(self, protocol: str) -> str:
        """Return what `evaluate` reads."""
        statistics = self.params["statistics"]
        shuffled = protocols.under(self.params, protocol)["split"]["labels"] == "shuffled"
        return canonical(
            **self.params["tables"],
            confidence=statistics["confidence"],
            chance=statistics["chance"] if shuffled else None,
        )

    def table_settings(self, *variants: str) -> str:
        """Return what a table reads."""
        return canonical(**self._shown(*variants), **self.params["tables"])

    def figure_settings(self, *variants: str) -> str:
        """Return what a figure reads."""
        return canonical(
            **self._shown(*variants), **self.params["tables"], figure=self.params["figures"]
        )

    def statistics_settings(self) -> str:
        """Return what `statistics` reads."""
        return canonical(
            **self.params["tables"],
            **self.params["statistics"],
            seeds=self.params["seeds"],
            ranked=[name for name in self.variants("table-6") if name in self.honest],
            independent=[name for name in self.datasets if not datasets.load(name).union],
        )

    def claims_settings(self) -> str:
        """Return what `claims` reads."""
        tables = [datasets.load(name) for name in paper.LABEL_COUNT_TABLES.values()]
        return canonical(
            titles=self._titles(),
            unknown={dataset.name: dataset.unknown_labels for dataset in tables},
            whole={dataset.name: dataset.forms[0].name for dataset in tables},
        )

    def protocols_settings(self) -> str:
        """Return what `protocols` reads."""
        places = ("inflation", "interpretation")
        shown = params.described(self.params, params.shown(self.params, "interpretation"))
        return canonical(
            **{
                place: [name.removeprefix(".") for name in self.compared(place)] for place in places
            },
            runs=[run.name for run in self.runs(protocols.suffix("other"))],
            inflated=params.shown(self.params, "inflation"),
            subject=next((v["name"] for v in shown if v["paper"] == paper.OURS), ""),
            rivals=[v["name"] for v in shown if v["paper"] != paper.OURS],
            average=self.params["tables"]["average"],
            unit=self.params["tables"]["unit"],
        )

    def comparison_settings(self) -> str:
        """Return what the tables of inflation and interpretation read."""
        places = ("inflation", "interpretation")
        named = {place: [p.removeprefix(".") for p in self.compared(place)] for place in places}
        refused = {
            dataset: {
                name: why
                for name in dict.fromkeys([*named["inflation"], *named["interpretation"]])
                if (why := self.refusal(dataset, protocols.suffix(name)))
            }
            for dataset in self.datasets
        }
        return canonical(
            **named,
            inflated=params.shown(self.params, "inflation"),
            protocols={name: line["title"] for name, line in self.params["protocols"].items()},
            refused=refused,
            titles=self._titles(),
            absent=self._absent(),
        )

    def verdict_settings(self) -> str:
        """Return what the tables of statistics and claims read."""
        return canonical(titles=self._titles(), absent=self._absent())

    def ranks_settings(self) -> str:
        """Return what the critical-difference diagram reads."""
        return canonical(titles=self._titles(), figure=self.params["figures"])

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

    def _features(self, dataset: str, protocol: str) -> dict[str, Any]:
        choice = params.dataset_choice(self.params, dataset)
        form = self.form(dataset)
        careless = protocol != HONEST and "keep" in protocols.changes(self.params, protocol)
        shortcuts = protocols.shortcuts(datasets.load(dataset).form(form))
        return {
            "dataset": dataset,
            "form": form,
            "keep": shortcuts if careless else choice["keep"],
            "drop": choice["drop"],
            "gate": not careless,
        }

    def _titles(self) -> dict[str, str]:
        """Return the titles of all datasets and variants."""
        variants = params.described(self.params, self.params["variants"])
        return {name: datasets.load(name).title for name in datasets.names()} | {
            variant["name"]: variant["title"] for variant in variants
        }

    def _absent(self) -> dict[str, str]:
        """Return the datasets that were asked for and cannot be had, each with the reason."""
        asked = params.included(self.params)
        return {name: why for name, why in self.found.reasons.items() if name in asked}

    def _shown(self, *variants: str) -> dict[str, Any]:
        asked = params.included(self.params)
        return {
            "datasets": [{"name": name, "title": datasets.load(name).title} for name in asked],
            "absent": self._absent(),
            "lacking": dict.fromkeys(self.found.unions, self.found.lacking),
            "variants": params.described(self.params, variants),
            "control": CONTROL,
            "runs": [run.name for run in self.runs()],
            "protocol_runs": [run.name for run in self.runs(protocols.suffix("other"))],
            "splits": len(self.splits),
            "confidence": self.params["statistics"]["confidence"],
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
