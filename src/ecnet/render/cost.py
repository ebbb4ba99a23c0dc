"""What models take of a microcontroller: the table, and the figure of accuracy against work."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ecnet.claims import devices
from ecnet.claims.devices import memory
from ecnet.errors import InputError
from ecnet.render.marks import says, within
from ecnet.render.panels import GREY, INK, Drawing, empty
from ecnet.render.parts import points, simulated, stub
from ecnet.render.settings import Settings, Shown
from ecnet.render.sources import Sources
from ecnet.render.table import DASH, Cell, Datum, Table, TableColumn

Row = Mapping[str, Any]

_BESIDE = "xgboost"
"""The variant whose work is the unit of others' work."""
_COLUMNS = 3
_ROW_HEIGHT = 1.9  # inches
_LEGEND_HEIGHT = 0.6  # inches
_SHAPES = "oDs^"
"""Markers: another one each time that the colours are used up."""
_KILO = 1024
_COUNTED = (
    "Counted: flash, RAM (the deepest stack of a call is in it) and instructions, with GCC at -O2 "
    "under QEMU; no program beside the model is in them."
)
_ASSUMED = (
    "Assumed: cycles, between bounds for each kind of instruction of the Cortex-M4, without wait "
    "states of flash; for the Cortex-M33, of which none are published, the same."
)


class Look(NamedTuple):
    """How a variant is drawn."""

    colour: str
    shape: str


class Found(NamedTuple):
    """What was measured of a dataset: its rows by variant and weights, and by board in each."""

    dataset: str
    source: str
    boards: Mapping[str, str]
    rows: Mapping[tuple[str, str], Mapping[str, Row]]

    def work(self, key: tuple[str, str], board: str) -> float | None:
        """Return instructions as a multiple of those of XGBoost; None if it was not measured."""
        beside = self.rows.get((_BESIDE, "float32"))
        own = float(self.rows[key][board]["instructions"])
        return own / beside[board]["instructions"] if beside else None


def read(sources: Sources, settings: Settings) -> list[Found]:
    """Return what was measured, in the order of datasets and of variants.

    Raises:
        InputError: a file is not what the step `devices` writes.
    """
    raw = {one["dataset"]: one for one in devices.read(sources.devices)}
    return [_found(raw[name], settings) for name, _ in settings.listed if name in raw]


def _found(raw: Mapping[str, Any], settings: Settings) -> Found:
    rows: dict[tuple[str, str], dict[str, Row]] = {}
    try:
        for variant in settings.devices["variants"]:
            for row in raw["rows"]:
                if row["variant"] == variant:
                    rows.setdefault((variant, row["weights"]), {})[row["board"]] = row
    except (KeyError, TypeError) as error:
        raise InputError(f"{raw['dataset']}: lacks {error}; run the devices step again") from error
    return Found(raw["dataset"], raw["source"], raw["boards"], rows)


def table(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table: a row for each model and kind of weights (InputError: see `read`)."""
    found = read(sources, settings)
    boards = found[0].boards if found else {}
    return Table(
        name=shown.name,
        caption=(
            "What models take of an emulated microcontroller, a record at a time, as portable C. "
            f"{simulated({settings.title(one.dataset): one.source for one in found})}"
        ).strip(),
        columns=(
            *stub("Dataset", "Source", "Model", "Weights"),
            *(TableColumn(title, "Bytes") for title in ("flash", "RAM")),
            *(TableColumn(title, "Instructions a record") for title in boards.values()),
            TableColumn("times XGBoost", "Instructions a record"),
            *(TableColumn(title, "Cycles a record, thousands") for title in ("from", "to")),
            *(TableColumn(title, "Beside the original") for title in ("same class", "of")),
            TableColumn("largest difference", "Beside the original"),
            *(TableColumn(title, "Accuracy, %") for title in ("original", "change")),
        ),
        blocks=[[_cells(one, key, settings) for key in one.rows] for one in found],
        data=[
            _datum(one, row) for one in found for rows in one.rows.values() for row in rows.values()
        ]
        or [{"dataset": "", "source": "nothing was measured"}],
        notes=[
            ("", text)
            for text in (
                _COUNTED,
                _ASSUMED,
                f"Change: of the accuracy on these records, in points, with its "
                f"{settings.confidence:.0%} interval (Agresti and Min 2005).",
                f"Bytes and cycles are those of the {next(iter(boards.values()), 'first board')}.",
            )
        ],
        stub=2,
    )


def _cells(found: Found, key: tuple[str, str], settings: Settings) -> list[Cell]:
    rows = found.rows[key]
    row = next(iter(rows.values()))
    change, work = row["change"], found.work(key, row["board"])
    return [
        *(Cell(settings.title(found.dataset)), Cell(found.source)),
        *(Cell(settings.title(key[0])), Cell(key[1])),
        *(Cell(f"{row['flash']:,}"), Cell(f"{memory(row):,}")),
        *(Cell(f"{one['instructions']:,}") for one in rows.values()),
        Cell(DASH if work is None else f"{work:,.1f}"),
        *(Cell(f"{row['cycles'][end] / 1000:,.1f}") for end in ("low", "high")),
        *(Cell(f"{row['agree']:,}"), Cell(f"{row['records']:,}")),
        Cell(f"{row['difference']:.1g}"),
        Cell(f"{row['accuracy_original']:.2f}"),
        Cell(f"{points(change['mean'])} ({points(change['low'])} to {points(change['high'])})"),
    ]


def _datum(found: Found, row: Row) -> dict[str, Datum]:
    whole = ("flash", "static", "stack", "instructions", "most", "records", "agree", "difference")
    return {
        **{"dataset": found.dataset, "source": found.source},
        **{key: row[key] for key in ("variant", "weights", "board", *whole)},
        **{f"cycles_{end}": row["cycles"][end] for end in ("low", "high")},
        **{key: row[key] for key in ("accuracy_original", "accuracy")},
        **{f"change_{end}": row["change"][end] for end in ("mean", "low", "high")},
    }


def front(found: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the Pareto front of (cost, gain): those that none with less cost gains as much as.

    In order of cost, and so of gain.
    """
    kept: list[tuple[float, float]] = []
    for cost, gain in sorted(found, key=lambda one: (one[0], -one[1])):
        if not kept or gain > kept[-1][1]:
            kept.append((cost, gain))
    return kept


def figure(sources: Sources, settings: Settings, shown: Shown) -> Drawing:  # noqa: ARG001
    """Return the figure: a panel for each dataset, one of flash and RAM (InputError: `read`)."""
    found = read(sources, settings)
    title = "Accuracy against instructions a record"
    if not found:
        return Drawing(empty(settings.figure["width"]), title)
    rows = math.ceil((len(found) + 1) / _COLUMNS)
    size = settings.figure["width"], rows * _ROW_HEIGHT + _LEGEND_HEIGHT
    drawn = Figure(figsize=size, layout="constrained")
    panels = list(drawn.subplots(rows, _COLUMNS, squeeze=False).flat)
    for axes in panels[len(found) + 1 :]:
        axes.remove()
    looks = _looks(settings)
    for one, axes in zip(found, panels, strict=False):
        _accuracy(axes, one, looks, f"{settings.title(one.dataset)} ({one.source})", settings)
    _memory(panels[len(found)], found, looks, settings)
    _legend(drawn, looks, settings)
    titles = {settings.title(one.dataset): one.source for one in found}
    return Drawing(drawn, f"{title}. {simulated(titles)}".strip())


def _looks(settings: Settings) -> dict[str, Look]:
    """Return the look of each variant."""
    colours = settings.figure["colours"]
    places = (
        (name, *divmod(i, len(colours))) for i, name in enumerate(settings.devices["variants"])
    )
    return {name: Look(colours[i], _SHAPES[turn % len(_SHAPES)]) for name, turn, i in places}


def _values(row: Row) -> dict[str, str]:
    """Return what a model says where it is pointed at."""
    change = row["change"]
    return {
        "accuracy": f"{row['accuracy']:.2f} %",
        "change by the weights": points(change["mean"]),
        "its interval": within(change["low"], change["high"]),
        "instructions a record": f"{row['instructions']:,}",
        "flash, bytes": f"{row['flash']:,}",
        "RAM, bytes": f"{memory(row):,}",
        "n": f"{row['records']:,} test records",
    }


def _accuracy(
    axes: Axes, found: Found, looks: Mapping[str, Look], title: str, settings: Settings
) -> None:
    rows = [next(iter(of.values())) for of in found.rows.values()]
    for row in rows:
        mark = _mark(axes, row["instructions"], row["accuracy"], row, looks)
        says(mark, f"{settings.title(row['variant'])}, {row['weights']}: {title}", _values(row))
    steps = front((row["instructions"], row["accuracy"]) for row in rows)
    axes.step(*zip(*steps, strict=True), where="post", color=GREY, linewidth=0.7, zorder=1)
    axes.set_xscale("log")
    axes.set_title(title)
    axes.set_xlabel("instructions a record")
    axes.set_ylabel("accuracy, %")


def _memory(
    axes: Axes, found: Sequence[Found], looks: Mapping[str, Look], settings: Settings
) -> None:
    """Draw flash and RAM of all models, with the corner up to which each board has room."""
    for one in found:
        for of in one.rows.values():
            row = next(iter(of.values()))
            mark = _mark(axes, row["flash"] / _KILO, memory(row) / _KILO, row, looks)
            title = f"{settings.title(one.dataset)} ({one.source})"
            says(mark, f"{settings.title(row['variant'])}, {row['weights']}: {title}", _values(row))
    for board in settings.devices["bounds"]["boards"]:
        flash, ram = board["flash"] / _KILO, board["ram"] / _KILO
        axes.plot([flash, flash, 0.1], [0.01, ram, ram], color=INK, linewidth=0.6)
        axes.annotate(
            board["name"], (flash, 0.06), rotation=90, ha="right", va="bottom", fontsize=4
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(left=0.5)
    axes.set_ylim(bottom=0.05)
    axes.set_title("all datasets: flash and RAM")
    axes.set_xlabel("flash, KiB")
    axes.set_ylabel("RAM, KiB")


def _mark(axes: Axes, x: float, y: float, row: Row, looks: Mapping[str, Look]) -> Line2D:
    look = looks[row["variant"]]
    filled = look.colour if row["weights"] == "float32" else "white"
    (mark,) = axes.plot(x, y, look.shape, ms=3.6, mfc=filled, mec=look.colour, mew=0.8)
    return mark


def _legend(drawn: Figure, looks: Mapping[str, Look], settings: Settings) -> None:
    handles = [
        Line2D([], [], marker=shape, ls="", ms=3.6, color=colour, label=settings.title(name))
        for name, (colour, shape) in looks.items()
    ]
    handles += [
        Line2D(
            [], [], marker="o", ls="", ms=3.6, mfc="white", mec=GREY, label="hollow: int8 weights"
        ),
        Line2D([], [], color=GREY, lw=0.7, label="Pareto front"),
        Line2D([], [], color=INK, lw=0.6, label="room of a board"),
    ]
    drawn.legend(handles=handles, loc="outside lower center", ncols=5, fontsize=6, frameon=False)
