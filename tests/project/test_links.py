"""Links that lead out of the pages are well-formed; `make docs` checks those within them."""

import re
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
EXTERNAL = re.compile(r"\]\((\w+:[^)]*)\)")


def test_every_external_link_is_an_https_address_of_a_host() -> None:
    links = {link for page in PAGES for link in EXTERNAL.findall(page.read_text(encoding="utf-8"))}
    assert links
    for link in links:
        parts = urlsplit(link)
        assert parts.scheme == "https", link
        assert re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.hostname or ""), link
        assert " " not in link, link
