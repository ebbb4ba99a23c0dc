"""Sources: where the files of a dataset are to be had, or what to do where they are not.

A source is `simulated` (files that we make ourselves), `mirror` or `official`; none stands in for
another. A dataset's files all come from one source, and from one format.
"""

import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from ecnet.datasets.declaration import Dataset, Format
from ecnet.fetch import download, overlaps
from ecnet.fetch.listing import Held, Listing
from ecnet.fetch.overlaps import Overlap
from ecnet.files import plain_name
from ecnet.readers import tools
from ecnet.readers.compressed import ARCHIVES
from ecnet.simulate import simulator

_SHOWN = 3
"""Names of files at most that are shown, where there may be many."""
_TRIED = 100
"""Files at most whose names are compared with those that are lacking."""
_ALIKE = 0.82
"""How alike the names of two files are, of 1, where one may be the other renamed."""


@dataclass(frozen=True)
class Located:
    """Where the files of a dataset are.

    files: file name -> path or URL, empty for a simulated file. companions: those that are read
        beside the others.
    sha256: file name -> the digest that the mirror states, where it does.
    overlaps: the files of a mirror that are not read, as others are.
    """

    format: str
    source: str
    files: Mapping[str, str]
    companions: tuple[str, ...]
    sha256: Mapping[str, str]
    overlaps: tuple[Overlap, ...] = ()


def mirrored(dataset: Dataset, formats: Sequence[str], mirror: Listing) -> Located | None:
    """Return where the first of `formats` that a mirror holds is; None if it holds none.

    Raises:
        InputError: two files that are the same native file differ, or one is there by name alone.
    """
    for format in map(dataset.format, formats):
        chosen = overlaps.choose(format, mirror.get(dataset.name, ()))
        if chosen is not None:
            files = {name: held.location for name, held in chosen.files.items()}
            sums = {name: held.sha256 for name, held in chosen.files.items() if held.sha256}
            return replace(_located(format, "mirror", files, sums), overlaps=chosen.overlaps)
    return None


def official(dataset: Dataset, formats: Sequence[str]) -> Located | None:
    """Return where the first of `formats` that needs no login is; None if all do."""
    for format in map(dataset.format, formats):
        if _is_official(format):
            return _located(format, "official", dict(_addresses(format)), {})
    return None


def simulated(dataset: Dataset, formats: Sequence[str], records: int) -> Located | None:
    """Return the files to simulate; None if `formats` does not have the format that can be."""
    format = simulator.format(dataset.name)
    if format is None or format not in formats:
        return None
    files = dict.fromkeys(simulator.files(dataset.name, records), "")
    return _located(dataset.format(format), "simulated", files, {})


def unreadable(dataset: Dataset, format: str) -> str:
    """Return what to do about a dataset whose format needs a program that this machine lacks."""
    tool = tools.needed(dataset.format(format))
    assert tool is not None
    return (
        f"{dataset.title}: {tool.lacking()}, and its format {format} is read with it; run: "
        f"{tool.install}"
    )


def absent(
    dataset: Dataset,
    formats: Sequence[str],
    source: str,
    mirror: str | None,
    listed: Listing | None = None,
) -> str:
    """Return what to do about a dataset that its source lacks.

    One line if it is to be simulated, else five: page, file, size, place, command.
    listed: what the mirror holds, to say what it has in the dataset's place.
    """
    why = f"{dataset.title}: {why_absent(dataset, formats, source)}"
    if source == "mirror" and listed is not None:
        why += f" ({_instead(dataset, formats, listed)})"
    if source == "simulated":
        return f"{why}; choose another data.source for it in params.yaml"
    place = "MIRROR" if mirror is None or download.is_url(mirror) else mirror
    preferred = dataset.format(formats[0])
    wanted = ", ".join(source.pattern for source in preferred.sources[:5])
    more = len(preferred.sources) - 5
    return "\n".join(
        [
            f"{why}; get it by hand:",
            f"  page: {dataset.page}",
            f"  file: {wanted}{f' and {more} more' if more > 0 else ''} ({dataset.size}; "
            f"{dataset.licence})",
            f"  put:  into {place}/{dataset.name}/ (plain, .gz, .zst or .zip)",
            f"  then: snakemake --cores 8 results/tables --config mirror={place}",
        ]
    )


def why_absent(dataset: Dataset, formats: Sequence[str], source: str) -> str:
    """Return in a few words why a source lacks a dataset."""
    if source == "mirror":
        return "not in the mirror"
    if source == "official":
        if any(_is_official(format) for format in map(dataset.format, formats)):
            return "its official address does not answer"
        return f"{urllib.parse.urlsplit(dataset.page).netloc} asks for a login"
    format = simulator.format(dataset.name)
    if format is None:
        return "cannot be simulated"
    return f"simulated as {format} alone, which datasets.{dataset.name}.format leaves out"


def _instead(dataset: Dataset, formats: Sequence[str], listed: Listing) -> str:
    """Return in words what a mirror has in the place of a dataset's files."""
    if not listed:
        return "it has no folder at all"
    if dataset.name not in listed:
        alike = {_letters(dataset.name), _letters(dataset.title)}
        other = next((folder for folder in listed if _letters(folder) in alike), "")
        return f"it has no folder {dataset.name}" + (f", but {other}; rename it" if other else "")
    held = listed[dataset.name]
    hint = _hint([dataset.format(format) for format in formats], held)
    for format in map(dataset.format, formats):
        lacking = overlaps.lacking(format, held)
        if len(lacking) < len(format.sources):
            lacks = (
                f"its folder {dataset.name} lacks {', '.join(lacking)} of the format {format.name}"
            )
            return lacks + hint
    names = [Path(one.path).name for one in held[:_SHOWN]]
    shown = f" ({', '.join(names)}{', ...' if len(held) > _SHOWN else ''})" if names else ""
    return f"its folder {dataset.name} holds {len(held)} files{shown}, none of them so named{hint}"


def _hint(formats: Sequence[Format], held: Sequence[Held]) -> str:
    """Return in words how a file of a mirror becomes one that is lacking; empty if none does."""
    wanted = [source for format in formats for source in format.sources]
    others = [Path(one.path) for one in held if not any(s.native_name(one.path) for s in wanted)]
    packed = next((other for other in others if other.suffix.lower() in ARCHIVES), None)
    if packed:
        return f", but {packed.name}; unpack it there"
    patterns = [pattern for format in formats for pattern in overlaps.lacking(format, held)]
    alike = [
        (SequenceMatcher(None, _letters(other.name), _letters(pattern)).ratio(), other, pattern)
        for other in others[:_TRIED]
        for pattern in patterns
    ]
    likeness, other, pattern = max(alike, default=(0.0, Path(), ""), key=lambda pair: pair[0])
    if likeness < _ALIKE:
        return ""
    return f", but {other.name}; rename it to {pattern}, if that is what it holds"


def _letters(name: str) -> str:
    """Return the letters and digits of a name, in lower case."""
    return "".join(filter(str.isalnum, name.casefold()))


def known_bytes(dataset: Dataset, at: Located) -> int:
    """Return the size of those files of a dataset whose size is known before they are fetched."""
    format = dataset.format(at.format)
    return sum(_known_size(format, file, place) for file, place in at.files.items() if place)


def _known_size(format: Format, file: str, location: str) -> int:
    if not download.is_url(location):  # of a mirror out of reach nothing more is taken
        return Path(location).stat().st_size if Path(location).is_file() else 0
    return (file == plain_name(file) and format.source(file).bytes) or 0


def _is_official(format: Format) -> bool:
    """Tell whether a format is to be had without a login."""
    return all(source.url for source in format.sources)


def _addresses(format: Format) -> Iterator[tuple[str, str]]:
    """Yield file names and addresses of a format that needs no login."""
    for source in format.sources:
        for stem in source.stems or ("",):
            url = source.url.replace("{stem}", stem)
            yield source.pattern.replace("*", stem, 1), url


def _located(
    format: Format, source: str, files: Mapping[str, str], sums: Mapping[str, str]
) -> Located:
    companions = tuple(file for file in files if format.source(file).companion)
    return Located(format.name, source, dict(files), companions, sums)
