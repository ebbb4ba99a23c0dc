"""Small encoded records with a signal that a model can learn, for the tests of the models."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from ecnet.prepare import records
from ecnet.prepare.bags import Bag
from ecnet.prepare.records import Records

ECNET: dict[str, Any] = {
    "cell": "lstm",
    "branches": "separate",
    "attention": True,
    "pooling": "mean",
    "sequence": "tokens",
    "embedding": 4,
    "hidden": 8,
    "heads": 2,
    "dense": 8,
    "dropout": 0.1,
    "batch": 64,
    "epochs": 6,
    "patience": 3,
    "learning_rate": 0.01,
    "steps": 10_000,
    "weight_decay": 0.01,
    "engine": "tiles",
    "device": "cpu",
    "precision": "float32",
}
"""Hyperparameters of a small EcNet."""

CLASSES = ("Normal", "DDoS", "Scan", "Theft")


def make(
    n: int, *, draw: int, numerical: int = 4, categorical: int = 3, classes: int = 3, steps: int = 0
) -> Records:
    """Return `n` records of `classes` of CLASSES; each feature alone hints at the class.

    steps: the length of the windows, 0 for none. Every fifth record starts a new host, and the
    records of a host are of one class.
    """
    random = np.random.default_rng(draw)
    label = random.integers(0, classes, n).astype(np.int32)
    host = np.arange(n) // 5 * 5
    if steps:
        label = label[host]
    centres = np.sin(np.arange(len(CLASSES))[:, None] * (1 + np.arange(numerical)))
    noise = random.normal(scale=0.4, size=(n, numerical))
    ids = np.where(random.random((n, categorical)) < 0.8, label[:, None] + 1, 0)
    window = None
    if steps:
        back = np.arange(n)[:, None] - np.arange(steps)[::-1]
        window = np.where(back >= host[:, None], back, -1).astype(np.int32)
    return Records(
        numerical=(centres[label] + noise).astype(np.float32),
        categorical=ids.astype(np.int32),
        label=label,
        count=np.ones(n, np.int32),
        window=window,
        cardinalities=(len(CLASSES) + 1,) * categorical,
        classes=CLASSES[:classes],
        bags={"ports": words(label + 1, random), "domains": words(label % 2 + 1, random)},
    )


def words(likely: np.ndarray[Any, Any], random: np.random.Generator, size: int = 6) -> Bag:
    """Return a bag of some of `size` words, among them mostly the one that is likely, (n,)."""
    counts = random.integers(0, 3, (len(likely), size)) * (random.random((len(likely), size)) < 0.3)
    counts[np.arange(len(likely)), likely] += 2
    rows, indices = np.nonzero(counts)
    indptr = np.searchsorted(rows, np.arange(len(likely) + 1))
    return Bag(indptr, indices.astype(np.int32), counts[rows, indices], size)


def some(given: Records, rows: np.ndarray[Any, Any]) -> Records:
    """Return the records at some rows, which have no windows."""
    bags = {}
    for name, bag in given.bags.items():
        starts, lengths = bag.indptr[:-1][rows], np.diff(bag.indptr)[rows]
        places = [np.arange(start, start + n) for start, n in zip(starts, lengths, strict=True)]
        at = np.concatenate([np.zeros(0, np.int64), *places])
        ends = np.cumsum([0, *lengths])
        bags[name] = Bag(ends, bag.indices[at], bag.counts[at], bag.size)
    held = ("numerical", "categorical", "label", "count")
    return replace(given, bags=bags, **{name: getattr(given, name)[rows] for name in held})


def write(folder: Path, *seeds: int, dataset: str = "toy", **shape: int) -> Path:
    """Write `folder` as the encode step does for some seeds (1 by default), and return it."""
    folder.mkdir(parents=True)
    tensors: dict[str, dict[str, Any]] = {"fit": {}, "test": {}}
    fitted = {}
    for seed in seeds or (1,):
        for draw, (subset, n) in enumerate({"train": 300, "validation": 90, "test": 60}.items()):
            made = make(n, draw=100 * seed + draw, **shape)
            if subset == "train":
                centre, largest = made.numerical.mean(axis=0), made.categorical.max(axis=0)
            arrays = {
                "numerical": made.numerical - centre,
                "categorical": made.categorical,
                "label": made.label,
                "count": made.count,
                "capture": (np.arange(n) % 2).astype(np.int32),
                "row": np.arange(n, dtype=np.int64) * 7,
            }
            tensors["test" if subset == "test" else "fit"] |= {
                records.tensor(seed, subset, name): array for name, array in arrays.items()
            }
        fitted[str(seed)] = {
            "numerical": [{"name": f"x{i}"} for i in range(made.numerical.shape[1])],
            "categorical": [
                {"name": f"p{i}", "vocabulary": [str(j) for j in range(known)]}
                for i, known in enumerate(largest)
            ],
        }
    for name, arrays in tensors.items():
        save_file(arrays, folder / f"{name}.safetensors")
    encoder = {
        "dataset": dataset,
        "format": "small",
        "source": "simulated",
        "classes": list(made.classes),
        "normal": "Normal",
        "captures": ["a.log", "b.log"],
        "fitted_on": ["train"],
        "seeds": fitted,
    }
    (folder / "encoder.json").write_text(json.dumps(encoder), encoding="utf-8")
    return folder


def edit_encoder(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change what encoder.json says."""
    path = folder / "encoder.json"
    encoder = json.loads(path.read_text(encoding="utf-8"))
    edit(encoder)
    path.write_text(json.dumps(encoder), encoding="utf-8")


def edit_tensors(
    folder: Path, seed: int, subset: str, edit: Callable[[dict[str, Any]], object]
) -> None:
    """Change the tensors of one subset of one seed, given by their own names."""
    path = folder / ("test.safetensors" if subset == "test" else "fit.safetensors")
    prefix = records.tensor(seed, subset, "")
    arrays = load_file(path)
    own = {
        name.removeprefix(prefix): arrays.pop(name)
        for name in list(arrays)
        if name.startswith(prefix)
    }
    edit(own)
    save_file(arrays | {f"{prefix}{name}": array for name, array in own.items()}, path)
