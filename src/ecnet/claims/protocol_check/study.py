"""One small study: records drawn, split and classified as the pipeline does, with cheap models."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecnet.claims.protocol_check import models
from ecnet.claims.protocol_check.population import Population
from ecnet.evaluate.covariance import Answers
from ecnet.evaluate.metrics import IntArray
from ecnet.prepare.split_checks import TEST, TRAIN, VALIDATION
from ecnet.prepare.split_rules import Shares, grouped


@dataclass(frozen=True)
class Study:
    """What a study finds, and what it would find on many fresh records.

    splits, fresh: the test set of each split, and fresh records, with the answers of all models.
    ratio: as in `ecnet.evaluate.interval`. trained: as in `ecnet.evaluate.resampling`.
    """

    splits: list[Answers]
    fresh: list[Answers]
    ratio: float
    trained: float


def draw(
    population: Population,
    records: int,
    splits: int,
    shares: Shares,
    fresh: int,
    random: np.random.Generator,
) -> Study:
    """Return a study of so many records, split so often; its models answer `fresh` others as well.

    Records of an official test set are test records in every split, and fresh ones are others of
    that set.
    """
    order = random.permutation(len(population))
    own, others = order[:records], order[records:]
    official = population.test[own]
    if official.any():
        others = others[population.test[others]]
    found: list[tuple[Answers, Answers]] = []
    for _ in range(splits):
        subsets = grouped(
            pd.Series(population.label[own]),
            np.arange(records),
            pd.Series(official),
            shares,
            random,
        )
        train, test = own[subsets == TRAIN], own[subsets == TEST]
        found.append(_answers(population, train, test, others[:fresh], random))
    tested, answered = (list(sets) for sets in zip(*found, strict=True))
    drawn = (subsets == (VALIDATION if official.any() else TEST)).sum()  # the same in all splits
    return Study(tested, answered, drawn / len(train), len(train) / (~official).sum())


def _answers(
    population: Population,
    train: IntArray,
    test: IntArray,
    fresh: IntArray,
    random: np.random.Generator,
) -> tuple[Answers, Answers]:
    """Return what models that are fitted on `train` answer to test records and to fresh ones."""
    known, label = np.unique(population.label[train], return_inverse=True)
    fitted = models.fitted(population.features[train], label, random)
    of_test, of_fresh = (
        models.answers(fitted, known, population.features[places]) for places in (test, fresh)
    )
    right = of_fresh[models.FITTED.index(models.BASE)] == population.label[fresh]

    def all_models(places: IntArray, answered: IntArray) -> Answers:
        true, draw = population.label[places], population.draw[places]
        classes = len(population.classes)
        predicted = models.with_planted(answered, true, draw, float(right.mean()), classes)
        return Answers(places, np.ones(len(places), dtype=np.int64), true, predicted)

    return all_models(test, of_test), all_models(fresh, of_fresh)
