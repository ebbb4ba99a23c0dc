"""The comparisons of a claim: differences with their intervals, tests and verdicts.

A comparison is one pair of variants on one dataset in one measure, over the splits of both.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from ecnet.claims import inference, verdicts
from ecnet.claims.declared import Claim, Pair, Scores
from ecnet.claims.differences import Differences
from ecnet.claims.scores import RunScores
from ecnet.evaluate.estimate import Estimate
from ecnet.evaluate.measures import Measure

Row = dict[str, Any]

_CORRECTED = ("p", "p_margin", "p_equal")
"""The p-values that are corrected for all comparisons of a claim."""


def compared(claim: Claim, found: Differences, settings: Mapping[str, Any]) -> list[Row]:
    """Return the comparisons of a claim on the data at hand, in points.

    difference: of the means, A - B, with `sd` over splits, and its interval `low`, `high`.
    margin: the difference that the paper reports. p, p_margin: two-sided, of no difference and of
    the margin. p_equal: of no equivalence, twice the larger one-sided p, so that it is below alpha
    where the interval lies within the bounds. Each of the three also corrected (Holm) for all
    comparisons of the claim. d: Cohen's d. ahead: the share of splits where A is ahead.
    few: the class has too few test records for a verdict. For the others see
    `ecnet.claims.verdicts`.

    settings: section `statistics` of params.yaml.
    """
    rows = [
        row
        for dataset in claim.datasets
        for pair in claim.compare
        for row in _rows(claim, dataset, pair, found, settings)
    ]
    for key in _CORRECTED:
        for row, p in zip(rows, inference.holm([row[key] for row in rows]), strict=True):
            row[f"{key}_holm"] = p
    return rows


def _rows(
    claim: Claim,
    dataset: str,
    pair: Pair,
    found: Differences,
    settings: Mapping[str, Any],
) -> Iterator[Row]:
    """Yield the comparisons of a pair on a dataset, in each measure that has a value."""
    keys = [(claim.task, dataset, variant) for variant in pair]
    if not all(key in found.scores for key in keys):
        return
    first, second = (found.scores[key] for key in keys)
    for measure in claim.measured(first.attacks):
        splits = zip(first.splits(measure), second.splits(measure), strict=True)
        both = [(x, y) for x, y in splits if x is not None and y is not None]
        estimate = found.estimate(claim.task, dataset, *pair, measure)
        if estimate:  # else no test set holds the class
            reported = claim.numbers(dataset, pair, measure.key)
            yield {
                "paper": claim.paper.name,
                "family": claim.id,
                "task": claim.task,
                "dataset": dataset,
                "a": pair[0],
                "b": pair[1],
                "metric": measure.key,
                **_compared(estimate, first, measure, both, reported, settings),
            }


def _compared(
    estimate: Estimate,
    scores: RunScores,
    measure: Measure,
    both: Sequence[tuple[float, float]],
    reported: Scores | None,
    settings: Mapping[str, Any],
) -> Row:
    """Return the numbers of a comparison. both: the scores of A and B on each split."""
    margin = reported[0] - reported[1] if reported else None
    interval = estimate.interval(settings["confidence"])
    records, few = scores.records, scores.fewest(measure) < settings["min_test_records"]
    judged = (estimate, margin, settings["equivalence"], settings["confidence"])
    verdict = verdicts.Verdict(verdicts.OPEN) if few else verdicts.verdict(*judged)
    a, b = (fmean(values) for values in zip(*both, strict=True))
    return {
        "splits": len(both),
        "records": records,
        "few": few,
        "difference": estimate.mean,
        "sd": estimate.sd,
        "low": interval.low,
        "high": interval.high,
        "p": None if few else estimate.p(),
        "margin": margin,
        "p_margin": None if few or margin is None else estimate.p(margin),
        "p_equal": None if few else _twice(estimate.p_equal(settings["equivalence"])),
        "verdict": verdict.word,
        "margin_refuted": verdict.refuted,
        "equal": verdict.equal,
        "needs": None if few else verdicts.records_needed(*judged, records),
        "out_of_reach": verdicts.out_of_reach(a, b, margin),
        "odds": verdicts.odds_ratio(a, b),
        "odds_reported": verdicts.odds_ratio(*reported) if reported else None,
        "d": estimate.mean / estimate.sd if estimate.sd else None,
        "ahead": fmean(a > b for a, b in both),
    }


def _twice(p: float | None) -> float | None:
    return None if p is None else min(1.0, 2 * p)


def mean_of(scores: RunScores, measure: Measure) -> float:
    """Return the mean of a measure over the splits that have a value, in percent."""
    return fmean(scores.tested(measure))
