"""The step that shows what the check of the protocol found: two tables and a figure.

They are no part of a run's results, and so not in the catalogue.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecnet.claims.protocol_check import models, rates
from ecnet.files import read_object
from ecnet.render.figures import STYLE, save
from ecnet.render.formats import write
from ecnet.render.panels import GREY, Drawing
from ecnet.render.parts import stub
from ecnet.render.table import DASH, Cell, Table, TableColumn

_KEYS = ("dataset", "records", "splits", "source", "df", "comparisons")
_TITLES = {"records-and-training": "records and training", "corrected-t": "corrected t"}
_MARKERS = dict(zip(rates.METHODS, ("o", "s"), strict=True))
_SIMULATED = "Simulated records, and cheap models whose true differences are known."

Row = Mapping[str, Any]


def protocol_check(*, studies: list[Path], folder: Path, settings: dict[str, Any]) -> None:
    """Write the tables `coverage` and `verdicts`, each in four formats, and the figure `check`.

    studies: what `check-studies` wrote for each dataset and size.
    settings: confidence and equivalence, as for statistics; titles of datasets; figure, the
        section `figures` of params.yaml.

    Raises:
        InputError: a file is not what `check-studies` writes.
    """
    found = [read_object(path, "check-studies", _KEYS) for path in studies]
    confidence, equivalence = settings["confidence"], settings["equivalence"]
    covered = list(rates.coverage(found, confidence))
    judged = list(rates.errors(found, confidence, equivalence))
    write(_coverage(covered, settings), folder)
    write(_verdicts(judged, settings), folder)
    with style.context(["default", STYLE]):
        drawing = Drawing(
            _figure(covered, judged, settings), f"Check of the protocol. {_SIMULATED}"
        )
        save(drawing, folder / "check", dpi=settings["figure"]["dpi"])


def _coverage(rows: Sequence[Row], settings: Mapping[str, Any]) -> Table:
    """Return the table of how often intervals hold the truth, and how wide they are."""
    numbers = ("coverage, %", "worst pair, %", "width")
    groups = [_TITLES[method].capitalize() for method in rates.METHODS]
    columns = (
        *stub("Dataset"),
        *(TableColumn(title) for title in ("Records", "Studies")),
        *(TableColumn(title, group) for group in groups for title in numbers),
    )
    single = [row for row in rows if row["dataset"]]
    blocks = [
        [[*_named(of[0], settings), *_covered(of)] for _, of in _by(single, "dataset", "records")],
        [[*_named(rows[-1], settings), *_covered(rows[-len(rates.METHODS) :])]],
    ]
    return Table(
        name="coverage",
        caption=f"How often a {100 * settings['confidence']:g}% interval of a difference holds the "
        f"true one. {_SIMULATED}",
        columns=columns,
        blocks=blocks,
        data=[dict(row) for row in rows],
        notes=[
            ("", "Over all pairs of models, in accuracy and in macro precision, recall and F1."),
            (
                "",
                "Width: over that of an ideal interval, which knows the standard deviation of the "
                "estimate over studies. Worst pair: of two models, over all measures.",
            ),
        ],
    )


def _named(row: Row, settings: Mapping[str, Any]) -> list[Cell]:
    """Return the cells that say which studies a row is about."""
    if not row["dataset"]:
        return [Cell("all"), Cell(""), Cell(f"{row['studies']:,}")]
    numbers = [Cell(f"{row[key]:,}") for key in ("records", "studies")]
    return [Cell(settings["titles"][row["dataset"]]), *numbers]


def _covered(rows: Sequence[Row]) -> list[Cell]:
    """Return the numbers of each method."""
    return [
        Cell(text)
        for row in rows
        for text in (_percent(row["coverage"]), _percent(row["worst"]), f"{row['width']:.2f}")
    ]


def _verdicts(rows: Sequence[Row], settings: Mapping[str, Any]) -> Table:
    """Return the table of how often verdicts are wrong, and how often a difference is found."""
    wrong = {"ahead": "one ahead, of equals", "equal": "equal", "refuted": "margin refuted"}
    powers = {f"power_{n}": f"{n} point{'s' * (n > 1)}" for n in models.PLANTED.values()}
    columns = (
        TableColumn("Records"),
        *stub("Interval"),
        *(TableColumn(title, "Wrong, %") for title in wrong.values()),
        *(TableColumn(title, "Holds, %, of a difference of") for title in powers.values()),
    )
    shown = [
        [
            Cell(f"{row['records']:,}"),
            Cell(_TITLES[row["method"]]),
            *(Cell(_percent(row[key])) for key in (*wrong, *powers)),
        ]
        for row in rows
    ]
    return Table(
        name="verdicts",
        caption=f"How often a verdict is wrong, and how often a difference is found. {_SIMULATED}",
        columns=columns,
        blocks=[shown],
        data=[dict(row) for row in rows],
        notes=[
            (
                "",
                "One ahead: of two models that differ by their seeds alone. Equal: though the true "
                f"difference is {settings['equivalence']:g} points or more. Margin refuted: though "
                "it is the true difference. Holds: in accuracy.",
            )
        ],
        stub=1,
    )


def _figure(covered: Sequence[Row], judged: Sequence[Row], settings: Mapping[str, Any]) -> Figure:
    """Return the figure: coverage and width by size of a study, and what it takes to find."""
    figure = settings["figure"]
    covered = [row for row in covered if row["dataset"]]
    drawn = Figure(figsize=(figure["width"], 2.5), layout="constrained")
    left, middle, right = drawn.subplots(1, 3)
    colours = dict(zip(rates.METHODS, figure["colours"], strict=False))
    for (dataset, method), rows in _by(covered, "dataset", "method"):
        dashes = _dash(dataset, covered)
        for axes, key, factor in ((left, "coverage", 100), (middle, "width", 1)):
            _line(axes, rows, [factor * row[key] for row in rows], method, colours, dashes)
    left.axhline(100 * settings["confidence"], color=GREY, lw=0.6)
    middle.axhline(1, color=GREY, lw=0.6)
    for (method,), rows in _by(judged, "method"):
        for points in models.PLANTED.values():
            found = [100 * row[f"power_{points}"] for row in rows]
            _line(right, rows, found, method, colours, "solid")
            end = (rows[-1]["records"], found[-1])
            right.annotate(f" {points}", end, fontsize=6, color=colours[method], va="center")
    left.set_title("Intervals that hold the truth, %")
    middle.set_title("Width over that of an ideal interval")
    right.set_title("Differences of 1, 2, 4 points: found, %")
    for axes in (left, middle, right):
        axes.set_xscale("log")
        sizes = sorted({row["records"] for row in covered})
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.set_xlabel("records of a study (simulated)")
    _legend(drawn, covered, colours, settings["titles"])
    return drawn


_DASHES = ("solid", "dashed", "dotted", "dashdot")


def _dash(dataset: str, rows: Sequence[Row]) -> str:
    """Return the dashes of a dataset's line."""
    names = list(dict.fromkeys(row["dataset"] for row in rows))
    return _DASHES[names.index(dataset) % len(_DASHES)]


def _line(
    axes: Axes,
    rows: Sequence[Row],
    values: Sequence[float],
    method: str,
    colours: Mapping[str, str],
    dashes: str,
) -> None:
    axes.plot(
        [row["records"] for row in rows], values,
        color=colours[method], marker=_MARKERS[method], ms=3, lw=0.9, ls=dashes,
    )  # fmt: skip


def _legend(
    drawn: Figure, rows: Sequence[Row], colours: Mapping[str, str], titles: Mapping[str, str]
) -> None:
    """Say below the figure which colours and dashes are whose."""
    from matplotlib.lines import Line2D

    names = list(dict.fromkeys(row["dataset"] for row in rows))
    drawn.legend(
        handles=[
            *(
                Line2D([], [], color=colours[method], marker=_MARKERS[method], ms=3, label=title)
                for method, title in _TITLES.items()
            ),
            *(Line2D([], [], color=GREY, ls=_dash(n, rows), label=titles[n]) for n in names),
        ],
        loc="outside lower center",
        ncols=5,
        frameon=False,
        fontsize=6.5,
    )


def _by(rows: Sequence[Row], *keys: str) -> list[tuple[tuple[Any, ...], list[Row]]]:
    """Return the rows of each combination of the values of some keys, sorted by these."""
    ordered = sorted(rows, key=lambda row: tuple(row[key] for key in keys))
    return [(k, list(g)) for k, g in groupby(ordered, key=lambda r: tuple(r[key] for key in keys))]


def _percent(share: float | None) -> str:
    return DASH if share is None else f"{100 * share:.1f}"
