"""Reliability diagrams: accuracy against confidence, a panel for each dataset."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D

from ecnet.evaluate.results import Metrics
from ecnet.render.marks import says
from ecnet.render.panels import GREY, Drawing, absent
from ecnet.render.parts import COUNTED
from ecnet.render.settings import Settings, Shown, Variant
from ecnet.render.sources import Sources, words

_COLUMNS = 3
_ROW_HEIGHT = 2.5  # inches
_LEGEND_HEIGHT = 0.5  # inches
_MARKERS = "osD^vPX*"

Look = dict[str, Any]


@dataclass(frozen=True)
class Bins:
    """The bins of confidence that hold a record, those of all splits together."""

    confidence: npt.NDArray[np.float64]
    accuracy: npt.NDArray[np.float64]
    count: npt.NDArray[np.float64]


def reliability(sources: Sources, settings: Settings, shown: Shown) -> Drawing:
    """Return the figure; bins are added up over the splits.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    measured, datasets = sources.measured(shown.task), settings.datasets(shown.task)
    looks = looks_of(settings.variants_of(shown.place), settings.figure["colours"])
    rows = math.ceil(len(datasets) / _COLUMNS)
    height = rows * _ROW_HEIGHT + _LEGEND_HEIGHT
    drawn = Figure(figsize=(settings.figure["width"], height), layout="constrained")
    panels = list(drawn.subfigures(rows, _COLUMNS, squeeze=False).flat)
    origins = set()
    for dataset, panel in zip(datasets, panels, strict=False):
        if dataset.absent:
            absent(panel.subplots(), dataset)
            continue
        metrics = {v: measured.of(dataset.name, v.name) for v in looks}
        source = next(found.source for found in metrics.values())
        bins = {variant: together(found, settings.unit) for variant, found in metrics.items()}
        _panel(panel, bins, looks, f"{dataset.title} ({source})", settings.unit)
        origins.add(source)
    handles = [Line2D([], [], label=v.title, ms=3, lw=0.9, **look) for v, look in looks.items()]
    diagonal = "confidence = accuracy (larger marks: more records)"
    handles.append(Line2D([], [], ls=":", lw=0.9, color=GREY, label=diagonal))
    drawn.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize=6.5)
    return Drawing(
        drawn,
        "Reliability: accuracy of the records of each bin of confidence, and below how many "
        f"{COUNTED[settings.unit]} it holds, all splits together; a larger mark, more of them; "
        f"data: {', '.join(words(*origins))}",
    )


def together(metrics: Metrics, unit: str) -> Bins:
    """Return the bins of all splits together."""
    counts, sure, right = [], [], []
    for view in metrics.views(unit):
        bins = view["calibration"]["bins"]
        count = np.array(bins["count"], dtype=np.float64)
        counts.append(count)
        sure.append(count * _numbers(bins["confidence"]))
        right.append(count * _numbers(bins["accuracy"]))
    count = np.sum(counts, axis=0)
    held = count > 0
    confidence, accuracy = (np.sum(of, axis=0)[held] / count[held] for of in (sure, right))
    return Bins(confidence, accuracy, count[held])


def _numbers(values: list[float | None]) -> npt.NDArray[np.float64]:
    """Return values with 0 for None."""
    return np.array([value or 0.0 for value in values])


def looks_of(variants: tuple[Variant, ...], colours: list[str]) -> dict[Variant, Look]:
    """Return colour and marker of each variant; a model that the paper lacks is grey."""
    coloured = cycle(colours)
    return {
        variant: {"color": next(coloured) if variant.paper else GREY, "marker": marker}
        for variant, marker in zip(variants, cycle(_MARKERS), strict=False)
    }


def _points(bins: Bins) -> Iterator[tuple[float, float, float, float]]:
    """Yield confidence, accuracy, number of records and area of the mark of each bin."""
    return zip(bins.confidence, bins.accuracy, bins.count, _areas(bins), strict=True)


def _areas(bins: Bins) -> npt.NDArray[np.float64]:
    """Return the areas of marks, in points squared: wider by as much for every tenfold."""
    widths: npt.NDArray[np.float64] = 1.2 + np.log10(bins.count)
    return widths**2


def _panel(
    panel: SubFigure, found: dict[Variant, Bins], looks: dict[Variant, Look], title: str, unit: str
) -> None:
    """Draw accuracy against confidence and, below, how many records there are at each."""
    diagram, counts = panel.subplots(2, 1, sharex=True, height_ratios=[5, 2])
    diagram.plot([0, 100], [0, 100], ls=":", lw=0.9, color=GREY)
    for variant, bins in found.items():
        look = looks[variant]
        line = {"lw": 0.8, "alpha": 0.6, "color": look["color"]}
        diagram.plot(100 * bins.confidence, 100 * bins.accuracy, **line)
        for sure, right, count, area in _points(bins):
            mark = diagram.scatter(100 * sure, 100 * right, area, lw=0, **look)
            says(mark, f"{variant.title}, {title}", {
                "mean confidence": f"{100 * sure:.1f} %",
                "accuracy": f"{100 * right:.1f} %",
                "n": f"{count:,.0f} {COUNTED[unit]}, all splits",
            })  # fmt: skip
        counts.plot(100 * bins.confidence, bins.count, ms=2.2, lw=0.8, **look)
    diagram.set_title(title)
    diagram.set_ylim(-3, 103)
    diagram.set_ylabel("Accuracy, %")
    counts.set_xlim(-2, 102)
    counts.set_yscale("log")
    counts.set_ylim(bottom=0.6)
    counts.set_xlabel("Confidence, %")
    counts.set_ylabel("Vectors" if unit == "vector" else "Records")
    for axes in (diagram, counts):
        axes.grid(color="0.92", linewidth=0.5)
        axes.set_axisbelow(True)
