"""What several figures have in common."""

import textwrap
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecnet.render.settings import DatasetSpec

GREY = "0.35"


class Drawing(NamedTuple):
    """A figure, and the title in the metadata of its files."""

    figure: Figure
    title: str


def absent(axes: Axes, dataset: DatasetSpec) -> None:
    """Leave a panel empty but for the dataset's name and the reason."""
    axes.set_title(dataset.title)
    axes.set_axis_off()
    reason = textwrap.fill(f"absent: {dataset.absent}", width=34)
    middle = {"ha": "center", "va": "center", "transform": axes.transAxes}
    axes.text(0.5, 0.5, reason, fontsize=6, color=GREY, **middle)  # type: ignore[arg-type]
