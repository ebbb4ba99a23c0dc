"""A table and its three formats: CSV for machines, Markdown and LaTeX for people."""

import csv
import io
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from ecnet.files import write_text

Datum = str | int | float | None

DASH = "\N{EN DASH}"
"""Stands for a value that there is none of."""

_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "±": r"$\pm$",
    "\N{MINUS SIGN}": "$-$",
    DASH: "--",
}
_MARKDOWN = {character: f"\\{character}" for character in "\\|*<`"}


@dataclass(frozen=True)
class Column:
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


@dataclass(frozen=True)
class Table:
    """A table.

    blocks: rows, in groups that a rule parts; the first `stub` columns of a block that repeat
        those of the row above are left blank.
    notes: footnotes, `(letter, text)`; those without a letter are about the whole table.
    data: the rows of the CSV file: values as they are, with the same keys in every row.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    blocks: list[list[list[Cell]]]
    data: list[dict[str, Datum]]
    notes: list[tuple[str, str]] = field(default_factory=list)
    stub: int = 0


def write(table: Table, folder: Path) -> None:
    """Write `table` to `folder` as name.csv, name.md and name.tex."""
    write_text(folder / f"{table.name}.csv", _csv(table))
    write_text(folder / f"{table.name}.md", _markdown(table))
    write_text(folder / f"{table.name}.tex", _latex(table))


class Notes:
    """Collects footnotes and gives each a letter; the same text gets the same letter."""

    def __init__(self) -> None:
        """Begin without any."""
        self._letters: dict[str, str] = {}

    def mark(self, text: str) -> str:
        """Return the letter of the footnote `text`, nothing for an empty one."""
        if not text:
            return ""
        return self._letters.setdefault(text, chr(ord("a") + len(self._letters)))

    def listed(self, *general: str) -> list[tuple[str, str]]:
        """Return all footnotes in order, then the `general` ones that are not empty."""
        lettered = [(letter, text) for text, letter in self._letters.items()]
        return lettered + [("", text) for text in general if text]


def _csv(table: Table) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(table.data[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table.data)
    return text.getvalue()


def _markdown(table: Table) -> str:
    heads = [f"{c.group}: {c.title}" if c.group else c.title for c in table.columns]
    rows = [[_escaped(head, _MARKDOWN) for head in heads]]
    rows += [[_markdown_cell(cell) for cell in row] for row in _rows(table)]
    widths = [max(3, *(len(row[i]) for row in rows)) for i in range(len(heads))]
    rule = [
        "-" * (width - 1) + ":" if column.number else "-" * width
        for column, width in zip(table.columns, widths, strict=True)
    ]
    lines = [
        "| " + " | ".join(_padded(row, widths, table.columns)) + " |"
        for row in (rows[0], rule, *rows[1:])
    ]
    notes = [
        (f"<sup>{letter}</sup> " if letter else "") + _escaped(text, _MARKDOWN)
        for letter, text in table.notes
    ]
    return "\n\n".join([_escaped(table.caption, _MARKDOWN), "\n".join(lines), *notes]) + "\n"


def _padded(row: list[str], widths: list[int], columns: tuple[Column, ...]) -> list[str]:
    return [
        text.rjust(width) if column.number else text.ljust(width)
        for text, width, column in zip(row, widths, columns, strict=True)
    ]


def _markdown_cell(cell: Cell) -> str:
    text = _escaped(cell.text, _MARKDOWN)
    text = f"**{text}**" if cell.bold else text
    return text + (f" <sup>{','.join(cell.marks)}</sup>" if cell.marks else "")


def _latex(table: Table) -> str:
    groups = [
        (group, len(list(members)))
        for group, members in groupby(table.columns, key=lambda column: column.group)
    ]
    head = [_tex_row([_escaped(column.title, _TEX) for column in table.columns])]
    if any(group for group, _ in groups):
        head = [*_tex_groups(groups), *head]
    body: list[str] = []
    for block in _blocks(table):
        body += [r"\midrule", *(_tex_row([_tex_cell(cell) for cell in row]) for row in block)]
    return "\n".join(
        [
            "% needs the packages booktabs and graphicx",
            r"\begin{table*}",
            r"\centering",
            rf"\caption{{{_escaped(table.caption, _TEX)}}}",
            rf"\label{{tab:{table.name.replace('_', '-')}}}",
            r"\footnotesize",
            r"\setlength{\tabcolsep}{3pt}",
            r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
            rf"\begin{{tabular}}{{{''.join('r' if c.number else 'l' for c in table.columns)}}}",
            r"\toprule",
            *head,
            *body,
            r"\bottomrule",
            r"\end{tabular}}",
            *(rf"\par\raggedright {_tex_note(letter, text)}" for letter, text in table.notes),
            r"\end{table*}",
            "",
        ]
    )


def _tex_groups(groups: list[tuple[str, int]]) -> list[str]:
    """Return the row of shared headings and the rules below them."""
    cells, rules, start = [], [], 1
    for group, width in groups:
        if group:
            cells.append(rf"\multicolumn{{{width}}}{{c}}{{{_escaped(group, _TEX)}}}")
            rules.append(rf"\cmidrule(lr){{{start}-{start + width - 1}}}")
        else:
            cells += [""] * width
        start += width
    return [_tex_row(cells), " ".join(rules)]


def _tex_row(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _tex_cell(cell: Cell) -> str:
    text = _escaped(cell.text, _TEX)
    text = rf"\textbf{{{text}}}" if cell.bold else text
    return text + (rf"\textsuperscript{{{','.join(cell.marks)}}}" if cell.marks else "")


def _tex_note(letter: str, text: str) -> str:
    return (rf"\textsuperscript{{{letter}}}~" if letter else "") + _escaped(text, _TEX)


def _rows(table: Table) -> list[list[Cell]]:
    return [row for block in _blocks(table) for row in block]


def _blocks(table: Table) -> list[list[list[Cell]]]:
    """Return the blocks with the repeated cells of the stub left blank."""
    blank = [Cell("")] * table.stub
    return [
        [
            blank + row[table.stub :] if i and row[: table.stub] == block[i - 1][: table.stub]
            else row
            for i, row in enumerate(block)
        ]
        for block in table.blocks
    ]  # fmt: skip


def _escaped(text: str, characters: dict[str, str]) -> str:
    return "".join(characters.get(character, character) for character in " ".join(text.split()))
