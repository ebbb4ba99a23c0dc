"""Where the files of a dataset are, or what to do if they are not available.

A source is `simulated`, `mirror` or `official`; no source replaces another. All files of a dataset
come from one source and are of one format.
"""

import urllib.parse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from ecnet import readers
from ecnet.datasets.declaration import Dataset, Format
from ecnet.fetch import download, listing, selection
from ecnet.fetch.listing import Listing, MirrorFile
from ecnet.fetch.selection import Skipped
from ecnet.files import plain_name
from ecnet.readers import archived
from ecnet.readers.compressed import ARCHIVES
from ecnet.simulate import simulator

_SHOWN = 3
"""The maximum number of file names in a message."""
_COMPARED = 100
"""The maximum number of files whose names are compared with those of missing files."""
_SIMILAR = 0.82
"""The minimum similarity, of 1, at which a file may be a missing one under another name."""


@dataclass(frozen=True)
class Located:
    """Where the files of a dataset are.

    files: file name -> path or URL, empty for a simulated file. companions: the files that are
        read together with others.
    sha256: file name -> the digest that the mirror states, if any.
    skipped: the files of a mirror that are not read, because others are.
    """

    format: str
    source: str
    files: Mapping[str, str]
    companions: tuple[str, ...]
    sha256: Mapping[str, str]
    skipped: tuple[Skipped, ...] = ()


def mirrored(dataset: Dataset, formats: Sequence[str], mirror: Listing) -> Located | None:
    """Return the location of the first of `formats` that a mirror has; None if it has none.

    Raises:
        InputError: the files contradict each other (see `selection.select`).
    """
    for format in map(dataset.format, formats):
        chosen = selection.select(format, mirror.get(dataset.folder, ()))
        if chosen is not None:
            files = {name: held.location for name, held in chosen.files.items()}
            sums = {name: held.sha256 for name, held in chosen.files.items() if held.sha256}
            return replace(_located(format, "mirror", files, sums), skipped=chosen.skipped)
    return None


def official(dataset: Dataset, formats: Sequence[str]) -> Located | None:
    """Return the location of the first of `formats` that needs no login; None if all need one."""
    for format in map(dataset.format, formats):
        if _is_official(format):
            return _located(format, "official", dict(_addresses(format)), {})
    return None


def simulated(dataset: Dataset, formats: Sequence[str], records: int) -> Located | None:
    """Return the files to simulate; None if `formats` lacks the format that can be simulated."""
    format = simulator.format(dataset.name)
    if format is None or format not in formats:
        return None
    files = dict.fromkeys(simulator.files(dataset.name, records), "")
    return _located(dataset.format(format), "simulated", files, {})


def unreadable(dataset: Dataset, format: str) -> str:
    """Return what to do about a dataset whose format needs a program that does not run."""
    tool, why = readers.required(dataset.format(format)), readers.problem(dataset.format(format))
    assert tool is not None
    return f"{dataset.title}: {why}, but its format {format} needs it; run: {tool.install}"


def absent(
    dataset: Dataset,
    formats: Sequence[str],
    source: str,
    mirror: str | None,
    listed: Listing | None = None,
) -> str:
    """Return what to do about a dataset that its source does not have.

    One line for a simulated source; otherwise five lines: reason, page, file, folder, command.
    listed: the contents of the mirror, to name similar files.
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
            f"  put:  into {place}/{dataset.folder}/ (plain, .gz, .zst, .zip or .tar.gz)",
            f"  then: snakemake --cores 8 results/tables --config mirror={place}",
        ]
    )


def why_absent(dataset: Dataset, formats: Sequence[str], source: str) -> str:
    """Return briefly why a source does not have a dataset."""
    if source == "mirror":
        return "not in the mirror"
    if source == "official":
        if any(_is_official(format) for format in map(dataset.format, formats)):
            return "its official address does not answer"
        return f"{urllib.parse.urlsplit(dataset.page).netloc} requires a login"
    format = simulator.format(dataset.name)
    if format is None:
        return "cannot be simulated"
    return f"only simulated as {format}, which datasets.{dataset.name}.format does not allow"


def _instead(dataset: Dataset, formats: Sequence[str], listed: Listing) -> str:
    """Return what a mirror has instead of a dataset's files."""
    if not listed:
        return "it has no folders"
    if dataset.folder not in listed:
        alike = {_letters(dataset.folder), _letters(dataset.title)}
        other = next((folder for folder in listed if _letters(folder) in alike), "")
        return f"it has no folder {dataset.folder}" + (f", but {other}; rename it" if other else "")
    held = listed[dataset.folder]
    hint = _hint([dataset.format(format) for format in formats], held)
    for format in map(dataset.format, formats):
        lacking = selection.lacking(format, held)
        if len(lacking) < len(format.sources):
            files = ", ".join(lacking)
            return f"its folder {dataset.folder} lacks {files} of the format {format.name}{hint}"
    names = [Path(one.path).name for one in held[:_SHOWN]]
    shown = f" ({', '.join(names)}{', ...' if len(held) > _SHOWN else ''})" if names else ""
    return f"its folder {dataset.folder} has {len(held)} files{shown}, none with a known name{hint}"


def _hint(formats: Sequence[Format], held: Sequence[MirrorFile]) -> str:
    """Return how to turn a file of a mirror into a missing one; empty if none is similar."""
    others = _others(formats, held)
    if archive := next(_archives(others), None):
        return f", but {Path(archive.path).name}; {_unpack(archive)}"
    patterns = [pattern for format in formats for pattern in selection.lacking(format, held)]
    similar = [
        (SequenceMatcher(None, _letters(other.name), _letters(pattern)).ratio(), other, pattern)
        for other in (Path(one.path) for one in others[:_COMPARED])
        for pattern in patterns
    ]
    ratio, other, pattern = max(similar, default=(0.0, Path(), ""), key=lambda found: found[0])
    if ratio < _SIMILAR:
        return ""
    return f", but {other.name}; rename it to {pattern}, if it is that file"


def unread(dataset: Dataset, listed: Listing) -> Iterator[str]:
    """Yield a line for each archive of a dataset on a server, where no archive is read."""
    for one in _archives(_others(dataset.formats, listed.get(dataset.folder, ()))):
        if download.is_url(one.location):
            yield f"{one.location}: archives on a server are not read; {_unpack(one)}"


def _others(formats: Iterable[Format], held: Sequence[MirrorFile]) -> list[MirrorFile]:
    """Return the files that have no name of a native file."""
    wanted = [source for format in formats for source in format.sources]
    return [one for one in held if not any(s.native_name(one.path) for s in wanted)]


def _archives(held: Iterable[MirrorFile]) -> Iterator[MirrorFile]:
    return (one for one in held if Path(one.path).suffix.lower() in ARCHIVES)


def _unpack(archive: MirrorFile) -> str:
    """Return what to do with an archive that is not read."""
    served = download.is_url(archive.location)
    return "unpack it there" + (
        f", and write SHA256SUMS again: {listing.COMMAND}" if served else ""
    )


def _letters(name: str) -> str:
    """Return the letters and digits of a name in lower case."""
    return "".join(filter(str.isalnum, name.casefold()))


def known_size(format: Format, file: str, location: str) -> int:
    """Return the size of a file as far as it is known before it is fetched, or 0."""
    if not download.is_url(location):  # a file of an unreachable mirror is not fetched again
        there = archived.container(Path(location)).is_file()
        return archived.size(Path(location)) if there else 0
    return (file == plain_name(file) and format.source(file).bytes) or 0


def _is_official(format: Format) -> bool:
    """Return whether a format is available without a login."""
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
