"""Claims judged on planted numbers, for the tests of the rules and of the tables."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import scorefiles as given
from scorefiles import settings as statistics_settings

from ecnet.claims import claims, statistics
from ecnet.datasets import papers

PAPER = papers.reproduced()
IN_TABLES = tuple(PAPER.datasets.values())

HIGH = [90.0, 91.0, 92.0, 90.5, 91.5, 91.0]
LOW = [80.0, 82.0, 81.0, 80.0, 82.0, 81.0]
LOWER = [60.0, 61.0, 62.0, 60.0, 61.5, 60.5]
NEAR = [91.0, 90.0, 92.5, 90.0, 92.0, 90.5]
"""Ahead of HIGH in half of the splits."""

AS_CLAIMED = {"ecnet": HIGH, "xgboost": LOW, "lstm": LOW, "svm": LOWER}
WHOLE = dict.fromkeys(IN_TABLES, "flows")
TITLES = {"iot-23": "IoT-23", "mqttset": "MQTTset", "ecnet": "EcNet", "svm": "SVM"}
Planted = Mapping[str, Mapping[str, Sequence[float]]]


def everywhere(scores: Mapping[str, Sequence[float]], **own: Mapping[str, Any]) -> Planted:
    """Return about the same scores for every dataset of the paper; `own` replaces those of one.

    Each dataset's are a little lower than those before: ties would take longer to test.
    """
    changed = {name.replace("_", "-"): values for name, values in own.items()}
    return {
        name: {
            variant: [score * (1 - place / 1000) for score in values]
            for variant, values in {**scores, **changed.get(name, {})}.items()
        }
        for place, name in enumerate(IN_TABLES)
    }


def counted(dataset: str, **changes: Any) -> dict[str, Any]:
    """Return the counts of a dataset that was read as a whole, and fits the paper's table."""
    return {
        "dataset": dataset,
        "source": "mirror",
        "format": "flows",
        "published_files": 1,
        "files": [{"file": "a"}],
        "classes": {"Flood": {"read": 100}},
        "paper": [{"paper": "Flood", "count": 100, "label": "Flood"}],
    } | changes


def left_out(drops: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Return what `transfer` finds of networks left out, whose F1 is 98 if they are not."""
    return {
        **{"dataset": "iot-ds2", "task": "binary", "groups": "networks", "source": "mirror"},
        **{"measure": "f1", "absent": {}, "normal": [], "tested": {}},
        "rows": [
            {
                **{"trained_on": f"without {network}", "within": "all", "tested_on": network},
                **{"variant": "ecnet", "records": 400},
                "score_within": {"mean": 98.0},
                "score": {"mean": 98.0 - mean},
                "drop": {"mean": mean, "se": se, "n": 2, "low": mean - se, "high": mean + se},
            }
            for network, (mean, se) in zip(IN_TABLES, drops, strict=False)
        ],
    }


class Judged:
    """Claims that were judged on planted numbers."""

    def __init__(
        self,
        folder: Path,
        planted: Planted,
        *,
        counts: Sequence[dict[str, Any]] = (),
        unknown: Mapping[str, list[str]] | None = None,
        drops: Sequence[tuple[float, float]] = (),
        task: str = "multiclass",
        paper: Path = PAPER.path,
        **changes: Any,
    ) -> None:
        """Write the files that the steps before would, and run both steps.

        drops: of EcNet's F1 on each network that is left out, with the standard error.
        """
        metrics = [
            given.write(folder / "metrics", dataset, variant, scores, task=task, **changes)
            for dataset, variants in planted.items()
            for variant, scores in variants.items()
        ]
        self.statistics = folder / "statistics.json"
        self.claims = folder / "claims.json"
        ranked = list(AS_CLAIMED)
        statistics.run(
            metrics=metrics,
            papers=[paper],
            output=self.statistics,
            settings=statistics_settings(ranked=ranked),
        )
        paths = []
        for content in counts:
            paths.append(folder / f"{content['dataset']}.json")
            paths[-1].write_text(json.dumps(content), encoding="utf-8")
        transferred = folder / "iot-ds2.networks.json"
        transferred.write_text(json.dumps(left_out(drops)), encoding="utf-8")
        claims.claims(
            statistics=self.statistics,
            counts=paths,
            transfers=[transferred],
            papers=[paper],
            output=self.claims,
            settings={"titles": TITLES, "unknown": unknown or {}, "whole": WHOLE},
        )
        found = json.loads(self.claims.read_text(encoding="utf-8"))
        self.rows = {row["id"]: row for row in found["claims"]}

    def verdict(self, claim: str) -> str:
        verdict: str = self.rows[claim]["verdict"]
        return verdict
