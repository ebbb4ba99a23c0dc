"""The forest plots: every comparison with its interval, beside the margin that a paper reports.

A panel for each claim, and in it a row for each comparison, by dataset. The figure has no colours
but those named here and in `verdicts.LOOKS`, so that `dark` can replace each of them.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ecnet.evaluate.measures import ACCURACY, F1, Measure
from ecnet.render import verdicts
from ecnet.render.forest_panels import ROW, Panel, panel_of
from ecnet.render.marks import says
from ecnet.render.panels import INK, Drawing, empty, in_columns
from ecnet.render.parts import points
from ecnet.render.settings import Settings, Shown
from ecnet.render.significance import NOTHING, interval
from ecnet.render.sources import Sources, is_simulated, words
from ecnet.render.verdicts import LOOKS, bounded

Row = Mapping[str, Any]

FAINT, BAND = "#5a646f", "#dfe6ee"
_DARK = {INK: "#e6edf3", FAINT: "#a3adb8", BAND: "#28323e", "#ffffff": "none"}

# Inches.
_EDGE = 0.1  # left and right of a column of panels
_AXIS_TITLE = 0.05
_LEGEND_ROW = 0.15
_NOTE_ROW = 0.1
_CHARACTER = 0.05  # of the rows' text
_MOST_TEXT = 0.6  # of a column

_DIAMOND: dict[str, Any] = {
    "marker": "D",
    "ls": "",
    "ms": 4.2,
    "mfc": "none",
    "mec": INK,
    "mew": 0.8,
}
_CROSS: dict[str, Any] = {"marker": "x", "ls": "", "ms": 2.6, "mec": INK, "mew": 0.7}


def accuracy(sources: Sources, settings: Settings, _: Shown) -> Drawing:
    """Return the figure of differences in accuracy (InputError: no file of `ecnet claims`)."""
    return _draw(sources, settings, ACCURACY, "accuracy")


def averages(sources: Sources, settings: Settings, _: Shown) -> Drawing:
    """Return the figure of differences in F1 (InputError: no file of `ecnet claims`)."""
    return _draw(sources, settings, F1, f"{settings.average} F1")


def dark(svg: str) -> str:
    """Return a forest plot for a dark ground: light ink, no ground of its own."""
    for light, other in (_DARK | {look.light: look.dark for look in LOOKS.values()}).items():
        svg = svg.replace(light, other)
    return svg


def _draw(sources: Sources, settings: Settings, measure: Measure, subject: str) -> Drawing:
    found = verdicts.read(sources.claims)
    width = settings.figure["width"]
    panels = [
        panel_of(claim, rows, found, settings, width / 2 - 2 * _EDGE)
        for claim in found["claims"]
        if (rows := [row for row in claim["comparisons"] if row["metric"] == measure.key])
    ]
    origins = words(*found["sources"].values()) or ["none"]
    title = f"Differences in {subject}, and the margins reported; data: {', '.join(origins)}"
    if not panels:
        return Drawing(empty(width), title)
    columns, handles = in_columns(panels), _legend(panels, found)
    notes = _notes(found, settings, width)
    legend_rows = -(-len(handles) // _legend_columns(width))
    foot = _LEGEND_ROW * legend_rows + _NOTE_ROW * len(notes) + 0.1
    height = max(sum(panel.height for panel in column) for column in columns) + _AXIS_TITLE + foot
    drawn = Figure(figsize=(width, height))
    for number, column in enumerate(columns):
        left = _EDGE + number * width / 2
        _column(drawn, column, left, found, subject)
    drawn.legend(
        handles.values(), handles.keys(), ncols=_legend_columns(width), frameon=False,
        loc="lower center", bbox_to_anchor=(0.5, _NOTE_ROW * len(notes) / height),
        fontsize=6.2, labelcolor=INK,
    )  # fmt: skip
    drawn.text(0.5, 0.03 / height, "\n".join(notes), fontsize=5.6, color=FAINT, ha="center")
    return Drawing(drawn, title)


def _column(drawn: Figure, panels: Sequence[Panel], left: float, found: Row, subject: str) -> None:
    """Draw panels below each other. left: the column's left edge, in inches."""
    full, height = drawn.get_size_inches()
    longest = max((len(text) for panel in panels for text, _ in panel.lines), default=0)
    width = full / 2 - 2 * _EDGE
    text = min(longest * _CHARACTER, _MOST_TEXT * width)
    top = height
    for panel in panels:
        bottom = top - panel.head - panel.body
        place = (left + text, bottom, width - text, panel.body)
        axes = drawn.add_axes(
            (place[0] / full, place[1] / height, place[2] / full, place[3] / height)
        )
        _head(drawn, panel, left / full, top, height)
        _rows(axes, panel, found, text / (width - text))
        if panel is panels[-1]:
            label = f"A \N{MINUS SIGN} B, points of {subject}"
            axes.set_xlabel(label, fontsize=6.2, labelpad=2, color=INK)
        top -= panel.height


def _head(drawn: Figure, panel: Panel, left: float, top: float, height: float) -> None:
    """Write the claim and its verdict above the axes. top: in inches."""
    look = LOOKS[panel.verdict]
    own: dict[str, Any] = {"va": "top", "ha": "left"}
    for number, line in enumerate(panel.title):
        y = (top - 0.03 - ROW * number) / height
        drawn.text(left, y, line, fontsize=7, weight="bold", color=INK, **own)
    y = (top - 0.03 - ROW * len(panel.title)) / height
    drawn.text(left, y, f"{look.sign} {panel.verdict}{panel.remark}", fontsize=6.4,
               color=look.light, **own)  # fmt: skip


def _rows(axes: Axes, panel: Panel, found: Row, gutter: float) -> None:
    """Draw the comparisons of a panel. gutter: the width of the text, in widths of the axes."""
    equivalence, method = found["equivalence"], found["interval"]
    axes.axvspan(-equivalence, equivalence, color=BAND, lw=0, zorder=0)
    axes.axvline(0, color=FAINT, lw=0.7, zorder=1)
    for y, (name, (text, row)) in enumerate(zip(panel.names, panel.lines, strict=True)):
        heading = row is None
        axes.text(
            -gutter, y, text, transform=axes.get_yaxis_transform(), va="center", fontsize=6.2,
            weight="bold" if heading else "normal", color=INK,
        )  # fmt: skip
        if row is not None:
            point = _comparison(axes, y, row, with_interval=bounded(row, method))
            says(point, name, _values(row, found))
    axes.set_ylim(len(panel.lines) - 0.4, -0.6)
    axes.set_xlim(*_limits(panel.comparisons, equivalence, method))
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(_tick))
    axes.tick_params(axis="x", labelsize=6, color=FAINT, labelcolor=INK, length=2.5, pad=1.5)
    axes.patch.set_visible(False)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)


def _comparison(axes: Axes, y: float, row: Row, *, with_interval: bool) -> Line2D:
    """Draw a comparison, and return its interval with the point on it."""
    look = LOOKS[row["verdict"]]
    ends = [row["low"], row["high"]] if with_interval else []
    own = _point(look.marker) | {"ls": "-", "lw": 1.2, "markevery": [0]}
    x = [row["difference"], *ends]
    (point,) = axes.plot(x, [y] * len(x), color=look.light, zorder=5, **own)
    if row["margin"] is not None:
        axes.plot(row["margin"], y, zorder=4, **_DIAMOND)
        if row["out_of_reach"]:
            axes.plot(row["margin"], y, zorder=4, **_CROSS)
    return point


def _values(row: Row, found: Row) -> dict[str, str]:
    """Return what a comparison says where it is pointed at."""
    shown, margin = interval(row, found["interval"]), points(row["margin"])
    return {
        "difference": f"{points(row['difference'])} points",
        f"{100 * found['confidence']:g}% interval": shown
        if shown == NOTHING
        else f"{shown} points",
        "margin reported": "" if row["margin"] is None else f"{margin} points",
        "verdict": row["verdict"],
        "n": f"{row['records']:,} test records",
        "splits": str(row["splits"]),
    }


def _point(marker: str) -> dict[str, Any]:
    return {"marker": marker, "ls": "", "ms": 3.6, "mew": 1.1 if marker == "x" else 0}


def _limits(rows: Sequence[Row], equivalence: float, method: str) -> tuple[float, float]:
    """Return limits that hold all that is drawn, with a margin around it."""
    shown = [-equivalence, equivalence, *(row["difference"] for row in rows)]
    shown += [row["margin"] for row in rows if row["margin"] is not None]
    shown += [row[end] for row in rows if bounded(row, method) for end in ("low", "high")]
    beside = 0.06 * (max(shown) - min(shown))
    return min(shown) - beside, max(shown) + beside


def _tick(value: float, _: int) -> str:
    return f"{value:+g}".replace("-", "\N{MINUS SIGN}") if value else "0"


def _legend(panels: Sequence[Panel], found: Row) -> dict[str, Any]:
    """Return what the legend explains: words -> handle. Several handles are drawn together."""
    rows = [row for panel in panels for row in panel.comparisons]
    held = {row["verdict"] for row in rows}
    diamond, cross = Line2D([], [], **_DIAMOND), Line2D([], [], **_CROSS)
    handles: dict[str, Any] = {
        word: Line2D([], [], color=look.light, lw=1.2, **_point(look.marker) | {"ls": "-"})
        for word, look in LOOKS.items()
        if word in held
    }
    handles["margin reported"] = diamond
    if any(row["out_of_reach"] for row in rows):
        handles["margin out of reach"] = (diamond, cross)
    bound = found["equivalence"]
    within = f"equal: within \N{PLUS-MINUS SIGN}{bound:g} {verdicts.unit(bound)}"
    return handles | {within: Patch(color=BAND)}


def _legend_columns(width: float) -> int:
    return max(1, int(width / 1.4))


def _notes(found: Row, settings: Settings, width: float) -> list[str]:
    simulated = [
        settings.title(n) for n, source in found["sources"].items() if is_simulated(source)
    ]
    notes = [f"Lines: {100 * found['confidence']:g}% intervals."]
    if simulated:
        notes.append(f"Measured on simulated data: {', '.join(simulated)}.")
    notes.append(settings.absences)
    return textwrap.wrap(" ".join(filter(None, notes)), int(width / 0.046))
