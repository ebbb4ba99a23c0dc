"""Which variants one job classifies, and one evaluates: those of a task and protocol."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ecnet.config import params, protocols
from ecnet.config.protocols import DEFAULT, RIVALS
from ecnet.plan.devices import Devices
from ecnet.plan.layout import COMPARISONS, RIVAL_TASKS
from ecnet.render import catalogue
from ecnet.render.catalogue import Result


class Group(NamedTuple):
    """The variants that one job classifies or evaluates, and where: the same under each protocol.

    protocols: as file names have them. datasets: the only ones; empty for all.
    """

    task: str
    protocols: tuple[str, ...]
    variants: tuple[str, ...]
    datasets: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What tells it from other groups: its task, its first protocol and its first dataset."""
        dataset = f"_{self.datasets[0]}" if self.datasets else ""
        return f"{self.task}{self.protocols[0].replace('.', '_')}{dataset}"

    @property
    def protocol(self) -> str:
        """A regular expression that takes its protocols."""
        return f"({'|'.join(map(re.escape, self.protocols))})"

    @property
    def dataset(self) -> str:
        """A regular expression that takes its datasets."""
        return "|".join(map(re.escape, self.datasets)) or "[a-z0-9-]+"


def _is_of_variants(result: Result) -> bool:
    """Tell whether a table or figure shows variants, each under its own protocol."""
    return bool(result.place) and result.place not in (*COMPARISONS, *RIVAL_TASKS)


@dataclass(frozen=True)
class Groups(Devices):
    """A layout with all that it compares, and the groups of variants that are in one job."""

    def gpus(self, variants: Iterable[str], under: Iterable[str] = (DEFAULT,)) -> int:
        """Return how many GPUs a job with these variants needs, under any of some protocols."""
        changed = [protocols.under(self.params, protocol) for protocol in under]
        found = (params.hyperparameters(one, name) for one in changed for name in variants)
        return int(any(settings.get("device") == "cuda" for settings in found))

    @property
    def groups(self) -> list[Group]:
        """The variants that tables and figures show, by task and protocol."""
        shown: dict[tuple[str, str], set[str]] = {}
        for result in catalogue.RESULTS:
            for variant in self.variants(result.place) if _is_of_variants(result) else ():
                shown.setdefault((result.task, self.protocol(variant)), set()).add(variant)
        for place in COMPARISONS:
            for protocol in (DEFAULT, *self.compared(place)):
                compared = self.compared_variants(place, protocol)
                shown.setdefault(("multiclass", protocol), set()).update(compared)
        alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for (task, protocol), variants in shown.items():
            ordered = tuple(name for name in self.params["variants"] if name in variants)
            alike.setdefault((task, ordered), []).append(protocol)
        return [
            Group(task, tuple(protocols), variants)
            for (task, variants), protocols in alike.items()
            if variants
        ] + [
            Group(
                task,
                (RIVALS, *self.compared(place)),
                tuple(self.variants(place)),
                tuple(self.of_place(place)),
            )
            for place, task in RIVAL_TASKS.items()
            if self.of_place(place)
        ]
