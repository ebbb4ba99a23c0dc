"""What a simulated dataset is made of: its files, and which class each record of a file has."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ecnet.errors import InputError
from ecnet.simulate.law import IntArray

_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class File:
    """One native file, or a row of files that share their records evenly.

    name: with `{number}` where there are several. start: of the first record, in seconds since
    the epoch; span: to the last one, in seconds. published: class -> records in the published
    file. law: class -> the name of its law. parts: how many files there are at least and at most,
    and how many records fill one.
    """

    name: str
    start: float
    span: float
    published: Mapping[str, int]
    law: Mapping[str, str]
    parts: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Share:
    """The part of a simulated dataset that one native file holds.

    counts: records of each class. before: records of the dataset's files before it. begin, end:
    of the times, in seconds since the epoch.
    """

    file: str
    begin: float
    end: float
    before: int
    counts: Mapping[str, int]
    law: Mapping[str, str]

    @property
    def records(self) -> int:
        """The number of records."""
        return sum(self.counts.values())

    def class_of(self, record: IntArray) -> IntArray:
        """Return the class, as a place in `counts`, of records by their number in the file.

        Steps of the golden section round the ring of all records: each class has exactly its
        count, its records lie evenly over the file, and no record needs those before it.
        """
        total = self.records
        step = next(
            step
            for step in range(max(1, round(total * _GOLDEN)), 2 * total + 2)
            if math.gcd(step, total) == 1
        )
        place = (record * step + total // 2) % total
        return np.searchsorted(np.cumsum(list(self.counts.values())), place, side="right")


def read_files(stored: Mapping[str, Any], place: str) -> list[File]:
    """Return the files that `stored` describes.

    Raises:
        InputError: it is not well formed.
    """
    try:
        return [
            File(
                name=entry["file"],
                start=float(entry["start"]),
                span=float(entry["span"]),
                published={name: int(part["published"]) for name, part in entry["classes"].items()},
                law={name: str(part["law"]) for name, part in entry["classes"].items()},
                parts=entry.get("parts"),
            )
            for entry in stored["files"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{place}: does not list files ({type(error).__name__}: {error})"
        ) from error


def shares(files: Sequence[File], records: int) -> list[Share]:
    """Return what each native file holds if the dataset has `records` records in all.

    Of a class at most as many as published are simulated while another class is larger, as a
    sample of the published dataset with a cap on each class would have it; beyond the size of the
    published dataset all classes grow alike.
    """
    classes: dict[str, int] = {}
    for file in files:
        for name, published in file.published.items():
            classes[name] = classes.get(name, 0) + published
    wanted = _filled(classes, records)
    dealt = {name: _dealt(files, name, count) for name, count in wanted.items()}
    found: list[Share] = []
    for place, file in enumerate(files):
        before = found[-1].before + found[-1].records if found else 0
        found += _parts(file, {name: dealt[name][place] for name in file.published}, before)
    return found


def _filled(published: Mapping[str, int], records: int) -> dict[str, int]:
    """Fill cups evenly up to their published sizes, as under one level of water, and no more.

    Where there are more records than published, every cup grows by the same factor.
    """
    total = sum(published.values())
    if records >= total:
        ends = [round(end * records / total) for end in np.cumsum(list(published.values()))]
        return {
            name: end - start for name, start, end in zip(published, [0, *ends], ends, strict=False)
        }
    left, filled = records, {}
    smallest_first = sorted(published, key=lambda name: (published[name], name))
    for place, name in enumerate(smallest_first):
        filled[name] = min(published[name], left // (len(published) - place))
        left -= filled[name]
    return {name: filled[name] for name in published}


def _dealt(files: Sequence[File], name: str, count: int) -> list[int]:
    """Deal the records of a class to files, evenly up to what the published ones hold of it."""
    sizes = {str(place): file.published.get(name, 0) for place, file in enumerate(files)}
    return list(_filled(sizes, count).values())


def _parts(file: File, counts: Mapping[str, int], before: int) -> list[Share]:
    """Return the shares of the native files that `file` stands for; none is empty."""
    total = sum(counts.values())
    parts = file.parts or {"least": 1, "most": 1, "records": 1}
    number = int(np.clip(-(-total // parts["records"]), parts["least"], parts["most"]))
    found: list[Share] = []
    for part in range(number):
        held = {
            name: count * (part + 1) // number - count * part // number
            for name, count in counts.items()
        }
        share = Share(
            file=file.name.replace("{number}", str(part + 1)),
            begin=file.start + file.span * part / number,
            end=file.start + file.span * (part + 1) / number,
            before=before,
            counts={name: count for name, count in held.items() if count},
            law=file.law,
        )
        before += share.records
        found.append(share)
    return [share for share in found if share.counts]
