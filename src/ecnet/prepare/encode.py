"""Encoding: the subsets of a split to tensors of each branch group, fitted on train alone.

Numerical features: scaled (ecnet.prepare.scale). Protocol features: ids of a vocabulary,
0 for what train does not hold. Where train misses a number, or holds an infinite one, a categorical
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
from ecnet.prepare.split_checks import SUBSETS, TEST

Encoder = dict[str, Any]
Group = dict[str, npt.NDArray[np.generic]]


_COLUMNS = ("capture", "row", "label", "count")
"""What each subset must have beside its features."""


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
    """Fit on the features of train, numerical ones scaled `by` `log` or `quantile`.

    Features that do not vary on train carry nothing; they are left out and named in `constant`.
    """
    numerical, constant = [], []
    for name in numbers.columns:
        values = numbers[name].to_numpy("float64")
        fitted = scale.fit(values[np.isfinite(values)], by)
        if fitted is None:
            constant.append(name)
        else:
            numerical.append({"name": name, **fitted})
    categorical = []
    for name, column in _with_states(numbers, categories).items():
        vocabulary = sorted(column.unique())
        if len(vocabulary) > 1:
            categorical.append({"name": name, "vocabulary": vocabulary})
        elif name in categories:
            constant.append(name)
    return {"numerical": numerical, "categorical": categorical, "constant": constant}


def transform(encoder: Encoder, numbers: pd.DataFrame, categories: pd.DataFrame) -> Group:
    """Return `numerical` (n, L1) float32 and `categorical` (n, L2) int32 of any subset."""
    numerical = np.zeros((len(numbers), len(encoder["numerical"])), dtype=np.float32)
    for place, feature in enumerate(encoder["numerical"]):
        values = numbers[feature["name"]].to_numpy("float64")
        scaled = scale.apply(feature, np.where(np.isfinite(values), values, 0))
        numerical[:, place] = np.where(np.isfinite(values), scaled, 0)
    categorical = np.zeros((len(numbers), len(encoder["categorical"])), dtype=np.int32)
    for place, feature in enumerate(encoder["categorical"]):
        values = _protocol(feature["name"], numbers, categories)
        categorical[:, place] = pd.Index(feature["vocabulary"]).get_indexer(pd.Index(values)) + 1
    return {"numerical": numerical, "categorical": categorical}


def windows(subset: pd.DataFrame, *, host: str, time: str, length: int) -> npt.NDArray[np.int32]:
    """Return for each record the rows of its host's last records in this subset, (n, length).

    Hosts are told apart within a capture; the oldest record comes first, the record itself last,
    and -1 stands where the host has no earlier record.
    """
    order = subset.sort_values(["capture", host, time, "row"], kind="stable", na_position="first")
    rows = subset.index.get_indexer(order.index)
    owner = features.vectors(order[["capture", host]])
    place = np.arange(len(order))
    first = np.maximum.accumulate(np.where(np.diff(owner, prepend=-1) != 0, place, 0))
    window = np.full((len(subset), length), -1, dtype=np.int32)
    for back in range(length):
        earlier = place - back
        inside = earlier >= first
        window[rows[inside], length - 1 - back] = rows[earlier[inside]]
    return window


def encode(*, split: Path, counts: Path, folder: Path, settings: Mapping[str, Any]) -> None:
    """Encode the subsets of one split into folder/{train,validation,test}.safetensors.

    Writes folder/encoder.json (what was fitted) and folder/audit.json (what the other subsets
    hold that train does not).

    split: the folder that `split` wrote.
    counts: the accounts of the sample, as `merge` writes them.

    Raises:
        InputError: nothing varies on train, so that no feature is left; or a grouped split has
            equal records in both subsets.
    """
    dataset = datasets.load(settings["dataset"])
    format = dataset.format(settings["format"])
    accounts = read_json(counts)
    subsets = {name: tables.read(split / f"{name}.parquet", "split", _COLUMNS) for name in SUBSETS}
    chosen = {
        name: features.select(subset, format, keep=settings["keep"], drop=settings["drop"])
        for name, subset in subsets.items()
    }
    _no_twins(split, subsets, chosen)
    fitted_on = SUBSETS if settings["fit_on"] == "all" else ("train",)
    numbers, categories = (
        pd.concat([chosen[subset][part] for subset in fitted_on]) for part in (0, 1)
    )
    encoder = fit(numbers, categories, by=settings["scale"])
    if not encoder["numerical"] and not encoder["categorical"]:
        raise InputError(f"{split}: no feature varies on train; see datasets.{dataset.name}.drop")
    classes = [label for label in format.classes if accounts["classes"][label]["kept"]]
    captures = sorted(set().union(*(subset["capture"].unique() for subset in subsets.values())))
    unseen = {}
    for name, subset in subsets.items():
        tensors = transform(encoder, *chosen[name])
        tensors |= _identity(subset, classes=classes, captures=captures)
        if format.host and format.host in subset and format.time in subset:
            tensors["window"] = windows(
                subset, host=format.host, time=format.time, length=settings["window"]
            )
        with atomic(folder / f"{name}.safetensors") as temporary:
            save_file(tensors, temporary)
        unseen[name] = _unseen(encoder, tensors["categorical"])
    write_json(
        folder / "encoder.json",
        {
            "dataset": dataset.name,
            "format": format.name,
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
    split: Path, subsets: Mapping[str, pd.DataFrame], chosen: Mapping[str, tuple[pd.DataFrame, ...]]
) -> None:
    """Stop if a grouped split has put equal records in both subsets of it."""
    if read_json(split / "audit.json")["rule"] != "grouped":
        return
    parts = [pd.concat([chosen[subset][part] for subset in SUBSETS]) for part in (0, 1)]
    twins = features.vectors(*parts, pd.concat([subsets[subset]["label"] for subset in SUBSETS]))
    subset = np.repeat(np.arange(len(SUBSETS)), [len(subsets[name]) for name in SUBSETS])
    found = np.isin(twins[subset == TEST], twins[subset != TEST])
    if found.any():
        place = subsets["test"].iloc[int(found.argmax())]
        raise InputError(
            f"{split}: {int(found.sum())} test records are in train or validation as well, the "
            f"first of them {place['capture']}, row {place['row']}; run the split step again"
        )


def _with_states(numbers: pd.DataFrame, categories: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the categorical features, and the states of numbers that are not always finite.

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
    """Return one categorical feature of a subset by its name."""
    return categories[name] if name in categories else state(numbers[name.removesuffix(":state")])


def _identity(subset: pd.DataFrame, *, classes: Sequence[str], captures: Sequence[str]) -> Group:
    """Return label, count, and where each record comes from."""
    return {
        "label": pd.Index(classes).get_indexer(pd.Index(subset["label"])).astype(np.int32),
        "count": subset["count"].to_numpy(np.int32),
        "capture": pd.Index(captures).get_indexer(pd.Index(subset["capture"])).astype(np.int32),
        "row": subset["row"].to_numpy(np.int64),
    }


def _unseen(encoder: Encoder, categorical: npt.NDArray[np.generic]) -> dict[str, int]:
    """Return, by categorical feature, how many records have a value that train does not hold."""
    counts = (np.asarray(categorical) == 0).sum(axis=0)
    named = zip((feature["name"] for feature in encoder["categorical"]), counts, strict=True)
    return {name: int(count) for name, count in named if count}
