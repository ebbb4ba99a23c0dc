"""What tables of models have in common: a part for each dataset, captions, means as text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecnet.evaluate.interval import FEWEST, MeanInterval, says_something
from ecnet.evaluate.results import Metrics
from ecnet.render.settings import DatasetSpec, Settings, Shown, Variant
from ecnet.render.sources import Sources, is_simulated
from ecnet.render.table import DASH, Cell, Datum, Notes, Table, TableColumn

UNIT = {"vector": "each distinct vector counted once", "record": "each record counted"}
COUNTED = {"vector": "distinct vectors", "record": "records"}
"""The unit in captions, and in labels of figures."""

_TOO_WIDE = "Too few runs for an interval: it would span all values that there can be."


@dataclass(frozen=True)
class Part:
    """What a table shows of one dataset. found: empty for an absent one. remark: its footnote."""

    dataset: DatasetSpec
    found: dict[Variant, Metrics]
    remark: str

    @property
    def source(self) -> str:
        """The source of the dataset's records, or 'absent'."""
        return next((metrics.source for metrics in self.found.values()), "absent")


def parts(sources: Sources, settings: Settings, shown: Shown) -> list[Part]:
    """Return a part for each dataset of params.yaml, present or not.

    Raises:
        InputError: the metrics of a dataset and variant are missing or contradict each other.
    """
    measured = sources.measured(shown.task)
    variants, splits = settings.variants_of(shown.place), sources.of_splits("too_small")
    found = []
    for dataset in settings.datasets(shown.task):
        of = {} if dataset.absent else {v: measured.of(dataset.name, v.name) for v in variants}
        remark = _remark(dataset, of.values(), splits.get(dataset.name, []))
        found.append(Part(dataset, of, remark))
    return found


def _remark(dataset: DatasetSpec, found: Iterable[Metrics], splits: list[Any]) -> str:
    """Return the footnote about a dataset and its classes."""
    untested: dict[str, list[str]] = {}
    for metrics in found:
        untested |= metrics.untested()
    small = sorted({cls for audit in splits for cls in audit["too_small"]})
    remarks = [dataset.remark] if dataset.remark else []
    if untested:
        named = (f"{cls} (runs {', '.join(runs)})" for cls, runs in sorted(untested.items()))
        remarks.append(f"Without a test record, hence in no average: {'; '.join(named)}.")
    if small:
        remarks.append(f"Too few groups of records to be in every subset: {'; '.join(small)}.")
    return " ".join(remarks)


def simulated(sources: Mapping[str, str], opening: str = "Measured on simulated data") -> str:
    """Return a sentence that names the datasets with simulated records; empty without any.

    sources: title of a dataset -> the source of its records.
    """
    titles = [title for title, source in sources.items() if is_simulated(source)]
    return f"{opening}: {', '.join(titles)}." if titles else ""


def measured_on(found: Iterable[Part]) -> str:
    """Return the sentence of `simulated` for the parts of a table."""
    return simulated({part.dataset.title: part.source for part in found})


def stub(*titles: str) -> tuple[TableColumn, ...]:
    """Return columns of words."""
    return tuple(TableColumn(title, number=False) for title in titles)


def head(part: Part, notes: Notes) -> list[Cell]:
    """Return the first two cells of a row: dataset and source."""
    return [Cell(part.dataset.title), Cell(part.source, marks=notes.mark(part.remark))]


def absent_row(part: Part, notes: Notes, width: int) -> list[list[Cell]]:
    """Return the only row of an absent dataset; width: columns beside dataset and source."""
    return [[*head(part, notes), *[Cell(DASH)] * width]]


def mean(found: MeanInterval, notes: Notes, *, digits: int, widest: float, best: str = "") -> Cell:
    """Return a mean with half of its interval, if the interval says anything.

    widest: the width of all values that there can be. best: the mean, as printed, to set in bold.
    """
    text = f"{found.mean:,.{digits}f}"
    marks, beside = "", ""
    if found.low is not None and found.high is not None:
        if says_something(found.low, found.high, found.n, widest):
            beside = f" ± {found.half:.{digits}f}"
        elif found.n >= FEWEST:  # of fewer the caption says so
            marks = notes.mark(_TOO_WIDE)
    return Cell(text + beside, bold=text == best, marks=marks)


def points(value: float | None) -> str:
    """Return a difference with its sign and two decimals."""
    return DASH if value is None else f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def of_datasets(
    name: str,
    caption: str,
    rows: Mapping[DatasetSpec, dict[str, Datum]],
    numbers: Mapping[str, TableColumn],
    number: Callable[[str, dict[str, Datum]], Cell],
    about: Sequence[str],
    words: Sequence[str] = ("format",),
) -> Table:
    """Return a table with a row of facts for each dataset.

    numbers: key of a fact -> its column. number: key, row -> cell. words: the keys of facts in
    words. about: footnotes.
    """
    notes = Notes()
    sources = {dataset.title: str(row["source"]) for dataset, row in rows.items()}
    block = [
        [
            Cell(dataset.title),
            Cell(str(row["source"]), marks=notes.mark(str(row["note"]))),
            *(Cell(str(row[key] or DASH)) for key in words),
            *(number(key, row) for key in numbers),
        ]
        for dataset, row in rows.items()
    ]
    return Table(
        name=name,
        caption=f"{caption} {simulated(sources, 'Simulated')}".strip(),
        columns=(*stub("Dataset", "Source", *map(str.title, words)), *numbers.values()),
        blocks=[block],
        data=list(rows.values()),
        notes=notes.listed(*about),
    )
