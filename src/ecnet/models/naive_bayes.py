"""Naive Bayes: normal densities of the numbers, together with the shares of the categorical ids.

`alpha` and `var_smoothing` are the defaults of scikit-learn's CategoricalNB and GaussianNB. Ours:
the two are combined, since normal densities describe ids badly.
"""

import numpy as np
import numpy.typing as npt

from ecnet.models import Settings, weights
from ecnet.models.outputs import Matrix, softmax
from ecnet.models.weights import Tensors
from ecnet.prepare.records import FloatArray, Records

SCHEMA = {
    "alpha": {"type": "number", "exclusiveMinimum": 0},
    "var_smoothing": {"type": "number", "exclusiveMinimum": 0},
}
"""alpha: added to the count of each id in each class, 0 included; 1 is Laplace's rule.
var_smoothing: added to each variance, as a share of the largest variance of a feature."""


class Bayes:
    """priors: (C,) log shares of the classes. means, variances: (C, L1). ids: (C, sum of
    cardinalities), the log share of each id in its feature, the features one after another.
    """

    def __init__(self, priors: Matrix, means: Matrix, variances: Matrix, ids: Matrix) -> None:
        """Hold the arrays; the history stays empty."""
        self.priors = priors
        self.means = means
        self.variances = variances
        self.ids = ids
        self.history: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """The number of stored numbers."""
        return sum(array.size for array in self.tensors().values())

    def predict(self, records: Records) -> FloatArray:
        """Return the posterior probabilities, (n, C)."""
        places = _places(records)
        x = records.numerical.astype(np.float64)
        scores = [
            prior
            - np.log(2 * np.pi * variance).sum() / 2
            - ((x - mean) ** 2 / variance).sum(axis=1) / 2
            + of_id[places].sum(axis=1)
            for prior, mean, variance, of_id in zip(*self.tensors().values(), strict=True)
        ]
        return softmax(np.column_stack(scores))

    def tensors(self) -> Tensors:
        """Return the arrays."""
        names = ("priors", "means", "variances", "ids")
        return {name: getattr(self, name) for name in names}


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Bayes:  # noqa: ARG001
    """Count in `train` alone. A class without a record has probability 0."""
    classes, places = len(train.classes), _places(train)
    sizes = np.repeat(train.cardinalities, train.cardinalities).astype(np.int64)
    x = train.numerical.astype(np.float64)
    means, variances = np.zeros((2, classes, x.shape[1]))
    counts = np.zeros((classes, len(sizes)))
    for label in np.unique(train.label):
        of_class = train.label == label
        means[label], variances[label] = x[of_class].mean(axis=0), x[of_class].var(axis=0)
        counts[label] = np.bincount(places[of_class].ravel(), minlength=len(sizes))
    largest = x.var(axis=0).max(initial=0) or 1.0
    records = np.bincount(train.label, minlength=classes)[:, None]
    with np.errstate(divide="ignore"):  # the log of 0 is meant
        priors = np.log(records[:, 0] / len(train))
    return Bayes(
        priors,
        means,
        variances + settings["var_smoothing"] * largest,
        np.log((counts + settings["alpha"]) / (records + settings["alpha"] * sizes)),
    )


def load(tensors: Tensors, settings: Settings, like: Records) -> Bayes:  # noqa: ARG001
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features or classes.
    """
    classes, numbers = len(like.classes), like.numerical.shape[1]
    shapes = {
        "priors": (classes,),
        "means": (classes, numbers),
        "variances": (classes, numbers),
        "ids": (classes, sum(like.cardinalities)),
    }
    weights.check(tensors, shapes, dict.fromkeys(shapes, np.float64))
    return Bayes(*(tensors[name] for name in shapes))


def _places(records: Records) -> npt.NDArray[np.int64]:
    """Return where the share of each id is in a row of `Bayes.ids`, (n, L2)."""
    before = np.cumsum([0, *records.cardinalities])[:-1]
    places: npt.NDArray[np.int64] = records.categorical + before
    return places
