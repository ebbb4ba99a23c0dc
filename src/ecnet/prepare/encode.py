"""Encoding: the sides of a split to tensors of each branch group, fitted on train alone.

Statistical features: scaled (ecnet.prepare.scale). Protocol features: ids of a vocabulary,
0 for what train does not hold. Where train misses a number, or holds an infinite one, a protocol
feature `<name>:state` says so, and the number itself counts as the mean.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from safetensors.numpy import save_file

from ecnet import datasets, tables
from ecnet.errors import InputError
from ecnet.files import atomic, read_json, write_json
from ecnet.prepare import features, scale
from ecnet.prepare.split_checks import SIDES, TEST

Encoder = dict[str, Any]
Group = dict[str, npt.NDArray[np.generic]]


_COLUMNS = ("capture", "row", "label", "count")
"""What each side must have beside its features."""


def state(numbers: pd.Series) -> pd.Series:
    """Return for each number whether it is finite, missing, or infinite and with which sign."""
    values = numbers.to_numpy("float64")
    names = np.select(
        [np.isnan(values), values == np.inf, values == -np.inf],
        [features.MISSING, "infinite", "-infinite"],
        default="finite",
    )
    return pd.Series(names, index=numbers.index, dtype="str")


def fit(numbers: pd.DataFrame, categories: pd.DataFrame, by: str) -> Encoder:
    """Fit on the features of train, statistical ones scaled `by` `log` or `quantile`.

    Features that do not vary on train carry nothing; they are left out and named in `constant`.
    """
    statistical, constant = [], []
    for name in numbers.columns:
        values = numbers[name].to_numpy("float64")
        fitted = scale.fit(values[np.isfinite(values)], by)
        if fitted is None:
            constant.append(name)
        else:
            statistical.append({"name": name, **fitted})
    protocol = []
    for name, column in _with_states(numbers, categories).items():
        vocabulary = sorted(column.unique())
        if len(vocabulary) > 1:
            protocol.append({"name": name, "vocabulary": vocabulary})
        elif name in categories:
            constant.append(name)
    return {"statistical": statistical, "protocol": protocol, "constant": constant}


def transform(encoder: Encoder, numbers: pd.DataFrame, categories: pd.DataFrame) -> Group:
    """Return `statistical` (n, L1) float32 and `protocol` (n, L2) int32 of any side."""
    statistical = np.zeros((len(numbers), len(encoder["statistical"])), dtype=np.float32)
    for place, feature in enumerate(encoder["statistical"]):
        values = numbers[feature["name"]].to_numpy("float64")
        scaled = scale.apply(feature, np.where(np.isfinite(values), values, 0))
        statistical[:, place] = np.where(np.isfinite(values), scaled, 0)
    protocol = np.zeros((len(numbers), len(encoder["protocol"])), dtype=np.int32)
    for place, feature in enumerate(encoder["protocol"]):
        values = _protocol(feature["name"], numbers, categories)
        protocol[:, place] = pd.Index(feature["vocabulary"]).get_indexer(pd.Index(values)) + 1
    return {"statistical": statistical, "protocol": protocol}


def windows(side: pd.DataFrame, *, host: str, time: str, length: int) -> npt.NDArray[np.int32]:
    """Return for each record the rows of its host's last records on this side, (n, length).

    Hosts are told apart within a capture; the oldest record comes first, the record itself last,
    and -1 stands where the host has no earlier record.
    """
    order = side.sort_values(["capture", host, time, "row"], kind="stable", na_position="first")
    rows = side.index.get_indexer(order.index)
    owner = features.vectors(order[["capture", host]])
    place = np.arange(len(order))
    first = np.maximum.accumulate(np.where(np.diff(owner, prepend=-1) != 0, place, 0))
    window = np.full((len(side), length), -1, dtype=np.int32)
    for back in range(length):
        earlier = place - back
        inside = earlier >= first
        window[rows[inside], length - 1 - back] = rows[earlier[inside]]
    return window


def encode(*, split: Path, counts: Path, folder: Path, settings: Mapping[str, Any]) -> None:
    """Encode the sides of one split into folder/{train,validation,test}.safetensors.

    Writes folder/encoder.json (what was fitted) and folder/audit.json (what the other sides
    hold that train does not). counts: the accounts of the sample, as `merge` writes them.

    Raises:
        InputError: nothing varies on train, so that no feature is left; or a grouped split has
            equal records on both sides.
    """
    dataset = datasets.load(settings["dataset"])
    form = dataset.form(settings["form"])
    accounts = read_json(counts)
    sides = {name: tables.read(split / f"{name}.parquet", "split", _COLUMNS) for name in SIDES}
    chosen = {
        name: features.select(side, form, keep=settings["keep"], drop=settings["drop"])
        for name, side in sides.items()
    }
    _no_twins(split, sides, chosen)
    fitted_on = SIDES if settings["fit"] == "all" else ("train",)
    numbers, categories = (pd.concat([chosen[side][part] for side in fitted_on]) for part in (0, 1))
    encoder = fit(numbers, categories, by=settings["scale"])
    if not encoder["statistical"] and not encoder["protocol"]:
        raise InputError(f"{split}: no feature varies on train; see datasets.{dataset.name}.drop")
    classes = [label for label in form.classes if accounts["classes"][label]["kept"]]
    captures = sorted(set().union(*(side["capture"].unique() for side in sides.values())))
    unseen = {}
    for name, side in sides.items():
        tensors = transform(encoder, *chosen[name])
        tensors |= _identity(side, classes=classes, captures=captures)
        if form.host and form.host in side and form.time in side:
            tensors["window"] = windows(
                side, host=form.host, time=form.time, length=settings["window"]
            )
        with atomic(folder / f"{name}.safetensors") as temporary:
            save_file(tensors, temporary)
        unseen[name] = _unseen(encoder, tensors["protocol"])
    write_json(
        folder / "encoder.json",
        {
            "dataset": dataset.name,
            "form": form.name,
            "source": accounts["source"],
            "seed": settings["seed"],
            "classes": classes,
            "normal": dataset.normal,
            "captures": captures,
            "fitted_on": list(fitted_on),
        }
        | encoder,
    )
    audit = {"constant": encoder["constant"], "unseen": unseen}
    write_json(folder / "audit.json", {"dataset": dataset.name, "seed": settings["seed"]} | audit)


def _no_twins(
    split: Path, sides: Mapping[str, pd.DataFrame], chosen: Mapping[str, tuple[pd.DataFrame, ...]]
) -> None:
    """Stop if a grouped split has put equal records on both sides of it."""
    if read_json(split / "audit.json")["rule"] != "grouped":
        return
    parts = [pd.concat([chosen[side][part] for side in SIDES]) for part in (0, 1)]
    twins = features.vectors(*parts, pd.concat([sides[side]["label"] for side in SIDES]))
    side = np.repeat(np.arange(len(SIDES)), [len(sides[name]) for name in SIDES])
    found = np.isin(twins[side == TEST], twins[side != TEST])
    if found.any():
        place = sides["test"].iloc[int(found.argmax())]
        raise InputError(
            f"{split}: {int(found.sum())} test records are in train or validation as well, the "
            f"first of them {place['capture']}, row {place['row']}; run the split step again"
        )


def _with_states(numbers: pd.DataFrame, categories: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the protocol features, and the states of numbers that are not always finite.

    Numbers that are missing together (duration and bytes of a Zeek flow) share one state.
    """
    columns = {str(name): categories[name] for name in categories.columns}
    seen: set[bytes] = set()
    for name in numbers.columns:
        states = state(numbers[name])
        pattern = pd.factorize(states)[0].tobytes()
        if states.nunique() > 1 and pattern not in seen:
            seen.add(pattern)
            columns[f"{name}:state"] = states
    return columns


def _protocol(name: str, numbers: pd.DataFrame, categories: pd.DataFrame) -> pd.Series:
    """Return one protocol feature of a side by its name."""
    return categories[name] if name in categories else state(numbers[name.removesuffix(":state")])


def _identity(side: pd.DataFrame, *, classes: Sequence[str], captures: Sequence[str]) -> Group:
    """Return label, count, and where each record comes from."""
    return {
        "label": pd.Index(classes).get_indexer(pd.Index(side["label"])).astype(np.int32),
        "count": side["count"].to_numpy(np.int32),
        "capture": pd.Index(captures).get_indexer(pd.Index(side["capture"])).astype(np.int32),
        "row": side["row"].to_numpy(np.int64),
    }


def _unseen(encoder: Encoder, protocol: npt.NDArray[np.generic]) -> dict[str, int]:
    """Return, by protocol feature, how many records have a value that train does not hold."""
    counts = (np.asarray(protocol) == 0).sum(axis=0)
    named = zip((feature["name"] for feature in encoder["protocol"]), counts, strict=True)
    return {name: int(count) for name, count in named if count}
