"""Markdown, as the other steps write it, to HTML: tables that scroll, and no markup but ours."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

_RAISED = re.compile(r"&lt;sup&gt;([a-z,]+)&lt;/sup&gt;")  # the letters of footnotes
# Links and images stay text, so that the page names no file and no address that it does not hold.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_PARSER.disable(["link", "image", "autolink", "reference"])
_RENDERER = RendererHTML(_PARSER)


def html(text: str, *, below: int) -> Markup:
    """Return Markdown as HTML; its headings stand `below` levels deeper.

    Of HTML in the text, the raised letters of footnotes alone are kept; the rest, and links and
    images, are shown as they are written. A heading `group: title` that stands beside another of
    its group becomes two rows.
    """
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + below, 6)}"
    rendered = _RENDERER.render(list(_with_groups(tokens)), _PARSER.options, {})
    framed = rendered.replace("<table>", '<div class="scroll" tabindex="0"><table>')
    framed = framed.replace("</table>", "</table></div>")
    return Markup(_RAISED.sub(r"<sup>\1</sup>", framed))  # noqa: S704


def titled(text: str) -> tuple[str, str]:
    """Return the title of a text that begins with `# title`, and the rest; no title is empty."""
    first, _, rest = text.partition("\n")
    return (first[2:].strip(), rest) if first.startswith("# ") else ("", text)


def _with_groups(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens, but each head of a table in one piece, with its groups."""
    head: list[Token] | None = None
    for token in tokens:
        if token.type == "thead_open":
            head = []
        elif token.type == "thead_close" and head is not None:
            whole = Token("html_block", "", 0)
            whole.content = _head(head)
            yield whole
            head = None
        elif head is None:
            yield token
        else:
            head.append(token)


def _head(tokens: Sequence[Token]) -> str:
    """Return the head of a table from its tokens: one row, or two where columns are grouped."""
    titles = [
        _RENDERER.renderInline(token.children or [], _PARSER.options, {})
        for token in tokens
        if token.type == "inline"
    ]
    styles = [token.attrGet("style") or "" for token in tokens if token.type == "th_open"]
    first, second = [], []
    for group, members in groupby(
        zip(titles, styles, strict=True), key=lambda member: _group(member[0])
    ):
        columns = list(members)
        if group and len(columns) > 1:
            first.append(f'<th scope="colgroup" colspan="{len(columns)}">{group}</th>')
            second += [_th(title.removeprefix(f"{group}: "), style) for title, style in columns]
        else:
            first += [_th(title, style, ' rowspan="2"') for title, style in columns]
    if not second:
        first = [cell.replace(' rowspan="2"', "") for cell in first]
    rows = "".join(f"<tr>{''.join(row)}</tr>\n" for row in (first, second) if row)
    return f"<thead>\n{rows}</thead>\n"


def _group(title: str) -> str:
    return title.rpartition(": ")[0]


def _th(title: str, style: object, span: str = "") -> str:
    aligned = f' style="{style}"' if style else ""
    return f'<th scope="col"{span}{aligned}>{title}</th>'
