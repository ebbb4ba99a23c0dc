"""Statistics: intervals, tests and ranks of the metrics of several splits.

Every number of the tables of significance and variance, and of the claims, comes from here.
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from ecnet.claims import inference
from ecnet.claims.families import FAMILIES, ComparisonFamily
from ecnet.claims.scores import Key, RunScores, read
from ecnet.evaluate.interval import corrected
from ecnet.evaluate.measures import F1, PAPER, Measure, of_class
from ecnet.files import write_json

Row = dict[str, Any]


def run(*, metrics: list[Path], output: Path, settings: dict[str, Any]) -> None:
    """Write the statistics of the default protocol as JSON; scores and differences in percent.

    scores: for each task, dataset, variant and metric the mean over splits with its interval.
    variance: the standard deviation over splits, and over the weights of one split.
    comparisons: the corrected resampled t-test of each comparison of each family, on each dataset.
    across: the signed-rank test of each comparison over datasets.
    ranks: Friedman's test of the variants of Table VI over datasets, and the mean ranks.
    models: parameters, and bytes of weights.

    metrics: the files that `evaluate` wrote. settings: seeds, average, unit, alpha, confidence;
    `normal`, dataset -> its normal class; `independent`, the datasets that are not made of others;
    `ranked`, the variants to rank.

    Raises:
        InputError: a file is not a metrics file of the default protocol, or lacks a run.
    """
    found = read(metrics, settings)
    gc.freeze()  # statsmodels collects garbage at each correction; this excludes all libraries
    write_json(
        output,
        {key: settings[key] for key in ("average", "unit", "alpha", "confidence")}
        | {
            "sources": {
                dataset: scores.metrics.source for (_, dataset, _), scores in found.items()
            },
            "scores": list(_intervals(found, settings["confidence"])),
            "variance": list(_variances(found)),
            "comparisons": [
                row
                for family in FAMILIES.values()
                for row in _compared(family, found, settings["confidence"])
            ],
            "across": [
                row
                for family in FAMILIES.values()
                for row in _across(family, found, settings["independent"])
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
            interval = corrected(
                scores.tested(measure), ratio=scores.metrics.ratio, confidence=confidence
            )
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


def _compared(
    family: ComparisonFamily, found: Mapping[Key, RunScores], confidence: float
) -> list[Row]:
    """Return the comparisons of a family on the data at hand, with corrected p-values."""
    rows = [
        row
        for dataset in family.datasets
        for a, b in family.pairs
        for row in _pair(family, dataset, a, b, found, confidence)
    ]
    corrected = inference.holm([row["p"] for row in rows])
    return [row | {"p_holm": p} for row, p in zip(rows, corrected, strict=True)]


def _pair(
    family: ComparisonFamily,
    dataset: str,
    a: str,
    b: str,
    found: Mapping[Key, RunScores],
    confidence: float,
) -> Iterator[Row]:
    keys = (family.task, dataset, a), (family.task, dataset, b)
    if not all(key in found for key in keys):
        return
    first, second = (found[key] for key in keys)
    by_class = [of_class(F1, cls) for cls in first.attacks] if family.by_class else []
    for measure in by_class or family.measures:
        pairs = zip(first.splits(measure), second.splits(measure), strict=True)
        both = [(x, y) for x, y in pairs if x is not None and y is not None]
        if not both:
            continue  # no test set holds the class
        test = inference.paired(
            *zip(*both, strict=True), ratio=first.metrics.ratio, confidence=confidence
        )
        yield {
            "family": family.name,
            "task": family.task,
            "dataset": dataset,
            "a": a,
            "b": b,
            "metric": measure.key,
            "splits": test.difference.n,
            "difference": test.difference.mean,
            "sd": test.difference.sd,
            "low": test.difference.low,
            "high": test.difference.high,
            "p": test.p,
            "d": test.d,
            "ahead": test.ahead,
        }


def _across(
    family: ComparisonFamily, found: Mapping[Key, RunScores], independent: Sequence[str]
) -> Iterator[Row]:
    """Yield the signed-rank test of each comparison over all datasets that are independent."""
    if family.by_class or set(family.datasets).isdisjoint(independent):
        return
    for a, b in family.pairs:
        for measure in family.measures:
            held = [
                dataset
                for dataset in independent
                if {(family.task, dataset, a), (family.task, dataset, b)} <= found.keys()
            ]
            differences = [
                _mean(found[family.task, dataset, a], measure)
                - _mean(found[family.task, dataset, b], measure)
                for dataset in held
            ]
            if held:
                yield {
                    "family": family.name,
                    "task": family.task,
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
            variant: [_mean(found["multiclass", name, variant], measure) for name in datasets]
            for variant in variants
        }
        if test := inference.friedman(means, alpha=settings["alpha"]):
            rows.append({"metric": measure.key, "datasets": datasets, **asdict(test)})
    return rows


def _mean(scores: RunScores, measure: Measure) -> float:
    return fmean(scores.tested(measure))
