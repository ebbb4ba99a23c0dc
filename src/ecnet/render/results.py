"""Tables VI, VII and VIII: reproduced, as the paper reports them, and side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ecnet.claims import paper
from ecnet.render.captions import UNIT, simulated
from ecnet.render.grid import ROMAN, Block, Grid, Line, Quantity, build
from ecnet.render.inputs import Measured, Spread, settings_of, split_audits
from ecnet.render.table import DASH, Cell, Column, Datum, Notes, Table, write

_SUBJECT = {
    6: "EcNet and its baselines",
    7: "the attention module",
    8: "separate and merged extraction of features",
}


def tables(
    *,
    number: int,
    metrics: list[Path],
    audits: list[Path],
    folder: Path,
    settings: dict[str, Any],
) -> None:
    """Write Table VI, VII or VIII to `folder`, three times, as CSV, Markdown and LaTeX.

    `table_6` is reproduced from `metrics`, `table_6_reported` holds the paper's numbers, and
    `table_6_compared` both and the difference in percentage points; 7 and 8 likewise.

    number: 6, 7 or 8.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    chosen = settings_of(settings)
    measured = Measured(metrics, task="multiclass", settings=chosen)
    small = split_audits(audits, ("too_small",))
    grid = build(number, chosen, measured, small)
    for table in (_reproduced(grid), _reported(grid), _compared(grid)):
        write(table, folder)


def _reproduced(grid: Grid) -> Table:
    notes = Notes()
    return Table(
        name=f"table_{grid.number}",
        caption=_caption(grid, "reproduced"),
        columns=(*_stub(grid), *(Column(q.title, q.group) for q in grid.quantities)),
        blocks=[
            _absent(block, notes, len(grid.quantities))
            if block.asked.absent
            else _measured_rows(grid, block, notes)
            for block in grid.blocks
        ],
        data=[
            _identity(grid, block, line) | _spreads(grid.quantities, line) | {"note": block.remark}
            for block in grid.blocks
            for line in block.lines
        ],
        notes=notes.listed(_about_control(grid)),
        stub=2,
    )


def _measured_rows(grid: Grid, block: Block, notes: Notes) -> list[list[Cell]]:
    best = _best([_means(line) for line in block.lines])
    return [
        [
            *_head(block, notes),
            Cell(line.title),
            *(_spread(q, line.measured[q.key], best) for q in grid.quantities),
        ]
        for line in block.lines
    ]


def _reported(grid: Grid) -> Table:
    in_paper = _of_paper(grid.number)
    unknown = [b.asked.title for b in grid.blocks if b.asked.name not in paper.DATASETS.values()]
    return Table(
        name=f"table_{grid.number}_reported",
        caption=_caption(grid, "reported"),
        columns=(*_stub(grid), *(Column(q.title, q.group) for q in grid.compared)),
        blocks=[
            *(_reported_rows(grid, dataset, rows) for dataset, rows in in_paper.items()),
            *([[Cell(title), *[Cell(DASH)] * (2 + len(grid.compared))]] for title in unknown),
        ],
        data=[
            {"table": ROMAN[grid.number], "dataset": dataset, "source": "paper"}
            | {grid.stub.lower(): row}
            | {f"{q.key}_percent": values[q.key] for q in grid.compared}
            for dataset, rows in in_paper.items()
            for row, values in rows.items()
        ],
        notes=Notes().listed(_about_unreported(unknown)),
        stub=2,
    )


def _of_paper(number: int) -> dict[str, dict[str, dict[str, float]]]:
    """Return the paper's numbers: dataset -> row -> column -> percent."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for entry in paper.reported():
        if entry.table == ROMAN[number]:
            row = found.setdefault(entry.dataset, {}).setdefault(entry.row, {})
            row[entry.column] = entry.percent
    return found


def _reported_rows(
    grid: Grid, dataset: str, rows: Mapping[str, Mapping[str, float]]
) -> list[list[Cell]]:
    best = _best(list(rows.values()))
    return [
        [Cell(dataset), Cell("paper"), Cell(row)]
        + [_percent(values.get(q.key), best.get(q.key)) for q in grid.compared]
        for row, values in rows.items()
    ]


def _compared(grid: Grid) -> Table:
    notes = Notes()
    unknown = [b.asked.title for b in grid.blocks if not any(line.reported for line in b.lines)]
    return Table(
        name=f"table_{grid.number}_compared",
        caption=_caption(grid, "compared"),
        columns=(
            *_stub(grid),
            *(
                Column(view, quantity.title)
                for quantity in grid.compared
                for view in ("reported", "measured", "difference")
            ),
        ),
        blocks=[
            _compared_rows(grid, block, notes) or _absent(block, notes, 3 * len(grid.compared))
            for block in grid.blocks
        ],
        data=[
            _identity(grid, block, line)
            | {key: value for q in grid.compared for key, value in _difference(q, line).items()}
            | {"note": block.remark}
            for block in grid.blocks
            for line in block.lines
        ],
        notes=notes.listed(_about_unreported(unknown), _about_control(grid)),
        stub=2,
    )


def _compared_rows(grid: Grid, block: Block, notes: Notes) -> list[list[Cell]]:
    """Return the rows that hold a number, measured or reported."""
    lines = [line for line in block.lines if line.measured or line.reported]
    best_reported = _best([line.reported for line in lines])
    best = _best([_means(line) for line in lines])
    rows = []
    for line in lines:
        row = [*_head(block, notes), Cell(line.title)]
        for quantity in grid.compared:
            reported, measured = line.reported.get(quantity.key), line.measured.get(quantity.key)
            row += [
                _percent(reported, best_reported.get(quantity.key)),
                _spread(quantity, measured, best) if measured else Cell(DASH),
                _points(measured.mean - reported)
                if measured and reported is not None
                else Cell(DASH),
            ]
        rows.append(row)
    return rows


def _difference(quantity: Quantity, line: Line) -> dict[str, Datum]:
    reported, measured = line.reported.get(quantity.key), line.measured.get(quantity.key)
    return {
        f"{quantity.key}_percent_reported": reported,
        f"{quantity.key}_percent_mean": measured.mean if measured else None,
        f"{quantity.key}_percent_low": measured.low if measured else None,
        f"{quantity.key}_percent_high": measured.high if measured else None,
        f"{quantity.key}_n": measured.n if measured else None,
        f"{quantity.key}_points_difference": (
            measured.mean - reported if measured and reported is not None else None
        ),
    }


def _spreads(quantities: Sequence[Quantity], line: Line) -> dict[str, Datum]:
    data: dict[str, Datum] = {}
    for quantity in quantities:
        name = f"{quantity.key}_percent" if quantity.percent else quantity.key
        found = line.measured.get(quantity.key)
        data |= {
            f"{name}_mean": found.mean if found else None,
            f"{name}_sd": found.sd if found else None,
            f"{name}_low": found.low if found else None,
            f"{name}_high": found.high if found else None,
            f"{quantity.key}_n": found.n if found else None,
        }
    return data


def _identity(grid: Grid, block: Block, line: Line) -> dict[str, Datum]:
    return {
        "table": ROMAN[grid.number],
        "dataset": block.asked.name,
        "source": block.source,
        grid.stub.lower(): line.title,
    }


def _stub(grid: Grid) -> tuple[Column, ...]:
    return tuple(Column(title, number=False) for title in ("Dataset", "Source", grid.stub))


def _head(block: Block, notes: Notes) -> list[Cell]:
    return [Cell(block.asked.title), Cell(block.source, marks=notes.mark(block.remark))]


def _absent(block: Block, notes: Notes, width: int) -> list[list[Cell]]:
    return [[*_head(block, notes), *[Cell(DASH)] * (1 + width)]]


def _means(line: Line) -> dict[str, float]:
    return {key: found.mean for key, found in line.measured.items()}


def _best(rows: Sequence[Mapping[str, float]]) -> dict[str, str]:
    """Return the highest value of each key as it is printed, so that ties show as ties."""
    keys = {key for row in rows for key in row}
    return {key: f"{max(row[key] for row in rows if key in row):.2f}" for key in keys}


def _percent(value: float | None, best: str | None) -> Cell:
    if value is None:
        return Cell(DASH)
    return Cell(f"{value:.2f}", bold=f"{value:.2f}" == best)


def _spread(quantity: Quantity, found: Spread, best: Mapping[str, str]) -> Cell:
    if not quantity.percent:
        return Cell(f"{found.mean:,.0f}")
    text = f"{found.mean:.2f}"
    half = "" if found.half is None else f" ± {found.half:.2f}"
    return Cell(text + half, bold=text == best[quantity.key])


def _points(difference: float) -> Cell:
    return Cell(f"{difference:+.2f}".replace("-", "\N{MINUS SIGN}"))


def _caption(grid: Grid, view: str) -> str:
    """Return what the table shows, how it was averaged, and which data are simulated."""
    settings = grid.settings
    opening = f"Table {ROMAN[grid.number]}, {view}: {_SUBJECT[grid.number]}."
    if view == "reported":
        return f"{opening} The paper's own numbers, in percent; best of each dataset in bold."
    what = "Accuracy" if grid.number == 8 else "Accuracy, and precision, recall and F1 as "
    what += "" if grid.number == 8 else f"{settings.average} averages"
    difference = "; difference is measured minus reported, in points" if view == "compared" else ""
    counted = f"in percent, {UNIT[settings.unit]}; {settings.over_splits}{difference}."
    told = simulated({block.asked.title: block.source for block in grid.blocks})
    return f"{opening} {what}, {counted} Best of each dataset in bold. {told}".strip()


def _about_control(grid: Grid) -> str:
    if grid.number != 8:
        return ""
    return "The control has no recurrent cell: its value is repeated in every column."


def _about_unreported(titles: list[str]) -> str:
    return f"The paper reports nothing for {', '.join(titles)}." if titles else ""
