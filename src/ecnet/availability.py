"""What can be had: where each dataset's files are in its source, and why others are absent."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ecnet import datasets, params, receipts, sources, upstream, web
from ecnet.datasets.declaration import Dataset
from ecnet.errors import UnreachableError
from ecnet.files import read_json
from ecnet.params import Params
from ecnet.sources import Listing, Located

_FEWEST_PARTS = 2
"""What a union must have, to be another dataset than its part."""


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


def find(checked: Params, failed: dict[str, str]) -> Available:
    """Find the files of every dataset that is asked for, and what unions can be made.

    failed: the datasets that a step could not use, and why; they count as absent.

    Raises:
        InputError: the mirror cannot be read.
    """
    mirror, needed = checked["data"]["mirror"], params.needed(checked)
    mirrored = [name for name in needed if params.source(checked, name) == "mirror"]
    listed, notices = _listing(mirror, mirrored)
    found = {name: _locate(checked, name, listed) for name in needed}
    located = {n: at for n, at in found.items() if at is not None and n not in failed}
    if not notices:
        notices = tuple(upstream.notices(located))
    missing = {name: _choice(checked, name) for name, at in found.items() if at is None}
    reasons = {name: sources.why_absent(*choice) for name, choice in missing.items()} | failed
    absent = {name: sources.absent(*choice, mirror) for name, choice in missing.items()}
    absent |= {name: f"{datasets.load(name).title}: {why}" for name, why in failed.items()}
    asked = [name for name in params.included(checked) if datasets.load(name).union]
    unions = [name for name in asked if name not in failed]
    parts = [name for name, at in located.items() if _is_part(name, at)]
    lacking = _lacking(located, reasons)
    if len(parts) >= _FEWEST_PARTS:
        made = dict.fromkeys(unions, parts)
        return Available(located, made, reasons, absent, lacking, notices)
    why = f"needs two datasets of flows, and lacks {lacking}"
    reasons |= dict.fromkeys(unions, why)
    absent |= {name: f"{datasets.load(name).title}: {why}" for name in unions}
    return Available(located, {}, reasons, absent, lacking, notices)


def _listing(mirror: str, mirrored: list[str]) -> tuple[Listing, tuple[str, ...]]:
    """Return what the mirror holds; if it is out of reach, what was taken from it before."""
    if not mirrored:
        return Listing({}, {}), ()
    try:
        return sources.listing(mirror), ()
    except UnreachableError as error:
        taken = {name: receipts.taken(name) for name in mirrored}
        if not any(taken.values()):
            raise
        return Listing(taken, {}), (f"{error}. What was taken from it before is used.",)


def _choice(checked: Params, name: str) -> tuple[Dataset, list[str], str]:
    """Return a dataset, the forms in which it may come, and its source."""
    forms: list[str] = params.dataset_choice(checked, name)["form"]
    return datasets.load(name), forms, params.source(checked, name)


def _locate(checked: Params, name: str, mirror: Listing) -> Located | None:
    """Return where a dataset is in its source, or None; an address must answer to count."""
    dataset, forms, source = _choice(checked, name)
    if source == "mirror":
        return sources.mirrored(dataset, forms, mirror)
    if source == "simulated":
        return sources.simulated(dataset, forms, checked["simulator"]["records"].get(name, 0))
    found = sources.official(dataset, forms)
    if found is None:
        return None
    wanted = [url for file, url in found.files.items() if not _fetched(name, file)]
    return found if not wanted or web.answers(wanted[0]) else None


def _fetched(name: str, file: str) -> bool:
    """Tell whether a file lies there, and came from the official address."""
    provenance = Path("data/provenance", name, f"{file}.json")
    if not provenance.exists() or not Path("data/raw", name, file).exists():
        return False
    return bool(read_json(provenance)["source"] == "official")


def _is_part(name: str, at: Located) -> bool:
    """Tell whether a dataset, in the form that is there, has what a union needs."""
    return datasets.load(name).form(at.form).shared is not None


def _lacking(located: Mapping[str, Located], reasons: Mapping[str, str]) -> str:
    """Return the datasets that no union can be made of, and why."""
    without = {name: reasons[name] for name in datasets.parts() if name in reasons}
    for name in datasets.parts():
        if name in located and not _is_part(name, located[name]):
            without[name] = f"its form {located[name].form} lacks the shared features"
    return ", ".join(f"{datasets.load(name).title} ({why})" for name, why in without.items())
