"""The datasets, one module each, found by the name of the module.

The module `iot_23.py` defines the dataset `iot-23` as DATASET.
"""

import importlib
from pathlib import Path

from ecnet.datasets.declaration import Dataset

_OTHERS = ("declaration", "papers")
"""The modules here that are not of a dataset."""


def names() -> list[str]:
    """Return the names of all datasets, sorted."""
    files = Path(__file__).parent.glob("[!_]*.py")
    return sorted(path.stem.replace("_", "-") for path in files if path.stem not in _OTHERS)


def parts() -> list[str]:
    """Return the names of the datasets that can be parts of a union, sorted."""
    return [name for name in names() if any(format.shared for format in load(name).formats)]


def module(name: str) -> str:
    """Return the dotted name of the module that declares the dataset `name`."""
    return f"{__name__}.{name.replace('-', '_')}"


def load(name: str) -> Dataset:
    """Return the declaration of the dataset `name`."""
    dataset: Dataset = importlib.import_module(module(name)).DATASET
    return dataset
