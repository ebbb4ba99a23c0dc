"""Step `transfer`: models trained without some records, tested on just these.

A detector is bought for networks, captures and attacks that it has not seen. Here train and
validation of the default split lose the records of a group, or hold those of one group alone, and
nothing else changes. The test records stay, so that two models are compared on the same ones: one
that was trained on records of their group, and one that was not.
"""

from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd

from ecnet import datasets
from ecnet.evaluate.measures import ACCURACY, F1
from ecnet.evaluate.metrics import IntArray
from ecnet.evaluate.transfer import estimates, folds, training
from ecnet.evaluate.transfer.estimates import Tested
from ecnet.evaluate.transfer.folds import Comparison, Fold
from ecnet.evaluate.transfer.training import UNKNOWN, Study, UntrainableError
from ecnet.files import read_json, read_object, write_json
from ecnet.prepare import assignment as assignments
from ecnet.prepare.assignment import Sample, Subset
from ecnet.prepare.records import ATTACK

Splits = Mapping[int, Mapping[str, Subset]]
"""The subsets of each split, by its seed."""

Answered = dict[tuple[Fold, str], list[IntArray | None]]
"""Of a fold and a variant the answers to the test records of each split; None: not trainable."""


def run(
    *,
    sample: Path,
    assignment: Path,
    report: Path,
    counts: Path,
    output: Path,
    settings: Mapping[str, Any],
) -> None:
    """Train the variants on each fold, and compare them on the groups that folds leave out.

    sample, counts: what `merge` or `union` wrote. assignment, report: what `split` wrote.
    output: written, JSON: dataset, format, source, task, groups (their kind), measure; `rows`, one
        for each comparison and variant: see `estimates.rows`; `absent`, for each fold that cannot
        be trained the reason; `normal`, for kinds of attacks, the false alarms of each fold and
        variant; and `tested`, for each group its test records by class, mean over splits.
    settings: dataset, format, task, groups: `networks`, `captures` or `attacks`; variants: name ->
        family, hyperparameters; controls, of them; seeds, of splits; weights, the seed of initial
        weights; scale, as for `encode`; false_alarms; average, unit, confidence; and threads, which
        `ecnet.runtime.process` has set.

    Raises:
        InputError: a file does not go with the others.
    """
    accounts, split = read_json(counts), read_object(report, "split", ("rule", "features"))
    study = _study(settings, accounts, assignments.sampled(sample, report, split["features"]))
    splits = dict(assignments.read(assignment, settings["seeds"], study.sample))
    write_json(
        output,
        {
            **{key: settings[key] for key in ("dataset", "format", "task", "groups")},
            "source": accounts["source"],
            **compared(study, splits, official=split["rule"] == "official"),
        },
    )


def compared(study: Study, splits: Splits, *, official: bool) -> dict[str, Any]:
    """Return what `run` writes of the comparisons of a study.

    splits: seed -> subsets. official: whether the test records are the same in all splits.
    """
    groups = sorted({str(group) for group in study.groups} - {""})
    pairs = folds.comparisons(study.settings["groups"], groups)
    answered, absent = _answered(study, splits, folds.folds(pairs))
    measure = ACCURACY if study.alarms is not None else F1
    trained = _trained(splits, official=official)
    found = [
        estimates.measured(
            comparison,
            variant,
            _tested_by(study, splits, answered, comparison, variant),
            measure=measure,
            classes=study.classes,
            average=study.settings["average"],
            trained=trained,
        )
        for comparison in pairs
        for variant in study.settings["variants"]
    ]
    return {
        "measure": measure.key,
        "rows": estimates.rows(
            [one for one in found if one],
            study.settings["controls"],
            study.settings["confidence"],
        ),
        "absent": absent,
        "normal": _false_alarms(study, splits, answered) if study.alarms is not None else [],
        "tested": {group: _tested(study, splits, group) for group in groups},
    }


def _study(settings: Mapping[str, Any], accounts: Mapping[str, Any], sample: Sample) -> Study:
    dataset = datasets.load(settings["dataset"])
    format = dataset.format(settings["format"])
    kept = tuple(cls for cls in format.classes if accounts["classes"][cls]["kept"])
    return Study(
        sample,
        folds.groups_of(settings["groups"], sample.records, dataset.normal),
        kept if settings["task"] == "multiclass" else (dataset.normal, ATTACK),
        dataset.normal,
        settings["false_alarms"] if settings["groups"] == "attacks" else None,
        settings,
    )


def _answered(study: Study, splits: Splits, needed: list[Fold]) -> tuple[Answered, dict[str, str]]:
    """Return the answers of all folds, and why a fold has none in some split."""
    found: Answered = {
        (fold, variant): [] for fold in needed for variant in study.settings["variants"]
    }
    absent: dict[str, str] = {}
    for seed, subsets in splits.items():
        for fold in needed:
            try:
                own: dict[str, IntArray] = dict(training.answers(study, subsets, fold, seed))
            except UntrainableError as error:
                own = {}
                absent[fold.name] = str(error)
            for variant in study.settings["variants"]:
                found[fold, variant].append(own.get(variant))
    return found, absent


def _tested_by(
    study: Study, splits: Splits, answered: Answered, comparison: Comparison, variant: str
) -> list[Tested]:
    """Return the test records of a comparison, of each split in which both models were trained."""
    both = (answered[fold, variant] for fold in (comparison.within, comparison.transferred))
    return [
        _of_group(study, subsets["test"], comparison.group, within, transferred)
        for subsets, within, transferred in zip(splits.values(), *both, strict=True)
        if within is not None and transferred is not None
    ]


def _of_group(
    study: Study, test: Subset, group: str, within: IntArray, transferred: IntArray
) -> Tested:
    """Return the test records of a group of classes that both models know."""
    own = (study.groups[test.places] == group) & (within != UNKNOWN) & (transferred != UNKNOWN)
    weight = test.counts if study.settings["unit"] == "record" else np.ones_like(test.counts)
    true = pd.Index(study.classes).get_indexer(pd.Index(study.labels(test)[own]))
    return Tested(
        test.places[own],
        weight[own].astype(np.int64),
        true.astype(np.int64),
        within[own],
        transferred[own],
    )


def _false_alarms(study: Study, splits: Splits, answered: Answered) -> list[dict[str, Any]]:
    """Return the share of normal test records called attacks, in percent, mean over splits."""
    found = []
    for (fold, variant), answers in answered.items():
        shares = [
            float(own[study.groups[subsets["test"].places] == ""].mean())
            for subsets, own in zip(splits.values(), answers, strict=True)
            if own is not None
        ]
        if shares:
            found.append(
                {"trained_on": fold.name, "variant": variant, "percent": 100 * fmean(shares)}
            )
    return found


def _tested(study: Study, splits: Splits, group: str) -> dict[str, float]:
    """Return how many test records of each class a group has, mean over splits."""
    labels = [
        study.labels(subsets["test"])[study.groups[subsets["test"].places] == group]
        for subsets in splits.values()
    ]
    return {cls: fmean(int((of == cls).sum()) for of in labels) for cls in study.classes}


def _trained(splits: Splits, *, official: bool) -> float:
    """Return the share of the records that are divided anew for each split that it trains on."""
    divided = ("train", "validation") if official else ("train", "validation", "test")
    return fmean(
        len(subsets["train"].places) / sum(len(subsets[name].places) for name in divided)
        for subsets in splits.values()
    )
