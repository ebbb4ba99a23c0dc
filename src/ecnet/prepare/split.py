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
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ecnet import datasets, seeds, tables
from ecnet.errors import InputError
from ecnet.files import write_json
from ecnet.prepare import features, split_checks
from ecnet.prepare.split_checks import SUBSETS, TEST, TRAIN, VALIDATION, IntArray, Mask

_FEWEST_CLASSES = 2
_SMALLEST = 3
"""Groups that a class needs to be in every subset."""

Shares = tuple[float, float]
"""The shares of validation and test."""


def stratified(labels: npt.ArrayLike, shares: Shares, random: np.random.Generator) -> IntArray:
    """Return a subset for each item, such that each subset holds these shares of each class.

    A class of one item goes to train, one of two to train and test, and one of three or more to
    every subset.
    """
    codes, classes = pd.factorize(np.asarray(labels))
    subsets = np.zeros(len(codes), dtype=np.int64)
    for code in range(len(classes)):
        members = random.permutation(np.flatnonzero(codes == code))
        test, validation = _sizes(len(members), shares)
        subsets[members[:test]] = TEST
        subsets[members[test : test + validation]] = VALIDATION
    return subsets


def grouped(
    labels: pd.Series,
    group: IntArray,
    official_test: pd.Series,
    shares: Shares,
    random: np.random.Generator,
) -> IntArray:
    """Return subsets such that equal records (of one `group`) share theirs, stratified by class.

    Where an official split names test records, these are the test, and only validation is drawn.
    """
    groups = pd.DataFrame({"group": group, "label": labels, "test": official_test})
    groups = groups.drop_duplicates("group").sort_values("group")
    free = ~groups["test"].to_numpy()
    validation, test = shares
    subsets = np.full(len(groups), TEST)
    subsets[free] = stratified(
        groups["label"][free], (validation, test if free.all() else 0.0), random
    )
    drawn: IntArray = subsets[group]
    return drawn


def shuffled(labels: pd.Series, distinct: IntArray, random: np.random.Generator) -> pd.Series:
    """Return labels that say nothing: those of the distinct vectors, in random order.

    Equal vectors keep equal labels, so that a duplicate of a test record in train shows: a model
    that remembers it beats chance.
    """
    of_vector = labels.groupby(distinct).first()
    drawn = pd.Series(random.permutation(of_vector.to_numpy()))
    return pd.Series(drawn.to_numpy()[distinct], index=labels.index, dtype=labels.dtype)


def oversampled(labels: pd.Series, random: np.random.Generator) -> IntArray:
    """Return the places of all records and of repeated ones, so that no class is below the mean."""
    mean = len(labels) // labels.nunique()
    drawn = [np.arange(len(labels))]
    for _, members in sorted(labels.groupby(labels).indices.items()):
        drawn.append(random.choice(members, max(0, mean - len(members))))
    return np.concatenate(drawn)


def temporal(sample: pd.DataFrame, time: str, shares: Shares) -> IntArray:
    """Return subsets: the latest records of each capture are test, those before them validation.

    Raises:
        InputError: the sample, or a record of it, has no time.
    """
    untimed = sample if time not in sample else sample[sample[time].isna()]
    if len(untimed):
        place = untimed.iloc[0]
        raise InputError(
            f"split.rule: temporal needs times, and {place['capture']}, row {place['row']} has "
            "none; choose another rule in params.yaml"
        )
    rank = sample.groupby("capture")[time].rank(method="first", pct=True).to_numpy()
    validation, test = shares
    subsets: IntArray = np.select(
        [rank > 1 - test, rank > 1 - test - validation], [TEST, VALIDATION], TRAIN
    ).astype(np.int64)
    return subsets


def by_capture(captures: pd.Series, shares: Shares, random: np.random.Generator) -> IntArray:
    """Return subsets such that each capture is in one of them: held out in random order.

    Test takes captures until its share of the records is reached, then validation; each subset
    gets one capture at least.

    Raises:
        InputError: there are fewer than three captures.
    """
    counts = captures.value_counts().sort_index()
    if len(counts) < len(SUBSETS):
        raise InputError(
            f"split.rule: capture needs {len(SUBSETS)} captures and there are {len(counts)} "
            f"({', '.join(counts.index)}); choose another rule in params.yaml"
        )
    waiting = list(random.permutation(len(counts)))
    subset_of = dict.fromkeys(counts.index, TRAIN)
    validation, test = shares
    for subset, share, left_over in ((TEST, test, 2), (VALIDATION, validation, 1)):
        held = 0
        while len(waiting) > left_over and held < share * len(captures):
            capture = waiting.pop()
            held += counts.iloc[capture]
            subset_of[counts.index[capture]] = subset
    return captures.map(subset_of).to_numpy(np.int64)


def counts(group: IntArray, subsets: IntArray, kept: Mask) -> npt.NDArray[np.int32]:
    """Return how many equal records each kept record stands for; they add up to all records."""
    group = features.vectors(group, subsets)
    size = np.bincount(group)[group]
    stands = np.bincount(group, weights=kept).astype(np.int64)[group]
    place = pd.Series(group).groupby(group).cumcount().to_numpy()
    share = size // stands + (place < size % stands)
    return np.where(kept, share, 0).astype(np.int32)


@dataclass(frozen=True)
class _Sample:
    """What a split looks at.

    records: (n,) capture, row, label, subset (of an official split, or empty) and the time.
    features: (n,) rows, both kinds side by side. distinct: (n,) equal for equal features.
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
    chosen = pd.concat(features.typed(records, *names), axis=1)
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
            "features": dict(zip(("numerical", "categorical"), names, strict=True)),
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


def _sizes(items: int, shares: Shares) -> tuple[int, int]:
    """Return how many of a class's items go to test and to validation."""
    validation, test = shares
    if items < _SMALLEST:
        return (int(items > 1 and test > 0), 0)
    wanted = [max(1, round(items * share)) if share else 0 for share in (test, validation)]
    return wanted[0], wanted[1]


def _first(group: IntArray, most: int | None) -> Mask:
    """Return which records are among the first `most` of their equals; None keeps all."""
    if most is None:
        return np.ones(len(group), dtype=bool)
    kept: Mask = pd.Series(group).groupby(group).cumcount().to_numpy() < most
    return kept
