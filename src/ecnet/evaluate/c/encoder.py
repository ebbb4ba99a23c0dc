"""The fitted encoder as tables and calls of C: what `ecnet.prepare.encode.transform` does."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecnet.errors import InputError
from ecnet.evaluate import probes
from ecnet.evaluate.c.source import Reads, Table, identifiers
from ecnet.evaluate.scoring import trained
from ecnet.evaluate.scoring.trained import Trained
from ecnet.prepare import encode, features, scale
from ecnet.readers import spelling

Array = npt.NDArray[np.float64]

_LARGEST = np.finfo(np.float64).max


class Field(NamedTuple):
    """A field of the record: its column, its name in C, and whether it holds text."""

    name: str
    identifier: str
    text: bool


def fields(model: Trained) -> list[Field]:
    """Return the fields of a record, one for each column that the encoder reads."""
    found = probes.fields(model.fitted, model.format)
    named = identifiers(list(found))
    return [Field(name, named[name], text) for name, text in found.items()]


def build(model: Trained, reads: Reads) -> dict[str, Any]:
    """Return what the template encoder.c.j2 prints.

    Raises:
        InputError: a vocabulary is not sorted.
    """
    named = {one.name: one for one in fields(model)}
    numbers, categories = model.fitted["numerical"], model.fitted["categorical"]
    return {
        "reads": reads,
        "real": "double" if reads.precise else "float",
        "exp_terms": 13 if reads.precise else 7,
        "log_terms": 11 if reads.precise else 5,
        "numbers": [_number(numbers[i], named, reads, i) for i in reads.numbers],
        "categories": [_category(model, categories[i], named) for i in reads.categories],
        "missing": sorted(spelling.MISSING),
        "ports": (features.FIRST_REGISTERED, features.FIRST_DYNAMIC),
    }


def _number(
    fitted: dict[str, Any], named: dict[str, Field], reads: Reads, place: int
) -> dict[str, Any]:
    """Return the tables of a number, and the call that encodes it."""
    name = named[fitted["name"]].identifier
    value, real = f"record->{name}", np.float64 if reads.precise else np.float32
    if reads.cuts is not None:
        cuts = Table(f"{name}_cuts", exceeding(fitted, reads.cuts[place]))
        below = int((reads.cuts[place] < 0).sum())
        call = f"place({value}, {cuts.name}, {cuts.values.size}, {below})"
        return {"tables": [cuts], "call": call}
    if "knots" not in fitted:
        mean, deviation = float(fitted["mean"]), float(fitted["std"])
        centre = float(np.sign(mean) * np.expm1(abs(mean)))
        call = f"standardise({value}, {centre!r}, (real){mean!r}, (real){deviation!r})"
        return {"tables": [], "call": call}
    knots, scores, slopes = lines(fitted)
    tables = [
        Table(f"{name}_knots", knots),
        Table(f"{name}_scores", scores.astype(real)),
        Table(f"{name}_slopes", slopes.astype(real)),
    ]
    listed = ", ".join(table.name for table in tables)
    return {"knots": True, "tables": tables, "call": f"scale({value}, {listed}, {knots.size})"}


def lines(fitted: dict[str, Any]) -> tuple[Array, Array, Array]:
    """Return the knots of a feature as numbers, their scores, and the slopes above them.

    A slope is that of a line over the signed logarithm. Zero becomes a knot, so that no line joins
    numbers of two signs.
    """
    logs, scores = np.array(fitted["knots"]), np.array(fitted["scores"])
    if logs[0] < 0 < logs[-1] and 0 not in logs:
        at = int(np.searchsorted(logs, 0))
        scores = np.insert(scores, at, np.interp(0, logs, scores))
        logs = np.insert(logs, at, 0)
    widths = np.diff(logs)
    slopes = np.where(widths < scale.NARROW, 0, np.diff(scores) / widths)
    return scale.reaching(logs), scores, np.append(slopes, 0)


def exceeding(fitted: dict[str, Any], thresholds: Array) -> Array:
    """Return for each threshold the smallest number whose scaled value exceeds it; inf if none.

    It is found by bisection over all doubles in their order.
    """
    low = np.full(len(thresholds), _ordinal(-_LARGEST))
    high = np.full(len(thresholds), _ordinal(_LARGEST))
    exceeded = scale.apply(fitted, np.array([-_LARGEST, _LARGEST])).astype(np.float32)
    for _ in range(64):
        middle = (low >> 1) + (high >> 1) + (low & high & 1)
        there = scale.apply(fitted, _double(middle)).astype(np.float32) > thresholds
        low, high = np.where(there, low, middle), np.where(there, middle, high)
    found = np.where(exceeded[0] > thresholds, -_LARGEST, _double(high))
    return np.where(exceeded[1] > thresholds, found, np.inf)


def _ordinal(value: float) -> np.int64:
    """Return the place of a double among all doubles."""
    bits = np.float64(value).view(np.int64)
    return bits if bits >= 0 else np.int64(-(2**63)) - bits


def _double(ordinals: npt.NDArray[np.int64]) -> Array:
    """Return the doubles at these places."""
    bits = np.where(ordinals >= 0, ordinals, np.int64(-(2**63)) - ordinals)
    return bits.view(np.float64)


def _category(model: Trained, fitted: dict[str, Any], named: dict[str, Field]) -> dict[str, Any]:
    """Return the vocabulary of a category of text, and the call that finds an id."""
    name, values = fitted["name"], fitted["vocabulary"]
    ids = {value: i for i, value in enumerate(values, 1)}
    if name.endswith(trained.STATE):
        field = named[name.removesuffix(trained.STATE)].identifier
        states = encode.state(pd.Series([np.nan, np.inf, -np.inf, 0.0]))
        return {"kind": "state", "call": _chosen("state", field, ids, states)}
    if name not in named:
        field = named[name.removesuffix("_kind")].identifier
        limits = (features.FIRST_REGISTERED, features.FIRST_DYNAMIC)
        kinds = features.port_kind(pd.Series([np.nan, 0.0, *map(float, limits)]))
        return {"kind": "port", "call": _chosen("port_kind", field, ids, kinds)}
    if values != sorted(values):
        raise InputError(
            f"{model.encoder}: the values of {name!r:.80} are not sorted; run the encode step again"
        )
    field = named[name].identifier
    call = (
        f"category(record->{field}, {field}_values, {len(values)}, {ids.get(features.MISSING, 0)})"
    )
    return {"kind": "text", "identifier": field, "vocabulary": values, "call": call}


def _chosen(function: str, field: str, ids: dict[str, int], names: "pd.Series[str]") -> str:
    """Return a call with the ids of the names among which the function chooses."""
    return f"{function}(record->{field}, {', '.join(str(ids.get(name, 0)) for name in names)})"
