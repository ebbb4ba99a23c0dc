"""The tables `inflation` and `interpretation`: other protocols beside the default one."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from ecnet.files import read_object
from ecnet.render.captions import UNIT, simulated
from ecnet.render.table import DASH, Cell, Column, Datum, Notes, Table, write

Row = dict[str, Any]

_TITLES = {"accuracy": "Accuracy", "f1": "F1"}
_DEFAULT = "default"


def protocols(*, found: Path, folder: Path, settings: dict[str, Any]) -> None:
    """Write the tables `inflation` and `interpretation` to `folder`.

    found: what `ecnet protocols` wrote. settings: titles (of datasets and variants), protocols
    (name -> title), inflation and interpretation (the names in each table), inflated (variants),
    refused (dataset -> protocol -> why it says nothing there), and absent (dataset -> why).

    Raises:
        InputError: `found` cannot be read or is something else.
    """
    keys = ("sources", "splits", "subject", "rivals", "inflation", "readings")
    scores = read_object(found, "protocols", keys)
    write(_inflation(scores, settings), folder)
    write(_interpretation(scores, settings), folder)


def _inflation(scores: Row, settings: Row) -> Table:
    notes = Notes()
    by_place = {
        (row["dataset"], row["protocol"], row["variant"], row["metric"]): row
        for row in scores["inflation"]
    }
    columns = [(metric, variant) for metric in _TITLES for variant in settings["inflated"]]
    blocks = []
    for dataset in scores["sources"]:
        block = []
        for protocol in ("", *settings["inflation"]):
            why = settings["refused"].get(dataset, {}).get(protocol, "")
            cells = [
                _inflated(by_place.get((dataset, protocol, variant, metric)))
                for metric, variant in columns
            ]
            mark = notes.mark(f"Not applicable: {why}." if why else "")
            block.append(
                [*_head(dataset, scores, settings), _named(protocol, settings, mark), *cells]
            )
        blocks.append(block)
    return Table(
        name="inflation",
        caption="What a careless protocol reports beside the default one: accuracy and "
        f"{scores['average']} F1, in percent, {UNIT[scores['unit']]}; means over "
        f"{scores['splits']} splits of the same seeds, in brackets the points above or below the "
        "default protocol. " + _simulated(scores, settings),
        columns=(
            *(Column(title, number=False) for title in ("Dataset", "Source", "Protocol")),
            *(Column(settings["titles"][variant], _TITLES[metric]) for metric, variant in columns),
        ),
        blocks=blocks,
        data=[
            {"dataset": row["dataset"], "source": scores["sources"][row["dataset"]]}
            | {"protocol": row["protocol"] or _DEFAULT}
            | {key: row[key] for key in ("variant", "metric", "score", "default", "difference")}
            for row in scores["inflation"]
        ]
        or [{"dataset": "", "source": "nothing was measured"}],
        notes=notes.listed(
            "A random split keeps every copy of a record, so that the same record stands in train "
            "and test, and counts as often as it was copied; where copies have several labels, no "
            "model can be right on all of them. Shortcuts: ports, times, addresses.",
            _absent(settings),
        ),
        stub=2,
    )


def _interpretation(scores: Row, settings: Row) -> Table:
    datasets = list(scores["sources"])
    titles, subject = settings["titles"], settings["titles"].get(scores["subject"], "EcNet")
    rivals = ", ".join(titles[rival] for rival in scores["rivals"])
    blocks = [
        [
            _reading(metric, name, {row["dataset"]: row for row in rows}, datasets, settings)
            for name, rows in _by_reading(scores["readings"], metric)
        ]
        for metric in _TITLES
    ]
    refused = [
        f"{settings['protocols'][protocol]}, {titles[dataset]}: {why}"
        for protocol in settings["interpretation"]
        for dataset in datasets
        if (why := settings["refused"].get(dataset, {}).get(protocol))
    ]
    return Table(
        name="interpretation",
        caption=f"Does a conclusion hang on how the paper was read? How far {subject} is ahead of "
        f"{rivals} (points; means over {scores['splits']} splits of the same seeds), reading by "
        "reading; the first row of each measure is the reading of params.yaml. "
        + _simulated(scores, settings),
        columns=(
            Column("Measure", number=False),
            Column("Reading", number=False),
            *(Column(titles[dataset]) for dataset in datasets),
            Column("Ahead on"),
            Column("Changes who is ahead", number=False),
        ),
        blocks=[block for block in blocks if block],
        data=[
            {"reading": _title(row["reading"], settings), "dataset": row["dataset"]}
            | {"source": scores["sources"][row["dataset"]], "metric": row["metric"]}
            | {key: row[key] for key in ("score", "rival", "rival_score", "lead", "default_lead")}
            for row in scores["readings"]
        ]
        or [{"reading": "", "dataset": "", "source": "nothing was measured"}],
        notes=Notes().listed(
            "Ahead means of a few splits: no test stands behind it. That a dataset's sign changes "
            "says that the reading matters there.",
            f"Not applicable: {'; '.join(refused)}." if refused else "",
            "Other samples (sampling.*, datasets.<name>.format) and other sizes of the network are "
            "not compared here: change the key of docs/interpretation.md and run again.",
            _absent(settings),
        ),
        stub=1,
    )


def _reading(
    metric: str, name: str, rows: Mapping[str, Row], datasets: Iterable[str], settings: Row
) -> list[Cell]:
    changed = [
        settings["titles"][dataset]
        for dataset, row in rows.items()
        if (row["lead"] > 0) != (row["default_lead"] > 0)
    ]
    ahead = sum(row["lead"] > 0 for row in rows.values())
    return [
        Cell(_TITLES[metric]),
        Cell(_title(name, settings)),
        *(_points(rows[d]["lead"]) if d in rows else Cell(DASH) for d in datasets),
        Cell(f"{ahead} of {len(rows)}"),
        Cell(", ".join(changed) or "nowhere"),
    ]


def _by_reading(rows: Iterable[Row], metric: str) -> list[tuple[str, list[Row]]]:
    of_metric = [row for row in rows if row["metric"] == metric]
    order = list(dict.fromkeys(row["reading"] for row in of_metric))
    of_metric.sort(key=lambda row: order.index(row["reading"]))
    return [(name, list(found)) for name, found in groupby(of_metric, lambda row: row["reading"])]


def _inflated(row: Row | None) -> Cell:
    if row is None:
        return Cell(DASH)
    beside = f" ({_signed(row['difference'])})" if row["protocol"] else ""
    return Cell(f"{row['score']:.2f}{beside}")


def _points(value: float) -> Cell:
    return Cell(_signed(value), bold=value > 0)


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def _named(protocol: str, settings: Row, mark: str) -> Cell:
    return Cell(_title(protocol, settings), bold=not protocol, marks=mark)


def _title(name: str, settings: Row) -> str:
    title: str = settings["protocols"].get(name, name) if name else _DEFAULT
    return title


def _head(dataset: str, scores: Row, settings: Row) -> list[Cell]:
    return [Cell(settings["titles"][dataset]), Cell(scores["sources"][dataset])]


def _simulated(scores: Row, settings: Row) -> str:
    return simulated({settings["titles"][name]: of for name, of in scores["sources"].items()})


def _absent(settings: Row) -> str:
    named: dict[str, Datum] = {settings["titles"][n]: why for n, why in settings["absent"].items()}
    return "; ".join(f"{title} is absent: {why}" for title, why in named.items())
