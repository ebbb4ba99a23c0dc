"""Sphinx: the site is README.md, docs/, and pages that are generated from what the code states.

`make docs` builds it. The pages are plain Markdown that GitHub shows as well; what only the site
needs is added here.
"""

import re
import shutil
import sys
from pathlib import Path

from sphinx.application import Sphinx

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path.insert(0, str(DOCS))

import generated  # noqa: E402

project = "EcNet, reproduced"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "README"
include_patterns = ["*.md", "docs/**.md"]
exclude_patterns = [
    *(path.name for path in ROOT.iterdir() if path.is_dir() and path != DOCS),
    "docs/_build",
]

myst_heading_anchors = 3
myst_enable_extensions = ["attrs_inline"]

autodoc_member_order = "bysource"
default_role = "code"  # docstrings write `name`, as Markdown does
nitpick_ignore_regex = [("py:.*", ".*")]  # most of the types in signatures have no page here

html_theme = "furo"
html_title = project
templates_path = ["templates"]
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False

PICTURE = re.compile(
    r'<picture>\s*<source [^>]*srcset="(?P<dark>[^"]+)">\s*'
    r'<img alt="(?P<alt>[^"]*)" src="(?P<light>[^"]+)"[^>]*>\s*</picture>'
)
FILE_NAME = re.compile(r"\[[\w/]+\.md\]\((?P<file>[^)#]+\.md)\)")
LINK = re.compile(r"^- \[(?P<title>[^]]+)\]\((?P<page>[^)#]+)\.md\)", re.MULTILINE)


def prepare(app: Sphinx, page: str, source: list[str]) -> None:
    """Change the Markdown of a page into what the site shows."""
    # The site has a switch for the scheme, of which `<picture>` knows nothing.
    both = r"![\g<alt>](\g<light>){.only-light}\n![\g<alt>](\g<dark>){.only-dark}"
    text = PICTURE.sub(both, source[0])
    text = FILE_NAME.sub(r"[](\g<file>)", text)  # the title of the page is filled in
    if page in generated.PAGES:
        text += generated.PAGES[page](text)
    if page == app.config.root_doc:
        text += sidebar((DOCS / "README.md").read_text(encoding="utf-8"))
    source[0] = text


def sidebar(contents: str) -> str:
    """Return hidden tables of contents: the links of docs/README.md, under its headings."""
    tables = []
    for section in re.split(r"^## ", contents, flags=re.MULTILINE)[1:]:
        caption, _, text = section.partition("\n")
        entries = [f"{m['title']} </{_from_root(m['page'])}>" for m in LINK.finditer(text)]
        lines = ["```{toctree}", ":hidden:", f":caption: {caption}", "", *entries, "```"]
        tables.append("\n".join(lines))
    return "\n\n" + "\n\n".join(tables) + "\n"


def _from_root(page: str) -> str:
    return (DOCS / page).resolve().relative_to(ROOT).as_posix()


def add_index(app: Sphinx, error: Exception | None) -> None:
    """Show the front page at the address of the site."""
    if error is None:
        out = Path(app.outdir)
        shutil.copy(out / f"{app.config.root_doc}.html", out / "index.html")


def setup(app: Sphinx) -> None:
    """Connect the functions above."""
    app.connect("source-read", prepare)
    app.connect("autodoc-process-docstring", generated.fields)
    app.connect("build-finished", add_index)
