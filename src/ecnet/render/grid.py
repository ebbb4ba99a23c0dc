"""The content of Tables VI, VII and VIII: what was measured beside what the paper reports."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ecnet.claims import paper
from ecnet.claims.paper import CELLS
from ecnet.errors import InputError
from ecnet.render.inputs import Asked, Measured, Scores, Settings, Spread, Variant, spread

ROMAN = {6: "VI", 7: "VII", 8: "VIII"}

_METRIC_TITLES = {"accuracy": "Accuracy", "precision": "Precision", "recall": "Recall", "f1": "F1"}


@dataclass(frozen=True)
class Quantity:
    """A column of numbers. compared: the paper reports it, in percent; else it stands beside."""

    key: str
    title: str
    group: str = ""
    percent: bool = True
    compared: bool = True


@dataclass(frozen=True)
class Line:
    """A row of a dataset. measured: key of a quantity -> values; empty for an absent dataset."""

    title: str
    reported: dict[str, float]
    measured: dict[str, Spread]


@dataclass(frozen=True)
class Block:
    """The rows of one dataset; `source` is that of its data or 'absent'."""

    asked: Asked
    source: str
    lines: list[Line]
    remark: str


@dataclass(frozen=True)
class Grid:
    """A table before it is put in words."""

    number: int
    stub: str
    quantities: tuple[Quantity, ...]
    blocks: list[Block]
    settings: Settings

    @property
    def compared(self) -> tuple[Quantity, ...]:
        """The quantities that the paper reports."""
        return tuple(quantity for quantity in self.quantities if quantity.compared)


def build(
    number: int, settings: Settings, measured: Measured, audits: dict[str, list[Any]]
) -> Grid:
    """Return the content of a table: every dataset asked for, present or not.

    audits: dataset -> the audits of its splits.

    Raises:
        InputError: metrics are missing, or the variants do not fill Table VIII.
    """
    variants = settings.shown(f"table-{number}")
    lines = _lines_by_cell if number == 8 else _lines_by_variant
    blocks = []
    for asked in settings.datasets:
        scores = {} if asked.absent else {v: measured.scores(asked.name, v.name) for v in variants}
        blocks.append(
            Block(
                asked=asked,
                source=next((s.source for s in scores.values()), "absent"),
                lines=list(lines(number, asked, variants, scores, settings)),
                remark=remark(asked, list(scores.values()), audits.get(asked.name, [])),
            )
        )
    stub = "Features" if number == 8 else "Model"
    return Grid(number, stub, _quantities(number, settings), blocks, settings)


def _quantities(number: int, settings: Settings) -> tuple[Quantity, ...]:
    beside = f"Accuracy by {settings.other_unit}"
    if number == 8:
        columns = [(cell, cell.upper()) for cell in CELLS]
        return (
            *(Quantity(f"{cell}_accuracy", title, "Accuracy") for cell, title in columns),
            *(
                Quantity(f"{cell}_accuracy_{settings.other_unit}", title, beside, compared=False)
                for cell, title in columns
            ),
            *(
                Quantity(f"{cell}_parameters", title, "Parameters", percent=False, compared=False)
                for cell, title in columns
            ),
        )
    return (
        *(Quantity(metric, title) for metric, title in _METRIC_TITLES.items()),
        Quantity(f"accuracy_{settings.other_unit}", beside, compared=False),
        Quantity("parameters", "Parameters", percent=False, compared=False),
    )


def _lines_by_variant(
    number: int,
    asked: Asked,
    variants: tuple[Variant, ...],
    scores: dict[Variant, Scores],
    settings: Settings,
) -> Iterator[Line]:
    for variant in variants:
        measured: dict[str, Spread] = {}
        if found := scores.get(variant):
            kind = {"average": settings.average, "unit": settings.unit}
            other = settings.other_unit
            measured = {m: found.spread(m, **kind) for m in _METRIC_TITLES} | {
                f"accuracy_{other}": found.spread("accuracy", average="", unit=other),
                "parameters": spread(found.parameters.values()),
            }
        yield Line(variant.title, _reported(number, asked, variant.paper), measured)


def _lines_by_cell(
    number: int,
    asked: Asked,
    variants: tuple[Variant, ...],
    scores: dict[Variant, Scores],
    settings: Settings,
) -> Iterator[Line]:
    by_coordinates = coordinates(variants, "table-8")
    for branches in dict.fromkeys(v.branches for v in variants if v.cell):
        measured: dict[str, Spread] = {}
        for cell in CELLS:
            if found := scores.get(by_coordinates[cell, branches]):
                measured |= _in_column(cell, found, settings)
        yield Line(branches, _reported(number, asked, branches), measured)
    for variant in (v for v in variants if not v.cell):
        measured = {}
        for cell in CELLS if scores else ():
            measured |= _in_column(cell, scores[variant], settings)
        yield Line(variant.title, {}, measured)


def coordinates(variants: tuple[Variant, ...], place: str) -> dict[tuple[str, str], Variant]:
    """Return the variants by recurrent cell and way of extraction, every cell for every way.

    Raises:
        InputError: two variants share a place, or a place has none.
    """
    found: dict[tuple[str, str], Variant] = {}
    for variant in variants:
        key = variant.cell, variant.branches
        if variant.cell and found.setdefault(key, variant) is not variant:
            raise InputError(
                f"params.yaml: variants.{variant.name} and variants.{found[key].name} are both "
                f"{'/'.join(key)}; show only one of them in {place}"
            )
    for branches in {branches for _, branches in found}:
        for cell in CELLS:
            if (cell, branches) not in found:
                raise InputError(
                    f"params.yaml: variants: none with cell {cell} and branches {branches} is "
                    f"shown in {place}; add {place} to the variant that is"
                )
    return found


def _in_column(cell: str, scores: Scores, settings: Settings) -> dict[str, Spread]:
    def accuracy(unit: str) -> Spread:
        return scores.spread("accuracy", average="", unit=unit)

    return {
        f"{cell}_accuracy": accuracy(settings.unit),
        f"{cell}_accuracy_{settings.other_unit}": accuracy(settings.other_unit),
        f"{cell}_parameters": spread(scores.parameters.values()),
    }


def _reported(number: int, asked: Asked, row: str) -> dict[str, float]:
    return {
        entry.column: entry.percent
        for entry in paper.reported()
        if (entry.table, entry.row) == (ROMAN[number], row)
        and paper.DATASETS[entry.dataset] == asked.name
    }


def remark(asked: Asked, scores: list[Scores], audits: list[Any]) -> str:
    """Return what is to be said of a dataset and of its classes, in one footnote."""
    absent: dict[str, list[str]] = {}
    for found in scores:
        absent |= found.without_test_record()
    small = sorted({cls for audit in audits for cls in audit["too_small"]})
    parts = [asked.remark] if asked.remark else []
    if absent:
        named = (f"{cls} (runs {', '.join(runs)})" for cls, runs in sorted(absent.items()))
        parts.append(f"Without a test record, hence in no average: {'; '.join(named)}.")
    if small:
        parts.append(f"Too few groups of records to are in every subset: {'; '.join(small)}.")
    return " ".join(parts)
