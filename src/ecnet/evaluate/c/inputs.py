"""What models of scaled features read: numbers, ids, and the columns of one-hot inputs."""

import numpy as np

from ecnet.evaluate.c.source import Reads, Table
from ecnet.evaluate.scoring.trained import Trained


def scaled(model: Trained, *, precise: bool = False) -> Reads:
    """Return all features, the numbers scaled."""
    numbers, categories = (range(len(model.fitted[of])) for of in ("numerical", "categorical"))
    return Reads(numbers, categories, precise=precise)


def sizes(model: Trained) -> list[int]:
    """Return how many values of each categorical feature train holds."""
    return [len(one["vocabulary"]) for one in model.fitted["categorical"]]


def offsets(model: Trained, first: int) -> Table:
    """Return what is added to an id to find its row or column; those of id 1 begin at `first`."""
    before = np.cumsum([first, *sizes(model)])[:-1] - 1
    return Table("offsets", before.astype(np.int32), "Added to the ids of each feature.")


def columns(model: Trained) -> int:
    """Return the number of columns of one-hot inputs."""
    return len(model.fitted["numerical"]) + sum(sizes(model))
