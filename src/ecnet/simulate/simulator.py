"""The simulator: native files drawn from distributions, which contain no real record.

A dataset that can be simulated has a module of its name in `generators/`, and its distributions and
files as JSON in `statistics/<dataset>/`. See docs/simulator.md.
"""

import hashlib
import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ecnet import datasets, seeds
from ecnet.errors import InputError
from ecnet.files import read_json
from ecnet.simulate import distributions, formatting
from ecnet.simulate.allocation import Allocation, FileSpec, allocate, read_files
from ecnet.simulate.generator import Generator
from ecnet.simulate.sampler import Mixture, Sampler

STATISTICS = Path(__file__).parent / "statistics"
_BLOCK = 1 << 16


def names() -> list[str]:
    """Return the datasets that can be simulated, sorted."""
    return sorted(path.parent.name for path in STATISTICS.glob("*/files.json"))


def generator(dataset: str) -> Generator:
    """Return the generator of a dataset.

    Raises:
        InputError: the dataset has none.
    """
    if dataset not in names():
        raise InputError(f"{dataset!r} cannot be simulated; choose one of {', '.join(names())}")
    found: Generator = importlib.import_module(module(dataset)).GENERATOR
    return found


def module(dataset: str) -> str:
    """Return the dotted name of the module that holds the generator of a dataset."""
    return f"{__package__}.generators.{dataset.replace('-', '_')}"


def format(dataset: str) -> str | None:
    """Return the format in which a dataset is simulated; None if it cannot be."""
    return generator(dataset).format if dataset in names() else None


def files(dataset: str, records: int) -> list[str]:
    """Return the names of the native files of a dataset with `records` records in total."""
    return [allocation.file for allocation in allocations(dataset, records)]


def digest(dataset: str) -> str:
    """Return the SHA-256 of the statistics that a dataset is drawn from."""
    state = hashlib.sha256()
    for path in sorted({*(STATISTICS / dataset).glob("*.json"), *_distributions(dataset)}):
        state.update(path.name.encode() + b"\0" + path.read_bytes())
    return state.hexdigest()


def file_specs(dataset: str) -> list[FileSpec]:
    """Return the native files of a dataset, as its files.json describes them.

    Raises:
        InputError: files.json is malformed.
    """
    path = STATISTICS / dataset / "files.json"
    return read_files(read_json(path), str(path))


def allocations(dataset: str, records: int) -> list[Allocation]:
    """Return what each native file of a dataset holds, with `records` records in total.

    Raises:
        InputError: `records` is less than 1.
    """
    if records < 1:
        raise InputError(f"{dataset}: {records} records cannot be simulated; ask for 1 or more")
    return allocate(file_specs(dataset), records)


def allocation_of(dataset: str, file: str, records: int) -> Allocation:
    """Return what one native file of a dataset holds, with `records` records in total.

    Raises:
        InputError: the dataset has no such file at that size.
    """
    held = {allocation.file: allocation for allocation in allocations(dataset, records)}
    if file not in held:
        raise InputError(
            f"{dataset} with {records} records has no file {file}; it has {', '.join(held)}"
        )
    return held[file]


@cache
def mixtures(dataset: str) -> dict[str, Mixture]:
    """Return what the records of a dataset are drawn from, by the name of the distribution.

    Raises:
        InputError: a file of statistics is malformed.
    """
    stored: dict[str, Any] = {}
    for path in _distributions(dataset):
        stored |= read_json(path)["distributions"]
    return resolved(stored, dataset)


def _distributions(dataset: str) -> list[Path]:
    """Return the files with the distributions of a dataset, or of the one whose files it reads."""
    return sorted((STATISTICS / datasets.load(dataset).folder).glob("distributions*.json"))


def resolved(stored: Mapping[str, Any], dataset: str) -> dict[str, Mixture]:
    """Return stored distributions as mixtures of one or more components.

    Raises:
        InputError: a distribution is malformed, or a mixture names an unknown component.
    """
    single = {
        name: distributions.read(entry, f"{dataset}: distribution {name}")
        for name, entry in stored.items()
        if "variables" in entry
    }
    mixed: dict[str, Mixture] = {}
    for name, entry in stored.items():
        parts = entry.get("mixture", {})
        unknown = sorted(set(parts) - set(single))
        if unknown:
            raise InputError(
                f"{dataset}: distribution {name} is a mixture with the unknown component "
                f"{unknown[0]}; the known ones are {', '.join(single)}"
            )
        if parts:
            mixed[name] = tuple((float(weight), single[part]) for part, weight in parts.items())
    return {name: ((1.0, one),) for name, one in single.items()} | mixed


def sampler(dataset: str, file: str, *, records: int, seed: int) -> Sampler:
    """Return the sampler of one native file of a dataset with `records` records in total.

    Raises:
        InputError: the dataset has no such file at that size.
    """
    allocation = allocation_of(dataset, file, records)
    return Sampler(allocation, mixtures(dataset), seeds.key("simulate", seed, dataset, file))


def native_bytes(
    dataset: str, file: str, *, records: int, seed: int, block: int = _BLOCK
) -> Iterator[bytes]:
    """Yield the bytes of one native file of a dataset with `records` records in total.

    The bytes depend neither on the size of a block nor on other files.

    Raises:
        InputError: the dataset has no such file at that size.
    """
    source = sampler(dataset, file, records=records, seed=seed)
    return encoded(generator(dataset), source, block)


def encoded(how: Generator, source: Sampler, block: int = _BLOCK) -> Iterator[bytes]:
    """Yield the bytes of the native file whose records `source` draws."""
    file, records = source.allocation.file, source.allocation.records
    yield how.header(file).encode()
    last = b""
    for first in range(0, records, block):
        yield last
        drawn = source.draw(first, min(first + block, records))
        native = how.native(drawn)
        last = (
            native
            if isinstance(native, bytes)
            else formatting.lines(native, how.separator, how.end)
        )
    yield last if how.last_end else last.removesuffix(how.end.encode())
    yield how.footer(file).encode()
