"""What several figures have in common."""

import textwrap
from typing import NamedTuple, Protocol, TypeVar

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecnet.render.settings import DatasetSpec

GREY = "0.35"
INK = "#1c2127"


class Panel(Protocol):
    """What has a height in inches."""

    @property
    def height(self) -> float:
        """The height of all of it, in inches."""


Panels = TypeVar("Panels", bound=Panel)


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


def in_columns(panels: list[Panels]) -> list[list[Panels]]:
    """Return the panels in two columns of about the same height, in their order."""
    if len(panels) == 1:
        return [panels, []]

    def taller(cut: int) -> float:
        return max(sum(panel.height for panel in part) for part in (panels[:cut], panels[cut:]))

    cut = min(range(1, len(panels)), key=taller)
    return [panels[:cut], panels[cut:]]


def empty(width: float) -> Figure:
    """Return a figure that says that there is nothing to show. width: in inches."""
    drawn = Figure(figsize=(width, 0.5))
    drawn.text(0.5, 0.5, "Nothing was compared.", ha="center", va="center", color=INK)
    return drawn
