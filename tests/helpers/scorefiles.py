"""Metrics files with planted scores, for the tests of statistics and claims."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

INDEPENDENT = ("bot-iot", "iot-23", "iot-ni", "mqtt-iot-ids2020", "mqttset", "nsl-kdd")
DATASETS = (*INDEPENDENT, "iot-ds2")
SPLITS = (1, 2, 3, 4, 5, 6)
WEIGHTS = (1, 2, 3)
BY_SPLIT = [f"{split}-1" for split in SPLITS]
BY_WEIGHTS = [f"1-{weight}" for weight in WEIGHTS]
CLASSES = ["Normal", "Flood", "Scan"]
SIZES = {"train": 60, "validation": 20, "test": 20}


def scored(
    percent: float,
    by_class: Mapping[str, float | None],
    support: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Return metrics of which every one is `percent`, but for the F1 of some classes.

    support: the test records of classes that do not have 100.
    """
    share = percent / 100
    averages = dict.fromkeys(("precision", "recall", "f1"), share)
    return {
        "accuracy": share,
        "macro": averages,
        "weighted": dict.fromkeys(averages, 0.01),
        "per_class": {
            cls: {
                "f1": None if (f1 := by_class.get(cls, percent)) is None else f1 / 100,
                "support": (support or {}).get(cls, 100),
            }
            for cls in CLASSES
        },
    }


def write(
    folder: Path,
    dataset: str,
    variant: str,
    percents: Sequence[float],
    *,
    task: str = "multiclass",
    weights: Sequence[float] = (),
    by_class: Mapping[str, float | None] | None = None,
    support: Mapping[str, int] | None = None,
    **changes: Any,
) -> Path:
    """Write the metrics of one variant.

    percents: the score of each split. weights: that of each further weights seed (as the first
    split's, unless given). by_class: the F1 of classes, where it is not the score.
    """
    scores = dict(zip(BY_SPLIT, percents, strict=True))
    scores |= dict(zip(BY_WEIGHTS[1:], weights or [percents[0]] * 2, strict=True))
    views = {run: scored(percent, by_class or {}, support) for run, percent in scores.items()}
    content = {
        "dataset": dataset,
        "format": "flows",
        "source": "official",
        "task": task,
        "variant": variant,
        "family": variant,
        "protocol": "",
        "classes": CLASSES,
        "parameters": dict.fromkeys(scores, 1000),
        "bytes": dict.fromkeys(scores, 4096),
        "sizes": dict.fromkeys(scores, SIZES),
        "ratio": SIZES["test"] / SIZES["train"],
        "over_splits": BY_SPLIT,
        "summary": {},
        "runs": {run: {"vector": view, "record": scored(1, {})} for run, view in views.items()},
    } | changes
    path = folder / task / dataset / f"{variant}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def settings(**changes: Any) -> dict[str, Any]:
    """Return the settings of the statistics, with `changes`."""
    return {
        "protocol": "",
        "seeds": {"split": list(SPLITS), "weights": list(WEIGHTS)},
        "average": "macro",
        "unit": "vector",
        "alpha": 0.05,
        "confidence": 0.95,
        "equivalence": 1.0,
        "min_test_records": 30,
        "interval": "corrected-t",
        "controls": ["majority", "stratified", "tree"],
        "normal": dict.fromkeys(DATASETS, "Normal"),
        "independent": list(INDEPENDENT),
        "ranked": ["svm", "lstm", "ecnet"],
    } | changes
