"""The content of Tables VI, VII and VIII: what was measured and what the paper reports."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import fmean

from ecnet.datasets import papers
from ecnet.errors import InputError
from ecnet.evaluate.interval import MeanInterval
from ecnet.evaluate.measures import ACCURACY, PAPER, Measure
from ecnet.evaluate.results import Metrics
from ecnet.render.parts import Part, parts
from ecnet.render.settings import DatasetSpec, Settings, Shown, Variant
from ecnet.render.sources import Sources

ROMAN = {"table-6": "VI", "table-7": "VII", "table-8": "VIII"}
"""The number of a table by its place."""
CELLS = ("lstm", "rnn", "gru")
"""The recurrent cells of Table VIII, in its order."""


@dataclass(frozen=True)
class Quantity:
    """A column of numbers.

    of: a variant's metrics -> its value. measure: None for a column that is not a score. compared:
    the paper reports it. cell: the recurrent cell of the column in Table VIII.
    """

    key: str
    title: str
    of: Callable[[Metrics], MeanInterval | None]
    measure: Measure | None = None
    compared: bool = False
    group: str = ""
    cell: str = ""

    @property
    def column(self) -> str:
        """Its name in CSV, with the unit."""
        return replace(self.measure, key=self.key).column if self.measure else self.key


def quantities(place: str, settings: Settings) -> tuple[Quantity, ...]:
    """Return the columns of a table; a further measure is a further line here."""
    accuracy = _score(ACCURACY, settings)
    beside = _score(ACCURACY, settings, settings.other_unit)
    parameters = Quantity("parameters", "Parameters", _parameters)
    if place == "table-8":
        return tuple(
            replace(q, key=f"{cell}_{q.key}", title=cell.upper(), group=q.title, cell=cell)
            for q in (accuracy, beside, parameters)
            for cell in CELLS
        )
    return (
        *(_score(measure, settings) for measure in PAPER),
        beside,
        parameters,
    )


def _score(measure: Measure, settings: Settings, unit: str = "") -> Quantity:
    """Return the column of a measure; by another unit than the chosen one if `unit` is given."""

    def of(metrics: Metrics) -> MeanInterval | None:
        return metrics.interval(measure, unit=unit or settings.unit, average=settings.average)

    if unit:
        return Quantity(f"{measure.key}_{unit}", f"{measure.title} by {unit}", of, measure)
    return Quantity(measure.key, measure.title, of, measure, compared=measure in PAPER)


def _parameters(metrics: Metrics) -> MeanInterval:
    counts = [metrics.parameters[run] for run in metrics.over_splits]
    return MeanInterval(fmean(counts), n=len(counts))


@dataclass(frozen=True)
class Line:
    """A row of a dataset: key of a quantity -> value. measured: empty for an absent dataset."""

    title: str
    reported: dict[str, float]
    measured: dict[str, MeanInterval]


@dataclass(frozen=True)
class Block:
    """The rows of one dataset."""

    part: Part
    lines: list[Line]


@dataclass(frozen=True)
class Grid:
    """A table before it is put in words. stub: the title of the column that names the rows."""

    shown: Shown
    settings: Settings
    stub: str
    quantities: tuple[Quantity, ...]
    blocks: list[Block]

    @property
    def roman(self) -> str:
        """The number of the table in the paper."""
        return ROMAN[self.shown.place]

    @property
    def compared(self) -> tuple[Quantity, ...]:
        """The quantities that the paper reports."""
        return tuple(quantity for quantity in self.quantities if quantity.compared)


def build(sources: Sources, settings: Settings, shown: Shown) -> Grid:
    """Return the content of a table: every dataset of params.yaml, present or not.

    Raises:
        InputError: metrics are missing, or the variants do not fill Table VIII.
    """
    by_cell = shown.place == "table-8"
    columns = quantities(shown.place, settings)
    rows = (_by_cell if by_cell else _by_variant)(settings.variants_of(shown.place))
    blocks = [
        Block(part, [_line(shown.place, part, row, columns) for row in rows])
        for part in parts(sources, settings, shown)
    ]
    return Grid(shown, settings, "Features" if by_cell else "Model", columns, blocks)


@dataclass(frozen=True)
class _Row:
    """A row: its title, and the variant of each cell."""

    title: str
    variants: dict[str, Variant]


def _by_variant(variants: tuple[Variant, ...]) -> list[_Row]:
    return [_Row(variant.title, {"": variant}) for variant in variants]


def _by_cell(variants: tuple[Variant, ...]) -> list[_Row]:
    """Return a row for each way of extraction, then one for each control."""
    placed = coordinates(variants, "table-8")
    ways = dict.fromkeys(variant.branches for variant in variants if variant.cell)
    rows = [_Row(way, {cell: placed[cell, way] for cell in CELLS}) for way in ways]
    controls = [variant for variant in variants if not variant.cell]
    return rows + [_Row(v.title, dict.fromkeys(CELLS, v)) for v in controls]


def _line(place: str, part: Part, row: _Row, columns: tuple[Quantity, ...]) -> Line:
    measured = {
        column.key: value
        for column in columns
        if part.found and (value := column.of(part.found[row.variants[column.cell]]))
    }
    return Line(row.title, _reported(place, part.dataset, row, columns), measured)


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


def _reported(
    place: str, dataset: DatasetSpec, row: _Row, columns: tuple[Quantity, ...]
) -> dict[str, float]:
    """Return what the paper reports of a row: key of a quantity -> percent."""
    percent = papers.reproduced().percent
    keys = {
        column.key: (ROMAN[place], dataset.name, row.variants[column.cell].name, column.measure.key)
        for column in columns
        if column.compared and column.measure
    }
    return {name: percent[key] for name, key in keys.items() if key in percent}
