"""The four formats of a table: CSV, Markdown, LaTeX, and an HTML fragment for the report."""

import csv
import io
from html import escape
from pathlib import Path

from ecnet.files import write_text
from ecnet.render.table import DASH, Cell, Table, TableColumn

_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "±": r"$\pm$",
    "\N{MINUS SIGN}": "$-$",
    DASH: "--",
    "\N{DOWNWARDS ARROW}": r"$\downarrow$",
    "\N{UPWARDS ARROW}": r"$\uparrow$",
    "\N{ALMOST EQUAL TO}": r"$\approx$",
}
_MARKDOWN = {character: f"\\{character}" for character in "\\|*<`"}


def write(table: Table, folder: Path) -> None:
    """Write a table to `folder` in each of its formats, as name.csv and so on."""
    for suffix, text in (
        ("csv", _csv(table)),
        ("md", _markdown(table)),
        ("tex", _latex(table)),
        ("html", html(table)),
    ):
        write_text(folder / f"{table.name}.{suffix}", text)


def _csv(table: Table) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(table.data[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table.data)
    return text.getvalue()


def _markdown(table: Table) -> str:
    heads = [f"{c.group}: {c.title}" if c.group else c.title for c in table.columns]
    rows = [[_escaped(head, _MARKDOWN) for head in heads]]
    rows += [[_markdown_cell(cell) for cell in row] for block in table.shown() for row in block]
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


def markdown_text(text: str) -> str:
    """Return text on one line, as Markdown that shows it as it is."""
    return _escaped(text, _MARKDOWN)


def _padded(row: list[str], widths: list[int], columns: tuple[TableColumn, ...]) -> list[str]:
    return [
        text.rjust(width) if column.number else text.ljust(width)
        for text, width, column in zip(row, widths, columns, strict=True)
    ]


def _markdown_cell(cell: Cell) -> str:
    text = _escaped(cell.text, _MARKDOWN)
    text = f"**{text}**" if cell.bold else text
    return text + (f" <sup>{','.join(cell.marks)}</sup>" if cell.marks else "")


def _latex(table: Table) -> str:
    head = [_tex_row([_escaped(column.title, _TEX) for column in table.columns])]
    if any(column.group for column in table.columns):
        head = [*_tex_groups(table), *head]
    body: list[str] = []
    for block in table.shown():
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


def _tex_groups(table: Table) -> list[str]:
    """Return the row of shared headings and the rules below them."""
    cells, rules, start = [], [], 1
    for group, columns in table.groups():
        width = len(columns)
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


def _escaped(text: str, characters: dict[str, str]) -> str:
    return "".join(characters.get(character, character) for character in " ".join(text.split()))


def html(table: Table) -> str:
    """Return a table as an HTML fragment; all of its text is escaped."""
    notes = "".join(
        f"<p>{_sup(letter)}{' ' if letter else ''}{escape(text)}</p>\n"
        for letter, text in table.notes
    )
    label = escape(table.caption.partition(". ")[0])
    return (
        f'<p class="caption">{escape(table.caption)}</p>\n'
        f'<div class="scroll" tabindex="0" role="group" aria-label="{label}"><table>\n'
        f"<thead>\n{_html_head(table)}</thead>\n"
        f"{''.join(_html_body(table, block) for block in table.blocks)}</table></div>\n{notes}"
    )


def _html_head(table: Table) -> str:
    """Return the rows of headings: one, or two where columns are grouped."""
    grouped = any(column.group for column in table.columns)
    above, below = "", ""
    for group, columns in table.groups():
        if group:
            above += f'<th scope="colgroup" colspan="{len(columns)}">{escape(group)}</th>'
            below += "".join(_th(column) for column in columns)
        else:
            above += "".join(_th(column, ' rowspan="2"' if grouped else "") for column in columns)
    return "".join(f"<tr>{row}</tr>\n" for row in (above, below) if row)


def _th(column: TableColumn, span: str = "") -> str:
    return f'<th scope="col"{span}{_number(column)}>{escape(column.title)}</th>'


def _html_body(table: Table, block: list[list[Cell]]) -> str:
    rows = (_html_row(table, row, table.repeated(block, i)) for i, row in enumerate(block))
    return f"<tbody>\n{''.join(rows)}</tbody>\n"


def _html_row(table: Table, row: list[Cell], repeated: int) -> str:
    """Return a row. Its first cells that repeat those above say so, and are there all the same.

    They are hidden as long as the rows above are those that they repeat.
    """
    cells = zip(row, table.columns, strict=True)
    return (
        f"<tr>{''.join(_td(c, column, i < repeated) for i, (c, column) in enumerate(cells))}</tr>\n"
    )


def _td(cell: Cell, column: TableColumn, repeats: bool) -> str:
    text = escape(cell.text)
    text = f"<strong>{text}</strong>" if cell.bold else text
    marks = f" {_sup(','.join(cell.marks))}" if cell.marks else ""
    kind = ' class="again"' if repeats else _number(column)
    return f"<td{kind}>{text}{marks}</td>"


def _number(column: TableColumn) -> str:
    return ' class="number"' if column.number else ""


def _sup(letters: str) -> str:
    return f"<sup>{letters}</sup>" if letters else ""
