"""Step `split`: which record of a sample is in train, validation or test, for each seed.

Rules: `grouped` keeps equal records together; `random` does not; `temporal` tests on the latest
share of each capture; `capture` holds whole captures out. An official split is kept as it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ecnet import datasets, seeds, tables
from ecnet.errors import InputError
from ecnet.files import write_json
from ecnet.prepare import features, split_checks
from ecnet.prepare.split_checks import SUBSETS, TEST, TRAIN, IntArray, Mask
from ecnet.prepare.split_rules import (
    Shares,
    by_capture,
    counts,
    grouped,
    oversampled,
    shuffled,
    stratified,
    temporal,
)

_FEWEST_CLASSES = 2


@dataclass(frozen=True)
class _Sample:
    """What a split looks at.

    records: (n,) capture, row, label, subset (of an official split, or empty) and the time.
    features: (n,) rows, both kinds and bags side by side. distinct: (n,) equal for equal ones.
    """

    records: pd.DataFrame
    features: pd.DataFrame
    distinct: IntArray
    time: str
    normal: str
    settings: Mapping[str, Any]

    @property
    def rule(self) -> str:
        """The rule of the split: `official` where the sample names test records."""
        official = (self.records["subset"] != "").any()
        return "official" if official else str(self.settings["rule"])

    def random(self, seed: int, purpose: str) -> np.random.Generator:
        """Return the generator of a seed for one purpose."""
        return seeds.generator(seed, self.settings["dataset"], purpose)


def split(*, sample: Path, assignment: Path, report: Path, settings: Mapping[str, Any]) -> None:
    """Split the sample of a dataset once for each seed.

    sample: what `merge` or `union` wrote.
    assignment: written, Parquet: seed, subset, record (its place in the sample), count (how many
        equal records it stands for), and label where the protocol shuffles labels. A record that
        is left out as a duplicate has no row, an oversampled one has several.
    report: written, JSON: the rule, the names of the features, and an audit of each seed's split.
    settings: dataset, format, seeds; keep and drop, of features; gate; and the section `split` of
        params.yaml.

    Raises:
        InputError: all records are of one class, a feature copies the label, or the rule cannot
            be applied to the sample.
    """
    dataset = datasets.load(settings["dataset"])
    format = dataset.format(settings["format"])
    records = tables.read(sample, "sample", ("capture", "label", "row", "subset"))
    if (classes := records["label"].unique()).size < _FEWEST_CLASSES:
        raise InputError(
            f"{sample}: all records are {classes[0]}, and a classifier needs two classes; give "
            "more files or change sampling in params.yaml"
        )
    if not settings["official"]:
        records["subset"] = ""
    names = format.features(records.columns, keep=settings["keep"], drop=settings["drop"])
    bags = format.bags(records.columns, drop=settings["drop"])
    chosen = pd.concat([*features.typed(records, *names), records[bags]], axis=1)
    looked_at = ["capture", "row", "label", "subset", *({format.time} & set(records.columns))]
    given = _Sample(
        records[looked_at],
        chosen,
        features.vectors(chosen),
        format.time,
        dataset.normal,
        settings,
    )
    drawn = {seed: _of_seed(given, seed) for seed in settings["seeds"]}
    origin = json.loads(tables.described(sample, "sample").metadata[b"ecnet"])
    assigned = pa.Table.from_pandas(
        pd.concat([rows for rows, _ in drawn.values()]), preserve_index=False
    )
    tables.write(assignment, iter([assigned]), origin)
    write_json(
        report,
        {
            "dataset": dataset.name,
            "format": format.name,
            "rule": given.rule,
            "features": dict(zip(("numerical", "categorical"), names, strict=True))
            | ({"bags": bags} if bags else {}),
            "seeds": {str(seed): audit for seed, (_, audit) in drawn.items()},
        },
    )


def _of_seed(sample: _Sample, seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the rows of the assignment of one seed, and the audit of its split."""
    settings, places = sample.settings, np.arange(len(sample.records))
    if settings["oversample"]:
        places = oversampled(sample.records["label"], sample.random(seed, "oversample"))
    records, distinct = sample.records.iloc[places].reset_index(drop=True), sample.distinct[places]
    labels = records["label"]
    if settings["shuffle_labels"]:
        labels = shuffled(labels, distinct, sample.random(seed, "labels"))
    vectors = features.vectors(distinct, labels)
    group = features.vectors(vectors, records["subset"])
    subsets, kept = _assign(sample, records.assign(label=labels), group, seed)
    if settings["gate"]:
        seen = subsets != TEST
        split_checks.gate(
            sample.features.iloc[places[seen]],
            labels[seen],
            dataset=settings["dataset"],
            normal=sample.normal,
        )
    rows = pd.DataFrame(
        {
            "seed": seed,
            "subset": np.array(SUBSETS)[subsets],
            "record": places,
            "count": counts(group, subsets, kept),
        }
    )
    if settings["shuffle_labels"]:
        rows["label"] = labels
    order = np.argsort(subsets[kept], kind="stable")
    return rows[kept].iloc[order], _audit(sample, seed, labels, distinct, vectors, subsets, kept)


def _audit(
    sample: _Sample,
    seed: int,
    labels: pd.Series,
    distinct: IntArray,
    vectors: IntArray,
    subsets: IntArray,
    kept: Mask,
) -> dict[str, Any]:
    """Return the audit of one seed's split. vectors: (n,) equal for equal features and label."""
    randomly = stratified(labels, _shares(sample.settings), sample.random(seed, "leak"))
    test = kept & (subsets == TEST)
    return {
        "records_in": len(sample.records),
        "added": {"oversampled": len(labels) - len(sample.records)},
        "dropped": {"copies": int((~kept).sum())},
        "subsets": split_checks.subsets(labels, subsets, kept),
        "duplicates": split_checks.duplicates(distinct, vectors),
        "random_split": split_checks.leak(vectors, randomly == TRAIN, randomly == TEST),
        "duplicates_in_test": split_checks.leak(vectors, subsets == TRAIN, test),
        "too_small": split_checks.too_small(labels, vectors, subsets, kept),
    }


def _assign(
    sample: _Sample, records: pd.DataFrame, group: IntArray, seed: int
) -> tuple[IntArray, Mask]:
    """Return the subset of each record, and whether it is kept or is one duplicate too many."""
    settings, random = sample.settings, sample.random(seed, "split")
    shares = _shares(settings)
    if sample.rule in ("grouped", "official"):
        subsets = grouped(records["label"], group, records["subset"] == "test", shares, random)
        return subsets, _first(group, settings["max_duplicates"])
    if sample.rule == "random":
        subsets = stratified(records["label"], shares, random)
    elif sample.rule == "temporal":
        subsets = temporal(records, sample.time, shares)
    else:
        subsets = by_capture(records["capture"], shares, random)
    return subsets, np.ones(len(records), dtype=bool)


def _shares(settings: Mapping[str, Any]) -> Shares:
    return settings["validation"], settings["test"]


def _first(group: IntArray, most: int | None) -> Mask:
    """Return which records are among the first `most` of their equals; None keeps all."""
    if most is None:
        return np.ones(len(group), dtype=bool)
    kept: Mask = pd.Series(group).groupby(group).cumcount().to_numpy() < most
    return kept
