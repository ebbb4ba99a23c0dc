"""What the marks of figures say."""

from xml.etree import ElementTree

_TITLE = "{http://www.w3.org/2000/svg}title"


def said(svg: str) -> list[str]:
    """Return what each mark of a figure says where it is pointed at."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - a figure of a test
    return [title.text or "" for title in root.iterfind(f".//*[@class='mark']/{_TITLE}")]
