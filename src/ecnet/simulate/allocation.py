"""How the records of a simulated dataset are allocated to its files and classes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ecnet.errors import InputError
from ecnet.simulate.distributions import IntArray

_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class FileSpec:
    """One native file, or several numbered files that share their records evenly.

    name: contains `{number}` for several files. start: time of the first record, in seconds since
    the epoch. span: seconds to the last record. published: class -> records in the published
    file. distribution: class -> the name of its distribution. parts: the `least` and `most` number
    of files, and the `records` that fill one.
    """

    name: str
    start: float
    span: float
    published: Mapping[str, int]
    distribution: Mapping[str, str]
    parts: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Allocation:
    """The part of a simulated dataset that one native file holds.

    begin, end: the range of times, in seconds since the epoch. before: the number of records in
    the dataset's earlier files. counts: records per class. distribution: class -> its name.
    """

    file: str
    begin: float
    end: float
    before: int
    counts: Mapping[str, int]
    distribution: Mapping[str, str]

    @property
    def records(self) -> int:
        """The number of records."""
        return sum(self.counts.values())

    def class_of(self, record: IntArray) -> IntArray:
        """Return the class, as an index into `counts`, of records given by number in the file.

        Record i is at position i * step modulo the total, with a step near the golden section of
        the total. So each class has exactly its count, its records are spread evenly over the
        file, and the class of a record does not depend on other records.
        """
        total = self.records
        step = next(
            step
            for step in range(max(1, round(total * _GOLDEN)), 2 * total + 2)
            if math.gcd(step, total) == 1
        )
        place = (record * step + total // 2) % total
        return np.searchsorted(np.cumsum(list(self.counts.values())), place, side="right")


def read_files(stored: Mapping[str, Any], place: str) -> list[FileSpec]:
    """Return the files that `stored` describes; `place` names it in messages.

    Raises:
        InputError: `stored` is malformed.
    """
    try:
        return [
            FileSpec(
                name=entry["file"],
                start=float(entry["start"]),
                span=float(entry["span"]),
                published={name: int(part["published"]) for name, part in entry["classes"].items()},
                distribution={
                    name: str(part["distribution"]) for name, part in entry["classes"].items()
                },
                parts=entry.get("parts"),
            )
            for entry in stored["files"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{place}: does not list files ({type(error).__name__}: {error})"
        ) from error


def allocate(files: Sequence[FileSpec], records: int) -> list[Allocation]:
    """Return what each native file holds if the dataset has `records` records in total.

    Up to the size of the published dataset, classes are sampled as with one cap for all of them:
    small classes are complete, large ones have equal counts. Beyond that size, all classes grow by
    the same factor.
    """
    classes: dict[str, int] = {}
    for file in files:
        for name, published in file.published.items():
            classes[name] = classes.get(name, 0) + published
    counts = _capped(classes, records)
    by_file = {name: _by_file(files, name, count) for name, count in counts.items()}
    found: list[Allocation] = []
    for place, file in enumerate(files):
        before = found[-1].before + found[-1].records if found else 0
        found += _parts(file, {name: by_file[name][place] for name in file.published}, before)
    return found


def _capped(published: Mapping[str, int], records: int) -> dict[str, int]:
    """Divide `records` evenly over names, each at most its published size.

    With more records than published, every size grows by the same factor.
    """
    total = sum(published.values())
    if records >= total:
        ends = [round(end * records / total) for end in np.cumsum(list(published.values()))]
        return {
            name: end - start for name, start, end in zip(published, [0, *ends], ends, strict=False)
        }
    left, counts = records, {}
    smallest_first = sorted(published, key=lambda name: (published[name], name))
    for place, name in enumerate(smallest_first):
        counts[name] = min(published[name], left // (len(published) - place))
        left -= counts[name]
    return {name: counts[name] for name in published}


def _by_file(files: Sequence[FileSpec], name: str, count: int) -> list[int]:
    """Divide the records of a class over the files, each at most its published count."""
    sizes = {str(place): file.published.get(name, 0) for place, file in enumerate(files)}
    return list(_capped(sizes, count).values())


def _parts(file: FileSpec, counts: Mapping[str, int], before: int) -> list[Allocation]:
    """Return the allocations of the native files that `file` describes, empty ones left out."""
    total = sum(counts.values())
    parts = file.parts or {"least": 1, "most": 1, "records": 1}
    number = int(np.clip(-(-total // parts["records"]), parts["least"], parts["most"]))
    found: list[Allocation] = []
    for part in range(number):
        held = {
            name: count * (part + 1) // number - count * part // number
            for name, count in counts.items()
        }
        allocation = Allocation(
            file=file.name.replace("{number}", str(part + 1)),
            begin=file.start + file.span * part / number,
            end=file.start + file.span * (part + 1) / number,
            before=before,
            counts={name: count for name, count in held.items() if count},
            distribution=file.distribution,
        )
        before += allocation.records
        found.append(allocation)
    return [allocation for allocation in found if allocation.counts]
