"""The tables of transfer: scores on networks, captures and attacks that models did not train on."""

from collections.abc import Iterator, Sequence

from ecnet.claims.transfer import FALLS, RISES
from ecnet.evaluate.transfer.folds import Comparison
from ecnet.render.parts import UNIT, simulated, stub
from ecnet.render.settings import Settings, Shown
from ecnet.render.sources import Sources
from ecnet.render.table import DASH, Cell, Datum, Notes, Table, TableColumn
from ecnet.render.transfers import (
    SIGNS,
    Entry,
    Row,
    Transfer,
    has_interval,
    headlines,
    matrix,
    measure,
    missing,
    read,
)
from ecnet.render.verdicts import unit

_NUMBERS = {
    "score_within": ("mean", "low", "high"),
    "score": ("mean", "low", "high"),
    "drop": ("mean", "se", "low", "high"),
}
_ALONE = "There is no second one to train on."


def networks(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of networks: rows what a model was trained on, columns where it is tested.

    Raises:
        InputError: a file is not what the step `transfer` writes.
    """
    notes, found = Notes(), read(sources, settings, "networks", shown.task)
    tested = list(dict.fromkeys(name for one in found for name in one.tested))
    signs = ", ".join(f"{sign} {word}" for word, sign in SIGNS.items())
    about = (
        "Normal or attack, on networks that a model was and was not trained on. Rows: what it was "
        f"trained on; columns: the network tested; {measure(settings)}."
    )
    return Table(
        name=shown.name,
        caption=_caption(about, found, settings),
        columns=(
            *stub("Dataset", "Source", "Model", "Trained on"),
            *(TableColumn(settings.title(name), "Tested on") for name in tested),
        ),
        blocks=[
            [
                [
                    *_head(one, settings),
                    Cell(settings.title(variant)),
                    Cell(trained_on),
                    *(_entry(entries.get(name), notes) for name in tested),
                ]
                for trained_on, entries in matrix(one, variant, settings)
            ]
            for one in found
            for variant in one.variants
        ],
        data=_data(found, settings),
        notes=_notes(notes, settings, shown, f"Verdicts: {signs}."),
        stub=3,
    )


def classes(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of the classes that networks share (InputError: as `networks`)."""
    about = (
        "All classes, on networks that a model was not trained on. Tested: the classes that both "
        f"models of a comparison know; {measure(settings)}."
    )
    return _compared(sources, settings, shown, about, groups="networks")


def captures(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of captures left out of training (InputError: as `networks`)."""
    about = f"Normal or attack, in a capture left out of training; {measure(settings)}."
    return _compared(sources, settings, shown, about, groups="captures")


def attacks(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of kinds of attacks left out of training (InputError: as `networks`)."""
    about = (
        "Is an attack found whose kind is not in training? Detection rate: test records of the "
        f"kind that are called an attack, in percent, {UNIT[settings.unit]}. The threshold is set "
        f"on validation, where at most {100 * settings.transfer['false_alarms']:g}% of the normal "
        "records may be called an attack; false alarms are those on test, with the kind left out."
    )
    return _compared(sources, settings, shown, about, groups="attacks")


def _compared(
    sources: Sources, settings: Settings, shown: Shown, about: str, *, groups: str
) -> Table:
    """Return a table with a row for each comparison and model."""
    notes, found = Notes(), read(sources, settings, groups, shown.task)
    names = {"networks": ("Trained on", "Tested on"), "captures": ("Capture",)}
    words = names.get(groups, ("Attack",))
    numbers = ("Within", "Left out", "Verdict", *(["False alarms"] * (groups == "attacks")))
    width = len(words) + 2 + len(numbers)
    return Table(
        name=shown.name,
        caption=_caption(about, found, settings),
        columns=(
            *stub("Dataset", "Source", *words),
            TableColumn("Test records"),
            *stub("Model"),
            *(TableColumn(title, number=title != "Verdict") for title in numbers),
        ),
        blocks=[
            [
                [*_head(one, settings), *row[-width:]]
                for comparison in one.comparisons
                for row in _models(one, comparison, notes, settings, len(numbers))
            ]
            or [_alone(one, notes, settings, width)]
            for one in found
        ],
        data=_data(found, settings),
        notes=_notes(notes, settings, shown),
        stub=3 + len(words),
    )


def _entry(entry: Entry | None, notes: Notes) -> Cell:
    if entry is None:
        return Cell("")
    if entry.score is None:
        return Cell(DASH, marks=notes.mark(entry.why))
    sign = f" {SIGNS[entry.verdict]}" if entry.verdict else ""
    return Cell(_score(entry.score) + sign, bold=entry.verdict == FALLS)


def _models(
    found: Transfer, comparison: Comparison, notes: Notes, settings: Settings, width: int
) -> Iterator[list[Cell]]:
    """Yield a row for each model of a comparison, or the only one that says why there is none.

    width: the number of cells after the title of a model.
    """
    head = [*_names(comparison, settings), _records(found, comparison, notes, settings)]
    if found.records(comparison) is None:
        yield [*head, *[Cell(DASH)] * (1 + width)]
        return
    for variant in found.variants:
        row = found.rows[comparison, variant]
        word, drop = row["verdict"], abs(row["drop"]["mean"])
        by = f" by {drop:.1f}" if word in (FALLS, RISES) else ""
        alarms = found.alarms.get((comparison.transferred.name, variant))
        cells = [
            Cell(_score(row["score_within"])),
            Cell(_score(row["score"])),
            Cell(word + by, bold=word == FALLS),
            Cell(DASH if alarms is None else f"{alarms:.1f}"),
        ]
        yield [*head, Cell(settings.title(variant)), *cells[:width]]


def _score(found: Row) -> str:
    """Return a score with its interval, if that says anything."""
    beside = f" [{found['low']:.1f}, {found['high']:.1f}]" if has_interval(found) else ""
    return f"{found['mean']:.1f}{beside}"


def _records(found: Transfer, comparison: Comparison, notes: Notes, settings: Settings) -> Cell:
    """Return how many test records a comparison has, with footnotes on what it lacks."""
    records, why = found.records(comparison), found.untrained(comparison)
    if records is None:
        return Cell(DASH, marks=notes.mark(missing(found, comparison)))
    least = settings.transfer["min_test_records"]
    few = f"Fewer than {least} test records: no verdict." if records < least else ""
    some = f"Some splits alone; in others not trained: {why}." if why else ""
    return Cell(f"{records:,}", marks=notes.mark(few) + notes.mark(some))


def _names(comparison: Comparison, settings: Settings) -> list[Cell]:
    """Return what the transferred model is trained on, and the group tested."""
    rule, group = comparison.transferred
    trained = "all but the one tested" if rule == "without" else f"{settings.title(group)} alone"
    return [Cell(trained), Cell(settings.title(comparison.group))]


def _head(found: Transfer, settings: Settings) -> list[Cell]:
    return [Cell(settings.title(found.dataset)), Cell(found.source)]


def _alone(found: Transfer, notes: Notes, settings: Settings, width: int) -> list[Cell]:
    """Return the only row of a dataset without comparisons. width: cells after its source."""
    mark = notes.mark(_ALONE)
    named = Cell(", ".join(map(settings.title, found.tested)) or DASH, marks=mark)
    return [*_head(found, settings), named, *[Cell(DASH)] * (width - 1)]


def _caption(about: str, found: Sequence[Transfer], settings: Settings) -> str:
    sources = {settings.title(one.dataset): one.source for one in found}
    compared = any(one.rows for one in found)
    told = headlines(found, settings) if compared else ["Nothing was compared."]
    return " ".join(filter(None, (about, *told, simulated(sources))))


def _notes(
    notes: Notes, settings: Settings, shown: Shown, opening: str = ""
) -> list[tuple[str, str]]:
    """Return the footnotes with what intervals and verdicts mean."""
    held, runs = settings.transfer, settings.transfer["splits"]
    intervals = (
        f"Means over {runs} splits, in brackets the {settings.confidence:.0%} interval. It covers "
        "other test records of the same group and other trainings, not other groups."
        if runs > 1
        else "Of a single split, hence without intervals and verdicts."
    )
    verdicts = (
        "A verdict compares with the model that was trained on the group, on the same test "
        f"records; practically equal: within {held['equivalence']:g} {unit(held['equivalence'])}; "
        f"with fewer than {held['min_test_records']} test records there is none."
    )
    told = " ".join(filter(None, (opening, intervals, verdicts)))
    return notes.listed(told, settings.absences_of(shown.task))


def _data(found: Sequence[Transfer], settings: Settings) -> list[dict[str, Datum]]:
    rows = [row for one in found for row in _rows(one, settings)]
    return rows or [{"dataset": "", "source": "nothing was compared"}]


def _rows(found: Transfer, settings: Settings) -> Iterator[dict[str, Datum]]:
    """Yield a row of data for each comparison and variant, made or not."""
    for comparison in found.comparisons:
        for variant in found.variants:
            row = found.rows.get((comparison, variant))
            yield {
                "dataset": found.dataset,
                "source": found.source,
                "task": found.task,
                "measure": found.measure,
                "trained_on": comparison.transferred.name,
                "within": comparison.within.name,
                "tested_on": comparison.group,
                "model": settings.title(variant),
                "records": row["records"] if row else None,
                **{
                    f"{key}_{name}": row[key][name] if row else None
                    for key, names in _NUMBERS.items()
                    for name in names
                },
                "false_alarms": found.alarms.get((comparison.transferred.name, variant)),
                "verdict": row["verdict"] if row else "",
                "note": "" if row else missing(found, comparison),
            }
