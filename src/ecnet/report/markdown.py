"""Pages in Markdown, from the templates of this package."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ecnet.render.formats import markdown_text


def environment() -> Environment:
    """Return what reads the templates; their filter `md` writes a value as Markdown text."""
    found = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # noqa: S701 - Markdown, which the filter `md` escapes
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters["md"] = lambda value: markdown_text(str(value))
    return found
