"""What the panels of both figures share."""

from matplotlib.axes import Axes

from ecnet.render.inputs import Asked


def titled(axes: Axes, asked: Asked, source: str, remark: str = "") -> None:
    """Write the dataset's name and the source of its data above a panel."""
    text = f"{asked.title} ({source})"
    axes.set_title(f"{text}\n{remark}" if remark else text)
