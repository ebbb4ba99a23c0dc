"""The tables that show other protocols beside the default one: scores, and who is ahead."""

from collections.abc import Iterable, Mapping
from typing import Any

from ecnet.evaluate.measures import HEADLINE, Measure
from ecnet.render.parts import UNIT, points, simulated, stub
from ecnet.render.settings import Settings, Shown
from ecnet.render.sources import Sources, object_of
from ecnet.render.table import DASH, Cell, Notes, Table, TableColumn

Row = dict[str, Any]

_DEFAULT = "default"
_FEW = 5
"""Features that a note names; of more it gives the number."""


def inflation(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of careless protocols (InputError: no file of `ecnet protocols`)."""
    return _beside_default(
        sources,
        settings,
        shown,
        "What a careless protocol reports beside the default one",
        "A random split keeps every copy of a record, so the same record is in train and test, and "
        "counts as often as it was copied; where copies have several labels, no model can be right "
        "on all of them. Shortcuts: ports, times, addresses.",
    )


def features(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of features in doubt (InputError: no file of `ecnet protocols`)."""
    return _beside_default(
        sources,
        settings,
        shown,
        "What is left of the scores without features in doubt",
        "Records that differ only in features left out count as one, so the test records are not "
        "the same in every row; the majority class shows by how much that alone changes a score.",
        _left_out(_found(sources)["sources"], settings),
    )


def _beside_default(
    sources: Sources, settings: Settings, shown: Shown, title: str, *remarks: str
) -> Table:
    """Return a table of scores under other protocols beside those under the default one."""
    notes, found = Notes(), _found(sources)
    compared, rows = settings.compared["beside"][shown.place], found["beside"][shown.place]
    by_place = {
        (row["dataset"], row["protocol"], row["variant"], row["metric"]): row for row in rows
    }
    columns = [(measure, variant) for measure in HEADLINE for variant in compared["variants"]]
    blocks = []
    for dataset in found["sources"]:
        block = []
        for protocol in ("", *compared["protocols"]):
            why = settings.compared["refused"].get(dataset, {}).get(protocol, "")
            mark = notes.mark(f"Not applicable: {why}." if why else "")
            named = Cell(_title(protocol, settings), bold=not protocol, marks=mark)
            cells = [
                _beside(by_place.get((dataset, protocol, variant, measure.key)))
                for measure, variant in columns
            ]
            head = [Cell(settings.title(dataset)), Cell(found["sources"][dataset])]
            block.append([*head, named, *cells])
        blocks.append(block)
    keys = ("variant", "metric", "score", "default", "difference")
    return Table(
        name=shown.name,
        caption=f"{title}: accuracy and {found['average']} F1, in percent, "
        f"{UNIT[found['unit']]}; means over {found['splits']} splits of the same seeds, in "
        "brackets the points above or below the default protocol. " + _simulated(found, settings),
        columns=(
            *stub("Dataset", "Source", "Protocol"),
            *(TableColumn(settings.title(variant), measure.title) for measure, variant in columns),
        ),
        blocks=blocks,
        data=[
            {"dataset": row["dataset"], "source": found["sources"][row["dataset"]]}
            | {"protocol": row["protocol"] or _DEFAULT}
            | {key: row[key] for key in keys}
            for row in rows
        ]
        or [{"dataset": "", "source": "nothing was measured"}],
        notes=notes.listed(*remarks, settings.absences_of("multiclass")),
        stub=2,
    )


def interpretation(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of other readings of the paper (InputError: as for `inflation`)."""
    found, datasets = _found(sources), list(_found(sources)["sources"])
    subject = settings.titles.get(found["subject"], "EcNet")
    rivals = ", ".join(settings.title(rival) for rival in found["rivals"])
    blocks = [
        [
            _reading(measure, name, {row["dataset"]: row for row in rows}, datasets, settings)
            for name, rows in _by_reading(found["readings"], measure)
        ]
        for measure in HEADLINE
    ]
    keys = ("score", "rival", "rival_score", "lead", "default_lead")
    return Table(
        name=shown.name,
        caption=f"Does a conclusion depend on how the paper is read? How far {subject} is ahead of "
        f"{rivals} (points; means over {found['splits']} splits of the same seeds), reading by "
        "reading; the first row of each measure is the reading of params.yaml. "
        + _simulated(found, settings),
        columns=(
            *stub("Measure", "Reading"),
            *(TableColumn(settings.title(dataset)) for dataset in datasets),
            TableColumn("Ahead on"),
            *stub("Changes who is ahead"),
        ),
        blocks=[block for block in blocks if block],
        data=[
            {"reading": _title(row["reading"], settings), "dataset": row["dataset"]}
            | {"source": found["sources"][row["dataset"]], "metric": row["metric"]}
            | {key: row[key] for key in keys}
            for row in found["readings"]
        ]
        or [{"reading": "", "dataset": "", "source": "nothing was measured"}],
        notes=Notes().listed(
            "Ahead compares means of a few splits, without a test. Where the sign of a dataset "
            "changes, the reading matters.",
            _refused(datasets, settings),
            "Other samples (sampling.*, datasets.<name>.format) and other sizes of the network are "
            "not compared here: change the key of docs/interpretation.md and run again.",
            settings.absences_of("multiclass"),
        ),
        stub=1,
    )


def _found(sources: Sources) -> Row:
    keys = ("sources", "splits", "subject", "rivals", "beside", "readings")
    return object_of(sources.protocols, "protocols", *keys)


def _refused(datasets: Iterable[str], settings: Settings) -> str:
    compared = settings.compared
    refused = [
        f"{compared['protocols'][protocol]}, {settings.title(dataset)}: {why}"
        for protocol in compared["readings"]
        for dataset in datasets
        if (why := compared["refused"].get(dataset, {}).get(protocol))
    ]
    return f"Not applicable: {'; '.join(refused)}." if refused else ""


def _left_out(datasets: Iterable[str], settings: Settings) -> str:
    """Return which features each protocol leaves out of each dataset, where it applies."""
    compared, listed = settings.compared, []
    for dataset in datasets:
        refused = compared["refused"].get(dataset, {})
        for protocol, names in compared["left_out"].get(dataset, {}).items():
            if protocol not in refused:
                few = len(names) <= _FEW
                what = ", ".join(names) if few else f"{len(names)} features"
                listed.append(f"{settings.title(dataset)}, {_title(protocol, settings)}: {what}")
    return f"Left out. {'; '.join(listed)}." if listed else ""


def _reading(
    measure: Measure,
    name: str,
    rows: Mapping[str, Row],
    datasets: Iterable[str],
    settings: Settings,
) -> list[Cell]:
    changed = [
        settings.title(dataset)
        for dataset, row in rows.items()
        if (row["lead"] > 0) != (row["default_lead"] > 0)
    ]
    ahead = sum(row["lead"] > 0 for row in rows.values())
    return [
        Cell(measure.title),
        Cell(_title(name, settings)),
        *(_lead(rows[d]["lead"]) if d in rows else Cell(DASH) for d in datasets),
        Cell(f"{ahead} of {len(rows)}"),
        Cell(", ".join(changed) or "nowhere"),
    ]


def _by_reading(rows: Iterable[Row], measure: Measure) -> list[tuple[str, list[Row]]]:
    of_measure = [row for row in rows if row["metric"] == measure.key]
    names = dict.fromkeys(row["reading"] for row in of_measure)
    return [(name, [row for row in of_measure if row["reading"] == name]) for name in names]


def _beside(row: Row | None) -> Cell:
    if row is None:
        return Cell(DASH)
    beside = f" ({points(row['difference'])})" if row["protocol"] else ""
    return Cell(f"{row['score']:.2f}{beside}")


def _lead(value: float) -> Cell:
    return Cell(points(value), bold=value > 0)


def _title(name: str, settings: Settings) -> str:
    title: str = settings.compared["protocols"].get(name, name) if name else _DEFAULT
    return title


def _simulated(found: Row, settings: Settings) -> str:
    return simulated({settings.title(name): of for name, of in found["sources"].items()})
