"""What models take of a microcontroller: what the steps read that measure, judge and show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

from ecnet import paths
from ecnet.config import params
from ecnet.config.params import canonical
from ecnet.config.protocols import DEFAULT
from ecnet.plan.rivals import Rivals

MEASURED = "devices-cost"
"""Where `shown` of params.yaml lists the variants that are measured on a board."""

_TASK = "multiclass"


@dataclass(frozen=True)
class Devices(Rivals):
    """A layout with its comparisons, and what is measured on emulated boards."""

    @property
    def measured(self) -> list[str]:
        """The variants that are measured."""
        return params.shown(self.params, MEASURED)

    @property
    def measured_files(self) -> list[str]:
        """What `devices` writes, a file for each dataset."""
        datasets = self.of_task(_TASK) if self.measured else []
        return [paths.DEVICES.format(task=_TASK, dataset=name) for name in datasets]

    @property
    def bounds(self) -> dict[str, Any]:
        """The boards by which models are judged: see `claims/devices.yaml`."""
        text = resources.files("ecnet").joinpath("claims/devices.yaml").read_text("utf-8")
        bounds: dict[str, Any] = yaml.safe_load(text)
        return bounds

    def devices_settings(self) -> str:
        """Return what `devices` reads."""
        return canonical(confidence=self.params["statistics"]["confidence"])

    def devices_shown(self) -> Mapping[str, Any]:
        """Return what the table and the figure read besides: the variants, and the bounds."""
        return {"variants": self.measured, "bounds": self.bounds}

    def unmeasurable(self, variant: str) -> str:
        """Return why a variant cannot be measured on a board; empty if it can."""
        if self.protocol(variant) != DEFAULT:
            return "has a protocol of its own"
        tables = ("table-6", "table-7", "table-8")
        if not set(tables) & set(self.params["variants"][variant]["shown"]):
            return f"is in none of {', '.join(tables)}, so nothing trains it for all classes"
        return ""
