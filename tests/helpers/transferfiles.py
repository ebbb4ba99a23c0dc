"""What the step `transfer` writes, with planted numbers, for the tests of render."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ecnet.evaluate.transfer import folds
from ecnet.evaluate.transfer.folds import Comparison

VARIANTS = ("majority", "xgboost", "ecnet")
NETWORKS = ("bot-iot", "iot-23", "mqttset")
WITHIN = {"majority": 45.0, "xgboost": 98.0, "ecnet": 97.0}
"""The score of a variant where it was trained on the group."""
SETTINGS = {
    **{"equivalence": 1.0, "min_test_records": 30, "false_alarms": 0.01},
    **{"variants": list(VARIANTS), "splits": 2},
}
"""What the plan passes on beside the files."""

Drop = tuple[float, float]
"""The mean drop and its standard error, in points."""


def row(comparison: Comparison, variant: str, drop: Drop, records: int) -> dict[str, Any]:
    """Return a row; all intervals have a half width of two standard errors."""
    within, (mean, se) = WITHIN[variant], drop
    return {
        "trained_on": comparison.transferred.name,
        "within": comparison.within.name,
        "tested_on": comparison.group,
        "variant": variant,
        "records": records,
        "score_within": {"mean": within, "low": within - 1, "high": within + 1},
        "score": {
            "mean": within - mean,
            "low": within - mean - 2 * se,
            "high": within - mean + 2 * se,
        },
        "drop": {"mean": mean, "se": se, "low": mean - 2 * se, "high": mean + 2 * se, "n": 2},
    }


def content(
    groups: folds.Kind = "networks",
    tested: Sequence[str] = NETWORKS,
    *,
    drops: Mapping[str, Drop] | None = None,
    records: Mapping[str, int] | None = None,
    absent: Mapping[str, str] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """Return what a file holds.

    drops: of all variants but the control, by the group tested; others fall by 40 points. records:
    of test, by group; others have 400. absent: folds that are in no row -> why.
    """
    dropped, counted, without = drops or {}, records or {}, absent or {}
    made = [
        one
        for one in folds.comparisons(groups, tested)
        if one.transferred.name not in without and one.within.name not in without
    ]
    return {
        "dataset": "iot-ds2" if groups == "networks" else "iot-23",
        "format": "flows",
        "task": "binary",
        "groups": groups,
        "source": "mirror",
        "measure": "accuracy" if groups == "attacks" else "f1",
        "rows": [
            row(
                one,
                variant,
                (0.0, 0.1) if variant == "majority" else dropped.get(one.group, (40.0, 2.0)),
                counted.get(one.group, 400),
            )
            for one in made
            for variant in VARIANTS
        ],
        "absent": dict(without),
        "normal": [
            {"trained_on": one.transferred.name, "variant": variant, "percent": 1.5}
            for one in made
            for variant in VARIANTS
            if groups == "attacks"
        ],
        "tested": {group: {"Normal": 100.0, "Attack": 100.0} for group in tested},
    } | changes


def write(folder: Path, *contents: Mapping[str, Any]) -> list[Path]:
    """Write files, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number}.json" for number in range(len(contents))]
    for path, one in zip(paths, contents, strict=True):
        path.write_text(json.dumps(one), encoding="utf-8")
    return paths
