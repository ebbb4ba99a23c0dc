"""The metrics of classified records: equations 6 to 9 of the paper, and more of the kind."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ecnet.evaluate.measures import AVERAGED

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_AVERAGED = tuple(measure.key for measure in AVERAGED)


def metrics(
    true: IntArray, predicted: IntArray, weight: IntArray, classes: list[str]
) -> dict[str, Any]:
    """Return the metrics of weighted predictions (equations 6 to 9 of the paper, by class).

    true, predicted: (n,) indices into `classes`, n at least 1. weight: (n,) at least 1.

    Macro averages, and with them the balanced accuracy, run over the classes that `true` holds;
    the others are named in `absent` and their own values are None. The micro average runs over
    all classes and so equals the accuracy. A value whose denominator is 0 is 0.
    `confusion` is (C, C): rows true, columns predicted, in the order of `classes`.
    """
    confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(confusion, (true, predicted), weight)
    hits, truths, guesses = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    scores = np.array(
        [_ratio(hits, guesses), _ratio(hits, truths), _ratio(2 * hits, truths + guesses)]
    )
    present = truths > 0
    accuracy = float(hits.sum() / confusion.sum())
    macro = _named(scores[:, present].mean(axis=1))
    return {
        "n": int(confusion.sum()),
        "accuracy": accuracy,
        "balanced_accuracy": macro["recall"],
        "mcc": _mcc(confusion),
        "macro": macro,
        "weighted": _named(scores @ truths / truths.sum()),
        "micro": dict.fromkeys(_AVERAGED, accuracy),
        "per_class": {
            cls: (_named(scores[:, i]) if present[i] else dict.fromkeys(_AVERAGED))
            | {"support": int(truths[i])}
            for i, cls in enumerate(classes)
        },
        "confusion": confusion.tolist(),
        "absent": [cls for i, cls in enumerate(classes) if not present[i]],
    }


def _ratio(part: IntArray, whole: IntArray) -> FloatArray:
    """Return part / whole, and 0 where both are 0."""
    return part / np.maximum(whole, 1)


def _named(scores: FloatArray) -> dict[str, float]:
    return dict(zip(_AVERAGED, scores.tolist(), strict=True))


def _mcc(confusion: IntArray) -> float:
    """Return the Matthews correlation of several classes (Gorodkin 2004); 0 if nothing varies.

    It is the covariance of true and predicted class over the root of their variances.
    """
    # As Python's integers: n squared would overflow 64 bits from three billion records on.
    n, hits = int(confusion.sum()), int(np.trace(confusion))
    truths, guesses = confusion.sum(axis=1).tolist(), confusion.sum(axis=0).tolist()
    covariance = n * hits - _dot(truths, guesses)
    spread = (n**2 - _dot(truths, truths)) * (n**2 - _dot(guesses, guesses))
    return covariance / math.sqrt(spread) if spread else 0.0


def _dot(left: list[int], right: list[int]) -> int:
    return sum(x * y for x, y in zip(left, right, strict=True))
