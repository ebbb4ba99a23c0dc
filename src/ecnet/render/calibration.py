"""The tables `calibration` and `false_alarms`: what scores alone do not say of a model."""

from collections.abc import Sequence

from ecnet.evaluate.interval import MeanInterval
from ecnet.evaluate.measures import ACCURACY, CALIBRATION, Measure
from ecnet.evaluate.measures import false_alarms as at
from ecnet.render.parts import UNIT, Part, absent_row, head, mean, measured_on, parts, stub
from ecnet.render.settings import Settings, Shown, Variant
from ecnet.render.sources import Sources
from ecnet.render.table import DASH, Cell, Datum, Notes, Table, TableColumn

_MARGINS = "The softmax of its margins: scores that rank records but are not probabilities."
_ABOUT_CALIBRATION = (
    "The expected calibration error is how far confidence and accuracy are apart, on average over "
    "the records, in {bins} bins of equal width; the confidence of a record is the probability of "
    "its predicted class. The Brier score is the mean squared distance of the probabilities from "
    "the true class, 0 at best and 2 at worst. A control that gives every record the shares of the "
    "classes is calibrated but does not separate them: read the error beside the accuracy."
)
_ABOUT_FALSE_ALARMS = (
    "For each detection rate, the threshold is the highest at which that share of the attacks of "
    "the test set is detected. Records of equal score get the same answer; where many share the "
    "score at the threshold, more is detected and more raise a false alarm. A threshold chosen on "
    "the test set is a best case."
)

_Found = dict[Variant, list[MeanInterval | None]]


def calibration(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of calibration.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    columns = [(measure, TableColumn(measure.title)) for measure in (*CALIBRATION, ACCURACY)]
    opening = "Calibration of the models of Table VI: error, confidence, accuracy in percent"
    about = _ABOUT_CALIBRATION.format(bins=settings.bins)
    return _table(sources, settings, shown, opening, columns, about)


def false_alarms(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of false alarms at fixed detection rates.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    measures = [at(str(rate)) for rate in settings.detection_rates]
    columns = [(measure, TableColumn(measure.title, "Attacks detected")) for measure in measures]
    opening = "False alarms: percent of normal records called an attack, binary task"
    return _table(sources, settings, shown, opening, columns, _ABOUT_FALSE_ALARMS)


def _table(
    sources: Sources,
    settings: Settings,
    shown: Shown,
    opening: str,
    columns: Sequence[tuple[Measure, TableColumn]],
    about: str,
) -> Table:
    """Return a table of measures, a row for each model. about: its footnote."""
    notes, measures = Notes(), [measure for measure, _ in columns]
    shown_parts = parts(sources, settings, shown)
    found = [_found(part, measures, settings) for part in shown_parts]
    counted = f"{UNIT[settings.unit]}; {settings.over_splits}"
    variants = settings.variants_of(shown.place)
    return Table(
        name=shown.name,
        caption=f"{opening}, {counted}. {measured_on(shown_parts)}".strip(),
        columns=(*stub("Dataset", "Source", "Model"), *(column for _, column in columns)),
        blocks=[
            _rows(part, of, measures, notes) if of else absent_row(part, notes, 1 + len(measures))
            for part, of in zip(shown_parts, found, strict=True)
        ],
        data=[
            _row(part, variant, measures, of.get(variant, [None] * len(measures)))
            for part, of in zip(shown_parts, found, strict=True)
            for variant in variants
        ],
        notes=notes.listed(about),
        stub=2,
    )


def _found(part: Part, measures: Sequence[Measure], settings: Settings) -> _Found:
    how = {"unit": settings.unit, "average": settings.average}
    return {
        variant: [metrics.interval(measure, **how) for measure in measures]
        for variant, metrics in part.found.items()
    }


def _rows(part: Part, found: _Found, measures: Sequence[Measure], notes: Notes) -> list[list[Cell]]:
    return [
        [
            *head(part, notes),
            Cell(variant.title, marks=notes.mark(_MARGINS if variant.family == "svm" else "")),
            *(_cell(m, value, notes) for m, value in zip(measures, values, strict=True)),
        ]
        for variant, values in found.items()
    ]


def _cell(measure: Measure, found: MeanInterval | None, notes: Notes) -> Cell:
    if found is None:
        return Cell(DASH)
    return mean(found, notes, digits=measure.digits, widest=measure.scale)


def _row(
    part: Part,
    variant: Variant,
    measures: Sequence[Measure],
    values: Sequence[MeanInterval | None],
) -> dict[str, Datum]:
    row: dict[str, Datum] = {"dataset": part.dataset.name, "source": part.source}
    row["model"] = variant.title
    for measure, found in zip(measures, values, strict=True):
        for name in ("mean", "sd", "low", "high"):
            row[f"{measure.column}_{name}"] = getattr(found, name) if found else None
    n = max((found.n for found in values if found), default=0)
    return row | {"n": n, "note": part.remark}
