"""Which dataset and form a file is of: by its name, then by its header and first records."""

from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from pathlib import Path, PurePath
from typing import NamedTuple

from ecnet import datasets
from ecnet.datasets.declaration import Dataset, Form, Source
from ecnet.errors import InputError
from ecnet.files import PACKED, files, plain_name
from ecnet.readers import read

_LOOKED_AT = 10_000
"""Files of a folder that are looked at for those that could be named instead."""
_SHOWN = 5


class Recognised(NamedTuple):
    """What a file is. companions: the files that are read beside it, by the pattern of each."""

    dataset: Dataset
    form: Form
    source: Source
    companions: dict[str, Path]


def recognised(path: Path, asked: str = "") -> Recognised:
    """Return what the file `path` is; `asked` names its form as `dataset/form`.

    Raises:
        InputError: there is no such file or form, or the file could be of none or of several.
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
    forms = ", ".join(f"{found.dataset.name}/{found.form.name}" for found in fitting or _any(path))
    what = "could be of several forms" if fitting else "is of no form that is known"
    raise InputError(f"{path}: {what}; name it with --form, one of {forms}")


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
    return len({(one.form.columns, one.form.labels, one.form.layout) for one in found})


def _asked(path: Path, asked: str) -> Recognised:
    dataset, _, form = asked.partition("/")
    known = _any(path, readers=("delimited", "zeek", "packets"))
    for found in known:
        if (found.dataset.name, found.form.name) == (dataset, form):
            return next((f for f in _by_name(path) if f.form is found.form), found)
    forms = ", ".join(f"{found.dataset.name}/{found.form.name}" for found in known)
    raise InputError(f"--form {asked}: is no form; name one of {forms}")


def _by_name(path: Path) -> list[Recognised]:
    """Return what the file's name fits."""
    found = []
    for dataset in map(datasets.load, datasets.names()):
        for form in dataset.forms:
            try:
                source = form.source(path.name)
            except LookupError:
                continue
            found.append(Recognised(dataset, form, source, _companions(path, form)))
    return found


def _any(path: Path, readers: tuple[str, ...] = ("delimited", "zeek")) -> list[Recognised]:
    """Return the file as every form of some readers, whatever its name."""
    return [
        Recognised(dataset, form, Source(plain_name(path.name)), _companions(path, form))
        for dataset in map(datasets.load, datasets.names())
        for form in dataset.forms
        if form.reader in readers
    ]


def _companions(path: Path, form: Form) -> dict[str, Path]:
    """Return the companions that lie beside the file."""
    return {
        source.pattern: beside
        for source in form.sources
        if source.companion
        for beside in (path.with_name(source.pattern + packing) for packing in (*PACKED[::-1], ""))
        if beside.is_file()
    }


def _refusal(path: Path, found: Recognised) -> InputError | None:
    """Return why the header and the first block cannot be read as a form; None if they can."""
    batches = read(path, found.form, found.source, companions=found.companions)
    try:
        with closing(batches):  # type: ignore[type-var]
            next(batches)
    except InputError as error:
        return error
    return None


def _check_readable(path: Path, tried: Iterable[tuple[Recognised, InputError | None]]) -> None:
    """Raise what is wrong with a file that no form can read, if that is not the form."""
    refusals = {
        found.form.name: refusal
        for found, refusal in tried
        if refusal is not None and found.form.reader == "delimited"
    }
    related = [found.form.name for found, _ in tried if _stems(found.form, path)]
    causes = {str(refusal).split(";")[0] for refusal in refusals.values()}
    if len(causes) == 1:
        raise next(refusals[name] for name in [*related, *refusals] if name in refusals)


def _stems(form: Form, path: Path) -> bool:
    """Tell whether a file has the name of one of the form's sources, but for its suffix."""
    stem = PurePath(plain_name(path.name)).stem
    return any(PurePath(source.pattern).stem == stem for source in form.sources)
