"""The tables `calibration` and `false_alarms`: what a score alone does not say of a model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecnet.render.captions import UNIT, simulated
from ecnet.render.grid import remark
from ecnet.render.inputs import (
    Asked,
    Measured,
    Scores,
    Settings,
    Spread,
    Variant,
    settings_of,
    split_audits,
    spread_of,
)
from ecnet.render.table import DASH, Cell, Column, Datum, Notes, Table, write

_MARGINS = (
    "The softmax of its margins: scores that rank records, and were never meant as probabilities."
)
_ABOUT_CALIBRATION = (
    "The expected calibration error is how far confidence and accuracy are apart, on average over "
    "the records, in {bins} bins of equal width; the confidence of a record is the probability of "
    "its predicted class. The Brier score is the mean squared distance of the probabilities from "
    "the true class, 0 at best and 2 at worst. A control that gives every record the shares of the "
    "classes is calibrated and tells nothing apart: read the error beside the accuracy."
)
_ABOUT_FALSE_ALARMS = (
    "For each detection rate, the threshold is the highest at which that share of the attacks of "
    "the test set is detected. Records of equal score are called alike; where many share the "
    "score at the threshold, more is detected and more raise a false alarm. A threshold chosen on "
    "the test set is a best case."
)


@dataclass(frozen=True)
class Measure:
    """A column of numbers. of: the summary of the runs -> one of its scores, None if none."""

    key: str
    title: str
    group: str
    of: Callable[[dict[str, Any]], dict[str, Any] | None]
    scale: float = 100.0
    digits: int = 2


@dataclass(frozen=True)
class Told:
    """What one of the tables tells. place: whose models it shows. about: its footnote."""

    name: str
    opening: str
    task: str
    place: str
    measures: Sequence[Measure]
    about: str


def calibration(
    *, metrics: list[Path], audits: list[Path], folder: Path, settings: dict[str, Any]
) -> None:
    """Write the table `calibration` to `folder`: the models of Table VI on the multiclass task.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    told = Told(
        name="calibration",
        opening="Calibration of the models of Table VI: error, confidence, accuracy in percent",
        task="multiclass",
        place="table-6",
        measures=(
            Measure("ece_percent", "Calibration error", "", _calibration("ece")),
            Measure("brier", "Brier score", "", _calibration("brier"), scale=1, digits=3),
            Measure("confidence_percent", "Confidence", "", _calibration("confidence")),
            Measure("accuracy_percent", "Accuracy", "", lambda summary: summary["accuracy"]),
        ),
        about=_ABOUT_CALIBRATION.format(bins=settings["bins"]),
    )
    _write(told, metrics, audits, folder, settings_of(settings))


def false_alarms(
    *, metrics: list[Path], audits: list[Path], folder: Path, settings: dict[str, Any]
) -> None:
    """Write the table `false_alarms` to `folder`: the models of Figure 6 on the binary task.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    told = Told(
        name="false_alarms",
        opening="False alarms: percent of normal records called an attack, binary task",
        task="binary",
        place="figure-6",
        measures=[_at(str(rate)) for rate in settings["detection_rates"]],
        about=_ABOUT_FALSE_ALARMS,
    )
    _write(told, metrics, audits, folder, settings_of(settings))


def _calibration(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda summary: summary["calibration"][key]


def _at(rate: str) -> Measure:
    """Return the false alarms at a detection rate."""

    def of(summary: dict[str, Any]) -> dict[str, Any] | None:
        found = summary["false_alarms"]
        return None if found is None else found[rate]

    percent = f"{100 * float(rate):g}"
    return Measure(f"at_{percent}_percent", f"{percent} %", "Attacks detected", of)


def _write(
    told: Told, metrics: list[Path], audits: list[Path], folder: Path, settings: Settings
) -> None:
    measured = Measured(metrics, task=told.task, settings=settings)
    small = split_audits(audits, ("too_small",))
    notes = Notes()
    parts = [_part(told, a, measured, small.get(a.name, []), settings) for a in settings.datasets]
    sources = {part.asked.title: part.source for part in parts}
    counted = f"{UNIT[settings.unit]}; {settings.over_splits}"
    caption = f"{told.opening}, {counted}. {simulated(sources)}"
    columns = [Column(title, number=False) for title in ("Dataset", "Source", "Model")]
    table = Table(
        name=told.name,
        caption=caption.strip(),
        columns=(*columns, *(Column(m.title, m.group) for m in told.measures)),
        blocks=[_rows(told, part, notes) for part in parts],
        data=[row for part in parts for row in _data(told, part)],
        notes=notes.listed(told.about),
        stub=2,
    )
    write(table, folder)


@dataclass(frozen=True)
class Part:
    """The part of a table that is about one dataset. found: variant -> key -> values."""

    asked: Asked
    source: str
    remark: str
    found: dict[Variant, dict[str, Spread | None]]


def _part(
    told: Told, asked: Asked, measured: Measured, audits: list[Any], settings: Settings
) -> Part:
    variants = settings.shown(told.place)
    scores = {} if asked.absent else {v: measured.scores(asked.name, v.name) for v in variants}
    return Part(
        asked=asked,
        source=next((found.source for found in scores.values()), "absent"),
        remark=remark(asked, list(scores.values()), audits),
        found={
            v: {m.key: _spread(m, scores.get(v), settings.unit) for m in told.measures}
            for v in variants
        },
    )


def _spread(measure: Measure, scores: Scores | None, unit: str) -> Spread | None:
    found = measure.of(scores.summary[unit]) if scores else None
    return spread_of(found, measure.scale) if found else None


def _rows(told: Told, part: Part, notes: Notes) -> list[list[Cell]]:
    head = [Cell(part.asked.title), Cell(part.source, marks=notes.mark(part.remark))]
    if part.asked.absent:
        return [[*head, *[Cell(DASH)] * (1 + len(told.measures))]]
    return [
        [*head, _model(variant, notes), *(_cell(m, found[m.key]) for m in told.measures)]
        for variant, found in part.found.items()
    ]


def _model(variant: Variant, notes: Notes) -> Cell:
    return Cell(variant.title, marks=notes.mark(_MARGINS if variant.family == "svm" else ""))


def _cell(measure: Measure, found: Spread | None) -> Cell:
    if found is None:
        return Cell(DASH)
    numbers = [found.mean] if found.half is None else [found.mean, found.half]
    return Cell(" ± ".join(f"{number:.{measure.digits}f}" for number in numbers))


def _data(told: Told, part: Part) -> list[dict[str, Datum]]:
    rows = []
    for variant, spreads in part.found.items():
        row: dict[str, Datum] = {"dataset": part.asked.name, "source": part.source}
        row["model"] = variant.title
        for measure in told.measures:
            found = spreads[measure.key]
            for name in ("mean", "sd", "low", "high"):
                row[f"{measure.key}_{name}"] = getattr(found, name) if found else None
        n = max((found.n for found in spreads.values() if found), default=0)
        rows.append(row | {"n": n, "note": part.remark})
    return rows
