"""The table `per_class`: precision, recall and F1 of every class, for the models of Table VI."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from ecnet.render.captions import UNIT, simulated
from ecnet.render.grid import remark
from ecnet.render.inputs import (
    Asked,
    Measured,
    Scores,
    Settings,
    Variant,
    settings_of,
    split_audits,
)
from ecnet.render.table import DASH, Cell, Column, Datum, Notes, Table, write

_METRICS = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
_ABOUT = (
    "Support is the mean number of test records of the class. Each value is the mean over the runs "
    "whose test set holds the class. A precision is 0 where the class is never predicted."
)


@dataclass(frozen=True)
class Part:
    """The part of the table that is about one dataset; `scores` is empty for an absent one."""

    asked: Asked
    scores: dict[Variant, Scores]
    remark: str

    @property
    def source(self) -> str:
        """The source of the dataset's records, or 'absent'."""
        return next((found.source for found in self.scores.values()), "absent")

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes in the adapter's order."""
        return next((found.classes for found in self.scores.values()), ())


def per_class(
    *, metrics: list[Path], audits: list[Path], folder: Path, settings: dict[str, Any]
) -> None:
    """Write the table `per_class` to `folder`: each class of the multiclass task, by model.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    chosen = settings_of(settings)
    variants = chosen.shown("table-6")
    measured = Measured(metrics, task="multiclass", settings=chosen)
    small = split_audits(audits, ("too_small",))
    parts = [
        _part(asked, variants, measured, small.get(asked.name, [])) for asked in chosen.datasets
    ]
    write(_table(parts, variants, chosen), folder)


def _part(
    asked: Asked, variants: tuple[Variant, ...], measured: Measured, audits: list[Any]
) -> Part:
    scores = {} if asked.absent else {v: measured.scores(asked.name, v.name) for v in variants}
    return Part(asked, scores, remark(asked, list(scores.values()), audits))


def _table(parts: list[Part], variants: tuple[Variant, ...], settings: Settings) -> Table:
    notes = Notes()
    told = simulated({part.asked.title: part.source for part in parts})
    caption = f"Every class of the multiclass task, in percent, {UNIT[settings.unit]}. {told}"
    return Table(
        name="per_class",
        caption=caption.strip(),
        columns=(
            *(Column(title, number=False) for title in ("Dataset", "Source", "Class")),
            Column("Support"),
            *(Column(title, v.title) for v in variants for title in _METRICS.values()),
        ),
        blocks=[_rows(part, len(variants), settings.unit, notes) for part in parts],
        data=[row for part in parts for row in _data(part, variants, settings.unit)],
        notes=notes.listed(_ABOUT),
        stub=2,
    )


def _rows(part: Part, variants: int, unit: str, notes: Notes) -> list[list[Cell]]:
    head = [Cell(part.asked.title), Cell(part.source, marks=notes.mark(part.remark))]
    if part.asked.absent:
        return [[*head, *[Cell(DASH)] * (2 + variants * len(_METRICS))]]
    rows = []
    for cls in part.classes:
        found = [_means(scores, cls, unit) for scores in part.scores.values()]
        support = Cell(f"{found[0]['support']:,.0f}")
        values = (_percent(means.get(metric)) for means in found for metric in _METRICS)
        rows.append([*head, Cell(cls), support, *values])
    return rows


def _percent(value: float | None) -> Cell:
    return Cell(DASH if value is None else f"{100 * value:.1f}")


def _means(scores: Scores, cls: str, unit: str) -> Mapping[str, float]:
    """Return support, how many runs have tested the class (n), and the means over these runs."""
    views = [view["per_class"][cls] for view in scores.views(unit)]
    tested = [view for view in views if view["support"]]
    means = {metric: fmean(view[metric] for view in tested) for metric in _METRICS if tested}
    return {"support": fmean(view["support"] for view in views), "n": len(tested)} | means


def _data(part: Part, variants: tuple[Variant, ...], unit: str) -> Iterator[dict[str, Datum]]:
    for cls in part.classes or ("",):
        for variant in variants:
            found = _means(part.scores[variant], cls, unit) if part.scores else {}
            percent = {f"{m}_percent_mean": _times_100(found.get(m)) for m in _METRICS}
            yield {
                "dataset": part.asked.name,
                "source": part.source,
                "class": cls,
                "model": variant.title,
                "support_mean": found.get("support"),
                **percent,
                "n": found.get("n", 0),
                "note": part.remark,
            }


def _times_100(value: float | None) -> float | None:
    return None if value is None else 100 * value
