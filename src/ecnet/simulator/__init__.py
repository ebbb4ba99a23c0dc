"""The simulator: datasets in their native files, drawn from laws that hold no real record.

A dataset that can be simulated has a recipe of its name in this package, and its laws and files as
JSON in `statistics/<dataset>/`. See docs/simulator.md.
"""

import hashlib
import importlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ecnet.errors import InputError
from ecnet.files import read_json
from ecnet.simulator import law as laws_
from ecnet.simulator import text
from ecnet.simulator.composition import Share, read_files, shares
from ecnet.simulator.generator import Generator, Mixture, blocks, key
from ecnet.simulator.recipe import Drawn, Recipe

STATISTICS = Path(__file__).parent / "statistics"
_BLOCK = 1 << 16


def names() -> list[str]:
    """Return the datasets that can be simulated, sorted."""
    return sorted(path.parent.name for path in STATISTICS.glob("*/files.json"))


def recipe(dataset: str) -> Recipe:
    """Return how a dataset is simulated.

    Raises:
        InputError: it cannot be.
    """
    if dataset not in names():
        raise InputError(f"{dataset} cannot be simulated; those that can: {', '.join(names())}")
    found: Recipe = importlib.import_module(f"{__name__}.{dataset.replace('-', '_')}").RECIPE
    return found


def form(dataset: str) -> str | None:
    """Return the form that is written of a dataset; None if it cannot be simulated."""
    return recipe(dataset).form if dataset in names() else None


def files(dataset: str, records: int) -> list[str]:
    """Return the names of the native files of a dataset of so many records."""
    return [share.file for share in composition(dataset, records)]


def digest(dataset: str) -> str:
    """Return a digest of the statistics that a dataset is drawn from."""
    state = hashlib.sha256()
    for path in sorted((STATISTICS / dataset).glob("*.json")):
        state.update(path.name.encode() + b"\0" + path.read_bytes())
    return state.hexdigest()


def composition(dataset: str, records: int) -> list[Share]:
    """Return what each native file of a dataset of so many records holds."""
    path = STATISTICS / dataset / "files.json"
    return shares(read_files(read_json(path), str(path)), records)


@cache
def laws(dataset: str) -> dict[str, Mixture]:
    """Return the laws of a dataset by name, mixtures resolved.

    Raises:
        InputError: a file of statistics is not well formed.
    """
    stored: dict[str, Any] = {}
    for path in sorted((STATISTICS / dataset).glob("laws*.json")):
        stored |= read_json(path)["laws"]
    single = {
        name: laws_.read(entry, f"{dataset}: law {name}")
        for name, entry in stored.items()
        if "variables" in entry
    }
    mixed = {
        name: tuple((float(weight), single[part]) for part, weight in entry["mixture"].items())
        for name, entry in stored.items()
        if "mixture" in entry
    }
    return {name: ((1.0, law),) for name, law in single.items()} | mixed


def drawn(
    dataset: str, file: str, *, records: int, seed: int, block: int = _BLOCK
) -> Iterator[Drawn]:
    """Yield the records of one native file of a dataset of `records` records, a block at a time.

    Raises:
        InputError: the dataset has no such file at that size.
    """
    share = _share(dataset, file, records)
    generator = Generator(share, laws(dataset), key(seed, dataset, file))
    for first, last in blocks(share.records, block):
        yield generator.draw(first, last)


def native(
    dataset: str, file: str, *, records: int, seed: int, block: int = _BLOCK
) -> Iterator[bytes]:
    """Yield the bytes of one native file; the same whatever the size of a block."""
    how = recipe(dataset)
    yield how.header(file).encode()
    held = b""
    for records_ in drawn(dataset, file, records=records, seed=seed, block=block):
        yield held
        held = text.lines(how.native(records_), how.separator, how.end)
    yield held if how.last_end else held.removesuffix(how.end.encode())
    yield how.footer(file).encode()


def _share(dataset: str, file: str, records: int) -> Share:
    found = {share.file: share for share in composition(dataset, records)}
    if file not in found:
        held = ", ".join(list(found)[:5])
        raise InputError(f"{dataset} of {records} records has no file {file}; it has {held} ...")
    return found[file]
