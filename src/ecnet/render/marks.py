"""What marks of a figure say: a title in the SVG, which a browser shows where a mark is pointed at.

The report reads the same titles to answer the keyboard and a screen reader.
"""

import re
from collections.abc import Mapping

from matplotlib.artist import Artist

_ID = "mark:"
"""What the group id of a mark begins with, until `titled` has made a title of it."""


def says(mark: Artist, heading: str, values: Mapping[str, str]) -> None:
    """Let a mark say its heading and a line `key: value` for each value that is not empty."""
    lines = [heading, *(f"{key}: {value}" for key, value in values.items() if value)]
    mark.set_gid(_ID + "\n".join(lines))


def within(low: float | None, high: float | None, digits: int = 2) -> str:
    """Return an interval as text; empty without one."""
    return "" if low is None or high is None else f"{low:.{digits}f} to {high:.{digits}f}"


def titled(svg: str) -> str:
    """Return an SVG of matplotlib in which each mark has a title in place of an id."""
    # A value that holds a double quote stands in single ones.
    id_of_mark = rf"""<g id=(["']){_ID}(.*?)\1>"""
    return re.sub(id_of_mark, r'<g class="mark"><title>\2</title>', svg, flags=re.DOTALL)
