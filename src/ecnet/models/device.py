"""Devices told apart by their traffic of an hour, in two stages.

Sivanathan et al., "Classifying IoT Devices in Smart Environments Using Network Traffic
Characteristics", 2019. Stage 0: a multinomial naive Bayes with Laplace's rule for each bag of
words gives a class and its probability, the confidence. Stage 1: a random forest on these, and on
the other features. Ours: train's own outputs of stage 0 are made out of fold, as those of test are,
because a naive Bayes is too sure of the records that it has counted; the number of trees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from ecnet import seeds
from ecnet.errors import InputError
from ecnet.models import Settings, random_forest, weights
from ecnet.models.forest import Forest
from ecnet.models.outputs import softmax
from ecnet.models.weights import Tensors
from ecnet.prepare import bags
from ecnet.prepare.bags import Bag
from ecnet.prepare.records import FloatArray, IntArray, Records

NEEDS = "bags"
SCHEMA = {
    "numbers": {"type": "boolean"},
    "folds": {"type": "integer", "minimum": 2},
    "trees": {"type": "integer", "minimum": 1},
    "min_samples_leaf": {"type": "integer", "minimum": 1},
}
"""numbers: whether stage 1 has the other features, or the outputs of stage 0 alone. folds: of
train, for its outputs of stage 0. trees, min_samples_leaf: those of the family random_forest."""

_FOREST = "forest/"
_ARRAYS = ("indptr", "indices", "counts")


@dataclass(frozen=True)
class Bayes:
    """Multinomial naive Bayes. records: (C,) int64, of each class. words: the bag of each class."""

    records: npt.NDArray[np.int64]
    words: Bag

    @classmethod
    def count(cls, words: csr_array, label: IntArray, classes: int) -> "Bayes":
        """Return what `words`, (n, size), of records of these labels, (n,), hold."""
        records = np.bincount(label, minlength=classes)
        of_class = csr_array(
            (np.ones(len(label), np.int64), (label, np.arange(len(label)))),
            shape=(classes, len(label)),
        )
        total = (of_class @ words).tocsr()
        total.sort_indices()
        arrays = total.indptr.astype(np.int64), total.indices.astype(np.int32), total.data
        return cls(records, Bag(*arrays, size=words.shape[1]))

    def probabilities(self, words: csr_array) -> FloatArray:
        """Return the posterior, (n, C), given `words`, (n, size).

        Words that train does not hold say nothing. A class without a record has probability 0.
        """
        counts = _sparse(self.words).toarray() + 1.0
        shares = np.zeros(counts.shape)
        shares[:, 1:] = np.log(counts[:, 1:] / counts[:, 1:].sum(axis=1, keepdims=True))
        with np.errstate(divide="ignore"):  # the log of 0 is meant
            prior = np.log(self.records / self.records.sum())
        return softmax(words @ shares.T + prior)


@dataclass
class Stages:
    """bayes: of each bag, by its name. forest: of stage 1. numbers: whether it has the features."""

    bayes: Mapping[str, Bayes]
    forest: Forest
    numbers: bool
    history: list[dict[str, float]] = field(default_factory=list)

    @property
    def parameters(self) -> int:
        """The counts of words and records, and the forest's parameters."""
        counts = sum(len(bayes.records) + len(bayes.words.counts) for bayes in self.bayes.values())
        return counts + self.forest.parameters

    def predict(self, records: Records) -> FloatArray:
        """Return the class probabilities of stage 1, (n, C)."""
        found = [
            bayes.probabilities(_sparse(records.bags[name])) for name, bayes in self.bayes.items()
        ]
        return self.forest.predict(_inputs(records, found, numbers=self.numbers))

    def tensors(self) -> Tensors:
        """Return the arrays of both stages."""
        found: Tensors = {f"{_FOREST}{name}": a for name, a in self.forest.tensors().items()}
        for name, bayes in self.bayes.items():
            found[f"bags/{name}/records"] = bayes.records
            found |= {bags.tensor(name, array): getattr(bayes.words, array) for array in _ARRAYS}
        return found


def fit(train: Records, validation: Records, settings: Settings, seed: int) -> Stages:
    """Fit on `train` alone.

    Raises:
        InputError: the records have no bags of words.
    """
    _check_bags(train)
    classes, label = len(train.classes), train.label
    fold = _folds(label, settings["folds"], seeds.generator(seed, "device folds"))
    bayes, outputs = {}, []
    for name, bag in train.bags.items():
        words, out = _sparse(bag), np.zeros((len(train), classes), np.float32)
        for held in (fold == number for number in range(settings["folds"])):
            rest = Bayes.count(words[~held], label[~held], classes)
            out[held] = rest.probabilities(words[held])
        outputs.append(out)
        bayes[name] = Bayes.count(words, label, classes)
    inputs = _inputs(train, outputs, numbers=settings["numbers"])
    forest = random_forest.fit(inputs, validation, settings, seed)
    return Stages(bayes, forest, settings["numbers"])


def load(tensors: Tensors, settings: Settings, like: Records) -> Stages:
    """Return the model of these `tensors`.

    Raises:
        InputError: they are of other features, bags or classes, or not so many trees.
    """
    _check_bags(like)
    classes = len(like.classes)
    arrays = {name: a for name, a in tensors.items() if not name.startswith(_FOREST)}
    named = [bags.tensor(bag, array) for bag in like.bags for array in (*_ARRAYS, "records")]
    shapes = {name: (classes if name.endswith("/records") else None,) for name in named}
    dtypes = {name: np.int32 if name.endswith("/indices") else np.int64 for name in named}
    weights.check(arrays, shapes, dtypes)
    bayes = {}
    sizes = {name: bag.size for name, bag in like.bags.items()}
    for name, words in bags.load(sizes, arrays).items():
        bayes[name] = Bayes(arrays[bags.tensor(name, "records")], words)
        if why := bags.problem(words, classes):
            raise InputError(f"the bag {name}: {why}; run the train step again")
        if (bayes[name].records < 0).any() or not bayes[name].records.any():
            raise InputError(f"the bag {name}: no class has records; run the train step again")
    nothing = [np.zeros((len(like), classes), np.float32) for _ in bayes]
    forest = random_forest.load(
        {n.removeprefix(_FOREST): a for n, a in tensors.items() if n.startswith(_FOREST)},
        settings,
        _inputs(like, nothing, numbers=settings["numbers"]),
    )
    return Stages(bayes, forest, settings["numbers"])


def _check_bags(records: Records) -> None:
    if not records.bags:
        raise InputError("the records have no bags of words, which the family device needs")


def _inputs(records: Records, found: Sequence[FloatArray], *, numbers: bool) -> Records:
    """Return records as stage 1 reads them. found: of each bag, the probabilities, (n, C)."""
    width = None if numbers else 0
    sure = np.column_stack([probabilities.max(axis=1) for probabilities in found])
    named = np.column_stack([probabilities.argmax(axis=1) + 1 for probabilities in found])
    return replace(
        records,
        numerical=np.hstack([sure, records.numerical[:, :width]]),
        categorical=np.hstack([named.astype(np.int32), records.categorical[:, :width]]),
        cardinalities=(
            *[len(records.classes) + 1] * len(found),
            *records.cardinalities[:width],
        ),
    )


def _folds(label: IntArray, folds: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return the fold of each record, (n,), at random, such that each has its share of a class."""
    order = random.permutation(len(label))
    order = order[np.argsort(label[order], kind="stable")]
    fold = np.empty(len(label), np.int64)
    fold[order] = np.arange(len(label)) % folds
    return fold


def _sparse(bag: Bag) -> Any:
    """Return a bag as a sparse matrix of rows, (n, size)."""
    shape = (len(bag.indptr) - 1, bag.size)
    return csr_array((bag.counts, bag.indices, bag.indptr), shape=shape)
