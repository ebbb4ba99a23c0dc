"""A table as it is shown and as data; `ecnet.render.formats` writes it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

Datum = str | int | float | None

DASH = "\N{EN DASH}"
"""Stands for a value that does not exist."""


@dataclass(frozen=True)
class TableColumn:
    """A column as shown; neighbours of one `group` share a heading above their own."""

    title: str
    group: str = ""
    number: bool = True


@dataclass(frozen=True)
class Cell:
    """A cell as shown. marks: the letters of its footnotes."""

    text: str
    bold: bool = False
    marks: str = ""


Blocks = list[list[list[Cell]]]


@dataclass(frozen=True)
class Table:
    """A table.

    blocks: rows, in groups with a rule between them; the first `stub` columns of a block that
        repeat those of the row above are left blank.
    notes: footnotes, `(letter, text)`; those without a letter are about the whole table.
    data: the rows of the CSV file: values as they are, with the same keys in every row.
    """

    name: str
    caption: str
    columns: tuple[TableColumn, ...]
    blocks: Blocks
    data: list[dict[str, Datum]]
    notes: list[tuple[str, str]] = field(default_factory=list)
    stub: int = 0

    def repeated(self, block: list[list[Cell]], i: int) -> int:
        """Return how many cells of row i of a block repeat those above: the stub, or none."""
        return self.stub if i and block[i][: self.stub] == block[i - 1][: self.stub] else 0

    def shown(self) -> Blocks:
        """Return the blocks with the repeated cells of the stub left blank."""

        def row(block: list[list[Cell]], i: int) -> list[Cell]:
            repeated = self.repeated(block, i)
            return [Cell("")] * repeated + block[i][repeated:]

        return [[row(block, i) for i in range(len(block))] for block in self.blocks]

    def groups(self) -> Iterator[tuple[str, list[TableColumn]]]:
        """Yield neighbouring columns of one group, and the group."""
        for group, columns in groupby(self.columns, key=lambda column: column.group):
            yield group, list(columns)


class Notes:
    """Collects footnotes and gives each a letter; the same text gets the same letter."""

    def __init__(self) -> None:
        """Begin without any."""
        self._letters: dict[str, str] = {}

    def mark(self, text: str) -> str:
        """Return the letter of the footnote `text`, nothing for an empty one."""
        if not text:
            return ""
        return self._letters.setdefault(text, _letter(len(self._letters)))

    def listed(self, *general: str) -> list[tuple[str, str]]:
        """Return all footnotes in order, then the `general` ones that are not empty."""
        lettered = [(letter, text) for text, letter in self._letters.items()]
        return lettered + [("", text) for text in general if text]


def _letter(number: int) -> str:
    """Return a, b, ..., z, aa, bb, ..., for 0, 1, ..."""
    rounds, place = divmod(number, 26)
    return chr(ord("a") + place) * (rounds + 1)
