"""The dumbbell plots of groups left out: from the score within to that where it was left out."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ecnet.evaluate.transfer.folds import Comparison
from ecnet.render.marks import says, within
from ecnet.render.panels import GREY, INK, Drawing, empty, in_columns
from ecnet.render.parts import simulated
from ecnet.render.settings import Settings, Shown
from ecnet.render.sources import Sources, words
from ecnet.render.transfers import Row, Transfer, has_interval, headlines, missing, read

# Inches.
_STEP, _GAP = 0.085, 0.07  # between models of a row; between rows
_HEAD, _FOOT = 0.22, 0.3  # of a panel: its title, its axis
_EDGE, _LINE, _LEGEND = 0.12, 0.115, 0.2  # beside a column of panels; a line of notes; the legend
_CHARACTER, _NOTE_CHARACTER = 0.05, 0.046  # of the names of rows, and of notes

_LONGEST = 30
"""Characters of a name; of captures the end tells them apart."""


def captures(sources: Sources, settings: Settings, shown: Shown) -> Drawing:
    """Return the figure of captures (InputError: a file is not what `transfer` writes)."""
    return _draw(sources, settings, shown, "captures", f"{settings.average} F1, %")


def attacks(sources: Sources, settings: Settings, shown: Shown) -> Drawing:
    """Return the figure of kinds of attacks (InputError: a file is not what `transfer` writes)."""
    return _draw(sources, settings, shown, "attacks", "detected, %")


@dataclass(frozen=True)
class _Line:
    """A comparison: its name, and the rows of the models shown; or why it was not made.

    group: what is left out. few: it has too few test records for a verdict.
    """

    group: str
    name: str
    rows: Mapping[str, Row]
    why: str
    few: bool

    @property
    def place(self) -> tuple[bool, bool, float]:
        """What lines are sorted by: few test records and none last, else by the mean drop."""
        drops = [row["drop"]["mean"] for row in self.rows.values()]
        return not drops, self.few, -fmean(drops or [0.0])


@dataclass(frozen=True)
class _Panel:
    """A dataset, and its comparisons in order. row: the height of one, in inches."""

    title: str
    lines: Sequence[_Line]
    row: float

    @property
    def body(self) -> float:
        """The height of the axes, in inches."""
        return self.row * max(1, len(self.lines))

    @property
    def height(self) -> float:
        """The height of all of it, in inches."""
        return _HEAD + self.body + _FOOT


def _draw(sources: Sources, settings: Settings, shown: Shown, groups: str, subject: str) -> Drawing:
    found, width = read(sources, settings, groups, shown.task), settings.figure["width"]
    origins = ", ".join(words(*(one.source for one in found))) or "none"
    title = f"{groups.capitalize()} left out of training, {subject}; data: {origins}"
    models = [name for name in settings.transfer["variants"] if name != settings.control]
    panels = [_panel(one, models, settings) for one in found if one.rows and models]
    if not panels:
        return Drawing(empty(width), title)
    told = headlines(found, settings)
    notes = textwrap.wrap(_notes(found, settings), int(width / _NOTE_CHARACTER))
    columns = in_columns(panels)
    above, below = _LINE * (len(told) + 1), _LINE * (len(notes) + 1) + _LEGEND
    height = above + max(sum(panel.height for panel in column) for column in columns) + below
    drawn = Figure(figsize=(width, height))
    looks = dict(zip(models, settings.figure["colours"], strict=False))
    for number, column in enumerate(columns):
        top = height - above
        for panel in column:
            axes = _place(drawn, panel, _EDGE + number * width / 2, top)
            _rows(axes, panel, looks, settings)
            axes.set_xlabel(subject if panel is column[-1] else "", fontsize=6.2, labelpad=1)
            top -= panel.height
    drawn.text(0.5, 1 - 0.4 * _LINE / height, "\n".join(told), fontsize=6.2, va="top", ha="center")
    drawn.text(0.5, 0.04 / height, "\n".join(notes), fontsize=5.6, color=GREY, ha="center")
    drawn.legend(
        handles=_legend(looks, settings), ncols=len(looks) + 3, frameon=False, fontsize=6.2,
        loc="lower center", bbox_to_anchor=(0.5, _LINE * (len(notes) + 0.5) / height),
        labelcolor=INK,
    )  # fmt: skip
    return Drawing(drawn, title)


def _panel(found: Transfer, models: Sequence[str], settings: Settings) -> _Panel:
    names = _short(found.tested)
    least = settings.transfer["min_test_records"]
    lines = [_line(found, one, names[one.group], models, least) for one in found.comparisons]
    return _Panel(
        f"{settings.title(found.dataset)} ({found.source})",
        sorted(lines, key=lambda line: line.place),
        _STEP * len(models) + _GAP,
    )


def _short(names: Sequence[str]) -> dict[str, str]:
    """Return names as there is room for them: without extensions, if they differ without."""
    stems = [name.partition(".")[0] for name in names]
    chosen = stems if len(set(stems)) == len(stems) else names
    return {
        name: own if len(own) <= _LONGEST else f"\N{HORIZONTAL ELLIPSIS}{own[1 - _LONGEST :]}"
        for name, own in zip(names, chosen, strict=True)
    }


def _line(
    found: Transfer, comparison: Comparison, name: str, models: Sequence[str], least: int
) -> _Line:
    records = found.records(comparison)
    return _Line(
        comparison.group,
        f"{name} ({records:,})" if records else name,
        {
            model: found.rows[comparison, model]
            for model in models
            if (comparison, model) in found.rows
        },
        missing(found, comparison),
        records is not None and records < least,
    )


def _place(drawn: Figure, panel: _Panel, left: float, top: float) -> Axes:
    """Return the axes of a panel. left, top: of the panel, in inches."""
    full, height = drawn.get_size_inches()
    text = _CHARACTER * max(len(line.name) for line in panel.lines)
    width = full / 2 - 2 * _EDGE
    bottom = top - _HEAD - panel.body
    axes = drawn.add_axes(
        ((left + text) / full, bottom / height, (width - text) / full, panel.body / height)
    )
    y = (top - 0.4 * _HEAD) / height
    drawn.text(left / full, y, panel.title, fontsize=7, weight="bold", va="center", color=INK)
    return axes


def _rows(axes: Axes, panel: _Panel, looks: Mapping[str, str], settings: Settings) -> None:
    """Draw the comparisons of a panel, and in each a line for every model."""
    step = _STEP / panel.row
    for y, line in enumerate(panel.lines):
        if not line.rows:
            axes.text(1, y, line.why, fontsize=5.5, va="center", color=GREY)
        for number, (model, colour) in enumerate(looks.items()):
            if model in line.rows:
                at = y + (number - (len(looks) - 1) / 2) * step
                mark = _dumbbell(axes, at, line.rows[model], colour)
                values = _values(line.rows[model], settings)
                says(mark, f"{settings.title(model)}: {line.group}, {panel.title}", values)
    axes.hlines([y + 0.5 for y in range(len(panel.lines) - 1)], 0, 100, "0.92", lw=0.5)
    axes.set_ylim(len(panel.lines) - 0.5, -0.5)
    axes.set_xlim(-2, 102)
    axes.set_yticks(range(len(panel.lines)), [line.name for line in panel.lines], fontsize=6)
    axes.tick_params(axis="y", length=0, pad=2)
    axes.tick_params(axis="x", labelsize=6, length=2.5, pad=1.5)
    axes.grid(axis="x", color="0.92", lw=0.5)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)


def _values(row: Row, settings: Settings) -> dict[str, str]:
    """Return what a comparison says where it is pointed at."""

    def shown(score: Row) -> str:
        mean = f"{score['mean']:.1f}"
        if not has_interval(score):
            return mean
        return f"{mean} ({settings.confidence:.0%}: {within(score['low'], score['high'], 1)})"

    return {
        "trained on it": shown(row["score_within"]),
        "left out": shown(row["score"]),
        "drop": shown(row["drop"]),
        "verdict": row["verdict"],
        "n": f"{row['records']:,} distinct test records",
        "splits": str(row["drop"]["n"]),
    }


def _dumbbell(axes: Axes, y: float, row: Row, colour: str) -> Line2D:
    """Draw a comparison, and return the line between its two points."""
    trained, left_out = row["score_within"]["mean"], row["score"]
    (line,) = axes.plot([trained, left_out["mean"]], [y, y], color=colour, lw=0.8, zorder=3)
    if has_interval(left_out):
        ends = [left_out["low"], left_out["high"]]
        axes.plot(ends, [y, y], color=colour, lw=3, alpha=0.3, solid_capstyle="butt", zorder=2)
    axes.plot(trained, y, color=colour, mfc="white", zorder=4, **_POINT)
    axes.plot(left_out["mean"], y, color=colour, zorder=5, **_POINT)
    return line


_POINT: dict[str, Any] = {"marker": "o", "ls": "", "ms": 3.2, "mew": 0.8}


def _legend(looks: Mapping[str, str], settings: Settings) -> list[Line2D]:
    models = [
        Line2D([], [], color=colour, lw=1.6, label=settings.title(model))
        for model, colour in looks.items()
    ]
    return [
        *models,
        Line2D([], [], color=INK, mfc="white", label="trained on it", **_POINT),
        Line2D([], [], color=INK, label="left out", **_POINT),
        Line2D([], [], color=INK, lw=3, alpha=0.3, label=f"{settings.confidence:.0%} interval"),
    ]


def _notes(found: Sequence[Transfer], settings: Settings) -> str:
    sources = {settings.title(one.dataset): one.source for one in found}
    alone = [settings.title(one.dataset) for one in found if not one.comparisons]
    notes = (
        "Sorted by the mean drop; in brackets distinct test records, fewer than "
        f"{settings.transfer['min_test_records']} last.",
        f"Nothing to leave out: {', '.join(alone)}." if alone else "",
        simulated(sources),
        settings.absences,
    )
    return " ".join(filter(None, notes))
