"""The figure of audits: duplicates of each dataset, and what a tree of one column reaches."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecnet.render.audits import KEYS, facts
from ecnet.render.marks import says
from ecnet.render.panels import Drawing
from ecnet.render.settings import Settings, Shown
from ecnet.render.sources import Sources, by_dataset, first_of, words
from ecnet.render.table import DASH, Datum

_ROW_HEIGHT = 0.36  # inches
_MARGIN = 1.05  # inches: titles, axis and legend
_LEGEND_GAP = 0.4  # inches: from the axis to the legend, below the axis's own text
_REPEATS = {
    "duplicates_percent": "records that repeat another",
    "random_split_duplicates_percent": "random split: test records with a copy in train",
    "best_accuracy_percent": "best accuracy that is possible",
}
_TREES = {
    "best_column_f1_percent": "any column, copies kept",
    "best_feature_f1_percent": "a feature, copies kept",
    "best_kept_f1_percent": "a feature, one of each record",
}
_MARKERS = ("o", "D", "s")


def audit_figure(sources: Sources, settings: Settings, _: Shown) -> Drawing:
    """Return the figure (InputError: a file is missing or not what the audit step writes)."""
    found, datasets = by_dataset(sources.audits, "audit", KEYS), settings.datasets()
    rows = [
        (dataset.title, facts(dataset, first_of(found, dataset.name, "audit")))
        for dataset in datasets
        if not dataset.absent
    ]
    missing = [dataset.title for dataset in datasets if dataset.absent]
    drawn = Figure(
        figsize=(settings.figure["width"], _MARGIN + _ROW_HEIGHT * len(rows)), layout="constrained"
    )
    left, right = drawn.subplots(1, 2, sharey=True)
    colours = settings.figure["colours"]
    _panel(left, rows, _REPEATS, colours, "Repeats, and the ceiling that they set", "Share, %")
    _panel(right, rows, _TREES, colours, "Best decision tree of one column", "Macro-F1, %")
    _names(right, rows)
    if missing:
        drawn.supxlabel(f"Absent: {', '.join(missing)}", fontsize=6)
    origins = words(*(str(row["source"]) for _, row in rows))
    return Drawing(drawn, f"Audit of the datasets; data: {', '.join(origins)}")


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
        look: dict[str, Any] = {"marker": _MARKERS[place], "ls": "", "ms": 4}
        look["color"] = colours[place]
        axes.plot([], [], label=label, **look)  # for the legend
        for value, y in points:
            (mark,) = axes.plot(value, y, **look)
            name, row = shown[round(y)]
            says(mark, f"{name} ({row['source']})", {label: f"{value:.2f} %"} | _named(key, row))
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


def _named(key: str, row: dict[str, Datum]) -> dict[str, str]:
    """Return the column that a value is of; nothing if it is of none."""
    return {"column": str(row[key.removesuffix("_f1_percent")])} if key in _TREES else {}


def _names(axes: Axes, shown: list[tuple[str, dict[str, Datum]]]) -> None:
    """Write beside each dataset which column and which feature is best."""
    for number, (_, row) in enumerate(shown):
        names = (row["best_column"], row["best_feature"], row["best_kept"])
        text = "\n".join(str(name or DASH) for name in names)
        axes.text(106, number, text, fontsize=5.5, va="center", linespacing=1.15)
