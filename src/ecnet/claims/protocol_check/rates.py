"""How often intervals hold the truth, how wide they are, and how often a verdict is wrong.

All from many studies of which the true differences are known (`studies`).
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from statistics import fmean, stdev
from typing import Any

from ecnet.claims import verdicts
from ecnet.claims.protocol_check import models
from ecnet.claims.verdicts import Verdict, verdict
from ecnet.evaluate.estimate import Estimate
from ecnet.evaluate.measures import ACCURACY

METHODS = ("records-and-training", "corrected-t")
Row = dict[str, Any]

_HELD = (verdicts.HOLDS, verdicts.HOLDS_BY_LESS)
_AHEAD = (*_HELD, verdicts.REVERSED)


def coverage(studies: Sequence[Mapping[str, Any]], confidence: float) -> Iterator[Row]:
    """Yield for each file of studies and method how well its intervals cover; at last for all.

    coverage: the share that holds the true difference, mean over pairs of models and measures;
    `worst`, of the pair with the least over all measures. width: over that of an ideal interval,
    which knows the standard deviation of the estimate over studies; mean over pairs and measures.
    dataset, records: None for all files together.
    """
    for one in studies:
        for method in METHODS:
            of = {key: one[key] for key in ("dataset", "records")}
            yield of | _covered([one], method, confidence)
    for method in METHODS:
        yield {"dataset": None, "records": None} | _covered(studies, method, confidence)


def _covered(studies: Sequence[Mapping[str, Any]], method: str, confidence: float) -> Row:
    """Return how well the intervals of some files of studies cover."""
    held: dict[tuple[str, str], list[bool]] = {}
    widths = []
    for of_size in studies:
        for one in _informative(of_size["comparisons"]):
            found = list(_estimates(one, of_size, method))
            halves = [_half(estimate, confidence) for estimate in found]
            held.setdefault((one["a"], one["b"]), []).extend(
                abs(estimate.mean - one["truth"]) <= half
                for estimate, half in zip(found, halves, strict=True)
            )
            widths.append(fmean(halves) / _half(Estimate(0, stdev(one["mean"])), confidence))
    shares = {pair: fmean(hits) for pair, hits in held.items()}
    worst = min(shares.items(), key=itemgetter(1))[0]
    return {
        "studies": sum(len(of_size["comparisons"][0]["mean"]) for of_size in studies),
        "method": method,
        "coverage": fmean(shares.values()),
        "worst": shares[worst],
        "worst_pair": " and ".join(worst),
        "width": fmean(widths),
    }


def errors(
    studies: Sequence[Mapping[str, Any]], confidence: float, equivalence: float
) -> Iterator[Row]:
    """Yield for each size and method how often verdicts are wrong, and how often they are found.

    ahead: the share of verdicts that one model is ahead, of models that differ by their seeds
        alone. equal: the share called equal, where the true difference is `equivalence` points or
        more. refuted: the share whose reported margin is refuted, though it is the true difference.
    power_1, power_2, power_4: the share of `holds`, where accuracies differ by that many points.
    """
    by_size = sorted(studies, key=lambda one: int(one["records"]))
    for records, group in groupby(by_size, key=lambda one: one["records"]):
        held = list(group)

        def share(
            method: str,
            chosen: Callable[[Mapping[str, Any]], bool],
            counted: Callable[[Verdict], bool],
            *,
            margin: bool = False,
            held: list[Mapping[str, Any]] = held,
        ) -> float | None:
            """Return the share of verdicts on chosen comparisons that are counted."""
            found = [
                counted(verdict(e, one["truth"] if margin else None, equivalence, confidence))
                for of_size in held
                for one in _informative(of_size["comparisons"])
                if chosen(one)
                for e in _estimates(one, of_size, method)
            ]
            return fmean(found) if found else None

        for method in METHODS:
            yield {
                "records": records,
                "method": method,
                "ahead": share(method, _equal, lambda v: v.word in _AHEAD),
                "equal": share(
                    method, lambda one: abs(one["truth"]) >= equivalence, lambda v: v.equal
                ),
                "refuted": share(
                    method, lambda one: not _equal(one), lambda v: v.refuted, margin=True
                ),
                **{
                    f"power_{points}": share(
                        method,
                        lambda one, name=name: _planted(one, name),  # type: ignore[misc]
                        lambda v: v.word == verdicts.HOLDS,
                    )
                    for name, points in models.PLANTED.items()
                },
            }


def _estimates(
    one: Mapping[str, Any], of_size: Mapping[str, Any], method: str
) -> Iterator[Estimate]:
    """Yield the estimate of a comparison in each study."""
    df = of_size["df"][method]
    for mean, se in zip(one["mean"], one["se"][method], strict=True):
        yield Estimate(mean, se, math.inf if df is None else df, of_size["splits"])


def _half(estimate: Estimate, confidence: float) -> float:
    """Return half the width of an interval."""
    half = estimate.interval(confidence).half
    return math.inf if half is None else half


def _informative(comparisons: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the comparisons but those of planted models with each other."""
    return (one for one in comparisons if one["a"] not in models.PLANTED)


def _equal(one: Mapping[str, Any]) -> bool:
    return (one["a"], one["b"]) in models.EQUAL


def _planted(one: Mapping[str, Any], name: str) -> bool:
    return (one["a"], one["b"], one["measure"]) == (models.BASE, name, ACCURACY.key)
