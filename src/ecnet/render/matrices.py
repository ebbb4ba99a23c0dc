"""The confusion matrices of the multiclass task: a figure for each dataset, a panel for a model."""

import math

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from ecnet.render.confusion import WHITE_TEXT_ABOVE, shares, total
from ecnet.render.inputs import Measured, Settings

_FEW = 8  # classes: more of them need the wider panels
_CELL = 0.17  # inches, at least
_FRAME = 0.75  # inches of a row that are no cells: title and names of classes
_UNIT = {"vector": "distinct vectors", "record": "records"}


def draw(measured: Measured, settings: Settings, dataset: str) -> tuple[Figure, str]:
    """Return the figure of a dataset and its title; counts are added up over the splits."""
    scores = [(v.title, measured.scores(dataset, v.name)) for v in settings.shown("table-6")]
    title = next(asked.title for asked in settings.datasets if asked.name == dataset)
    first = scores[0][1]
    columns = 3 if len(first.classes) <= _FEW else 2
    rows = math.ceil(len(scores) / columns)
    width = settings.figure["width"]
    height = rows * (max(len(first.classes) * _CELL, 1.1) + _FRAME) + 0.7
    drawn = Figure(figsize=(width, height), layout="constrained")
    colours = LinearSegmentedColormap.from_list("share", ["white", settings.figure["colours"][0]])
    grid = drawn.subplots(rows, columns, squeeze=False)
    panels = list(grid.flat)[: len(scores)]
    for axes in grid.flat[len(scores) :]:
        axes.remove()
    names = _with_counts(first.classes, total(first, settings.unit))
    for number, (name, found) in enumerate(scores):
        axes = panels[number]
        _matrix(axes, total(found, settings.unit), colours)
        axes.set_title(name)
        _name(axes, first.classes, names if number % columns == 0 else None)
    drawn.suptitle(f"{title} ({first.source})", fontsize=8)
    drawn.supxlabel("predicted class", fontsize=7)
    drawn.supylabel(f"true class (and its {_UNIT[settings.unit]} on the test set)", fontsize=7)
    bar = drawn.colorbar(
        ScalarMappable(Normalize(0, 100), colours), ax=panels, shrink=0.6, aspect=35, pad=0.01
    )
    bar.set_label("Share of the true class, %")
    bar.outline.set_visible(False)
    return drawn, (
        f"Confusion matrices of {title}, all classes, by model: percent of each true class, all "
        f"splits together; data: {first.source}"
    )


def _matrix(axes: Axes, counts: npt.NDArray[np.int64], colours: LinearSegmentedColormap) -> None:
    share = shares(counts)
    axes.pcolormesh(
        np.nan_to_num(share), cmap=colours, vmin=0, vmax=100, edgecolors="0.9", linewidth=0.3
    )
    axes.invert_yaxis()
    for (i, j), count in np.ndenumerate(counts):
        if count:
            colour = "white" if share[i, j] > WHITE_TEXT_ABOVE else "black"
            place = {"ha": "center", "va": "center", "fontsize": 5, "color": colour}
            axes.text(j + 0.5, i + 0.5, percent(share[i, j]), **place)  # type: ignore[arg-type]


def percent(share: float) -> str:
    """Return a share in whole percent; neither 0 nor 100 where it is not exact."""
    if 0 < share < 1:
        return "<1"
    return ">99" if 99 < share < 100 else f"{share:.0f}"


def _with_counts(classes: tuple[str, ...], counts: npt.NDArray[np.int64]) -> list[str]:
    """Return each class with the number of its test records."""
    return [f"{cls} ({n:,})" for cls, n in zip(classes, counts.sum(axis=1), strict=True)]


def _name(axes: Axes, classes: tuple[str, ...], rows: list[str] | None) -> None:
    """Name the columns, and the rows of a panel that stands first."""
    middle = np.arange(len(classes)) + 0.5
    axes.set_xticks(middle, classes, fontsize=5, rotation=90)
    axes.set_yticks(middle, rows or [""] * len(classes), fontsize=5)
    axes.tick_params(length=0, pad=1.5)
    axes.spines[:].set_visible(False)
