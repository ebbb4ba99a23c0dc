"""The rules of a split: which items are in train, validation or test, by a random generator."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecnet.errors import InputError
from ecnet.prepare import features
from ecnet.prepare.split_checks import SUBSETS, TEST, TRAIN, VALIDATION, IntArray, Mask

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


def _sizes(items: int, shares: Shares) -> tuple[int, int]:
    """Return how many of a class's items go to test and to validation."""
    validation, test = shares
    if items < _SMALLEST:
        return (int(items > 1 and test > 0), 0)
    wanted = [max(1, round(items * share)) if share else 0 for share in (test, validation)]
    return wanted[0], wanted[1]
