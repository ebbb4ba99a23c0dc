"""Step `encode`: the subsets of each split as tensors, fitted on train alone.

Numerical features: scaled (ecnet.prepare.scale). Categorical features: ids of a vocabulary,
0 for what train does not hold. Where train misses a number, or holds an infinite one, a categorical
feature `<name>:state` says so, and the number itself counts as the mean. Bags of words: sparse
counts of the ids of their words (ecnet.prepare.vocabulary).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from safetensors.numpy import save_file

from ecnet import datasets
from ecnet.datasets.declaration import Format
from ecnet.errors import InputError
from ecnet.files import atomic, read_json, read_object, write_json
from ecnet.prepare import assignment as assignments
from ecnet.prepare import bags, features, records, scale, vocabulary
from ecnet.prepare.assignment import Sample, Subset
from ecnet.prepare.split_checks import SUBSETS

Encoder = dict[str, Any]
Tensors = dict[str, npt.NDArray[np.generic]]


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


def transform(encoder: Encoder, numbers: pd.DataFrame, categories: pd.DataFrame) -> Tensors:
    """Return `numerical` (n, L1) float32 and `categorical` (n, L2) int32 of any subset."""
    numerical = np.zeros((len(numbers), len(encoder["numerical"])), dtype=np.float32)
    for place, feature in enumerate(encoder["numerical"]):
        values = numbers[feature["name"]].to_numpy("float64")
        scaled = scale.apply(feature, np.where(np.isfinite(values), values, 0))
        numerical[:, place] = np.where(np.isfinite(values), scaled, 0)
    categorical = np.zeros((len(numbers), len(encoder["categorical"])), dtype=np.int32)
    for place, feature in enumerate(encoder["categorical"]):
        values = pa.array(_category(feature["name"], numbers, categories))
        found = pc.index_in(values, value_set=pa.array(feature["vocabulary"], values.type))
        categorical[:, place] = found.fill_null(-1).to_numpy() + 1
    return {"numerical": numerical, "categorical": categorical}


def windows(subset: pd.DataFrame, *, host: str, time: str, length: int) -> npt.NDArray[np.int32]:
    """Return for each record the rows of its host's last records in this subset, (n, length).

    A host is one of a capture: the same address in another capture is another host. The oldest
    record comes first, the record itself last, and -1 stands where the host has no earlier record.
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


def encode(
    *,
    sample: Path,
    assignment: Path,
    report: Path,
    counts: Path,
    encoder: Path,
    fit: Path,
    test: Path,
    settings: Mapping[str, Any],
) -> None:
    """Encode the subsets of the split of each seed.

    sample: what `merge` or `union` wrote. counts: its accounts.
    assignment, report: what `split` wrote.
    encoder: written, JSON: what was fitted for each seed, and in `unseen` how many records of a
        subset have a value that train does not hold.
    fit, test: written, safetensors: train and validation of each seed, and the test records apart.
        Tensors are named as `ecnet.prepare.records.tensor` says.
    settings: dataset, format, seeds, and the section `encode` of params.yaml.

    Raises:
        InputError: a file does not go with the others; nothing varies on train, so that no feature
            is left; or a grouped split has equal records in test and another subset.
    """
    dataset = datasets.load(settings["dataset"])
    format = dataset.format(settings["format"])
    accounts = read_json(counts)
    split = read_object(report, "split", ("rule", "features"))
    given = assignments.sampled(sample, report, split["features"])
    classes = [label for label in format.classes if accounts["classes"][label]["kept"]]
    captures = sorted(given.records["capture"].unique())
    fitted_on = SUBSETS if settings["fit_on"] == "all" else ("train",)
    encoders: dict[str, Encoder] = {}
    tensors: dict[Path, Tensors] = {fit: {}, test: {}}
    for seed, subsets in assignments.read(assignment, settings["seeds"], given):
        if split["rule"] == "grouped":
            assignments.no_duplicates(assignment, given, subsets)
        own = fitted(given, [subsets[name] for name in fitted_on], settings["scale"])
        if not own["numerical"] and not own["categorical"]:
            why = f"no feature varies on train; see datasets.{dataset.name}.drop in params.yaml"
            raise InputError(f"{assignment}: seed {seed}: {why}")
        unseen = {}
        for name, subset in subsets.items():
            made = transform(own, *given.features(subset))
            made |= vocabulary.transform(own.get("bags", []), given.words(subset))
            unseen[name] = _unseen(own, made)
            made |= _identity(given, subset, classes=classes, captures=captures)
            made |= _windows(given, subset, format, settings["window"])
            tensors[test if name == "test" else fit] |= {
                records.tensor(seed, name, array): values for array, values in made.items()
            }
        encoders[str(seed)] = own | {"unseen": unseen}
    for path, named in tensors.items():
        with atomic(path) as temporary:
            save_file(named, temporary)
    described = {"dataset": dataset.name, "format": format.name, "source": accounts["source"]}
    known = {"classes": classes, "normal": dataset.normal, "captures": captures}
    write_json(encoder, described | known | {"fitted_on": list(fitted_on), "seeds": encoders})


def fitted(sample: Sample, subsets: Sequence[Subset], scale: str) -> Encoder:
    """Return what is fitted on some subsets together; see `fit` and, if there are any, `bags`."""
    parts = [(*sample.features(subset), sample.words(subset)) for subset in subsets]
    numbers, categories, words = (pd.concat(part) for part in zip(*parts, strict=True))
    own = fit(numbers, categories, by=scale)
    return own | {"bags": vocabulary.fit(words)} if words.columns.size else own


def _windows(sample: Sample, subset: Subset, format: Format, length: int) -> Tensors:
    """Return the windows of a subset; none where records name no host or no time."""
    rows = sample.rows(subset)
    if not format.host or format.host not in rows or format.time not in rows:
        return {}
    return {"window": windows(rows, host=format.host, time=format.time, length=length)}


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


def _category(name: str, numbers: pd.DataFrame, categories: pd.DataFrame) -> pd.Series:
    """Return one categorical feature of a subset by its name."""
    return categories[name] if name in categories else state(numbers[name.removesuffix(":state")])


def _identity(
    sample: Sample, subset: Subset, *, classes: Sequence[str], captures: Sequence[str]
) -> Tensors:
    """Return label, count, and where each record comes from."""
    rows = sample.rows(subset)
    return {
        "label": pd.Index(classes).get_indexer(pd.Index(subset.labels)).astype(np.int32),
        "count": subset.counts,
        "capture": pd.Index(captures).get_indexer(pd.Index(rows["capture"])).astype(np.int32),
        "row": rows["row"].to_numpy(np.int64),
    }


def _unseen(encoder: Encoder, made: Tensors) -> dict[str, int]:
    """Return how many records have a value or word that train does not hold, by feature and bag."""
    columns = {
        feature["name"]: ids
        for feature, ids in zip(encoder["categorical"], made["categorical"].T, strict=True)
    }
    for bag in encoder.get("bags", []):  # no record has word 0 twice
        columns[bag["name"]] = made[bags.tensor(bag["name"], "indices")]
    counts = {name: int((ids == 0).sum()) for name, ids in columns.items()}
    return {name: count for name, count in counts.items() if count}
