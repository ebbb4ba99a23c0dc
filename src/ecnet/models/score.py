"""The score by which models are chosen on the validation set."""

import numpy as np

from ecnet.prepare.records import IntArray


def macro_f1(true: IntArray, predicted: IntArray, classes: int) -> float:
    """Return the mean F1 (equation 9 of the paper) over the classes that `true` contains.

    true, predicted: (n,) class indices. A class that is never predicted has F1 = 0.
    """
    hits = np.bincount(true[true == predicted], minlength=classes)
    truths = np.bincount(true, minlength=classes)
    guesses = np.bincount(predicted, minlength=classes)
    held = truths > 0
    return float(np.mean(2 * hits[held] / (truths[held] + guesses[held])))
