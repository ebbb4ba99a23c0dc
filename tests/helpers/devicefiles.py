"""What the step `devices` writes, with planted numbers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BOARDS = {"cortex-m4f": "Cortex-M4F", "cortex-m33": "Cortex-M33"}
INSTRUCTIONS = {"majority": 10, "xgboost": 20_000, "ecnet": 3_000_000}
ACCURACY = {"majority": 50.0, "xgboost": 99.0, "ecnet": 98.0}


def row(variant: str, weights: str = "float32", **changes: Any) -> dict[str, Any]:
    """Return what a model takes of the first board."""
    instructions = INSTRUCTIONS[variant]
    return {
        **{"variant": variant, "weights": weights, "board": "cortex-m4f", "records": 500},
        **{"flash": 300_000, "static": 100, "stack": 14_000},
        **{"instructions": instructions, "most": instructions + 1},
        "cycles": {"low": instructions, "high": 2 * instructions},
        **{"agree": 499, "difference": 3e-7},
        **{"accuracy": ACCURACY[variant], "accuracy_original": ACCURACY[variant]},
        "change": {"mean": 0.0, "low": -0.4, "high": 0.4},
    } | changes


def content(dataset: str = "iot-23", *rows: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the file of a dataset: rows of the first board, and the same of the second."""
    given = rows or [row(variant) for variant in INSTRUCTIONS]
    return {
        **{"dataset": dataset, "format": "zeek", "source": "simulated", "task": "multiclass"},
        **{"run": "1-1", "boards": BOARDS},
        "rows": [dict(one) | {"board": board} for one in given for board in BOARDS],
    } | changes


def write(folder: Path, *contents: Mapping[str, Any]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for one in contents:
        paths.append(folder / f"{one['dataset']}.json")
        paths[-1].write_text(json.dumps(one), encoding="utf-8")
    return paths
