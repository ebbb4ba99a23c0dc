"""Which dataset and form a file is of: by its name, then by its header and first records."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from ecnet import datasets
from ecnet.datasets.declaration import Dataset, Form, Source
from ecnet.errors import InputError
from ecnet.files import PACKED, plain_name
from ecnet.readers import read


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
        raise InputError(f"{path}: cannot be read (no such file); name one that is there")
    if asked:
        return _asked(path, asked)
    fitting = [found for found in _by_name(path) if not found.source.companion]
    if _layouts(fitting) != 1:
        fitting = [found for found in fitting or _any(path) if _fits(path, found)]
    if _layouts(fitting) != 1:
        forms = ", ".join(
            f"{found.dataset.name}/{found.form.name}" for found in fitting or _any(path)
        )
        what = "could be of several forms" if fitting else "is of no form that is known"
        raise InputError(f"{path}: {what}; name it with --form, one of {forms}")
    return fitting[0]


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


def _fits(path: Path, found: Recognised) -> bool:
    """Tell whether the header and the first block can be read as a form."""
    batches = read(path, found.form, found.source, companions=found.companions)
    try:
        with closing(batches):  # type: ignore[type-var]
            next(batches)
    except InputError:
        return False
    return True
