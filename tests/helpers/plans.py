"""The plan of this project's params.yaml, made small."""

from pathlib import Path
from typing import Any

import yaml

from ecnet.plan import plan

ROOT = Path(__file__).parents[2]


def of_two_datasets(**variants: dict[str, Any]) -> plan.Plan:
    """Return the plan of params.yaml for two simulated datasets, with further variants."""
    params: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["data"].update({"source": "simulated", "include": ["iot-23", "nsl-kdd"]})
    params["variants"].update(variants)
    return plan.make(params)
