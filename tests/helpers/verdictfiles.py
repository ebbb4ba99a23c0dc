"""Claims and their verdicts, as the step `claims` writes them, with planted numbers."""

import json
from pathlib import Path
from typing import Any

PAPERS = [{"name": "ecnet", "title": "EcNet"}]
SOURCES = {"iot-23": "mirror", "bot-iot": "mirror", "nsl-kdd": "simulated"}
EVERY = ("holds", "holds by less", "practically equal", "margin refuted", "reversed",
         "fails", "cannot be told")  # fmt: skip


def comparison(dataset: str = "iot-23", b: str = "svm", **changes: Any) -> dict[str, Any]:
    """Return a comparison of EcNet, 0.2 points ahead where the paper reports 8."""
    return {
        "paper": "ecnet",
        "family": "baselines-accuracy",
        "task": "multiclass",
        "dataset": dataset,
        "a": "ecnet",
        "b": b,
        "metric": "accuracy",
        "splits": 6,
        "records": 4000,
        "difference": 0.2,
        "low": -0.4,
        "high": 0.8,
        "p": 0.4,
        "p_holm": 0.8,
        "margin": 8.0,
        "margin_refuted": True,
        "p_margin_holm": 0.0001,
        "equal": True,
        "p_equal": 0.01,
        "verdict": "practically equal",
        "out_of_reach": False,
        "few": False,
        "odds": 0.97,
        "odds_reported": 0.5,
        "needs": None,
        "d": 0.5,
        "ahead": 0.75,
    } | changes


UNTOLD = comparison(
    "bot-iot", difference=1.0, low=-1.5, high=3.5, margin=3.0, margin_refuted=False,
    p_margin_holm=0.2, equal=False, p_equal=0.5, verdict="cannot be told", needs=30000,
)  # fmt: skip


def claim(name: str = "baselines-accuracy", **changes: Any) -> dict[str, Any]:
    """Return a claim that rests on two comparisons."""
    return {
        "paper": "ecnet",
        "id": name,
        "claim": "EcNet beats SVM on every dataset",
        "source": "Table VI",
        "rule": "everywhere",
        "verdict": "practically equal",
        "headline": "EcNet and SVM differ by less than one point.",
        "measured": "ahead in 1 of 2",
        "why": "Both lie within one point.",
        "data": "real",
        "test": "paired t-test",
        "p": 0.0004,
        "interval": [-2.5, 1.25, "A minus B, points"],
        "splits": 6,
        "reported": {
            "answer": "yes",
            "counts": [{"where": "VI", "held": 15, "of": 15, "p": None}],
        },
        "comparisons": [comparison(), UNTOLD],
    } | changes


def content(*claims: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return what the file of claims holds."""
    return {
        "alpha": 0.05,
        "confidence": 0.95,
        "equivalence": 1.0,
        "interval": "records-and-training",
        "sources": SOURCES,
        "papers": PAPERS,
        "claims": list(claims),
    } | changes


def write(path: Path, *claims: dict[str, Any], **changes: Any) -> Path:
    """Write claims to a file, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content(*claims, **changes)), encoding="utf-8")
    return path


def write_statistics(path: Path, **changes: Any) -> Path:
    """Write what `statistics` says of the first comparison over datasets, and return the path."""
    pair = {key: comparison()[key] for key in ("paper", "family", "task", "a", "b", "metric")}
    over = {"datasets": ["iot-23", "bot-iot"], "difference": 0.6, "ahead": 2, "p": 0.5}
    found = {
        **{"average": "macro", "unit": "vector", "alpha": 0.05, "confidence": 0.95},
        **{"sources": SOURCES, "comparisons": [], "across": [pair | over]},
        **{"variance": [], "ranks": []},
    } | changes
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found), encoding="utf-8")
    return path
