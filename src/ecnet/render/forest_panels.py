"""The panels of a forest plot: a claim each, its comparisons by dataset; and their places."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ecnet.render.settings import Settings
from ecnet.render.sources import is_simulated

Row = Mapping[str, Any]

ROW = 0.12
"""The height of a row of text, in inches."""
_BELOW = 0.35  # inches: for ticks, and the distance to the next panel
_TITLE_CHARACTER = 0.058  # inches, in bold type of 7 points

_INDENT = "\N{NO-BREAK SPACE}" * 2  # a browser drops plain spaces at the start of a text


@dataclass(frozen=True)
class Panel:
    """A claim. title: its lines. lines: the text of each row with its comparison, or a heading."""

    title: list[str]
    verdict: str
    remark: str
    lines: list[tuple[str, Row | None]]

    @property
    def head(self) -> float:
        """The height above the axes, in inches."""
        return ROW * (len(self.title) + 1.4)

    @property
    def body(self) -> float:
        """The height of the axes, in inches."""
        return ROW * len(self.lines)

    @property
    def height(self) -> float:
        """The height of all of it, in inches."""
        return self.head + self.body + _BELOW

    @property
    def names(self) -> list[str]:
        """The dataset and the models of each row; of a heading its dataset."""
        names, dataset = [], ""
        for text, row in self.lines:
            dataset = text if row is None or self.remark else dataset
            names.append(dataset + (self.remark or f": {text.strip()}" if row else ""))
        return names

    @property
    def comparisons(self) -> list[Row]:
        """What its rows show."""
        return [row for _, row in self.lines if row is not None]


def panel_of(
    claim: Row, rows: Sequence[Row], found: Row, settings: Settings, width: float
) -> Panel:
    """Return the panel of a claim.

    rows: its comparisons. found: what `ecnet claims` wrote. width: of its title, in inches.
    """
    pairs = {(row["a"], row["b"]): _pair(row, settings) for row in rows}
    named = {
        name: settings.title(name) + (" (simulated)" if is_simulated(source) else "")
        for name, source in found["sources"].items()
    }
    paper = {paper["name"]: paper["title"] for paper in found["papers"]}[claim["paper"]]
    title = claim["claim"] if len(found["papers"]) == 1 else f"{paper}: {claim['claim']}"
    return Panel(
        title=textwrap.wrap(title, int(width / _TITLE_CHARACTER)),
        verdict=claim["verdict"],
        remark="".join(f": {pair}" for pair in pairs.values()) if len(pairs) == 1 else "",
        lines=[(named[row["dataset"]], row) for row in rows]
        if len(pairs) == 1
        else list(_grouped(rows, named, settings)),
    )


def _grouped(
    rows: Sequence[Row], named: Mapping[str, str], settings: Settings
) -> Iterator[tuple[str, Row | None]]:
    """Yield a heading for each dataset, and below it its comparisons."""
    order = list(dict.fromkeys(row["dataset"] for row in rows))
    by_dataset = sorted(rows, key=lambda row: order.index(row["dataset"]))
    for dataset, group in groupby(by_dataset, key=lambda row: row["dataset"]):
        yield named[dataset], None
        yield from ((_INDENT + _pair(row, settings), row) for row in group)


def _pair(row: Row, settings: Settings) -> str:
    return f"{settings.title(row['a'])} \N{MINUS SIGN} {settings.title(row['b'])}"
