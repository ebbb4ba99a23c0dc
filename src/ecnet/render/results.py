"""Tables VI, VII and VIII: as measured, as the paper reports them, and side by side."""

from collections.abc import Iterable, Mapping, Sequence

from ecnet.datasets import papers
from ecnet.datasets.papers import Reported
from ecnet.evaluate.interval import MeanInterval
from ecnet.render.grid import Block, Grid, Line, Quantity, build
from ecnet.render.parts import UNIT, absent_row, head, mean, measured_on, points, stub
from ecnet.render.settings import Settings, Shown
from ecnet.render.sources import Sources
from ecnet.render.table import DASH, Cell, Datum, Notes, Table, TableColumn

_SUBJECT = {
    "table-6": "EcNet and its baselines",
    "table-7": "the attention module",
    "table-8": "separate and merged extraction of features",
}


def measured(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table with the numbers measured here.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    grid, notes = build(sources, settings, shown), Notes()
    return Table(
        name=shown.name,
        caption=_caption(grid, "reproduced"),
        columns=(*_stub(grid), *(TableColumn(q.title, q.group) for q in grid.quantities)),
        blocks=[
            absent_row(block.part, notes, 1 + len(grid.quantities))
            if block.part.dataset.absent
            else _measured_rows(grid, block, notes)
            for block in grid.blocks
        ],
        data=[
            _identity(grid, block, line) | _values(grid.quantities, line) | _note(block)
            for block in grid.blocks
            for line in block.lines
        ],
        notes=notes.listed(_about_control(grid)),
        stub=2,
    )


def _measured_rows(grid: Grid, block: Block, notes: Notes) -> list[list[Cell]]:
    best = _best(grid, [_means(line) for line in block.lines])
    return [
        [
            *head(block.part, notes),
            Cell(line.title),
            *(_mean(q, line.measured.get(q.key), best, notes) for q in grid.quantities),
        ]
        for line in block.lines
    ]


def reported(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table with the paper's numbers."""
    grid = build(sources, settings, shown)
    in_paper = _of_paper(grid)
    known = papers.reproduced().datasets.values()
    unknown = [b.part.dataset.title for b in grid.blocks if b.part.dataset.name not in known]
    return Table(
        name=shown.name,
        caption=_caption(grid, "reported"),
        columns=(*_stub(grid), *(TableColumn(q.title, q.group) for q in grid.compared)),
        blocks=[
            *(_reported_rows(grid, dataset, rows) for dataset, rows in in_paper.items()),
            *([[Cell(title), *[Cell(DASH)] * (2 + len(grid.compared))]] for title in unknown),
        ],
        data=[
            {"table": grid.roman, "dataset": dataset, "source": "paper"}
            | {grid.stub.lower(): row}
            | {q.column: values[q.key] for q in grid.compared}
            for dataset, rows in in_paper.items()
            for row, values in rows.items()
        ],
        notes=Notes().listed(_about_unreported(unknown)),
        stub=2,
    )


def _of_paper(grid: Grid) -> dict[str, dict[str, dict[str, float]]]:
    """Return the paper's numbers: dataset -> row -> column -> percent."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for number in papers.reproduced().numbers:
        if number.table == grid.roman:
            name, column = _place(grid, number)
            found.setdefault(number.dataset, {}).setdefault(name, {})[column] = number.percent
    return found


def _place(grid: Grid, number: Reported) -> tuple[str, str]:
    """Return the row of a number of the paper, and the key of its quantity."""
    if grid.shown.place != "table-8":
        return number.model, number.measure
    cell, way = number.model.split()  # as in "LSTM separate"
    return way, f"{cell.lower()}_{number.measure}"


def _reported_rows(
    grid: Grid, dataset: str, rows: Mapping[str, Mapping[str, float]]
) -> list[list[Cell]]:
    best = _best(grid, rows.values())
    return [
        [Cell(dataset), Cell("paper"), Cell(row)]
        + [_percent(values.get(q.key), best.get(q.key)) for q in grid.compared]
        for row, values in rows.items()
    ]


def compared(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table with both and their difference in percentage points.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    grid, notes = build(sources, settings, shown), Notes()
    views = ("reported", "measured", "difference")
    unknown = [b.part.dataset.title for b in grid.blocks if not any(x.reported for x in b.lines)]
    return Table(
        name=shown.name,
        caption=_caption(grid, "compared"),
        columns=(
            *_stub(grid),
            *(TableColumn(view, q.title) for q in grid.compared for view in views),
        ),
        blocks=[
            _compared_rows(grid, block, notes)
            or absent_row(block.part, notes, 1 + 3 * len(grid.compared))
            for block in grid.blocks
        ],
        data=[
            _identity(grid, block, line)
            | {key: value for q in grid.compared for key, value in _difference(q, line).items()}
            | _note(block)
            for block in grid.blocks
            for line in block.lines
        ],
        notes=notes.listed(_about_unreported(unknown), _about_control(grid)),
        stub=2,
    )


def _compared_rows(grid: Grid, block: Block, notes: Notes) -> list[list[Cell]]:
    """Return the rows that hold a number, measured or reported."""
    lines = [line for line in block.lines if line.measured or line.reported]
    best_reported = _best(grid, [line.reported for line in lines])
    best = _best(grid, [_means(line) for line in lines])
    rows = []
    for line in lines:
        row = [*head(block.part, notes), Cell(line.title)]
        for quantity in grid.compared:
            key = quantity.key
            row += [
                _percent(line.reported.get(key), best_reported.get(key)),
                _mean(quantity, line.measured.get(key), best, notes),
                Cell(points(_minus(line, key))),
            ]
        rows.append(row)
    return rows


def _minus(line: Line, key: str) -> float | None:
    """Return measured minus reported; None if one of them is missing."""
    found = line.measured.get(key)
    return found.mean - line.reported[key] if found and key in line.reported else None


def _difference(quantity: Quantity, line: Line) -> dict[str, Datum]:
    found = line.measured.get(quantity.key)
    return {
        f"{quantity.column}_reported": line.reported.get(quantity.key),
        **{f"{quantity.column}_{end}": _of(found, end) for end in ("mean", "low", "high")},
        f"{quantity.key}_n": _of(found, "n"),
        f"{quantity.key}_points_difference": _minus(line, quantity.key),
    }


def _values(quantities: Sequence[Quantity], line: Line) -> dict[str, Datum]:
    data: dict[str, Datum] = {}
    for quantity in quantities:
        found = line.measured.get(quantity.key)
        for end in ("mean", "sd", "low", "high"):
            data[f"{quantity.column}_{end}"] = _of(found, end)
        data[f"{quantity.key}_n"] = _of(found, "n")
    return data


def _of(found: MeanInterval | None, name: str) -> Datum:
    value: Datum = getattr(found, name) if found else None
    return value


def _identity(grid: Grid, block: Block, line: Line) -> dict[str, Datum]:
    return {
        "table": grid.roman,
        "dataset": block.part.dataset.name,
        "source": block.part.source,
        grid.stub.lower(): line.title,
    }


def _note(block: Block) -> dict[str, Datum]:
    return {"note": block.part.remark}


def _stub(grid: Grid) -> tuple[TableColumn, ...]:
    return stub("Dataset", "Source", grid.stub)


def _means(line: Line) -> dict[str, float]:
    return {key: found.mean for key, found in line.measured.items()}


def _best(grid: Grid, rows: Iterable[Mapping[str, float]]) -> dict[str, str]:
    """Return the best value of each key as it is printed, so that ties show as ties."""
    rows, best = list(rows), {}
    for quantity in grid.quantities:
        values = [row[quantity.key] for row in rows if quantity.key in row]
        if values and quantity.measure and quantity.measure.better:
            choose = max if quantity.measure.better == "up" else min
            best[quantity.key] = f"{choose(values):.{quantity.measure.digits}f}"
    return best


def _percent(value: float | None, best: str | None) -> Cell:
    if value is None:
        return Cell(DASH)
    return Cell(f"{value:.2f}", bold=f"{value:.2f}" == best)


def _mean(
    quantity: Quantity, found: MeanInterval | None, best: Mapping[str, str], notes: Notes
) -> Cell:
    if found is None:
        return Cell(DASH)
    digits = quantity.measure.digits if quantity.measure else 0
    widest = quantity.measure.scale if quantity.measure else 0
    return mean(found, notes, digits=digits, widest=widest, best=best.get(quantity.key, ""))


def _caption(grid: Grid, view: str) -> str:
    """Return what the table shows, how it was averaged, and which data are simulated."""
    settings, place = grid.settings, grid.shown.place
    opening = f"Table {grid.roman}, {view}: {_SUBJECT[place]}."
    if view == "reported":
        return f"{opening} The paper's own numbers, in percent; best of each dataset in bold."
    what = "Accuracy"
    if place != "table-8":
        what += f", and precision, recall and F1 as {settings.average} averages"
    difference = "; difference is measured minus reported, in points" if view == "compared" else ""
    counted = f"in percent, {UNIT[settings.unit]}; {settings.over_splits}{difference}."
    simulated = measured_on(block.part for block in grid.blocks)
    return f"{opening} {what}, {counted} Best of each dataset in bold. {simulated}".strip()


def _about_control(grid: Grid) -> str:
    if grid.shown.place != "table-8":
        return ""
    return "The control has no recurrent cell: its value is repeated in every column."


def _about_unreported(titles: list[str]) -> str:
    return f"The paper reports nothing for {', '.join(titles)}." if titles else ""
