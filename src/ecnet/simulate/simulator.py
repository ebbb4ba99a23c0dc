"""The simulator: datasets in their native files, drawn from laws that hold no real record.

A dataset that can be simulated has a recipe of its name in `recipes`, and its laws and files as
JSON in `statistics/<dataset>/`. See docs/simulator.md.
"""

import hashlib
import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ecnet import seeds
from ecnet.errors import InputError
from ecnet.files import read_json
from ecnet.simulate import law as laws_
from ecnet.simulate import text
from ecnet.simulate.composition import File, Share, read_files, shares
from ecnet.simulate.generator import Generator, Mixture
from ecnet.simulate.recipe import Recipe

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
        raise InputError(f"{dataset!r} cannot be simulated; those that can: {', '.join(names())}")
    found: Recipe = importlib.import_module(module(dataset)).RECIPE
    return found


def module(dataset: str) -> str:
    """Return the dotted name of the module that holds the recipe of a dataset."""
    return f"{__package__}.recipes.{dataset.replace('-', '_')}"


def format(dataset: str) -> str | None:
    """Return the format that is written of a dataset; None if it cannot be simulated."""
    return recipe(dataset).format if dataset in names() else None


def files(dataset: str, records: int) -> list[str]:
    """Return the names of the native files of a dataset of so many records."""
    return [share.file for share in composition(dataset, records)]


def digest(dataset: str) -> str:
    """Return a digest of the statistics that a dataset is drawn from."""
    state = hashlib.sha256()
    for path in sorted((STATISTICS / dataset).glob("*.json")):
        state.update(path.name.encode() + b"\0" + path.read_bytes())
    return state.hexdigest()


def described_files(dataset: str) -> list[File]:
    """Return the native files of a dataset, as its statistics describe them.

    Raises:
        InputError: files.json is not well formed.
    """
    path = STATISTICS / dataset / "files.json"
    return read_files(read_json(path), str(path))


def composition(dataset: str, records: int) -> list[Share]:
    """Return what each native file of a dataset of so many records holds.

    Raises:
        InputError: there is no record.
    """
    if records < 1:
        raise InputError(f"{dataset}: {records} records cannot be simulated; ask for 1 or more")
    return shares(described_files(dataset), records)


def share_of(dataset: str, file: str, records: int) -> Share:
    """Return what one native file of a dataset of so many records holds.

    Raises:
        InputError: the dataset has no such file at that size.
    """
    held = {share.file: share for share in composition(dataset, records)}
    if file not in held:
        raise InputError(
            f"{dataset} of {records} records has no file {file}; it has {', '.join(held)}"
        )
    return held[file]


@cache
def laws(dataset: str) -> dict[str, Mixture]:
    """Return the laws of a dataset by name, mixtures resolved.

    Raises:
        InputError: a file of statistics is not well formed.
    """
    stored: dict[str, Any] = {}
    for path in sorted((STATISTICS / dataset).glob("laws*.json")):
        stored |= read_json(path)["laws"]
    return resolved(stored, dataset)


def resolved(stored: Mapping[str, Any], dataset: str) -> dict[str, Mixture]:
    """Return stored laws as what records are drawn from: each a mixture of one or more.

    Raises:
        InputError: a law is not well formed, or a mixture names one that there is not.
    """
    single = {
        name: laws_.read(entry, f"{dataset}: law {name}")
        for name, entry in stored.items()
        if "variables" in entry
    }
    mixed: dict[str, Mixture] = {}
    for name, entry in stored.items():
        parts = entry.get("mixture", {})
        unknown = sorted(set(parts) - set(single))
        if unknown:
            raise InputError(f"{dataset}: law {name} mixes {unknown[0]}, which is no single law")
        if parts:
            mixed[name] = tuple((float(weight), single[part]) for part, weight in parts.items())
    return {name: ((1.0, law),) for name, law in single.items()} | mixed


def generator(dataset: str, file: str, *, records: int, seed: int) -> Generator:
    """Return what draws the records of one native file of a dataset of `records` records.

    Raises:
        InputError: the dataset has no such file at that size.
    """
    share = share_of(dataset, file, records)
    return Generator(share, laws(dataset), seeds.key("simulate", seed, dataset, file))


def native(
    dataset: str, file: str, *, records: int, seed: int, block: int = _BLOCK
) -> Iterator[bytes]:
    """Yield the bytes of one native file of a dataset of `records` records.

    They are the same whatever the size of a block, and whatever other files are written.

    Raises:
        InputError: the dataset has no such file at that size.
    """
    drawing = generator(dataset, file, records=records, seed=seed)
    return written(recipe(dataset), drawing, block)


def written(how: Recipe, drawing: Generator, block: int = _BLOCK) -> Iterator[bytes]:
    """Yield the bytes of the native file whose records `drawing` draws."""
    share = drawing.share
    yield how.header(share.file).encode()
    last = b""
    for first in range(0, share.records, block):
        yield last
        drawn = drawing.draw(first, min(first + block, share.records))
        last = text.lines(how.native(drawn), how.separator, how.end)
    yield last if how.last_end else last.removesuffix(how.end.encode())
    yield how.footer(share.file).encode()
