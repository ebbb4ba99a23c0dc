"""Figure 5: the accuracy of LSTM, RNN and GRU, a panel for each dataset."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ecnet.claims import paper
from ecnet.claims.paper import CELLS
from ecnet.render.grid import coordinates
from ecnet.render.inputs import Asked, Measured, Scores, Settings, words
from ecnet.render.panels import absent

_COLUMNS = 3
_ROW_HEIGHT = 1.8  # inches
_LEGEND_HEIGHT = 0.4  # inches
_SMALLEST_RANGE = 2.0  # points; below that, noise would look like a difference
_GREY = "0.35"
_ABOUT_PAPER = (
    "The paper prints no numbers with its Figure 5; those shown are the separate rows of Table VIII"
)
_UNIT = {"vector": "distinct vectors", "record": "records"}


def draw(measured: Measured, settings: Settings, *, beside_paper: bool) -> tuple[Figure, str]:
    """Return the figure and its title; with the paper's values if `beside_paper`."""
    variants = coordinates(settings.shown("figure-5"), "figure-5")
    rows = math.ceil(len(settings.datasets) / _COLUMNS)
    height = rows * _ROW_HEIGHT + _LEGEND_HEIGHT
    drawn = Figure(figsize=(settings.figure["width"], height), layout="constrained")
    panels = list(drawn.subplots(rows, _COLUMNS, squeeze=False).flat)
    for axes in panels[len(settings.datasets) :]:
        axes.remove()
    sources = set()
    for asked, axes in zip(settings.datasets, panels, strict=False):
        if asked.absent:
            absent(axes, asked)
            continue
        scores = {c: measured.scores(asked.name, variants[c, "separate"].name) for c in CELLS}
        control = measured.scores(asked.name, settings.control)
        _panel(axes, asked, scores, control, settings, beside_paper=beside_paper)
        sources.add(control.source)
    drawn.supylabel(f"Accuracy, % of the test set's {_UNIT[settings.unit]}", fontsize=7)
    _legend(drawn, settings, beside_paper=beside_paper)
    return drawn, _title(sources, beside_paper=beside_paper)


def _panel(
    axes: Axes,
    asked: Asked,
    scores: dict[str, Scores],
    control: Scores,
    settings: Settings,
    *,
    beside_paper: bool,
) -> None:
    shown: list[float] = []
    for place, (cell, colour) in enumerate(zip(CELLS, settings.figure["colours"], strict=False)):
        shown += _measured(axes, place, scores[cell], settings.unit, colour)
        for reported in _reported(asked, cell) if beside_paper else ():
            axes.plot(place + 0.28, reported, "D", ms=4.5, mfc="white", mec=_GREY, mew=0.9)
            shown.append(reported)
    floor = control.spread("accuracy", average="", unit=settings.unit).mean
    axes.set_title(f"{asked.title} ({control.source})\nmajority class {floor:.2f} %")
    axes.set_xticks(range(len(CELLS)), [cell.upper() for cell in CELLS])
    axes.set_xlim(-0.5, len(CELLS) - 0.5)
    axes.set_ylim(*_limits(shown))
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)


def _measured(axes: Axes, place: int, scores: Scores, unit: str, colour: str) -> list[float]:
    """Draw the splits as dots, and beside them their mean with its interval.

    Returns all accuracies that the drawing reaches.
    """
    values = scores.percent("accuracy", average="", unit=unit)
    beside = np.linspace(-0.06, 0.06, len(values)) if len(values) > 1 else [0.0]
    axes.plot(place - 0.2 + np.array(beside), values, "o", ms=2.6, color=colour, alpha=0.55, mew=0)
    found = scores.spread("accuracy", average="", unit=unit)
    axes.errorbar(
        place, found.mean, yerr=found.half, fmt="o", ms=5, color=colour, elinewidth=1.1, capsize=2.5
    )
    reach = found.half or 0.0
    return [*values, found.mean - reach, found.mean + reach]


def _reported(asked: Asked, cell: str) -> list[float]:
    return [
        entry.percent
        for entry in paper.reported()
        if (entry.table, entry.row, entry.column) == ("VIII", "separate", f"{cell}_accuracy")
        and paper.DATASETS[entry.dataset] == asked.name
    ]


def _limits(shown: list[float]) -> tuple[float, float]:
    """Return limits that leave a margin around all values, and zoom in no further than allowed."""
    middle = (min(shown) + max(shown)) / 2
    half = max(max(shown) - min(shown), _SMALLEST_RANGE) * 0.62
    highest = max(100, *shown) + 0.15 * half  # no tick far above what a share can be
    return middle - half, min(middle + half, highest)


def _legend(drawn: Figure, settings: Settings, *, beside_paper: bool) -> None:
    mean = f"mean, {settings.confidence:.0%} interval" if settings.splits > 1 else "the only split"
    handles = [
        Line2D(
            [],
            [],
            marker="o",
            ls="",
            ms=2.6,
            color=_GREY,
            label=f"single splits ({settings.splits})",
        ),
        Line2D([], [], marker="o", ls="", ms=5, color=_GREY, label=mean),
    ]
    if beside_paper:
        label = "paper (Table VIII, separate)"
        diamond = {"marker": "D", "ls": "", "ms": 4.5, "mfc": "white", "mec": _GREY}
        handles.append(Line2D([], [], **diamond, label=label))  # type: ignore[arg-type]
    drawn.legend(
        handles=handles,
        loc="outside lower center",
        ncols=len(handles),
        frameon=False,
        fontsize=6.5,
        title=_ABOUT_PAPER if beside_paper else None,
        title_fontsize=6.5,
    )


def _title(sources: set[str], *, beside_paper: bool) -> str:
    text = f"Figure 5: accuracy of LSTM, RNN and GRU; data: {', '.join(words(*sources))}"
    if beside_paper:
        text += f". {_ABOUT_PAPER}"
    return text
