"""What is on the page, in its order: the catalogue's results with captions, data and seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import ParseError

from markupsafe import Markup

from ecnet.datasets import papers
from ecnet.errors import InputError
from ecnet.render import catalogue
from ecnet.render.catalogue import Result
from ecnet.report.captions import caption
from ecnet.report.provenance import Data
from ecnet.report.svg import inline


@dataclass(frozen=True)
class Item:
    """A table, a figure or an audit; `body` is None where the run did not make it.

    path: of the file that is shown. data: the datasets that it is about. seeds: in words.
    """

    id: str
    title: str
    path: str
    body: Markup | None
    reading: Markup
    data: list[Data]
    seeds: str
    folded: bool

    @property
    def simulated(self) -> list[str]:
        """The titles of its datasets that hold simulated records."""
        return [one.title for one in self.data if one.simulated]


@dataclass(frozen=True)
class Section:
    """A part of the page."""

    id: str
    title: str
    reading: Markup
    items: list[Item]


class PageFiles:
    """The files that the page is made of."""

    def __init__(
        self,
        shown: Sequence[Path],
        captions: Sequence[Path],
        data: list[Data],
        seeds: Mapping[str, str],
    ) -> None:
        """Keep the paths; a file is read when it is shown. seeds: kind of a result -> in words."""
        self._shown = {path.parts[-2:]: path for path in shown}
        self._captions = {path.stem: path for path in captions}
        self.data = data
        self.seeds = seeds

    def path(self, file: str) -> Path | None:
        """Return where a file of a result is; None if the run did not make it."""
        return self._shown.get(Path(file).parts[-2:])

    def reading(self, name: str) -> Markup:
        """Return how to read a section or an item."""
        if name not in self._captions:
            raise InputError(f"workflow/report/{name}.rst: is missing; each result has a caption")
        return caption(self._captions[name])


def sections(files: PageFiles) -> list[Section]:
    """Return the sections in order."""
    datasets = [one.name for one in files.data if not one.absent]
    results = catalogue.all_of(datasets)
    return [
        Section(
            name,
            title,
            files.reading(f"section_{name}"),
            [_item(files, result) for result in results if result.section == name],
        )
        for name, title in catalogue.SECTIONS.items()
    ]


def _item(files: PageFiles, result: Result) -> Item:
    file = result.files[0]
    titles = {ours: title for title, ours in papers.reproduced().datasets.items()}
    title = result.heading(titles | {one.name: one.title for one in files.data})
    path = files.path(file)
    about = [one for one in files.data if result.dataset in ("", one.name)]
    name = "-".join(Path(file).parts[-2:]).replace(".", "-")
    return Item(
        id=name,
        title=title,
        path=file,
        body=None if path is None else _body(path, name, title),
        reading=files.reading(result.reading),
        data=about if result.seeds else [],
        seeds=files.seeds[result.seeds],
        folded=result.folded,
    )


def _body(path: Path, name: str, title: str) -> Markup:
    """Return a figure as an element of its own, and a fragment that a step has escaped as it is."""
    try:
        text = path.read_text(encoding="utf-8")
        return inline(text, name, title) if path.suffix == ".svg" else Markup(text)  # noqa: S704
    except (OSError, UnicodeDecodeError, ParseError) as error:
        raise InputError(f"{path}: cannot be read ({error}); run its step again") from error
