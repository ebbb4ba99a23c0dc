"""The figure of audits: what repeats in each dataset, and what a single column tells."""

from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecnet.render.audits import KEYS, facts
from ecnet.render.figures import STYLE, save
from ecnet.render.inputs import by_dataset, one_of, settings_of, words
from ecnet.render.table import DASH, Datum

_ROW_HEIGHT = 0.36  # inches
_MARGIN = 1.05  # inches: titles, axis and legend
_LEGEND_GAP = 0.4  # inches: from the axis to the legend, below the axis's own text
_REPEATS = {
    "duplicates_percent": "records that repeat another",
    "twins_percent": "random split: test records with a twin in train",
    "best_accuracy_percent": "best accuracy that is possible",
}
_TREES = {
    "best_column_f1_percent": "any column, copies kept",
    "best_feature_f1_percent": "a feature, copies kept",
    "best_kept_f1_percent": "a feature, one of each record",
}
_MARKERS = ("o", "D", "s")


def audit_figure(*, audits: list[Path], folder: Path, settings: dict[str, Any]) -> None:
    """Write the figure `audit` to `folder` as SVG, PDF and PNG.

    Raises:
        InputError: a file is missing or is not what the audit step writes.
    """
    chosen = settings_of(settings)
    found = by_dataset(audits, "audit", KEYS)
    shown = [
        (asked.title, facts(asked, one_of(found, asked.name, "audit")))
        for asked in chosen.datasets
        if not asked.absent
    ]
    absent = [asked.title for asked in chosen.datasets if asked.absent]
    with style.context(["default", STYLE]):
        drawn = Figure(
            figsize=(chosen.figure["width"], _MARGIN + _ROW_HEIGHT * len(shown)),
            layout="constrained",
        )
        left, right = drawn.subplots(1, 2, sharey=True)
        colours = chosen.figure["colours"]
        _panel(left, shown, _REPEATS, colours, "Repeats, and the ceiling that they set", "Share, %")
        _panel(right, shown, _TREES, colours, "Best decision tree of one column", "Macro-F1, %")
        _names(right, shown)
        if absent:
            drawn.supxlabel(f"Absent: {', '.join(absent)}", fontsize=6)
        sources = words(*(str(row["source"]) for _, row in shown))
        title = f"Audit of the datasets; data: {', '.join(sources)}"
        save(drawn, folder / "audit", title, dpi=chosen.figure["dpi"])


def _panel(
    axes: Axes,
    shown: list[tuple[str, dict[str, Datum]]],
    series: dict[str, str],
    colours: list[str],
    title: str,
    unit: str,
) -> None:
    """Draw a row for each dataset, and in it a marker for each of three values."""
    step = 0.22
    for place, (key, label) in enumerate(series.items()):
        rows = [(number, row[key]) for number, (_, row) in enumerate(shown)]
        points = [
            (value, number + (place - 1) * step) for number, value in rows if value is not None
        ]
        axes.hlines(
            [y for _, y in points], 0, [x for x, _ in points], colours[place], lw=0.8, alpha=0.6
        )
        axes.plot(
            [x for x, _ in points], [y for _, y in points], _MARKERS[place],
            ms=4, color=colours[place], label=label,
        )  # fmt: skip
    axes.set_title(title)
    axes.set_xlabel(unit)
    axes.set_xlim(0, 104)
    axes.set_yticks(range(len(shown)), [f"{name}\n({row['source']})" for name, row in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    below = _LEGEND_GAP / (_ROW_HEIGHT * len(shown))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -below), frameon=False, fontsize=6.5)


def _names(axes: Axes, shown: list[tuple[str, dict[str, Datum]]]) -> None:
    """Write beside each dataset which column and which feature is best."""
    for number, (_, row) in enumerate(shown):
        names = (row["best_column"], row["best_feature"], row["best_kept"])
        text = "\n".join(str(name or DASH) for name in names)
        axes.text(106, number, text, fontsize=5.5, va="center", linespacing=1.15)
