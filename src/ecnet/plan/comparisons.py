"""What is compared with the default protocol, and which features protocols leave out."""

from dataclasses import dataclass
from typing import Any

from ecnet import datasets, paths
from ecnet.config import params, protocols
from ecnet.config.params import canonical
from ecnet.config.protocols import DEFAULT, SINGLE_COLUMN
from ecnet.datasets import papers
from ecnet.plan.layout import COMPARISONS, TUNING, Layout

READINGS = "interpretation"
"""The table of COMPARISONS that asks who is ahead, and not what a protocol adds."""


@dataclass(frozen=True)
class Comparisons(Layout):
    """A layout, and what the comparison of its protocols reads."""

    @property
    def audits(self) -> list[str]:
        """The audits by which protocols leave features out; none if there is no such protocol."""
        audited = self.datasets if protocols.by_audit(self.params) else []
        return [paths.AUDIT.format(dataset=name) for name in audited]

    @property
    def unaudited(self) -> list[str]:
        """Those of these audits that were not there when this was planned."""
        known = {paths.AUDIT.format(dataset=name) for name in self.outcomes.predictors}
        return [path for path in self.audits if path not in known]

    def read_by_split(self, dataset: str, protocol: str) -> list[str]:
        """Return the audit that says which features a protocol leaves out, if one does."""
        own = DEFAULT if protocol == TUNING else protocol
        by_audit = protocols.changes(self.params, own).get("drop") == SINGLE_COLUMN
        return [paths.AUDIT.format(dataset=dataset)] if by_audit else []

    def features(self, dataset: str, protocol: str) -> dict[str, Any]:
        """Return what `split` reads of the features of a dataset under a protocol."""
        choice = params.dataset_choice(self.params, dataset)
        format = self.format(dataset)
        changed = protocols.changes(self.params, protocol)
        keep, drop = protocols.features(changed, datasets.load(dataset).format(format), choice)
        return {
            "dataset": dataset,
            "format": format,
            "keep": keep,
            "drop": [*drop, *self.dropped(dataset, changed)],
            "gate": not protocols.is_careless(changed),
        }

    def compared_metrics(self, place: str) -> list[str]:
        """Return the metrics of a table of protocols: the default one and those shown there."""
        return [
            paths.METRICS.format(
                task="multiclass", dataset=dataset, protocol=protocol, variant=variant
            )
            for dataset in self.datasets
            for protocol in (DEFAULT, *self.compared(place))
            if protocol == DEFAULT or not self.refusal(dataset, protocol)
            for variant in self.compared_variants(place, protocol)
        ]

    def compared_variants(self, place: str, protocol: str) -> list[str]:
        """Return the variants that a table of protocols shows and that a protocol changes."""
        shown = params.shown(self.params, place)
        if protocol == DEFAULT:
            return shown
        changed = protocols.changes(self.params, protocol)
        if set(changed) != {"models"}:
            return shown
        return [name for name in shown if self.family(name) in changed["models"]]

    def protocols_settings(self) -> str:
        """Return what `protocols` reads."""
        shown = params.described(self.params, params.shown(self.params, "interpretation"))
        subject = papers.reproduced().subject
        return canonical(
            beside=self._beside(),
            readings=self.names(READINGS),
            runs=[run.name for run in self.runs(protocols.suffix("other"))],
            subject=next((v["name"] for v in shown if v["name"] == subject), ""),
            rivals=[v["name"] for v in shown if v["name"] != subject],
            average=self.params["tables"]["average"],
            unit=self.params["tables"]["unit"],
        )

    def compared_protocols(self) -> dict[str, Any]:
        """Return what the tables that compare protocols read besides."""
        names = dict.fromkeys(name for place in COMPARISONS for name in self.names(place))
        refused: dict[str, dict[str, str]] = {}
        left_out: dict[str, dict[str, list[str]]] = {}
        for dataset in self.datasets:
            why = {name: self.refusal(dataset, protocols.suffix(name)) for name in names}
            refused[dataset] = {name: words for name, words in why.items() if words}
            dropped = {
                name: self.dropped(dataset, protocols.changes(self.params, name)) for name in names
            }
            left_out[dataset] = {name: found for name, found in dropped.items() if found}
        return {
            "beside": self._beside(),
            "readings": self.names(READINGS),
            "protocols": {name: line["title"] for name, line in self.params["protocols"].items()},
            "refused": refused,
            "left_out": left_out,
        }

    def _beside(self) -> dict[str, dict[str, list[str]]]:
        """Return for each table of scores beside the default protocol what it compares."""
        return {
            place: {"protocols": self.names(place), "variants": params.shown(self.params, place)}
            for place in COMPARISONS
            if place != READINGS
        }

    def names(self, place: str) -> list[str]:
        """Return the protocols that a table compares with the default one."""
        return [protocol.removeprefix(".") for protocol in self.compared(place)]
