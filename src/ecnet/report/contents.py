"""What stands on the page, in its order; titles and captions stand in workflow/report."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from ecnet.errors import InputError
from ecnet.report.markdown import html, titled
from ecnet.report.places import CLAIMS, PLACES, Place
from ecnet.report.provenance import Data

_HEADINGS = 3  # levels that headings within an item stand below those of the page


@dataclass(frozen=True)
class Item:
    """A table, a figure or an audit; `body` is None where the run did not make it."""

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


class Sources:
    """The files that the page is made of."""

    def __init__(
        self,
        shown: Sequence[Path],
        captions: Sequence[Path],
        data: list[Data],
        seeds: Mapping[str, str],
    ) -> None:
        """Keep the paths; a file is read when it is shown. seeds: kind of a place -> in words."""
        self._shown = {f"{path.parent.name}/{path.name}": path for path in shown}
        self._captions = {path.stem: path for path in captions}
        self.data = data
        self.seeds = seeds

    def path(self, place: str) -> Path | None:
        """Return where a result lies (`tables/table_6.md`); None if the run did not make it."""
        return self._shown.get(place)

    def caption(self, name: str) -> tuple[str, Markup]:
        """Return the title of a section or of an item, and how to read it."""
        if name not in self._captions:
            return name, Markup("")
        title, text = titled(_text(self._captions[name]))
        return title, html(text, below=_HEADINGS)

    def left(self, places: set[str]) -> list[Place]:
        """Return the results that stand at none of some places."""
        return [Place(path, Path(path).stem) for path in sorted(set(self._shown) - places)]


def sections(sources: Sources) -> list[Section]:
    """Return the sections in order; what none of them names stands in a last one."""
    found = [_section(sources, name, places) for name, places in PLACES.items()]
    named = {item.path for section in found for item in section.items}
    left = sources.left({*named, *CLAIMS})
    return [*found, _section(sources, "other", left)] if left else found


def _section(sources: Sources, name: str, places: Sequence[Place]) -> Section:
    title, reading = sources.caption(f"section_{name}")
    single = [one for place in places for one in place.each(sources.data)]
    return Section(name, title, reading, [_item(sources, place) for place in single])


def _item(sources: Sources, place: Place) -> Item:
    title, reading = sources.caption(place.caption)
    title = title.replace("{dataset}", place.title(sources.data))
    path = sources.path(place.path)
    return Item(
        id=place.path.replace("/", "-").replace(".", "-"),
        title=title,
        path=place.path,
        body=None if path is None else _body(path, title),
        reading=reading,
        data=place.about(sources.data),
        seeds=sources.seeds[place.kind],
        folded=place.folded,
    )


def _body(path: Path, title: str) -> Markup:
    if path.suffix == ".svg":
        # As an image a figure keeps its style and its ids to itself.
        content = base64.b64encode(_text(path).encode()).decode()
        return Markup('<img alt="{}" src="data:image/svg+xml;base64,{}">').format(title, content)
    return html(_text(path), below=_HEADINGS)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); run its step again") from error
