"""What the panels of several figures have in common."""

import textwrap

from matplotlib.axes import Axes

from ecnet.render.inputs import Asked

GREY = "0.35"


def absent(axes: Axes, asked: Asked) -> None:
    """Leave a panel empty but for the dataset's name and the reason."""
    axes.set_title(asked.title)
    axes.set_axis_off()
    reason = textwrap.fill(f"absent: {asked.absent}", width=34)
    middle = {"ha": "center", "va": "center", "transform": axes.transAxes}
    axes.text(0.5, 0.5, reason, fontsize=6, color=GREY, **middle)  # type: ignore[arg-type]
