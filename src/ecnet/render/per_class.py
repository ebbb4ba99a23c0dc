"""The table `per_class`: precision, recall and F1 of every class, for the models of Table VI."""

from collections.abc import Iterator
from statistics import fmean

from ecnet.evaluate.measures import AVERAGED, of_class
from ecnet.evaluate.results import Metrics
from ecnet.render.parts import UNIT, Part, absent_row, head, measured_on, parts, stub
from ecnet.render.settings import Settings, Shown, Variant
from ecnet.render.sources import Sources
from ecnet.render.table import DASH, Cell, Datum, Notes, Table, TableColumn

_ABOUT = (
    "Support is the mean number of test records of the class. Each value is the mean over the runs "
    "whose test set holds the class. A precision is 0 where the class is never predicted."
)


def per_class(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of every class of the multiclass task, by model.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    notes, variants = Notes(), settings.variants_of(shown.place)
    found = parts(sources, settings, shown)
    caption = f"Every class of the multiclass task, in percent, {UNIT[settings.unit]}."
    return Table(
        name=shown.name,
        caption=f"{caption} {measured_on(found)}".strip(),
        columns=(
            *stub("Dataset", "Source", "Class"),
            TableColumn("Support"),
            *(TableColumn(measure.title, v.title) for v in variants for measure in AVERAGED),
        ),
        blocks=[
            _rows(part, settings.unit, notes)
            if part.found
            else absent_row(part, notes, 2 + len(variants) * len(AVERAGED))
            for part in found
        ],
        data=[row for part in found for row in _data(part, variants, settings.unit)],
        notes=notes.listed(_ABOUT),
        stub=2,
    )


def _classes(part: Part) -> tuple[str, ...]:
    """Return the classes in the adapter's order."""
    return next((metrics.classes for metrics in part.found.values()), ())


def _rows(part: Part, unit: str, notes: Notes) -> list[list[Cell]]:
    rows = []
    for cls in _classes(part):
        found = [_means(metrics, cls, unit) for metrics in part.found.values()]
        support = Cell(f"{found[0]['support']:,.0f}")
        values = (_percent(means.get(measure.key)) for means in found for measure in AVERAGED)
        rows.append([*head(part, notes), Cell(cls), support, *values])
    return rows


def _percent(value: float | None) -> Cell:
    return Cell(DASH if value is None else f"{100 * value:.1f}")


def _means(metrics: Metrics, cls: str, unit: str) -> dict[str, float]:
    """Return support, the number of runs that tested the class (n), and the means over them."""
    supports = [view["per_class"][cls]["support"] for view in metrics.views(unit)]
    tested = [run for run, support in zip(metrics.over_splits, supports, strict=True) if support]
    means: dict[str, float] = {"support": fmean(supports), "n": len(tested)}
    for measure in AVERAGED if tested else ():
        values = metrics.values(of_class(measure, cls), tested, unit=unit, average="")
        means[measure.key] = fmean(value for value in values if value is not None)
    return means


def _data(part: Part, variants: tuple[Variant, ...], unit: str) -> Iterator[dict[str, Datum]]:
    for cls in _classes(part) or ("",):
        for variant in variants:
            found = _means(part.found[variant], cls, unit) if part.found else {}
            yield {
                "dataset": part.dataset.name,
                "source": part.source,
                "class": cls,
                "model": variant.title,
                "support_mean": found.get("support"),
                **{f"{m.column}_mean": _times_100(found.get(m.key)) for m in AVERAGED},
                "n": found.get("n", 0),
                "note": part.remark,
            }


def _times_100(value: float | None) -> float | None:
    return None if value is None else 100 * value
