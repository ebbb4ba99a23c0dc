"""Figure 6: the confusion matrices of the binary task, datasets by variants."""

import textwrap

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from ecnet.render.inputs import Asked, Measured, Scores, Settings, words
from ecnet.render.table import DASH

_ROW_HEIGHT = 1.12  # inches
_FRAME_HEIGHT = 0.75  # inches
WHITE_TEXT_ABOVE = 85  # percent: below that, black is the easier to read


def draw(measured: Measured, settings: Settings) -> tuple[Figure, str]:
    """Return the figure and its title; counts are added up over the splits."""
    variants = settings.shown("figure-6")
    rows = len(settings.datasets)
    drawn = Figure(
        figsize=(settings.figure["width"], rows * _ROW_HEIGHT + _FRAME_HEIGHT),
        layout="constrained",
    )
    colours = LinearSegmentedColormap.from_list("share", ["white", settings.figure["colours"][0]])
    grid = drawn.subplots(rows, len(variants), squeeze=False)
    sources = set()
    for asked, panels in zip(settings.datasets, grid, strict=True):
        if asked.absent:
            _absent_row(panels, asked)
            continue
        for variant, axes in zip(variants, panels, strict=True):
            scores = measured.scores(asked.name, variant.name)
            _matrix(axes, scores, settings.unit, colours, first=axes is panels[0])
            sources.add(scores.source)
        panels[0].set_ylabel(f"{asked.title}\n({scores.source})\ntrue class", fontsize=6.5)
    for variant, axes in zip(variants, grid[0], strict=True):
        axes.set_title(variant.title)
    drawn.supxlabel("predicted class", fontsize=7)
    bar = drawn.colorbar(
        ScalarMappable(Normalize(0, 100), colours), ax=grid, shrink=0.6, aspect=35, pad=0.01
    )
    bar.set_label("Share of the true class, %")
    bar.outline.set_visible(False)
    unit = {"vector": "distinct vectors", "record": "records"}[settings.unit]
    return drawn, (
        f"Figure 6: binary task; share of the true class and, below, number of {unit}, "
        f"all splits together; data: {', '.join(words(*sources))}"
    )


def total(scores: Scores, unit: str) -> npt.NDArray[np.int64]:
    """Return the confusion matrix of all splits together: rows true, columns predicted."""
    matrices = [np.array(run[unit]["confusion"], dtype=np.int64) for run in scores.runs.values()]
    return np.sum(matrices, axis=0)  # type: ignore[no-any-return]


def shares(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return each row in percent; NaN where no test record is of the true class."""
    rows = counts.sum(axis=1, keepdims=True)
    percent = np.full(counts.shape, np.nan)
    np.divide(100 * counts, rows, out=percent, where=rows > 0)
    return percent


def _matrix(
    axes: Axes, scores: Scores, unit: str, colours: LinearSegmentedColormap, *, first: bool
) -> None:
    counts = total(scores, unit)
    percent = shares(counts)
    axes.pcolormesh(
        np.nan_to_num(percent), cmap=colours, vmin=0, vmax=100, edgecolors="white", linewidth=1
    )
    axes.invert_yaxis()
    for (i, j), count in np.ndenumerate(counts):
        colour = "white" if percent[i, j] > WHITE_TEXT_ABOVE else "black"
        share = DASH if np.isnan(percent[i, j]) else f"{percent[i, j]:.1f}"
        place = {"ha": "center", "color": colour}
        axes.text(j + 0.5, i + 0.5, share, va="bottom", fontsize=6.5, **place)  # type: ignore[arg-type]
        axes.text(j + 0.5, i + 0.56, f"{count:,}", va="top", fontsize=5.2, **place)  # type: ignore[arg-type]
    middle = np.arange(len(scores.classes)) + 0.5
    axes.set_xticks(middle, scores.classes, fontsize=5.5)
    labels = scores.classes if first else [""] * len(scores.classes)
    axes.set_yticks(middle, labels, fontsize=5.5, rotation=90, va="center")
    axes.tick_params(length=0, pad=1.5)
    axes.spines[:].set_visible(False)


def _absent_row(panels: npt.NDArray[np.object_], asked: Asked) -> None:
    """Leave a row of panels empty but for the dataset's name and the reason."""
    for axes in panels:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        axes.patch.set_visible(False)
    panels[0].set_ylabel(asked.title, fontsize=6.5)
    words = textwrap.fill(f"absent: {asked.absent}", width=100)
    reason = panels[0].text(0, 0.5, words, va="center", fontsize=6, color="0.35")
    reason.set_in_layout(False)  # it runs on over the row's other panels
