"""The table `claims`: a row for each claim of a paper, with its verdict."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ecnet.render import verdicts
from ecnet.render.parts import points, stub
from ecnet.render.settings import Settings, Shown
from ecnet.render.significance import NOTHING, interval, probability
from ecnet.render.sources import Sources
from ecnet.render.table import DASH, Cell, Datum, Notes, Table, TableColumn
from ecnet.render.verdicts import LOOKS

Row = Mapping[str, Any]

_KEYS = (
    *("paper", "id", "claim", "source", "headline", "verdict", "measured", "why", "data"),
    *("test", "p"),
)
_ON = {"simulated": " on simulated traffic", "mixed": " on partly simulated traffic"}
_COLUMNS = (
    *stub("What was found", "Where", "Verdict"),
    TableColumn("reported, points", "Margins"),
    *(TableColumn(title, "Margins") for title in ("refuted", "out of reach")),
    TableColumn("Equal"),
    *stub("The paper's own numbers"),
    TableColumn("p"),
    *stub("Interval", "Data"),
)
_RULE = (
    "Verdicts: see docs/protocol.md. Significant is a corrected p below {alpha:g}; equal is a "
    "difference within {equivalence:g} {unit} either way, by two one-sided tests. Margins: the "
    "differences that the paper reports; one is refuted if the interval excludes it, and out of "
    "reach if no score is high enough for it. p and interval are those of the comparison that says "
    "least for the claim; the interval is not corrected for other comparisons."
)
_ABOUT_SIMULATED = (
    "On simulated traffic a verdict says how the pipeline works, not whether the paper is right."
)


def claims(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of claims (InputError: the file is not what `ecnet claims` writes)."""
    notes, found = Notes(), verdicts.read(sources.claims)
    rows = found["claims"]
    titles = {paper["name"]: paper["title"] for paper in found["papers"]}
    columns, blocks = (
        _COLUMNS,
        [[_cells(row, notes.mark(_explained(row)), found["interval"]) for row in rows]],
    )
    if len(titles) > 1:
        columns = (*stub("Paper"), *columns)
        blocks = [
            [[Cell(titles[row["paper"]]), *cells] for row, cells in zip(rows, block, strict=True)]
            for block in blocks
        ]
    return Table(
        name=shown.name,
        caption=f"The claims and the verdicts on them. {_counted(rows)}.",
        columns=columns,
        blocks=blocks,
        data=[_datum(row) for row in rows],
        notes=notes.listed(
            _RULE.format(
                alpha=found["alpha"],
                equivalence=found["equivalence"],
                unit=verdicts.unit(found["equivalence"]),
            ),
            _ABOUT_SIMULATED if any(row["data"] in _ON for row in rows) else "",
            settings.absences,
        ),
    )


def _counted(rows: list[Row]) -> str:
    """Return how many claims have each verdict, in words and in the order of verdicts."""
    counts = Counter((list(LOOKS).index(row["verdict"]), _verdict(row)) for row in rows)
    return "; ".join(f"{words}: {count}" for (_, words), count in sorted(counts.items()))


def _datum(row: Row) -> dict[str, Datum]:
    low, high, of = row["interval"] or (None, None, "")
    reach = margins(row)
    return {key: row[key] for key in _KEYS} | {
        "margin_least": min(reach, default=None),
        "margin_largest": max(reach, default=None),
        **{key: tally(row, key) for key in ("margin_refuted", "out_of_reach", "equal")},
        "comparisons": len(verdicts.whole(row["comparisons"])),
        "reported": reported(row["reported"]),
        "interval_low": low,
        "interval_high": high,
        "interval_of": of,
    }


def _cells(row: Row, mark: str, method: str) -> list[Cell]:
    with_margin = len(margins(row))
    beyond = tally(row, "out_of_reach")
    return [
        Cell(row["headline"], marks=mark),
        Cell(row["source"]),
        Cell(_verdict(row), bold=True),
        Cell(margin_range(row) or DASH),
        Cell(_of(tally(row, "margin_refuted"), with_margin)),
        Cell(_of(beyond, with_margin)),
        Cell(_of(tally(row, "equal"), len(verdicts.whole(row["comparisons"])))),
        Cell(reported(row["reported"])),
        Cell(probability(row["p"])),
        Cell(interval_of(row, method) or DASH),
        Cell(row["data"]),
    ]


def margins(row: Row) -> list[float]:
    """Return the margins, in points, that are reported for the comparisons of a claim."""
    compared = verdicts.whole(row["comparisons"])
    return [one["margin"] for one in compared if one["margin"] is not None]


def margin_range(row: Row) -> str:
    """Return the least and the largest margin in words; empty if none is reported."""
    found = sorted(margins(row))
    return " to ".join(dict.fromkeys(map(points, found[:1] + found[-1:])))


def tally(row: Row, key: str) -> int:
    """Return how many comparisons of a claim have a property: `equal`, `margin_refuted`, ..."""
    return sum(bool(one[key]) for one in verdicts.whole(row["comparisons"]))


def _of(count: int, total: int) -> str:
    return f"{count} of {total}" if total else DASH


def reported(found: Row) -> str:
    """Return in words whether the paper's own numbers bear out a claim."""
    counts = [
        f"{count['held']} of {count['of']} ({count['where']}"
        + (f"; sign test, p = {count['p']:.2f})" if count["p"] is not None else ")")
        for count in found["counts"]
    ]
    return f"{found['answer']}: {'; '.join(counts)}" if counts else str(found["answer"])


def interval_of(row: Row, method: str) -> str:
    """Return the interval of a claim in words; empty if it has none. method: of the interval."""
    if row["interval"] is None:
        return ""
    low, high, of = row["interval"]
    ends = {"low": low, "high": high, "splits": row["splits"]}
    if of.startswith("A minus B"):
        found = interval(ends, method)
        return found if found == NOTHING else f"{found} points"
    if not verdicts.bounded(ends, method, widest=100):
        return NOTHING
    return f"{low:.2f} to {high:.2f} ({of})".replace("-", "\N{MINUS SIGN}")


def _verdict(row: Row) -> str:
    return str(row["verdict"]) + _ON.get(row["data"], "")


def _explained(row: Row) -> str:
    test = f" ({row['test']})" if row["test"] else ""
    return f"{row['why']} Measured: {row['measured']}{test}."
