"""Figure 5: the accuracy of LSTM, RNN and GRU, a panel for each dataset."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ecnet.datasets import papers
from ecnet.evaluate.interval import MeanInterval
from ecnet.evaluate.measures import ACCURACY
from ecnet.evaluate.results import Metrics
from ecnet.render.grid import CELLS, coordinates
from ecnet.render.marks import says, within
from ecnet.render.panels import GREY, Drawing, absent
from ecnet.render.parts import COUNTED
from ecnet.render.settings import DatasetSpec, Settings, Shown
from ecnet.render.sources import Sources, words

_COLUMNS = 3
_ROW_HEIGHT = 1.8  # inches
_LEGEND_HEIGHT = 0.4  # inches
_SMALLEST_RANGE = 2.0  # points; below that, noise would look like a difference
_ABOUT_PAPER = (
    "The paper prints no numbers with its Figure 5; those shown are the separate rows of Table VIII"
)


def measured(sources: Sources, settings: Settings, shown: Shown) -> Drawing:
    """Return the figure of what was measured.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    return _draw(sources, settings, shown, beside_paper=False)


def compared(sources: Sources, settings: Settings, shown: Shown) -> Drawing:
    """Return the figure with the paper's numbers beside those measured (InputError: as above)."""
    return _draw(sources, settings, shown, beside_paper=True)


def _draw(sources: Sources, settings: Settings, shown: Shown, *, beside_paper: bool) -> Drawing:
    found = sources.measured(shown.task)
    variants = coordinates(settings.variants_of(shown.place), shown.place)
    datasets = settings.datasets(shown.task)
    rows = math.ceil(len(datasets) / _COLUMNS)
    height = rows * _ROW_HEIGHT + _LEGEND_HEIGHT
    drawn = Figure(figsize=(settings.figure["width"], height), layout="constrained")
    panels = list(drawn.subplots(rows, _COLUMNS, squeeze=False).flat)
    for axes in panels[len(datasets) :]:
        axes.remove()
    origins = set()
    for dataset, axes in zip(datasets, panels, strict=False):
        if dataset.absent:
            absent(axes, dataset)
            continue
        by_cell = {c: found.of(dataset.name, variants[c, "separate"].name) for c in CELLS}
        control = found.of(dataset.name, settings.control)
        _panel(axes, dataset, by_cell, control, settings, beside_paper=beside_paper)
        origins.add(control.source)
    drawn.supylabel(f"Accuracy, % of the test set's {COUNTED[settings.unit]}", fontsize=7)
    _legend(drawn, settings, beside_paper=beside_paper)
    return Drawing(drawn, _title(origins, beside_paper=beside_paper))


def _panel(
    axes: Axes,
    dataset: DatasetSpec,
    by_cell: dict[str, Metrics],
    control: Metrics,
    settings: Settings,
    *,
    beside_paper: bool,
) -> None:
    shown: list[float] = []
    for place, (cell, colour) in enumerate(zip(CELLS, settings.figure["colours"], strict=False)):
        reported = _reported(dataset, by_cell[cell].variant) if beside_paper else None
        point, reach = _measured(axes, place, by_cell[cell], settings.unit, colour)
        shown += reach
        says(point, f"{cell.upper()}, {dataset.title} ({control.source})",
             _values(by_cell[cell], settings, reported))  # fmt: skip
        if reported is not None:
            axes.plot(place + 0.28, reported, "D", ms=4.5, mfc="white", mec=GREY, mew=0.9)
            shown.append(reported)
    floor = _mean(control, settings.unit).mean
    axes.set_title(f"{dataset.title} ({control.source})\nmajority class {floor:.2f} %")
    axes.set_xticks(range(len(CELLS)), [cell.upper() for cell in CELLS])
    axes.set_xlim(-0.5, len(CELLS) - 0.5)
    axes.set_ylim(*_limits(shown))
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)


def _values(metrics: Metrics, settings: Settings, reported: float | None) -> dict[str, str]:
    """Return what the mean of a cell says where it is pointed at."""
    found, splits = _mean(metrics, settings.unit), _of_splits(metrics, settings.unit)
    return {
        "accuracy": f"{found.mean:.2f} %",
        f"{settings.confidence:.0%} interval": within(found.low, found.high),
        "splits": ", ".join(f"{value:.2f}" for value in splits),
        "n": f"{found.n} split{'' if found.n == 1 else 's'}",
        "paper": "" if reported is None else f"{reported:.2f} %",
    }


def _of_splits(metrics: Metrics, unit: str) -> list[float]:
    """Return the accuracy in each split, in percent."""
    shares = metrics.values(ACCURACY, metrics.over_splits, unit=unit, average="")
    return [100 * share for share in shares if share is not None]


def _measured(
    axes: Axes, place: int, metrics: Metrics, unit: str, colour: str
) -> tuple[Line2D, list[float]]:
    """Draw the splits as dots, and beside them their mean with its interval.

    Returns the mark of the mean, and all accuracies that the drawing reaches.
    """
    values = _of_splits(metrics, unit)
    beside = np.linspace(-0.06, 0.06, len(values)) if len(values) > 1 else [0.0]
    axes.plot(place - 0.2 + np.array(beside), values, "o", ms=2.6, color=colour, alpha=0.55, mew=0)
    found = _mean(metrics, unit)
    mark, *_ = axes.errorbar(
        place, found.mean, yerr=found.half, fmt="o", ms=5, color=colour, elinewidth=1.1, capsize=2.5
    )
    reach = found.half or 0.0
    return mark, [*values, found.mean - reach, found.mean + reach]


def _mean(metrics: Metrics, unit: str) -> MeanInterval:
    found = metrics.interval(ACCURACY, unit=unit, average="")
    assert found is not None  # only false alarms may be missing
    return found


def _reported(dataset: DatasetSpec, variant: str) -> float | None:
    """Return the paper's number for a variant, if it has one."""
    return papers.reproduced().percent.get(("VIII", dataset.name, variant, ACCURACY.key))


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
            color=GREY,
            label=f"single splits ({settings.splits})",
        ),
        Line2D([], [], marker="o", ls="", ms=5, color=GREY, label=mean),
    ]
    if beside_paper:
        label = "paper (Table VIII, separate)"
        diamond = {"marker": "D", "ls": "", "ms": 4.5, "mfc": "white", "mec": GREY}
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


def _title(origins: set[str], *, beside_paper: bool) -> str:
    text = f"Figure 5: accuracy of LSTM, RNN and GRU; data: {', '.join(words(*origins))}"
    if beside_paper:
        text += f". {_ABOUT_PAPER}"
    return text
