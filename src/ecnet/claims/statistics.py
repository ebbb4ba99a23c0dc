"""Statistics: intervals, tests and ranks of the metrics of several splits.

Every number of the tables of significance and variance, and of the claims, comes from here. What is
compared follows from the claims of papers.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from ecnet.claims import differences, inference
from ecnet.claims.compared import Row, compared, mean_of
from ecnet.claims.declared import Claim, claims_of
from ecnet.claims.differences import Differences
from ecnet.claims.scores import Key, RunScores, read
from ecnet.datasets import papers as published
from ecnet.evaluate.estimate import corrected_t
from ecnet.evaluate.measures import PAPER
from ecnet.files import write_json

_SAME = ("average", "unit", "alpha", "confidence", "equivalence", "interval")


def run(
    *,
    metrics: list[Path],
    papers: list[Path],
    output: Path,
    settings: dict[str, Any],
    covariances: Sequence[Path] = (),
) -> None:
    """Write the statistics of a protocol as JSON; scores and differences in percent.

    scores: for each task, dataset, variant and metric the mean over splits with its interval.
    variance: the standard deviation over splits, and over the weights of one split.
    comparisons: each comparison of each claim, on each dataset: see `ecnet.claims.compared`.
    across: the signed-rank test of each comparison over datasets.
    ranks: Friedman's test of the variants of Table VI over datasets, and the mean ranks.
    models: parameters, and bytes of weights.

    metrics, covariances: the files that `evaluate` wrote; the latter for `interval:
    records-and-training`. papers: the paper.yaml of each paper.
    settings: protocol (empty: the default one), seeds, average, unit, and section `statistics` of
    params.yaml;
    `normal`, dataset -> its normal class; `independent`, the datasets that are not made of others;
    `ranked`, the variants to rank; `controls`, those that learn next to nothing.

    Raises:
        InputError: a file is not of the protocol, or lacks a run, variant or measure.
    """
    found = read(metrics, settings)
    together = differences.read(covariances, settings)
    measured = Differences(found, settings["interval"], together, settings["controls"])
    claims = [claim for path in papers for claim in claims_of(published.read(path))]
    claims = [claim for claim in claims if claim.compare]
    gc.freeze()  # statsmodels collects garbage at each correction; this excludes all libraries
    write_json(
        output,
        {key: settings[key] for key in _SAME}
        | {
            "sources": {
                dataset: scores.metrics.source for (_, dataset, _), scores in found.items()
            },
            "scores": list(_intervals(found, settings["confidence"])),
            "variance": list(_variances(found)),
            "comparisons": [row for claim in claims for row in compared(claim, measured, settings)],
            "across": [
                row for claim in claims for row in _across(claim, found, settings["independent"])
            ],
            "ranks": _ranks(found, settings),
            "models": [
                {**_identity(key), "parameters": scores.parameters, "bytes": scores.bytes}
                for key, scores in found.items()
            ],
        },
    )


def _identity(key: Key) -> Row:
    return dict(zip(("task", "dataset", "variant"), key, strict=True))


def _intervals(found: Mapping[Key, RunScores], confidence: float) -> Iterator[Row]:
    for key, scores in found.items():
        for measure in PAPER:
            estimate = corrected_t(scores.tested(measure), scores.metrics.ratio)
            interval = estimate.interval(confidence)
            yield {**_identity(key), "metric": measure.key, **interval._asdict()}


def _variances(found: Mapping[Key, RunScores]) -> Iterator[Row]:
    for key, scores in found.items():
        for measure in PAPER:
            splits, weights = scores.tested(measure), scores.weights(measure)
            yield {
                **_identity(key),
                "metric": measure.key,
                "splits": len(splits),
                "sd_splits": _sd(splits),
                "weights": len(weights),
                "sd_weights": _sd(weights),
            }


def _sd(values: Sequence[float]) -> float | None:
    return stdev(values) if len(values) > 1 else None


def _across(
    claim: Claim, found: Mapping[Key, RunScores], independent: Sequence[str]
) -> Iterator[Row]:
    """Yield the signed-rank test of each comparison over all datasets that are independent."""
    if claim.by_class or set(claim.datasets).isdisjoint(independent):
        return
    for a, b in claim.compare:
        for measure in claim.measured(()):
            held = [
                dataset
                for dataset in independent
                if {(claim.task, dataset, a), (claim.task, dataset, b)} <= found.keys()
            ]
            differences = [
                mean_of(found[claim.task, dataset, a], measure)
                - mean_of(found[claim.task, dataset, b], measure)
                for dataset in held
            ]
            if held:
                yield {
                    "paper": claim.paper.name,
                    "family": claim.id,
                    "task": claim.task,
                    "a": a,
                    "b": b,
                    "metric": measure.key,
                    "datasets": held,
                    "difference": fmean(differences),
                    "ahead": sum(difference > 0 for difference in differences),
                    **asdict(inference.signed_rank(differences)),
                }


def _ranks(found: Mapping[Key, RunScores], settings: Mapping[str, Any]) -> list[Row]:
    """Return Friedman's test of each metric, of the datasets where all variants were measured."""
    variants = settings["ranked"]
    datasets = [
        dataset
        for dataset in settings["independent"]
        if all(("multiclass", dataset, variant) in found for variant in variants)
    ]
    rows = []
    for measure in PAPER:
        means = {
            variant: [mean_of(found["multiclass", name, variant], measure) for name in datasets]
            for variant in variants
        }
        if test := inference.friedman(means, alpha=settings["alpha"]):
            rows.append({"metric": measure.key, "datasets": datasets, **asdict(test)})
    return rows
