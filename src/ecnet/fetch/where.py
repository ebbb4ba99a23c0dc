"""Commands about a dataset: where to get it, and how to cite it."""

import difflib

from ecnet import datasets, readers
from ecnet.datasets.declaration import Dataset
from ecnet.errors import InputError


def where(dataset: str) -> None:
    """Print the page, licence, size and files of a dataset, and how to get them.

    dataset: its name, as in params.yaml.

    Raises:
        InputError: there is no dataset of that name.
    """
    declared = load(dataset)
    print(f"{declared.title} ({declared.name})")
    print(f"page:    {declared.page}")
    print(f"size:    {declared.size}")
    print(f"licence: {declared.licence}")
    if declared.union:
        print(f"parts:   {', '.join(datasets.parts())}")
    for format in declared.formats:
        print(f"format {format.name}: {format.title}")
        if tool := readers.required(format):
            lacking = readers.problem(format)
            how = f": {lacking}; {tool.install}" if lacking else ", which is installed"
            print(f"  read with {tool.name}{how}")
        for source in format.sources:
            facts = [f"{source.bytes:,} bytes" if source.bytes else "", source.sha256]
            names = " or ".join((source.pattern, *source.also))
            print("  " + "  ".join([names, *filter(None, facts)]))
            for stem in source.stems:
                print(f"    {source.url.replace('{stem}', stem)}")
    for step in declared.steps:
        print(f"- {step}")


def cite(dataset: str) -> None:
    """Print how to cite a dataset, and its licence.

    dataset: its name, as in params.yaml.

    Raises:
        InputError: there is no dataset of that name.
    """
    declared = load(dataset)
    print(declared.citation)
    print(f"Licence: {declared.licence}")


def load(name: str) -> Dataset:
    """Return a dataset.

    Raises:
        InputError: there is no dataset of that name.
    """
    known = datasets.names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
        raise InputError(f"{name!r} is not a dataset; {hint}")
    return datasets.load(name)
