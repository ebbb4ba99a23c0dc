"""Detect the dataset and format of a file from its name, then from its header and first records."""

from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from pathlib import Path, PurePath
from typing import NamedTuple

from ecnet import datasets
from ecnet.datasets.declaration import Dataset, Format, Source
from ecnet.errors import InputError
from ecnet.files import PACKED, files, plain_name
from ecnet.readers import read

_MAX_LISTED = 10_000
"""The maximum number of files of a folder that are searched for known names."""
_SHOWN = 5


class Detected(NamedTuple):
    """What a file is. companions: the files that are read together with it, by pattern."""

    dataset: Dataset
    format: Format
    source: Source
    companions: dict[str, Path]


def detect(path: Path, asked: str = "") -> Detected:
    """Return what the file `path` is; `asked`: its format as `dataset/format`, or empty.

    Raises:
        InputError: the file or format does not exist, or no format or several formats fit.
    """
    if not path.is_file():
        raise InputError(_no_file(path))
    if asked:
        return _asked(path, asked)
    named = [
        found for found in _by_name(path) if not (found.source.companion or found.dataset.files_of)
    ]
    if _layouts(named) == 1:
        return named[0]
    tried = [(found, _refusal(path, found)) for found in named or _any(path)]
    fitting = [found for found, refusal in tried if refusal is None]
    if _layouts(fitting) == 1:
        return fitting[0]
    if not fitting:
        _check_readable(path, tried)
    formats = ", ".join(
        f"{found.dataset.name}/{found.format.name}" for found in fitting or _any(path)
    )
    what = "fits several formats" if fitting else "has no known format"
    raise InputError(f"{path}: {what}; name it with --format, one of {formats}")


def _no_file(path: Path) -> str:
    """Return the message for a path that is not a file, with what to name instead."""
    if not path.is_dir():
        if path.exists():
            return f"{path}: is not a regular file; write its content to one, and name that"
        return f"{path}: cannot be read (no such file); name an existing file"
    within = islice(files(str(path)), _MAX_LISTED)
    named = [name for name in within if any(not f.source.companion for f in _by_name(Path(name)))]
    if not named:
        return f"{path}: is a folder, and none of its files has a known name; name a file"
    more = f" and {len(named) - _SHOWN} more" if named[_SHOWN:] else ""
    return f"{path}: is a folder; name one of its files: {', '.join(named[:_SHOWN])}{more}"


def _layouts(found: Iterable[Detected]) -> int:
    """Return the number of different layouts among what a file could be."""
    return len({(one.format.columns, one.format.labels, one.format.layout) for one in found})


def _asked(path: Path, asked: str) -> Detected:
    dataset, _, format = asked.partition("/")
    known = _any(path, readers=("delimited", "zeek", "packets", "frames"))
    for found in known:
        if (found.dataset.name, found.format.name) == (dataset, format):
            return next((f for f in _by_name(path) if f.format is found.format), found)
    formats = ", ".join(f"{found.dataset.name}/{found.format.name}" for found in known)
    raise InputError(f"--format {asked}: is not a format; name one of {formats}")


def _by_name(path: Path) -> list[Detected]:
    """Return the formats that the file's name matches."""
    found = []
    for dataset in map(datasets.load, datasets.names()):
        for format in dataset.formats:
            try:
                source = format.source(path.name)
            except LookupError:
                continue
            found.append(Detected(dataset, format, source, _companions(path, format)))
    return found


def _any(path: Path, readers: tuple[str, ...] = ("delimited", "zeek")) -> list[Detected]:
    """Return the file as every format of some readers, whatever its name."""
    return [
        Detected(dataset, format, Source(plain_name(path.name)), _companions(path, format))
        for dataset in map(datasets.load, datasets.names())
        for format in dataset.formats
        if format.reader in readers
    ]


def _companions(path: Path, format: Format) -> dict[str, Path]:
    """Return the companions that are beside the file."""
    return {
        source.pattern: beside
        for source in format.sources
        if source.companion
        for beside in (path.with_name(source.pattern + packing) for packing in (*PACKED[::-1], ""))
        if beside.is_file()
    }


def _refusal(path: Path, found: Detected) -> InputError | None:
    """Return why the header and the first block cannot be read in a format; None if they can."""
    batches = read(path, found.format, found.source, companions=found.companions)
    try:
        with closing(batches):  # type: ignore[type-var]
            next(batches)
    except InputError as error:
        return error
    return None


def _check_readable(path: Path, tried: Iterable[tuple[Detected, InputError | None]]) -> None:
    """Raise the error of a file that no format can read, if all formats have the same one."""
    refusals = {
        found.format.name: refusal
        for found, refusal in tried
        if refusal is not None and found.format.reader == "delimited"
    }
    related = [found.format.name for found, _ in tried if _stems(found.format, path)]
    causes = {str(refusal).split(";")[0] for refusal in refusals.values()}
    if len(causes) == 1:
        raise next(refusals[name] for name in [*related, *refusals] if name in refusals)


def _stems(format: Format, path: Path) -> bool:
    """Return whether a file has the name of one of the format's sources, except its suffix."""
    stem = PurePath(plain_name(path.name)).stem
    return any(PurePath(source.pattern).stem == stem for source in format.sources)
