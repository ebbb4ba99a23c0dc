"""Which dataset and format a file is of: by its name, then by its header and first records."""

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

_LOOKED_AT = 10_000
"""Files of a folder that are looked at for those that could be named instead."""
_SHOWN = 5


class Recognised(NamedTuple):
    """What a file is. companions: the files that are read beside it, by the pattern of each."""

    dataset: Dataset
    format: Format
    source: Source
    companions: dict[str, Path]


def recognised(path: Path, asked: str = "") -> Recognised:
    """Return what the file `path` is; `asked` names its format as `dataset/format`.

    Raises:
        InputError: there is no such file or format, or the file could be of none or of several.
    """
    if not path.is_file():
        raise InputError(_no_file(path))
    if asked:
        return _asked(path, asked)
    named = [found for found in _by_name(path) if not found.source.companion]
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
    what = "could be of several formats" if fitting else "is of no format that is known"
    raise InputError(f"{path}: {what}; name it with --format, one of {formats}")


def _no_file(path: Path) -> str:
    """Return what stands in the place of a file, and what to name instead."""
    if not path.is_dir():
        if path.exists():
            return f"{path}: is no file that can be read twice; write it to one, and name that"
        return f"{path}: cannot be read (no such file); name one that is there"
    within = islice(files(str(path)), _LOOKED_AT)
    named = [name for name in within if any(not f.source.companion for f in _by_name(Path(name)))]
    if not named:
        return f"{path}: is a folder, and none of its files has the name of a known one; name one"
    more = f" and {len(named) - _SHOWN} more" if named[_SHOWN:] else ""
    return f"{path}: is a folder; name one of its files: {', '.join(named[:_SHOWN])}{more}"


def _layouts(found: Iterable[Recognised]) -> int:
    """Return how many kinds of file there are among what a file could be."""
    return len({(one.format.columns, one.format.labels, one.format.layout) for one in found})


def _asked(path: Path, asked: str) -> Recognised:
    dataset, _, format = asked.partition("/")
    known = _any(path, readers=("delimited", "zeek", "packets"))
    for found in known:
        if (found.dataset.name, found.format.name) == (dataset, format):
            return next((f for f in _by_name(path) if f.format is found.format), found)
    formats = ", ".join(f"{found.dataset.name}/{found.format.name}" for found in known)
    raise InputError(f"--format {asked}: is no format; name one of {formats}")


def _by_name(path: Path) -> list[Recognised]:
    """Return what the file's name fits."""
    found = []
    for dataset in map(datasets.load, datasets.names()):
        for format in dataset.formats:
            try:
                source = format.source(path.name)
            except LookupError:
                continue
            found.append(Recognised(dataset, format, source, _companions(path, format)))
    return found


def _any(path: Path, readers: tuple[str, ...] = ("delimited", "zeek")) -> list[Recognised]:
    """Return the file as every format of some readers, whatever its name."""
    return [
        Recognised(dataset, format, Source(plain_name(path.name)), _companions(path, format))
        for dataset in map(datasets.load, datasets.names())
        for format in dataset.formats
        if format.reader in readers
    ]


def _companions(path: Path, format: Format) -> dict[str, Path]:
    """Return the companions that lie beside the file."""
    return {
        source.pattern: beside
        for source in format.sources
        if source.companion
        for beside in (path.with_name(source.pattern + packing) for packing in (*PACKED[::-1], ""))
        if beside.is_file()
    }


def _refusal(path: Path, found: Recognised) -> InputError | None:
    """Return why the header and the first block cannot be read as a format; None if they can."""
    batches = read(path, found.format, found.source, companions=found.companions)
    try:
        with closing(batches):  # type: ignore[type-var]
            next(batches)
    except InputError as error:
        return error
    return None


def _check_readable(path: Path, tried: Iterable[tuple[Recognised, InputError | None]]) -> None:
    """Raise what is wrong with a file that no format can read, if that is not the format."""
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
    """Tell whether a file has the name of one of the format's sources, but for its suffix."""
    stem = PurePath(plain_name(path.name)).stem
    return any(PurePath(source.pattern).stem == stem for source in format.sources)
