"""The confusion matrices of the multiclass task: a figure for each dataset, a panel for a model."""

import math

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ecnet.render.confusion import cell_says, scale, shares, total
from ecnet.render.contrast import shades
from ecnet.render.panels import Drawing
from ecnet.render.parts import COUNTED
from ecnet.render.settings import Settings, Shown
from ecnet.render.sources import Sources

_FEW = 8  # classes: more of them need the wider panels
_CELL = 0.17  # inches, at least
_FRAME = 0.75  # inches of a row beside the cells: title and names of classes


def multiclass(sources: Sources, settings: Settings, shown: Shown) -> Drawing:
    """Return the figure of a dataset; counts are added up over the splits.

    Raises:
        InputError: the metrics of a variant are missing or contradict each other.
    """
    measured, name = sources.measured(shown.task), shown.dataset
    variants = settings.variants_of(shown.place)
    found = [(variant.title, measured.of(name, variant.name)) for variant in variants]
    first = found[0][1]
    columns = 3 if len(first.classes) <= _FEW else 2
    rows = math.ceil(len(found) / columns)
    height = rows * (max(len(first.classes) * _CELL, 1.1) + _FRAME) + 0.7
    drawn = Figure(figsize=(settings.figure["width"], height), layout="constrained")
    colours = shades(settings.figure["colours"][0])
    grid = drawn.subplots(rows, columns, squeeze=False)
    panels = list(grid.flat)[: len(found)]
    for axes in grid.flat[len(found) :]:
        axes.remove()
    names = _with_counts(first.classes, total(first, settings.unit))
    for number, (model, metrics) in enumerate(found):
        axes = panels[number]
        about = f"{model}, {settings.title(name)} ({metrics.source})"
        _matrix(axes, total(metrics, settings.unit), colours, first.classes, about)
        axes.set_title(model)
        _name(axes, first.classes, names if number % columns == 0 else None)
    title = settings.title(name)
    drawn.suptitle(f"{title} ({first.source})", fontsize=8)
    drawn.supxlabel("predicted class", fontsize=7)
    unit = COUNTED[settings.unit]
    drawn.supylabel(f"true class (and its {unit} on the test set)", fontsize=7)
    scale(drawn, panels, colours)
    return Drawing(
        drawn,
        f"Confusion matrices of {title}, all classes, by model: percent of each true class, all "
        f"splits together; data: {first.source}",
    )


def _matrix(
    axes: Axes,
    counts: npt.NDArray[np.int64],
    colours: LinearSegmentedColormap,
    classes: tuple[str, ...],
    about: str,
) -> None:
    share = shares(counts)
    axes.pcolormesh(
        np.nan_to_num(share), cmap=colours, vmin=0, vmax=100, edgecolors="0.9", linewidth=0.3
    )
    axes.invert_yaxis()
    for (i, j), count in np.ndenumerate(counts):
        if count:
            place = {"ha": "center", "va": "center", "fontsize": 5, "color": "black"}
            mark = axes.text(j + 0.5, i + 0.5, percent(share[i, j]), **place)  # type: ignore[arg-type]
            cell_says(mark, about, classes, (i, j), counts)


def percent(share: float) -> str:
    """Return a share in whole percent; neither 0 nor 100 where it is not exact."""
    if 0 < share < 1:
        return "<1"
    return ">99" if 99 < share < 100 else f"{share:.0f}"


def _with_counts(classes: tuple[str, ...], counts: npt.NDArray[np.int64]) -> list[str]:
    """Return each class with the number of its test records."""
    return [f"{cls} ({n:,})" for cls, n in zip(classes, counts.sum(axis=1), strict=True)]


def _name(axes: Axes, classes: tuple[str, ...], rows: list[str] | None) -> None:
    """Name the columns, and the rows of the first panel of a row."""
    middle = np.arange(len(classes)) + 0.5
    axes.set_xticks(middle, classes, fontsize=5, rotation=90)
    axes.set_yticks(middle, rows or [""] * len(classes), fontsize=5)
    axes.tick_params(length=0, pad=1.5)
    axes.spines[:].set_visible(False)
