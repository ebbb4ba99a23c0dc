"""Families without layers: the controls."""

import numpy as np

from ecnet.evaluate.c.source import Part, Reads, Table
from ecnet.evaluate.scoring.trained import Trained


def majority(model: Trained) -> Part:
    """Return the class shares of train, whatever the record."""
    shares = model.model.tensors()["shares"]
    return Part("majority", Reads(), [Table("shares", shares, "The class shares of train.")])


def tree(model: Trained) -> Part:
    """Return `models.tree`, a step function of one feature."""
    held = model.model.tensors()
    place, numerical, _ = held["feature"].tolist()
    edges = held["edges"]
    shares = Table("shares", held["shares"], "For each step the class shares of train.")
    if place < numerical:
        return Part("tree", Reads([place], cuts={place: edges}), [shares])
    category = place - numerical
    ids = np.arange(len(model.fitted["categorical"][category]["vocabulary"]) + 1)
    steps = np.searchsorted(edges, ids, side="left").astype(np.uint16)
    return Part(
        "tree",
        Reads(categories=[category]),
        [shares, Table("steps", steps, "The step of each id.")],
    )
