"""What can be had: where each dataset's files are in its source, and why others are absent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ecnet import datasets, paths, readers
from ecnet.config import params
from ecnet.config.params import Params
from ecnet.datasets.declaration import Dataset
from ecnet.errors import UnreachableError
from ecnet.fetch import download, download_records, listing, sources, upstream
from ecnet.fetch.listing import Listing, MirrorFile
from ecnet.fetch.sources import Located
from ecnet.files import read_json
from ecnet.prepare import accounts

_FEWEST_PARTS = 2
"""What a union must have, to be another dataset than its part."""
_SHOWN = 3
"""Files of a dataset at most that are named, each by itself, as not read."""


@dataclass(frozen=True)
class Available:
    """What can be had of the datasets that are asked for.

    located: where the files of a dataset are. unions: dataset -> those that it is made of.
    reasons: why a dataset is absent, in a few words. absent: what to do about it.
    lacking: the datasets that a union is made without, and why; empty if it has them all.
    notices: what the user should know of the sources.
    """

    located: Mapping[str, Located]
    unions: Mapping[str, list[str]]
    reasons: Mapping[str, str]
    absent: Mapping[str, str]
    lacking: str
    notices: tuple[str, ...]


def find(checked: Params, failed: Mapping[str, str]) -> Available:
    """Find the files of every dataset that is asked for, and what unions can be made.

    A format that needs a program which this machine lacks is as good as absent, unless the dataset
    is sampled already.

    failed: the datasets that a step could not use, and why; they count as absent.

    Raises:
        InputError: the mirror cannot be read, or holds two files where one is to be.
    """
    mirror, needed = checked["data"]["mirror"], params.needed(checked)
    mirrored = [name for name in needed if params.source(checked, name) == "mirror"]
    listed, out_of_reach = _listing(mirror, mirrored)
    located: dict[str, Located] = {}
    reasons: dict[str, str] = {}
    absent: dict[str, str] = {}
    notices = list(out_of_reach)
    for name in needed:
        dataset, formats, source = choice = _choice(checked, name)
        at = _locate(checked, choice, listed)
        if at is None:
            reasons[name] = sources.why_absent(*choice)
            absent[name] = sources.absent(*choice, mirror, None if out_of_reach else listed)
        elif name in failed or not (why := _lacking_tool(dataset, at.format)):
            located[name] = at
        elif other := _locate(checked, (dataset, _readable(dataset, formats), source), listed):
            located[name] = other
            notices.append(
                f"{sources.unreadable(dataset, at.format)}. {other.format} is read instead."
            )
        else:
            reasons[name], absent[name] = why, sources.unreadable(dataset, at.format)
    notices += _overlapping(located)
    for name in mirrored:
        notices += sources.unread(datasets.load(name), listed) if name in located else ()
    if not out_of_reach:
        notices += upstream.notices(located)
    found = Available(located, {}, reasons, absent, "", tuple(notices))
    return _united(checked, _without(found, failed), failed)


def titled(reasons: Mapping[str, str]) -> dict[str, str]:
    """Return a line for each dataset, with its title and the reason."""
    return {name: f"{datasets.load(name).title}: {why}" for name, why in reasons.items()}


def _without(found: Available, failed: Mapping[str, str]) -> Available:
    """Leave out the datasets that failed."""
    return replace(
        found,
        located={name: at for name, at in found.located.items() if name not in failed},
        reasons={**found.reasons, **failed},
        absent={**found.absent, **titled(failed)},
    )


def _united(checked: Params, found: Available, failed: Mapping[str, str]) -> Available:
    """Add what unions can be made of the datasets that were found."""
    asked = [name for name in params.included(checked) if datasets.load(name).union]
    unions = [name for name in asked if name not in failed]
    parts = [name for name, at in found.located.items() if _is_part(name, at)]
    lacking = _lacking(found.located, found.reasons)
    if len(parts) >= _FEWEST_PARTS:
        return replace(found, unions=dict.fromkeys(unions, parts), lacking=lacking)
    why = f"needs two datasets of flows, and lacks {lacking}"
    apart = dict.fromkeys(unions, why)
    return replace(
        found,
        reasons={**found.reasons, **apart},
        absent={**found.absent, **titled(apart)},
        lacking=lacking,
    )


def _listing(mirror: str, mirrored: list[str]) -> tuple[Listing, tuple[str, ...]]:
    """Return what the mirror holds; if it is out of reach, what was taken from it before."""
    if not mirrored:
        return {}, ()
    try:
        return listing.read(mirror), ()
    except UnreachableError as error:
        taken: dict[str, tuple[MirrorFile, ...]] = {}
        for name in mirrored:  # two of them may read the files of one folder
            folder = datasets.load(name).folder
            taken[folder] = taken.get(folder) or download_records.taken(name)
        if not any(taken.values()):
            raise
        return taken, (f"{error}. What was taken from it before is used.",)


def _overlapping(located: Mapping[str, Located]) -> Iterator[str]:
    """Yield a line for each dataset of which files are not read, as others are."""
    for name, at in located.items():
        shown = [f"{one.read} is read, and {one.skipped} not: {one.why}" for one in at.skipped]
        if more := shown[_SHOWN:]:
            shown[_SHOWN:] = [f"{len(more)} more of {name} are not read likewise"]
        if shown:
            yield "; ".join(shown)


def _lacking_tool(dataset: Dataset, format: str) -> str:
    """Return why a format cannot be read here; empty if it can, or need not be: it was sampled."""
    if readers.required(dataset.format(format)) is None:
        return ""
    sampled = accounts.read(dataset.name)
    return "" if sampled and sampled.format == format else readers.problem(dataset.format(format))


def _readable(dataset: Dataset, formats: list[str]) -> list[str]:
    return [format for format in formats if not readers.problem(dataset.format(format))]


def _choice(checked: Params, name: str) -> tuple[Dataset, list[str], str]:
    """Return a dataset, the formats in which it may come, and its source."""
    formats: list[str] = params.dataset_choice(checked, name)["format"]
    return datasets.load(name), formats, params.source(checked, name)


def _locate(
    checked: Params, choice: tuple[Dataset, list[str], str], mirror: Listing
) -> Located | None:
    """Return where a dataset is in its source, or None; an address must answer to count."""
    dataset, formats, source = choice
    if source == "mirror":
        return sources.mirrored(dataset, formats, mirror)
    if source == "simulated":
        records = checked["simulator"]["records"].get(dataset.name, 0)
        return sources.simulated(dataset, formats, records)
    found = sources.official(dataset, formats)
    if found is None:
        return None
    wanted = [url for file, url in found.files.items() if not _fetched(dataset.name, file)]
    return found if not wanted or download.is_available(wanted[0]) else None


def _fetched(name: str, file: str) -> bool:
    """Tell whether a file came from the official address, and need not come again."""
    provenance = Path(paths.PROVENANCE.format(dataset=name, file=file))
    if not provenance.exists() or not download_records.is_had(name, file):
        return False
    return bool(read_json(provenance)["source"] == "official")


def _is_part(name: str, at: Located) -> bool:
    """Tell whether a dataset, in the format that is there, has what a union needs."""
    return datasets.load(name).format(at.format).shared is not None


def _lacking(located: Mapping[str, Located], reasons: Mapping[str, str]) -> str:
    """Return the datasets that no union can be made of, and why."""
    without = {name: reasons[name] for name in datasets.parts() if name in reasons}
    for name in datasets.parts():
        if name in located and not _is_part(name, located[name]):
            without[name] = f"its format {located[name].format} lacks the shared features"
    return ", ".join(f"{datasets.load(name).title} ({why})" for name, why in without.items())


def sampled(checked: Params, found: Available) -> list[str]:
    """Return the datasets to show that can be had, in order."""
    made = {*found.located, *found.unions}
    return [name for name in params.included(checked) if name in made]
