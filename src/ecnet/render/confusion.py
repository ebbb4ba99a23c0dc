"""Figure 6: the confusion matrices of the binary task, datasets by variants."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.text import Text

from ecnet.evaluate.results import Metrics
from ecnet.render.contrast import shades
from ecnet.render.marks import says
from ecnet.render.panels import GREY, Drawing
from ecnet.render.parts import COUNTED
from ecnet.render.settings import DatasetSpec, Settings, Shown
from ecnet.render.sources import Sources, words
from ecnet.render.table import DASH

_ROW_HEIGHT = 1.12  # inches
_FRAME_HEIGHT = 0.75  # inches


def binary(sources: Sources, settings: Settings, shown: Shown) -> Drawing:
    """Return the figure; counts are added up over the splits.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    measured, datasets = sources.measured(shown.task), settings.datasets(shown.task)
    variants = settings.variants_of(shown.place)
    drawn = Figure(
        figsize=(settings.figure["width"], len(datasets) * _ROW_HEIGHT + _FRAME_HEIGHT),
        layout="constrained",
    )
    colours = shades(settings.figure["colours"][0])
    grid = drawn.subplots(len(datasets), len(variants), squeeze=False)
    origins = set()
    for dataset, panels in zip(datasets, grid, strict=True):
        if dataset.absent:
            _absent_row(panels, dataset)
            continue
        for variant, axes in zip(variants, panels, strict=True):
            metrics = measured.of(dataset.name, variant.name)
            about = f"{variant.title}, {dataset.title} ({metrics.source})"
            _matrix(axes, metrics, settings.unit, colours, about, first=axes is panels[0])
            origins.add(metrics.source)
        panels[0].set_ylabel(f"{dataset.title}\n({metrics.source})\ntrue class", fontsize=6.5)
    for variant, axes in zip(variants, grid[0], strict=True):
        axes.set_title(variant.title)
    drawn.supxlabel("predicted class", fontsize=7)
    scale(drawn, grid, colours)
    return Drawing(
        drawn,
        f"Figure 6: binary task; share of the true class and, below, number of "
        f"{COUNTED[settings.unit]}, all splits together; data: {', '.join(words(*origins))}",
    )


def scale(drawn: Figure, panels: Any, colours: LinearSegmentedColormap) -> None:
    """Draw the bar that says what the colours mean, beside some panels."""
    bar = drawn.colorbar(
        ScalarMappable(Normalize(0, 100), colours), ax=panels, shrink=0.6, aspect=35, pad=0.01
    )
    bar.set_label("Share of the true class, %")
    bar.outline.set_visible(False)


def total(metrics: Metrics, unit: str) -> npt.NDArray[np.int64]:
    """Return the confusion matrix of all splits together: rows true, columns predicted."""
    matrices = [np.array(view["confusion"], dtype=np.int64) for view in metrics.views(unit)]
    return np.sum(matrices, axis=0)  # type: ignore[no-any-return]


def shares(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return each row in percent; NaN where no test record is of the true class."""
    rows = counts.sum(axis=1, keepdims=True)
    percent = np.full(counts.shape, np.nan)
    np.divide(100 * counts, rows, out=percent, where=rows > 0)
    return percent


def cell_says(
    mark: Text,
    about: str,
    classes: Sequence[str],
    cell: tuple[int, ...],
    counts: npt.NDArray[np.int64],
) -> None:
    """Let the text of a cell say its classes, share and count. about: the model and dataset.

    cell: its row, the true class, and its column. counts: the confusion matrix.
    """
    true, predicted = cell
    count, of = counts[cell], counts[true].sum()
    says(mark, about, {
        "true class": classes[true],
        "predicted class": classes[predicted],
        "share": f"{100 * count / of:.2f} %" if of else DASH,
        "n": f"{count:,} of {of:,}",
    })  # fmt: skip


def _matrix(
    axes: Axes,
    metrics: Metrics,
    unit: str,
    colours: LinearSegmentedColormap,
    about: str,
    *,
    first: bool,
) -> None:
    counts = total(metrics, unit)
    percent = shares(counts)
    axes.pcolormesh(
        np.nan_to_num(percent), cmap=colours, vmin=0, vmax=100, edgecolors="white", linewidth=1
    )
    axes.invert_yaxis()
    for (i, j), count in np.ndenumerate(counts):
        share = DASH if np.isnan(percent[i, j]) else f"{percent[i, j]:.1f}"
        place = {"ha": "center", "color": "black"}
        mark = axes.text(j + 0.5, i + 0.5, share, va="bottom", fontsize=6.5, **place)  # type: ignore[arg-type]
        cell_says(mark, about, metrics.classes, (i, j), counts)
        axes.text(j + 0.5, i + 0.56, f"{count:,}", va="top", fontsize=5.2, **place)  # type: ignore[arg-type]
    middle = np.arange(len(metrics.classes)) + 0.5
    axes.set_xticks(middle, metrics.classes, fontsize=5.5)
    labels = metrics.classes if first else [""] * len(metrics.classes)
    axes.set_yticks(middle, labels, fontsize=5.5, rotation=90, va="center")
    axes.tick_params(length=0, pad=1.5)
    axes.spines[:].set_visible(False)


def _absent_row(panels: npt.NDArray[np.object_], dataset: DatasetSpec) -> None:
    """Leave a row of panels empty but for the dataset's name and the reason."""
    for axes in panels:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        axes.patch.set_visible(False)
    panels[0].set_ylabel(dataset.title, fontsize=6.5)
    text = textwrap.fill(f"absent: {dataset.absent}", width=100)
    reason = panels[0].text(0, 0.5, text, va="center", fontsize=6, color=GREY)
    reason.set_in_layout(False)  # it runs on over the row's other panels
