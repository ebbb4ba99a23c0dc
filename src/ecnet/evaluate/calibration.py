"""How far a model's probabilities can be believed, and what detection costs in false alarms.

Sums are exact before they are rounded (math.fsum), so that the order of records changes no bit.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def calibration(
    probabilities: FloatArray, true: IntArray, predicted: IntArray, weight: IntArray, bins: int
) -> dict[str, Any]:
    """Return the calibration of the probabilities of weighted predictions.

    probabilities: (n, C), n at least 1. true, predicted: (n,) indices of classes. weight: (n,) at
    least 1. bins: how many of equal width part the probabilities from 0 to 1; each holds its upper
    edge.

    `ece` is the expected calibration error (Guo et al. 2017, On Calibration of Modern Neural
    Networks, equation 3): the mean over records of how far the accuracy of a record's bin is from
    the bin's mean confidence, the confidence of a record being the probability of its predicted
    class. `brier` is the score of several classes (Brier 1950): the mean squared distance of the
    probabilities from the true class, 0 at best and 2 at worst. `confidence` is the mean.
    `bins` holds, for each bin, count and the means of confidence and accuracy, None where no record
    is in it.
    """
    records = np.arange(len(true))
    confidence = probabilities[records, predicted]
    bin_of = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    hit = (predicted == true).astype(np.float64)
    counts = _totals(bin_of, weight.astype(np.float64), bins)
    sure, right = (_totals(bin_of, weight * values, bins) for values in (confidence, hit))
    n = math.fsum(counts)
    return {
        "ece": math.fsum(abs(s - r) for s, r in zip(sure, right, strict=True)) / n,
        "brier": math.fsum(weight * _squared_distance(probabilities, true)) / n,
        "confidence": math.fsum(weight * confidence) / n,
        "bins": {
            "count": [int(count) for count in counts],
            "confidence": _means(sure, counts),
            "accuracy": _means(right, counts),
        },
    }


def false_alarms(
    score: FloatArray, attack: npt.NDArray[np.bool_], weight: IntArray, rates: Sequence[float]
) -> dict[str, float] | None:
    """Return the least share of normal records that is called an attack, at each detection rate.

    score: (n,) the probability of an attack. attack: (n,) whether a record is one. weight: (n,).
    rates: the shares of the attacks that must be detected at least, above 0.

    A record is called an attack if its score reaches a threshold, so that records of equal score
    are always called alike: where the threshold falls on many, more is detected than was asked
    for. None if there is no attack, or no normal record.
    """
    attacks, normals = int(weight[attack].sum()), int(weight[~attack].sum())
    if not attacks or not normals:
        return None
    values, place = np.unique(-score, return_inverse=True)  # the highest score first
    detected, alarms = (np.zeros(len(values), dtype=np.int64) for _ in range(2))
    np.add.at(detected, place[attack], weight[attack])
    np.add.at(alarms, place[~attack], weight[~attack])
    detected, alarms = detected.cumsum(), alarms.cumsum()
    return {
        str(rate): int(alarms[np.searchsorted(detected, _needed(rate, attacks))]) / normals
        for rate in rates
    }


def _needed(rate: float, attacks: int) -> int:
    """Return the fewest attacks that make the rate, which is meant as it is written in decimals."""
    return math.ceil(Fraction(str(rate)) * attacks)


def _totals(bin_of: IntArray, values: FloatArray, bins: int) -> list[float]:
    return [math.fsum(values[bin_of == number]) for number in range(bins)]


def _means(totals: list[float], counts: list[float]) -> list[float | None]:
    return [total / count if count else None for total, count in zip(totals, counts, strict=True)]


def _squared_distance(probabilities: FloatArray, true: IntArray) -> FloatArray:
    """Return the squared distance of each row from the corner of its true class, (n,)."""
    ideal = np.zeros_like(probabilities)
    ideal[np.arange(len(true)), true] = 1
    distance: FloatArray = ((probabilities - ideal) ** 2).sum(axis=1)
    return distance
