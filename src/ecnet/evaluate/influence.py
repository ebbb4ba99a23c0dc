"""How much a single test record weighs in a measure, by its true and its predicted class.

A measure that is a function f of the confusion matrix P of proportions (rows true, columns
predicted) changes by about w IF(true, predicted) if a record of the share w is added (the delta
method; Hampel 1974). IF is the gradient of f at P, less its mean over the records. The variance
of the measure over other test records of the same kind is then the sum of the squares of w IF.
"""

import numpy as np

from ecnet.evaluate.measures import ACCURACY, AVERAGED, F1, of_class
from ecnet.evaluate.metrics import FloatArray


def influences(
    confusion: FloatArray, classes: list[str], average: str
) -> dict[str, FloatArray | None]:
    """Return the influence of a record on each measure, (C, C): true by predicted class.

    confusion: (C, C) counts or shares, rows true, not all 0. average: of precision, recall, F1.

    The measures, by key: accuracy; precision, recall and F1 in that average; F1 of each class, and
    None for that of a class without a record. A score whose denominator is 0 is 0 nearby as well.
    """
    shares = confusion / confusion.sum()
    truths, by_class = shares.sum(axis=1), _of_classes(shares)
    found: dict[str, FloatArray | None] = {
        ACCURACY.key: np.eye(len(shares)) - np.trace(shares),
        **{
            measure.key: _averaged(scores, gradients, truths, average)
            for measure, (scores, gradients) in zip(AVERAGED, by_class, strict=True)
        },
    }
    if average == "micro":  # which is the accuracy
        found |= dict.fromkeys((measure.key for measure in AVERAGED), found[ACCURACY.key])
    _, of_f1 = by_class[AVERAGED.index(F1)]
    for place, cls in enumerate(classes):
        found[of_class(F1, cls).key] = of_f1[place] if truths[place] else None
    return found


def of_one_error(truths: FloatArray, classes: list[str], average: str) -> dict[str, float | None]:
    """Return the mean squared influence of an error on each measure, where there is none other.

    truths: (C,) records of each class. The error is one of a record at random, which is given the
    class of another record, or any other class if all are of one. Divide by the squared number of
    records for its variance.
    """
    shares = truths / truths.sum()
    given = shares if (shares < 1).all() else np.ones(len(shares))
    confused = np.outer(shares, given) * (1 - np.eye(len(shares)))
    weight = confused / confused.sum()
    return {
        key: None
        if found is None
        else float((weight * (found - np.diag(found)[:, None]) ** 2).sum())
        for key, found in influences(np.diag(shares), classes, average).items()
    }


def _of_classes(shares: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """Return for precision, recall and F1 the (C,) scores of classes and (C, C, C) gradients.

    The first axis of a gradient is the class of the score; its mean over the records is 0.
    """
    one = np.eye(len(shares))
    row, column = one[:, :, None], one[:, None, :]  # of a record's true, and predicted, class
    hit = row * column
    hits, truths, guesses = np.diag(shares), shares.sum(axis=1), shares.sum(axis=0)
    return [
        _ratio(hits, guesses, hit, column),
        _ratio(hits, truths, hit, row),
        _ratio(2 * hits, truths + guesses, 2 * hit, row + column),
    ]


def _ratio(
    part: FloatArray, whole: FloatArray, of_part: FloatArray, of_whole: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return part / whole, (C,), and its gradient from those of the two; 0 where whole is 0."""
    inverse = np.divide(1.0, whole, out=np.zeros_like(whole), where=whole > 0)
    score = part * inverse
    return score, (of_part - score[:, None, None] * of_whole) * inverse[:, None, None]


def _averaged(
    scores: FloatArray, gradients: FloatArray, truths: FloatArray, average: str
) -> FloatArray:
    """Return the gradient of the macro or weighted average of the scores of classes, (C, C)."""
    if average == "weighted":
        of_weights = (scores - truths @ scores)[:, None]
        found: FloatArray = np.tensordot(truths, gradients, 1) + of_weights
        return found
    macro: FloatArray = gradients[truths > 0].mean(axis=0)
    return macro
