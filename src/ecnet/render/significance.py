"""The tables `significance` and `variance`: what `ecnet statistics` computed, in words."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from ecnet.evaluate.measures import BY_KEY, PAPER
from ecnet.render import verdicts
from ecnet.render.parts import points, simulated, stub
from ecnet.render.settings import Settings, Shown
from ecnet.render.sources import Sources, object_of, words
from ecnet.render.table import DASH, Cell, Datum, Notes, Table, TableColumn

Row = Mapping[str, Any]

NOTHING = "too few splits"
"""Stands for an interval that says nothing."""

_COMPARED = (
    *("records", "difference", "low", "high", "p", "p_holm"),
    *("margin", "out_of_reach", "p_margin_holm", "p_equal", "verdict", "needs"),
    *("odds", "odds_reported", "d", "ahead"),
)
_WORDS = stub("Comparison", "Task", "Dataset", "Source", "A", "B", "Metric")
_MEASURED = "A \N{MINUS SIGN} B, points"
_ODDS = "Odds of an error, B to A"
_NUMBERS = (
    TableColumn("n"),
    *(TableColumn(title, _MEASURED) for title in ("measured", "interval", "margin reported")),
    TableColumn("Verdict", number=False),
    *(TableColumn(title, _ODDS) for title in ("measured", "reported")),
    *(TableColumn(title) for title in ("p", "p, corrected", "d", "A ahead, %")),
)
_ABOUT = (
    "On one dataset, over n splits: p is of the difference, corrected within the comparison's "
    "family (Holm); odds of an error: those of B divided by those of A, above 1 if A is better; d: "
    "Cohen's d of the paired differences; A ahead: share of the splits. No p: no test is possible.",
    "Over datasets: exact signed-rank test of the means (Demsar 2006) over n datasets that are not "
    "made of others; its p is not corrected. With fewer than six none can be below 0.05.",
    "Intervals are of each comparison alone. The comparisons of single attack types are in "
    "results/claims.json.",
)
_OUT_OF_REACH = "Out of reach: no score is high enough to be ahead by this margin."


def significance(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of comparisons, on each dataset and over all.

    Raises:
        InputError: a file is not what `ecnet statistics` or `ecnet claims` writes.
    """
    found, judged, notes = statistics_of(sources), verdicts.read(sources.claims), Notes()
    rows = [row for claim in judged["claims"] for row in verdicts.whole(claim["comparisons"])]
    families = list(dict.fromkeys(map(_family, rows)))
    rows += [row for row in found["across"] if _family(row) in families]
    rows.sort(key=lambda row: families.index(_family(row)))
    data = [_datum(row, found["sources"]) for row in rows]
    return Table(
        name=shown.name,
        caption=f"Comparisons that the paper makes, and those with controls: A minus B with its "
        f"{100 * found['confidence']:g}% interval, the margin that the paper reports, and tests. "
        + _simulated(found, settings),
        columns=(*_WORDS, *_NUMBERS),
        blocks=[
            [
                [
                    Cell(_named(row, judged["papers"])),
                    *_compared_cells(row, settings, notes, judged["interval"]),
                ]
                for row in block
            ]
            for _, block in groupby(data, key=lambda row: (row["paper"], row["comparison"]))
        ]
        or _nothing(len(_WORDS) + len(_NUMBERS)),
        data=data or [dict.fromkeys(("comparison", "source"), "nothing was measured")],
        notes=notes.listed(_about_unit(found), *_ABOUT, settings.absences),
        stub=2,
    )


def _family(row: Row) -> tuple[str, str]:
    return row["paper"], row["family"]


def _named(row: Row, papers: Sequence[Row]) -> str:
    """Return the name of a comparison, with the paper's if there are several."""
    return f"{row['paper']}: {row['comparison']}" if len(papers) > 1 else str(row["comparison"])


def statistics_of(sources: Sources) -> dict[str, Any]:
    """Return what `ecnet statistics` wrote (InputError if it is something else)."""
    keys = ("sources", "comparisons", "across", "variance", "ranks")
    return object_of(sources.statistics, "statistics", *keys)


def _about_unit(found: Row) -> str:
    return (
        f"Precision, recall and F1 are {found['average']} averages; the unit is the "
        f"{found['unit']}."
    )


def _datum(row: Row, sources: Mapping[str, str]) -> dict[str, Datum]:
    """Return the data of a comparison on one dataset, or over several."""
    over = row.get("datasets", ())
    found: dict[str, Datum] = {
        "paper": row["paper"],
        "comparison": row["family"],
        "task": row["task"],
        "dataset": "over datasets" if over else row["dataset"],
        "source": ", ".join(words(*(sources[name] for name in over or [row["dataset"]]))),
        **{key: row[key] for key in ("a", "b", "metric")},
        "n": len(over) if over else row["splits"],
        **{key: row.get(key) if over else row[key] for key in _COMPARED},
    }
    return found | ({"ahead": row["ahead"] / len(over)} if over else {})


def _compared_cells(row: Row, settings: Settings, notes: Notes, method: str) -> list[Cell]:
    named = (
        row["task"],
        settings.title(row["dataset"]),
        row["source"],
        settings.title(row["a"]),
        settings.title(row["b"]),
        BY_KEY[row["metric"]].title,
    )
    beyond = notes.mark(_OUT_OF_REACH) if row["out_of_reach"] else ""
    return [
        *map(Cell, named),
        Cell(str(row["n"])),
        Cell(points(row["difference"])),
        Cell(interval({**row, "splits": row["n"]}, method)),
        Cell(points(row["margin"]), marks=beyond),
        Cell(row["verdict"] or DASH),
        *(Cell(_decimals(row[key])) for key in ("odds", "odds_reported")),
        *(Cell(probability(row[key])) for key in ("p", "p_holm")),
        Cell(points(row["d"])),
        Cell(f"{100 * row['ahead']:.0f}"),
    ]


def interval(row: Row, method: str) -> str:
    """Return the interval of a difference in points; that it says nothing, if it does not.

    row, method: see `verdicts.bounded`.
    """
    if row["low"] is None or row["high"] is None:
        return DASH
    if not verdicts.bounded(row, method):
        return NOTHING
    return f"{points(row['low'])} to {points(row['high'])}"


def _decimals(value: float | None) -> str:
    return DASH if value is None else f"{value:.2f}"


def probability(p: float | None) -> str:
    """Return a p-value with three decimals, or what it is less than."""
    if p is None:
        return DASH
    return f"{p:.3f}" if p >= 0.0005 else "< 0.001"


def variance(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of standard deviations over splits and over weights seeds."""
    found, kinds = statistics_of(sources), ("splits", "weights")
    data = list(_deviations(found, kinds))
    numbers = [f"{measure.key}_sd_{kind}" for measure in PAPER for kind in kinds]
    columns = (
        *stub("Task", "Dataset", "Source", "Model"),
        *(TableColumn(kind, measure.title) for measure in PAPER for kind in ("split", "weights")),
    )
    return Table(
        name=shown.name,
        caption="Where the variation comes from: standard deviation, in points, over splits with "
        "the same weights seed, and over weights seeds on the same split. "
        + _simulated(found, settings),
        columns=columns,
        blocks=[
            [_variance_cells(row, numbers, settings) for row in rows]
            for _, rows in groupby(data, key=lambda row: (row["task"], row["dataset"]))
        ]
        or _nothing(len(columns)),
        data=data or [dict.fromkeys(("task", "source"), "nothing was measured")],
        notes=Notes().listed(settings.absences),
        stub=3,
    )


def _deviations(found: Row, kinds: tuple[str, ...]) -> Iterator[dict[str, Datum]]:
    for key, rows in groupby(
        found["variance"], key=lambda row: [row[name] for name in ("task", "dataset", "variant")]
    ):
        row: dict[str, Datum] = dict(zip(("task", "dataset", "variant"), key, strict=True))
        row["source"] = found["sources"][row["dataset"]]
        for entry in rows:
            row |= {kind: entry[kind] for kind in kinds}
            row |= {f"{entry['metric']}_sd_{kind}": entry[f"sd_{kind}"] for kind in kinds}
        yield row


def _variance_cells(row: Row, numbers: list[str], settings: Settings) -> list[Cell]:
    named = (row["task"], settings.title(row["dataset"]), row["source"])
    found = (DASH if row[key] is None else f"{row[key]:.2f}" for key in numbers)
    return [Cell(text) for text in (*named, settings.title(row["variant"]), *found)]


def _nothing(width: int) -> list[list[list[Cell]]]:
    return [[[Cell(DASH)] * width]]


def _simulated(found: Row, settings: Settings) -> str:
    return simulated({settings.title(name): source for name, source in found["sources"].items()})
