"""Splitting: a sample to train, validation and test, and an audit of what that did.

Rules: `grouped` keeps equal records together; `random` does not; `temporal` tests on the latest
share of each capture; `capture` holds whole captures out. An official split is kept as it is.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ecnet import datasets, seeds, tables
from ecnet.datasets.declaration import Format
from ecnet.errors import InputError
from ecnet.files import atomic, write_json
from ecnet.prepare import features, split_checks
from ecnet.prepare.split_checks import SUBSETS, TEST, TRAIN, VALIDATION, IntArray, Mask

_FEWEST_CLASSES = 2
_SMALLEST = 3
"""Groups that a class needs to are in every subset."""

Shares = tuple[float, float]
"""The shares of validation and test."""


def stratified(labels: npt.ArrayLike, shares: Shares, random: np.random.Generator) -> IntArray:
    """Return a subset for each item, such that each class stands in each subset in these shares.

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

    Equal vectors keep equal labels, so that a test record that has a twin in train gives itself
    away: what remembers it beats chance.
    """
    of_vector = labels.groupby(distinct).first()
    drawn = pd.Series(random.permutation(of_vector.to_numpy()))
    return pd.Series(drawn.to_numpy()[distinct], index=labels.index, dtype=labels.dtype)


def oversampled(labels: pd.Series, random: np.random.Generator) -> IntArray:
    """Return the places of all records and of copies, drawn so that no class is below the mean."""
    mean = len(labels) // labels.nunique()
    drawn = [np.arange(len(labels))]
    for _, members in sorted(labels.groupby(labels).indices.items()):
        drawn.append(random.choice(members, max(0, mean - len(members))))
    return np.concatenate(drawn)


def temporal(sample: pd.DataFrame, time: str, shares: Shares) -> IntArray:
    """Return subsets such that each capture's latest records are its test, those before validation.

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
    """Return subsets such that each capture is on one: held out in random order.

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
    side_of = dict.fromkeys(counts.index, TRAIN)
    validation, test = shares
    for subset, share, left_over in ((TEST, test, 2), (VALIDATION, validation, 1)):
        held = 0
        while len(waiting) > left_over and held < share * len(captures):
            capture = waiting.pop()
            held += counts.iloc[capture]
            side_of[counts.index[capture]] = subset
    return captures.map(side_of).to_numpy(np.int64)


def counts(group: IntArray, subsets: IntArray, kept: Mask) -> npt.NDArray[np.int32]:
    """Return how many equal records each kept record stands for; they add up to all records."""
    group = features.vectors(group, subsets)
    size = np.bincount(group)[group]
    stands = np.bincount(group, weights=kept).astype(np.int64)[group]
    place = pd.Series(group).groupby(group).cumcount().to_numpy()
    share = size // stands + (place < size % stands)
    return np.where(kept, share, 0).astype(np.int32)


def split(*, sample: Path, folder: Path, settings: Mapping[str, Any]) -> None:
    """Split the sample of a dataset with one seed into folder/{train,validation,test}.parquet.

    Writes folder/audit.json beside them.

    Raises:
        InputError: all records are of one class, a kept column copies the label, or the rule
            cannot be applied to the sample.
    """
    dataset = datasets.load(settings["dataset"])
    format = dataset.format(settings["format"])
    records = tables.read(sample, "sample", ("capture", "label", "row", "subset"))
    read = len(records)
    if (classes := records["label"].unique()).size < _FEWEST_CLASSES:
        raise InputError(
            f"{sample}: all records are {classes[0]}, and a classifier needs two classes; give "
            "more files or change sampling in params.yaml"
        )
    if not settings["official"]:
        records["subset"] = ""
    if settings["oversample"]:
        random = seeds.generator(settings["seed"], settings["dataset"], "oversample")
        records = records.iloc[oversampled(records["label"], random)].reset_index(drop=True)
    chosen = features.select(records, format, keep=settings["keep"], drop=settings["drop"])
    rule = "official" if (records["subset"] != "").any() else settings["rule"]
    distinct = features.vectors(*chosen)
    if settings["shuffle_labels"]:
        random = seeds.generator(settings["seed"], settings["dataset"], "labels")
        records["label"] = shuffled(records["label"], distinct, random)
    twins = features.vectors(distinct, records["label"])
    group = features.vectors(twins, records["subset"])
    subsets, kept = _assign(records, group, format, rule=rule, settings=settings)
    if settings["gate"]:
        split_checks.gate(
            pd.concat(chosen, axis=1)[subsets != TEST],
            records["label"][subsets != TEST],
            dataset=settings["dataset"],
            normal=dataset.normal,
        )
    records["count"] = counts(group, subsets, kept)
    origin = tables.described(sample, "sample").metadata[b"ecnet"]
    for subset, name in enumerate(SUBSETS):
        _write(folder / f"{name}.parquet", records[kept & (subsets == subset)], origin)
    random = seeds.generator(settings["seed"], settings["dataset"], "leak")
    randomly = stratified(records["label"], _shares(settings), random)
    write_json(
        folder / "audit.json",
        {
            "dataset": dataset.name,
            "format": format.name,
            "seed": settings["seed"],
            "rule": rule,
            "records_in": read,
            "added": {"oversampled": len(records) - read},
            "dropped": {"copies": int((~kept).sum())},
            "subsets": split_checks.subsets(records["label"], subsets, kept),
            "duplicates": split_checks.duplicates(distinct, twins),
            "random_split": split_checks.leak(twins, randomly == TRAIN, randomly == TEST),
            "twins_in_test": split_checks.leak(twins, subsets == TRAIN, kept & (subsets == TEST)),
            "too_small": split_checks.too_small(records["label"], twins, subsets, kept),
        },
    )


def _write(path: Path, records: pd.DataFrame, origin: bytes) -> None:
    """Write one subset as Parquet; `origin` is what the sample's metadata say of its records."""
    table = pa.Table.from_pandas(records.drop(columns="subset"), preserve_index=False)
    table = table.replace_schema_metadata({**table.schema.metadata, b"ecnet": origin})
    with atomic(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def _assign(
    records: pd.DataFrame,
    group: IntArray,
    format: Format,
    *,
    rule: str,
    settings: Mapping[str, Any],
) -> tuple[IntArray, Mask]:
    """Return each record's subset, and whether it is kept or a copy too many."""
    random = seeds.generator(settings["seed"], settings["dataset"], "split")
    shares = _shares(settings)
    if rule in ("grouped", "official"):
        subsets = grouped(records["label"], group, records["subset"] == "test", shares, random)
        return subsets, _first_copies(group, settings["max_duplicates"])
    if rule == "random":
        subsets = stratified(records["label"], shares, random)
    elif rule == "temporal":
        subsets = temporal(records, format.time, shares)
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


def _first_copies(group: IntArray, copies: int | None) -> Mask:
    """Return which records are among the first `copies` of their equals; None keeps all."""
    if copies is None:
        return np.ones(len(group), dtype=bool)
    kept: Mask = pd.Series(group).groupby(group).cumcount().to_numpy() < copies
    return kept
