"""Figures of matplotlib as parts of a page, where all figures share one space of ids."""

import re
from xml.etree import ElementTree

from markupsafe import Markup

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}"
_LEFT_OUT = {f"{_SVG}metadata", f"{_SVG}style"}
"""What a page does without: its own style sheet holds the one rule that matplotlib writes."""


def inline(svg: str, name: str, title: str) -> Markup:
    """Return a figure as an element of a page.

    svg: as matplotlib writes it. name: what its ids begin with. title: what it is called for those
        who do not see it.

    Raises:
        ElementTree.ParseError: it is not XML.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314 - expat bounds what entities grow to
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in _LEFT_OUT or (parent is root and child.tag == f"{_SVG}title"):
                parent.remove(child)
    values = (value for element in root.iter() for value in element.attrib.values())
    used = set(re.findall(r"#([\w.-]+)", " ".join(values)))
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        element.attrib = {
            key.removeprefix(_XLINK): _own(value, f"{name}-") if key != "id" else f"{name}-{value}"
            for key, value in element.attrib.items()
            if key != "id" or value in used
        }
    root.attrib |= {"role": "group", "aria-label": title}
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 - it escapes text


def _own(value: str, prefix: str) -> str:
    """Return the value of an attribute with references to ids that begin with a prefix."""
    return re.sub(r"^#|url\(#", lambda found: found[0] + prefix, value)
