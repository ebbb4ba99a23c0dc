"""The heat map of networks: rows what a model was trained on, columns the network tested."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ecnet.render.contrast import shades
from ecnet.render.marks import says, within
from ecnet.render.panels import GREY, Drawing, empty
from ecnet.render.settings import Settings, Shown
from ecnet.render.sources import Sources, words
from ecnet.render.transfers import (
    Entry,
    Transfer,
    has_interval,
    headlines,
    matrix,
    measure,
    read,
)

_COLUMNS = 2
_CELL, _FRAME = 0.21, 0.35  # inches: a row of cells; beside them in a row of panels
_MARGIN = 1.6  # inches: titles above, names of networks and remarks below


def networks(sources: Sources, settings: Settings, shown: Shown) -> Drawing:
    """Return the figure (InputError: a file is not what the step `transfer` writes)."""
    found, width = read(sources, settings, "networks", shown.task), settings.figure["width"]
    origins = ", ".join(words(*(one.source for one in found))) or "none"
    title = f"Transfer between networks, {measure(settings)}; data: {origins}"
    panels = [(one, variant) for one in found for variant in one.variants]
    if not panels:
        return Drawing(empty(width), title)
    rows = math.ceil(len(panels) / _COLUMNS)
    lines = max(len(matrix(one, variant, settings)) for one, variant in panels)
    drawn = Figure(figsize=(width, rows * (lines * _CELL + _FRAME) + _MARGIN), layout="constrained")
    grid = drawn.subplots(rows, _COLUMNS, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.remove()
    for number, (one, variant) in enumerate(panels):
        axes = grid.flat[number]
        _panel(axes, matrix(one, variant, settings), one, settings, settings.title(variant))
        axes.set_title(settings.title(variant))
        if number % _COLUMNS:
            axes.set_yticklabels([])
        if number + _COLUMNS < len(panels):
            axes.set_xticklabels([])
    _frame(drawn, found, settings, list(grid.flat)[: len(panels)])
    return Drawing(drawn, title)


def _frame(drawn: Figure, found: list[Transfer], settings: Settings, panels: list[Axes]) -> None:
    """Write what is around the panels: titles, the bar of colours and remarks."""
    named = "; ".join(f"{settings.title(one.dataset)} ({one.source})" for one in found)
    told = "\n".join(headlines(found, settings))
    drawn.suptitle(f"{named}: normal or attack\n{told}", fontsize=7.5, linespacing=1.4)
    drawn.supylabel("trained on", fontsize=7)
    remark = "Framed: the network tested is in training. Hatched: not trained or not tested."
    drawn.supxlabel(f"tested on\n{remark}", fontsize=6.5)
    scale = ScalarMappable(Normalize(0, 100), shades(settings.figure["colours"][0]))
    bar = drawn.colorbar(scale, ax=panels, shrink=0.6, aspect=35, pad=0.01)
    bar.set_label(f"{settings.average.capitalize()} F1, %")
    bar.outline.set_visible(False)


def _panel(
    axes: Axes,
    rows: list[tuple[str, dict[str, Entry]]],
    found: Transfer,
    settings: Settings,
    model: str,
) -> None:
    """Draw the matrix of a variant. model: its title."""
    colours = shades(settings.figure["colours"][0])
    for y, (trained, entries) in enumerate(rows):
        for x, name in enumerate(found.tested):
            cell = _cell(axes, x, y, entries[name], colours)
            about = f"{model}: {trained}, tested on {settings.title(name)} ({found.source})"
            says(cell, about, _values(entries[name], settings))
    axes.set_xlim(0, len(found.tested))
    axes.set_ylim(len(rows), 0)
    tested = [settings.title(name) for name in found.tested]
    axes.set_xticks(
        np.arange(len(tested)) + 0.5,
        tested,
        fontsize=5.5,
        rotation=30,
        ha="right",
        rotation_mode="anchor",
    )
    axes.set_yticks(np.arange(len(rows)) + 0.5, [trained for trained, _ in rows], fontsize=5.5)
    axes.tick_params(length=0, pad=1.5)
    axes.spines[:].set_visible(False)


def _values(entry: Entry, settings: Settings) -> dict[str, str]:
    """Return what a cell says where it is pointed at."""
    if entry.score is None:
        return {"no score": entry.why}
    score = entry.score
    return {
        f"{settings.average} F1": f"{score['mean']:.1f} %",
        f"{settings.confidence:.0%} interval": within(score["low"], score["high"], 1)
        if has_interval(score)
        else "",
        "drop": entry.verdict,
        "n": f"{entry.records:,} distinct test records",
    }


def _cell(axes: Axes, x: int, y: int, entry: Entry, colours: LinearSegmentedColormap) -> Rectangle:
    """Draw a score on its colour, framed if the network tested is in training; or hatches."""
    if entry.score is None:
        hatched = Rectangle((x, y), 1, 1, fc="none", ec=GREY, hatch="////", lw=0)
        axes.add_patch(hatched)
        return hatched
    mean = entry.score["mean"]
    cell = Rectangle((x, y), 1, 1, fc=colours(mean / 100), ec="white", lw=0.8)
    axes.add_patch(cell)
    if not entry.verdict:
        axes.add_patch(Rectangle((x + 0.04, y + 0.08), 0.92, 0.84, fc="none", ec="black", lw=0.6))
    place = {"ha": "center", "va": "center", "fontsize": 5.8, "color": "black"}
    axes.text(x + 0.5, y + 0.5, f"{mean:.1f}", **place)  # type: ignore[arg-type]
    return cell
