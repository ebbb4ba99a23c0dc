"""What `transfer` found: comparisons on groups not trained on, each with a verdict on the drop."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ecnet.claims import verdicts
from ecnet.claims.declared import Claim
from ecnet.claims.evidence import Evidence, Judgement, Row
from ecnet.claims.inference import holm
from ecnet.claims.verdicts import FAILS, HOLDS, OPEN
from ecnet.evaluate.estimate import Estimate
from ecnet.files import read_object

ALL = "all"
"""The name of training on all groups, which is compared with leaving one out."""

FALLS, RISES = "falls", "rises"
WORDS = {verdicts.HOLDS: FALLS, verdicts.REVERSED: RISES}
"""The verdicts on a drop; the others are `practically equal` and `cannot be told`."""

_KEYS = ("dataset", "task", "groups", "source", "measure", "rows", "absent", "normal", "tested")


def read(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Return what is in files of `transfer` (InputError: one is something else)."""
    return [read_object(path, "transfer", _KEYS) for path in paths]


def verdict(drop: Row, equivalence: float, confidence: float) -> str:
    """Return what becomes of a score on a group not trained on: FALLS, RISES, or another word.

    drop: of a row of `transfer`. equivalence: in points, within which scores are equal.
    """
    found = verdicts.verdict(_estimate(drop), None, equivalence, confidence)
    return WORDS.get(found.word, found.word)


def left_out(files: Sequence[Row], groups: str, variant: str, task: str = "binary") -> list[Row]:
    """Return the comparisons of a variant with each group left out in turn, with their dataset."""
    return [
        {"dataset": file["dataset"], "source": file["source"], **row}
        for file in files
        if (file["groups"], file["task"]) == (groups, task)
        for row in file["rows"]
        if row["variant"] == variant and row["within"] == ALL
    ]


def judge(claim: Claim, evidence: Evidence) -> Judgement:
    """Judge that a detector works on networks that it was not trained on.

    It fails where its score on some network falls by more than the equivalence if that network is
    left out of training, corrected for all networks (Holm 1979). It holds if no score falls so far:
    each upper bound is below the equivalence.
    """
    (variant,) = claim.variants
    rows = left_out(evidence.transfers, "networks", variant)
    data = evidence.data(row["dataset"] for row in rows)
    if not rows:
        return Judgement(OPEN, "nothing was measured", "nothing", "Nothing was measured.", data)
    bound = evidence.equivalence
    p_values = holm([_estimate(row["drop"]).p_greater(bound) for row in rows])
    fallen = [p is not None and p < evidence.alpha for p in p_values]
    worst = max(rows, key=lambda row: float(row["drop"]["mean"]))
    low, high = (worst["drop"][end] for end in ("low", "high"))
    if any(fallen):
        word = FAILS
        why = f"{sum(fallen)} of {len(rows)} networks: it falls by more than {bound:g} points."
    elif all(row["drop"]["high"] is not None and row["drop"]["high"] < bound for row in rows):
        word, why = HOLDS, f"On no network does it fall by {bound:g} points."
    else:
        word, why = OPEN, f"An interval contains a fall by {bound:g} points."
    within, score = (_mean(rows, key) for key in ("score_within", "score"))
    found = (
        f"the F1 of {evidence.title(variant)} is {within:.1f}% on networks that it was trained on, "
        f"and {score:.1f}% on the same test records if their network is left out of training"
    )
    return Judgement(
        verdict=word,
        finding=f"{found} (mean of {len(rows)} networks)",
        measured=f"{within:.2f}% within, {score:.2f}% on another network; falls most on "
        f"{evidence.title(worst['tested_on'])}, by {worst['drop']['mean']:.2f} points",
        why=why,
        data=data,
        test="variance of records and of training, Holm",
        p=min((p for p in p_values if p is not None), default=None),
        interval=None if low is None else (low, high, "points lost"),
        splits=worst["drop"]["n"],
    )


def _estimate(drop: Row) -> Estimate:
    return Estimate(drop["mean"], drop["se"], n=drop["n"])


def _mean(rows: Sequence[Row], key: str) -> float:
    return float(sum(row[key]["mean"] for row in rows) / len(rows))
