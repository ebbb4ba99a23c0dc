"""Families that compare a record with densities or with stored records, in double.

Their answers depend on differences of large numbers: in float32 the probabilities of a support
vector machine differ by several percent.
"""

import numpy as np
import numpy.typing as npt

from ecnet.errors import InputError
from ecnet.evaluate.c.inputs import scaled, sizes
from ecnet.evaluate.c.source import Part, Table
from ecnet.evaluate.scoring.trained import Trained

_DOUBLE = "It computes in double, with --weights int8 as well: in float32 its answers would differ."


def svm(model: Trained) -> Part:
    """Return `models.svm`: hyperplanes over the kernel with each component.

    The normalisation of the map is multiplied out into the coefficients.
    """
    held = model.model.tensors()
    numbers, ids = _records(model, held["components"])
    coefficients = held["coefficients"] @ held["normalisation"]  # (C, m)
    return Part(
        "svm",
        scaled(model, precise=True),
        [
            *_stored(numbers, ids),
            Table("coefficients", coefficients.T.copy(), "Of each component, for each class."),
            Table("intercepts", held["intercepts"]),
        ],
        values={"stored": len(numbers), "gamma": float(held["gamma"][0])},
        notes=_DOUBLE,
    )


def naive_bayes(model: Trained) -> Part:
    """Return `models.naive_bayes`."""
    held = model.model.tensors()
    variances = held["variances"]
    constants = held["priors"] - np.log(2 * np.pi * variances).sum(axis=1) / 2
    return Part(
        "naive_bayes",
        scaled(model, precise=True),
        [
            Table("constants", constants, "What the numbers do not change, for each class."),
            Table("means", held["means"], "Of each class, for each number."),
            Table("variances", variances, "Of each class, for each number."),
            Table("ids", held["ids"].astype(np.float32), "Log shares of each class, for each id."),
            _places(model),
        ],
        values={"ids": held["ids"].shape[1]},
        notes=_DOUBLE,
    )


def k_nearest(model: Trained) -> Part:
    """Return `models.k_nearest`: the train records themselves."""
    held = model.model.tensors()
    ids = held["categorical"].astype(np.uint16)
    return Part(
        "k_nearest",
        scaled(model, precise=True),
        [*_stored(held["numerical"], ids), Table("labels", held["label"].astype(np.uint8))],
        values={
            "stored": len(ids),
            "neighbours": model.model.neighbours,  # type: ignore[attr-defined]
        },
        notes=_DOUBLE,
    )


def _places(model: Trained) -> Table:
    """Return where the ids of each feature begin, id 0 among them."""
    before = np.cumsum([0, *(size + 1 for size in sizes(model))])[:-1]
    return Table("places", before.astype(np.int32), "Of id 0 of each feature.")


def _stored(numbers: npt.NDArray[np.float32], ids: npt.NDArray[np.uint16]) -> list[Table]:
    of = "Of each stored record."
    tables = [Table("stored_numbers", numbers, of), Table("stored_ids", ids, of)]
    return [table for table in tables if table.values.size]


def _records(
    model: Trained, one_hot: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint16]]:
    """Return the numbers and ids of which `inputs.one_hot` made (n, d) inputs.

    Raises:
        InputError: they are not such inputs.
    """
    width = len(model.fitted["numerical"])
    numbers, rest = one_hot[:, :width].astype(np.float32), one_hot[:, width:]
    parts = np.split(rest, np.cumsum(sizes(model))[:-1], axis=1) if rest.size else []
    ids = [np.where(part.any(axis=1), part.argmax(axis=1) + 1, 0) for part in parts]
    again = [np.eye(part.shape[1] + 1)[of, 1:] for part, of in zip(parts, ids, strict=True)]
    if not np.array_equal(np.hstack([numbers, *again]), one_hot):
        raise InputError(
            f"{model.folder}: its components are no encoded records; run the train step again"
        )
    return numbers, np.array(ids, np.uint16).reshape(len(ids), len(one_hot)).T.copy()
