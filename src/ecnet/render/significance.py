"""The tables `significance` and `variance`: what `ecnet statistics` computed, in words."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from ecnet.evaluate.interval import says_something
from ecnet.evaluate.measures import BY_KEY, PAPER
from ecnet.render.parts import points, simulated, stub
from ecnet.render.settings import Settings, Shown
from ecnet.render.sources import Sources, object_of, words
from ecnet.render.table import DASH, Cell, Datum, Notes, Table, TableColumn

Row = Mapping[str, Any]

WIDEST = 200
"""Points between the least and the largest difference of two shares."""
TOO_FEW = "too few splits"

_COMPARED = ("difference", "low", "high", "p", "p_holm", "d", "ahead")
_WORDS = stub("Comparison", "Task", "Dataset", "Source", "A", "B", "Metric")
_NUMBERS = (
    *(
        TableColumn("n"),
        TableColumn("A \N{MINUS SIGN} B, points"),
        TableColumn("interval"),
        TableColumn("p"),
    ),
    *(TableColumn("p, corrected"), TableColumn("d"), TableColumn("A ahead, %")),
)
_ABOUT = (
    "On one dataset: corrected resampled paired t-test over n splits (Nadeau and Bengio 2003); p "
    "corrected within the comparison's family (Holm); d: Cohen's d of the paired differences; A "
    "ahead: share of the splits. No p: the difference is the same in every split, or there is one "
    "split alone.",
    "Over datasets: exact signed-rank test of the means (Demsar 2006) over n datasets that are not "
    "made of others; its p is not corrected. With fewer than six none can be below 0.05.",
    "Intervals are of each comparison alone. The comparisons of single attack types are in "
    "results/statistics.json.",
)


def significance(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of comparisons, on each dataset and over all (InputError: no statistics)."""
    found = statistics_of(sources)
    rows = [row for row in found["comparisons"] if row["metric"] in BY_KEY]
    data = [_compared(row, found["sources"]) for row in rows]
    families = list(dict.fromkeys(row["family"] for row in rows))
    data += [_across(r, found["sources"]) for r in found["across"] if r["family"] in families]
    data.sort(key=lambda row: families.index(str(row["comparison"])))
    return Table(
        name=shown.name,
        caption=f"Comparisons that the paper makes, and those with controls: A minus B with its "
        f"{100 * found['confidence']:g}% interval over splits, and tests. "
        + _simulated(found, settings),
        columns=(*_WORDS, *_NUMBERS),
        blocks=[
            [_compared_cells(row, settings) for row in rows]
            for _, rows in groupby(data, key=lambda row: row["comparison"])
        ]
        or _nothing(len(_WORDS) + len(_NUMBERS)),
        data=data or [dict.fromkeys(("comparison", "source"), "nothing was measured")],
        notes=Notes().listed(_about_unit(found), *_ABOUT, settings.absences),
        stub=2,
    )


def statistics_of(sources: Sources) -> dict[str, Any]:
    """Return what `ecnet statistics` wrote (InputError if it is something else)."""
    keys = ("sources", "comparisons", "across", "variance", "ranks")
    return object_of(sources.statistics, "statistics", *keys)


def _about_unit(found: Row) -> str:
    return (
        f"Precision, recall and F1 are {found['average']} averages; the unit is the "
        f"{found['unit']}."
    )


def _compared(row: Row, sources: Mapping[str, str]) -> dict[str, Datum]:
    return {
        "comparison": row["family"],
        "task": row["task"],
        "dataset": row["dataset"],
        "source": sources[row["dataset"]],
        **{key: row[key] for key in ("a", "b", "metric")},
        "n": row["splits"],
        **{key: row[key] for key in _COMPARED},
    }


def _across(row: Row, sources: Mapping[str, str]) -> dict[str, Datum]:
    empty: dict[str, Datum] = dict.fromkeys(_COMPARED)
    return {
        "comparison": row["family"],
        "task": row["task"],
        "dataset": "over datasets",
        "source": ", ".join(words(*(sources[name] for name in row["datasets"]))),
        **{key: row[key] for key in ("a", "b", "metric")},
        "n": len(row["datasets"]),
        **empty,
        "difference": row["difference"],
        "p": row["p"],
        "ahead": row["ahead"] / len(row["datasets"]),
    }


def _compared_cells(row: Mapping[str, Any], settings: Settings) -> list[Cell]:
    named = (
        row["comparison"],
        row["task"],
        settings.title(row["dataset"]),
        row["source"],
        settings.title(row["a"]),
        settings.title(row["b"]),
        BY_KEY[row["metric"]].title,
    )
    numbers = (
        str(row["n"]),
        points(row["difference"]),
        interval(row["low"], row["high"], row["n"]),
        probability(row["p"]),
        probability(row["p_holm"]),
        points(row["d"]),
        f"{100 * row['ahead']:.0f}",
    )
    return [Cell(text) for text in (*named, *numbers)]


def interval(low: float | None, high: float | None, n: int | None) -> str:
    """Return the interval of a difference in points, or that its n splits are too few for one."""
    if low is None or high is None or n is None:
        return DASH
    if not says_something(low, high, n, WIDEST):
        return TOO_FEW
    return f"{points(low)} to {points(high)}"


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


def _variance_cells(row: Mapping[str, Any], numbers: list[str], settings: Settings) -> list[Cell]:
    named = (row["task"], settings.title(row["dataset"]), row["source"])
    found = (DASH if row[key] is None else f"{row[key]:.2f}" for key in numbers)
    return [Cell(text) for text in (*named, settings.title(row["variant"]), *found)]


def _nothing(width: int) -> list[list[list[Cell]]]:
    return [[[Cell(DASH)] * width]]


def _simulated(found: Row, settings: Settings) -> str:
    return simulated({settings.title(name): source for name, source in found["sources"].items()})
