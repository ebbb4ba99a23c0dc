"""Figure 5: the accuracy of LSTM, RNN and GRU, a panel for each dataset."""

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ecnet import paper
from ecnet.render.grid import CELLS, coordinates
from ecnet.render.inputs import Asked, Measured, Settings, Variant, spread
from ecnet.render.panel import absent, titled

_COLUMNS = 3
_ROW_HEIGHT = 1.75  # inches
_LEGEND_HEIGHT = 0.55  # inches
_SEPARATE = "separate"
_UNIT = {"vector": "distinct vectors", "record": "records"}


def draw(measured: Measured, settings: Settings, *, beside_paper: bool) -> tuple[Figure, str]:
    """Return the figure and its title; with the paper's values if `beside_paper`."""
    variants = coordinates(settings.shown("figure-5"), "figure-5")
    rows = math.ceil(len(settings.datasets) / _COLUMNS)
    height = rows * _ROW_HEIGHT + _LEGEND_HEIGHT
    drawn = Figure(figsize=(settings.figure["width"], height), layout="constrained")
    panels = drawn.subplots(rows, _COLUMNS, squeeze=False).flat
    for asked, axes in zip(settings.datasets, panels, strict=False):
        if asked.absent:
            absent(axes, asked)
        else:
            _panel(axes, asked, variants, measured, settings, beside_paper=beside_paper)
    for axes in list(panels)[len(settings.datasets) :]:
        axes.remove()
    drawn.supylabel(f"Accuracy, % of {_UNIT[settings.unit]}", fontsize=7)
    drawn.legend(
        handles=_legend(settings, beside_paper=beside_paper),
        loc="outside lower center",
        ncols=4,
        frameon=False,
        fontsize=6.5,
    )
    return drawn, _title(settings, measured, variants, beside_paper=beside_paper)


def _panel(
    axes: Axes,
    asked: Asked,
    variants: dict[tuple[str, str], Variant],
    measured: Measured,
    settings: Settings,
    *,
    beside_paper: bool,
) -> None:
    shown: list[float] = []
    source = ""
    for place, cell in enumerate(CELLS):
        scores = measured.scores(asked.name, variants[cell, _SEPARATE].name)
        source = scores.source
        values = scores.percent("accuracy", average="", unit=settings.unit)
        shown += values
        _seeds(axes, place, values, settings.figure["colours"][place])
        for reported in _reported(asked, cell) if beside_paper else ():
            shown.append(reported)
            axes.plot(place + 0.3, reported, **_PAPER)
    control = measured.scores(asked.name, settings.control)
    floor = spread(control.percent("accuracy", average="", unit=settings.unit)).mean
    titled(axes, asked, source, f"majority class {floor:.2f} %")
    axes.set_xticks(range(len(CELLS)), [cell.upper() for cell in CELLS])
    axes.set_xlim(-0.5, len(CELLS) - 0.4)
    axes.set_ylim(*_limits(shown))
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
