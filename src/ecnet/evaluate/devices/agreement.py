"""What a model in C answers, beside the model that it was made of."""

from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

Probabilities = npt.NDArray[np.floating[Any]]


def compared(
    original: Probabilities,
    found: Probabilities,
    true: npt.NDArray[np.int32],
    confidence: float,
) -> dict[str, Any]:
    """Return how the answers of two models agree on n records of C classes.

    original, found: (n, C) probabilities. true: (n,) indices of classes.
    Returns `agree`, how many records have the same class; `difference`, the largest of a
    probability; `accuracy` and `accuracy_original`, in percent; and `change`, that of the accuracy
    in points with its interval.
    """
    right, was_right = found.argmax(axis=1) == true, original.argmax(axis=1) == true
    return {
        "agree": int((found.argmax(axis=1) == original.argmax(axis=1)).sum()),
        "difference": float(np.abs(found - original).max()),
        "accuracy": 100 * float(right.mean()),
        "accuracy_original": 100 * float(was_right.mean()),
        "change": {
            "mean": 100 * float(right.mean() - was_right.mean()),
            **_interval(right, was_right, confidence),
        },
    }


def _interval(
    right: npt.NDArray[np.bool_], was_right: npt.NDArray[np.bool_], confidence: float
) -> dict[str, float]:
    """Return the interval of a difference of two shares of the same records, in points.

    By Agresti and Min (2005), Statistics in Medicine 24: half a record is added to each of the four
    cells, so that two models that agree on all records have an interval too.
    """
    gained, lost = int((right & ~was_right).sum()), int((~right & was_right).sum())
    n = len(right) + 2
    middle = (gained - lost) / n
    error = ((gained + lost + 1 - (gained - lost) ** 2 / n) ** 0.5) / n
    half = NormalDist().inv_cdf((1 + confidence) / 2) * error
    return {"low": 100 * (middle - half), "high": 100 * (middle + half)}
