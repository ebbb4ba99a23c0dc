"""The plan of a run: which datasets there are, in which format, and what each step reads.

Made once when the Snakefile is parsed. Every function that ends in `_settings` returns the
canonical string of just what a step reads, so that only a change of that reruns the step.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecnet import datasets
from ecnet.config import papers as checks
from ecnet.config import params, protocols, validation
from ecnet.config.params import canonical
from ecnet.config.protocols import DEFAULT, RIVALS
from ecnet.datasets import papers
from ecnet.errors import InputError
from ecnet.models import CONTROLS
from ecnet.plan import availability, combinations, needs, outcomes, storage
from ecnet.plan.availability import sampled
from ecnet.plan.chain import Chain
from ecnet.plan.layout import CONTROL, RIVAL_TASKS, TRANSFER
from ecnet.plan.outcomes import Failure, Outcomes
from ecnet.provenance import fingerprint
from ecnet.render import catalogue
from ecnet.render.catalogue import Result
from ecnet.simulate import simulator

STEPS = (
    *("plan.plan", "fetch.fetch", "simulate.raw_file"),
    *("prepare.sample", "prepare.union", "audit.dataset", "prepare.split", "prepare.encode"),
    *("train.train", "evaluate.predict", "evaluate.evaluate", "evaluate.transfer"),
    *("claims.statistics", "claims.claims", "render"),
)
"""The steps whose code the provenance names; the plan says what each of the others does."""


@dataclass(frozen=True)
class Plan(Chain):
    """A chain, and what the steps that judge and show its results read."""

    def overtaken(self, failures: Iterable[Failure]) -> dict[str, str] | None:
        """Return what has failed, if another plan follows from that or from the samples.

        None if this plan is still the right one: then its failures are what they are. A failure
        that the samples explain is none.
        """
        now, then = _known(self.params, self.sampled), self.outcomes
        without = {"": now.untrainable, "binary": {**now.untrainable, **now.no_binary}}
        new = {
            one.dataset + one.protocol: one.why
            for one in failures
            if one.dataset not in without.get(one.task, now.untrainable)
        }
        same = all(
            getattr(now, found) == getattr(then, found)
            for found in ("untrainable", "no_binary", "predictors")
        )
        if same and not new.keys() - self.failed.keys():
            return None
        return {**self.failed, **new}

    @property
    def notices(self) -> list[str]:
        """What the user should know of the data, a line each."""
        placed = params.placed(self.params)
        without = {n: f"no binary task: {why}" for n, why in self.outcomes.no_binary.items()}
        return [
            *self.found.notices,
            *self.outcomes.notices,
            *(why for name, why in self.found.absent.items() if name not in placed),
            *availability.titled(self.outcomes.untrainable).values(),
            *availability.titled(without).values(),
        ]

    def render_settings(self, job: str) -> str:
        """Return what a job of tables or figures reads: what to show, and how."""
        results = catalogue.of_job(job, self.datasets)
        keys = ("name", "function", "task", "place", "dataset")
        shown = [{key: getattr(result, key) for key in keys} for result in results]
        own = {"figure": self.params["figures"]} if catalogue.JOBS[job].step == "figures" else {}
        if "protocols" in catalogue.JOBS[job].inputs:
            own["compared"] = self.compared_protocols()
        if "transfers" in catalogue.JOBS[job].inputs:
            statistics = self.params["statistics"]
            own["transfer"] = {
                **{name: statistics[name] for name in ("equivalence", "min_test_records")},
                "false_alarms": self.params["transfer"]["false_alarms"],
                "variants": self.variants(TRANSFER),
                "splits": len(self.transfer_splits),
            }
        if "devices" in catalogue.JOBS[job].inputs:
            own["devices"] = self.devices_shown()
        of_rivals = catalogue.JOBS[job].target == catalogue.RIVALS
        if of_rivals:
            own["rivals"] = self.rivals_shown()
        places = {result.place for result in results}
        variants = {v for place in places for v in self.variants(place)} if places != {""} else ()
        return canonical(
            shown=shown,
            datasets=self._listed(),
            titles=self.titles,
            absent={task: self._absent(task) for task in ("multiclass", "binary")},
            lacking=dict.fromkeys(self.found.unions, self.found.lacking),
            variants=params.described(
                self.params, (name for name in self.params["variants"] if name in variants)
            ),
            control=CONTROL,
            runs=[run.name for run in self.runs()],
            protocol_runs=[
                run.name for run in self.runs(RIVALS if of_rivals else protocols.suffix("other"))
            ],
            splits=len(self.seeds(RIVALS if of_rivals else DEFAULT)),
            confidence=self.params["statistics"]["confidence"],
            **self.params["tables"],
            **own,
        )

    def render_code(self, job: str) -> str:
        """Return the digest of the code of a job of tables or figures."""
        return fingerprint.digest(*catalogue.modules(job))

    def shown_metrics(self, job: str = "") -> list[str]:
        """Return the metrics of what a job shows, or all jobs but those of rivals."""
        shown = [
            (result.place, result.task)
            for result in catalogue.RESULTS
            if result.job == (job or result.job) and result.place and result.seeds != "protocols"
        ]
        if job and catalogue.JOBS[job].target == catalogue.RIVALS:
            return sorted({file for place, _ in shown for file in self.rival_metrics(place)})
        shown = [one for one in shown if one[0] not in RIVAL_TASKS]
        return sorted({file for place, task in shown for file in self.metrics(place, task)})

    def statistics_settings(self) -> str:
        """Return what `statistics` reads."""
        tables, statistics = self.params["tables"], self.params["statistics"]
        return canonical(
            protocol=DEFAULT,
            average=tables["average"],
            unit=tables["unit"],
            **{key: value for key, value in statistics.items() if key != "leak_alpha"},
            seeds={name: self.params["seeds"][name] for name in ("split", "weights")},
            ranked=[name for name in self.variants("table-6") if name in self.default_variants],
            normal={name: datasets.load(name).normal for name in self.datasets},
            independent=[name for name in self.datasets if not datasets.load(name).union],
            controls=[v for v in self.default_variants if self.family(v) in CONTROLS],
        )

    def claims_settings(self, **more: Any) -> str:
        """Return what `claims` reads. more: what it reads besides."""
        own = [papers.read(papers.file_of(name)) for name in self.params["papers"]]
        tables = [(of, datasets.load(name)) for of in own for name in of.label_tables.values()]
        return canonical(
            titles=self.titles,
            unknown={dataset.name: of.unknown_labels(dataset) for of, dataset in tables},
            whole={dataset.name: dataset.formats[0].name for _, dataset in tables},
            **more,
        )

    def report_settings(self) -> str:
        """Return what `report` reads."""
        return canonical(
            datasets=self._listed(),
            absent=self._absent(),
            seeds=self.params["seeds"]
            | {"transfer": self.transfer_splits, "rivals": self.seeds(RIVALS)},
            sampling=self.params["sampling"]["seed"],
        )

    def trace_settings(self, target: str) -> str:
        """Return what `trace` reads: which models each traced table of a target is made of."""
        tables = (r for r in catalogue.RESULTS if r.traced)
        return canonical(tables={r.name: self._made_of(r) for r in tables if r.target == target})

    def _made_of(self, result: Result) -> dict[str, list[str]]:
        compared = result.seeds == "protocols"
        variants = self.default_variants
        if result.place:
            variants = self.variants(result.place)
        if compared:
            variants = params.shown(self.params, result.place)
        own = {self.protocol(name).removeprefix(".") for name in variants}
        if result.seeds == "rivals":
            shown = self.rival_columns(result.place) if result.place else [("", RIVALS)]
            own = {protocol.removeprefix(".") for _, protocol in shown}
        others = {"", *self.names(result.place)} if compared else set()
        return {
            "tasks": [result.task] if result.task else ["multiclass", "binary"],
            "variants": variants,
            "protocols": sorted(own | others),
        }

    def provenance_settings(self) -> str:
        """Return what `provenance` reads: digests of params by section, and of code by step."""
        # Where a mirror is, and how many files are kept, changes no number; what they hold does,
        # and is recorded as such.
        apart = {"mirror": None, "max_raw_files": None}
        read = self.params | {"data": self.params["data"] | apart}
        adapters = [datasets.module(name) for name in self.datasets]
        families = [f"ecnet.models.{self.family(name)}" for name in self.params["variants"]]
        used = dict.fromkeys(
            ("prepare.sample", "prepare.union", "audit.dataset", "prepare.split", "prepare.encode"),
            adapters,
        )
        used["simulate.raw_file"] = [
            simulator.module(name) for name in self.coming_from("simulated")
        ]
        used |= dict.fromkeys(("train.train", "evaluate.predict"), families)
        used["evaluate.transfer"] = [*adapters, *families]
        used["render"] = [name for job in catalogue.JOBS for name in catalogue.modules(job)]
        return canonical(
            params={name: params.digest(section) for name, section in read.items()},
            code={step: fingerprint.digest(f"ecnet.{step}", *used.get(step, [])) for step in STEPS},
            threads=self.params["train"]["threads"],
        )

    @property
    def titles(self) -> dict[str, str]:
        """The titles of all datasets and variants."""
        variants = params.described(self.params, self.params["variants"])
        return {name: datasets.load(name).title for name in datasets.names()} | {
            variant["name"]: variant["title"] for variant in variants
        }

    def _absent(self, task: str = "multiclass") -> dict[str, str]:
        """Return the datasets of params.yaml that cannot be used, each with the reason."""
        reasons = {**self.found.reasons, **self.outcomes.untrainable}
        if task == "binary":
            reasons |= self.outcomes.no_binary
        asked = params.included(self.params)
        return {name: why for name, why in sorted(reasons.items()) if name in asked}

    def _listed(self) -> list[dict[str, str]]:
        """Return the names and titles of the datasets of params.yaml, absent or not."""
        names = params.included(self.params)
        return [{"name": name, "title": datasets.load(name).title} for name in names]


def make(config: Mapping[str, Any], failed: Mapping[str, str] | None = None) -> Plan:
    """Check params.yaml, find the files of every dataset that is asked for, and read its samples.

    failed: dataset and protocol -> why a step could not use it in an earlier pass of this run.

    Raises:
        InputError: params.yaml is not valid, hyperparameters rule each other out, a table or figure
            lacks a variant, the mirror cannot be read, the raw files are too large, or a dataset
            cannot be had, or used, and `data.missing` is `error`.
    """
    checked, failed = validation.checked(config), failed or {}
    validation.stop("params.yaml", combinations.errors(checked))
    for name in (*checked["papers"], *checked["rivals"]["papers"]):
        checks.check(papers.file_of(name))
    found = availability.find(checked, _of_datasets(failed, checked))
    known = _known(checked, sampled(checked, found))
    asked = params.included(checked)
    lost = [
        *(why for name, why in found.absent.items() if name in asked),
        *availability.titled(known.untrainable).values(),
    ]
    if lost and checked["data"]["missing"] == "error":
        raise InputError("\n".join(lost))
    storage.check(found, checked["data"])
    made = Plan(checked, found, known, failed)
    validation.stop("params.yaml", needs.errors(made))
    return made


def _known(checked: params.Params, names: Sequence[str]) -> Outcomes:
    """Return what is known of datasets; by their audits too if a protocol asks for them."""
    limit = checked["audit"]["single_column_f1"] if protocols.by_audit(checked) else None
    return outcomes.known(names, limit)


def _of_datasets(failed: Mapping[str, str], checked: params.Params) -> dict[str, str]:
    """Return the failures that cost a dataset: not those of protocols that are only compared."""
    own = {line.get("protocol", "") for line in checked["variants"].values()}
    named = ((key.partition("."), outcomes.brief(why)) for key, why in failed.items())
    return {dataset: why for (dataset, _, protocol), why in named if protocol in {"", *own}}


def one_of(names: Iterable[str]) -> str:
    """Return a regular expression that takes these names and no others."""
    return "|".join(map(re.escape, names)) or "(?!)"
