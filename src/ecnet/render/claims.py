"""The table `claims`: a row for each claim of the paper, with its verdict."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ecnet.evaluate.interval import says_something
from ecnet.render.parts import stub
from ecnet.render.settings import Settings, Shown
from ecnet.render.significance import TOO_FEW, interval, probability
from ecnet.render.sources import Sources, object_of
from ecnet.render.table import DASH, Cell, Datum, Notes, Table, TableColumn

_KEYS = ("id", "claim", "source", "measured", "test", "p", "verdict", "why", "data")
_ON = {"simulated": " on simulated traffic", "mixed": " on partly simulated traffic"}
_COLUMNS = (
    *stub("Claim", "Where", "The paper's own numbers"),
    TableColumn("p"),
    *stub("Interval", "Verdict", "Data"),
)
_RULE = (
    "A claim holds if all of its comparisons are in its favour with a corrected p below {alpha:g}, "
    "fails if one comparison is against it with such a p or if a plain count refutes it, and "
    "otherwise cannot be told. 'In most cases' is a sign test over the comparisons, as if each "
    "were of independent data; 'exceeds' uses intervals. "
    "p and interval are those of the comparison that says least for the claim; p is corrected for "
    "all comparisons of the claim (Holm), the interval is not."
)
_ABOUT_SIMULATED = (
    "On simulated traffic a verdict says how the pipeline works, not whether the paper is right."
)


def claims(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of claims (InputError: the file is not what `ecnet claims` writes)."""
    notes, found = Notes(), object_of(sources.claims, "claims", "alpha", "claims")
    rows = found["claims"]
    counts = sorted(Counter(map(_verdict, rows)).items())
    return Table(
        name=shown.name,
        caption="The paper's claims and the verdicts on them. "
        + "; ".join(f"{word}: {n}" for word, n in counts)
        + ".",
        columns=_COLUMNS,
        blocks=[[_cells(row, notes.mark(_explained(row))) for row in rows]],
        data=[_datum(row) for row in rows],
        notes=notes.listed(
            _RULE.format(alpha=found["alpha"]),
            _ABOUT_SIMULATED if any(row["data"] in _ON for row in rows) else "",
            settings.absences,
        ),
    )


def _datum(row: Mapping[str, Any]) -> dict[str, Datum]:
    low, high, of = row["interval"] or (None, None, "")
    return {key: row[key] for key in _KEYS} | {
        "paper": reported(row["paper"]),
        "interval_low": low,
        "interval_high": high,
        "interval_of": of,
    }


def _cells(row: Mapping[str, Any], mark: str) -> list[Cell]:
    return [
        Cell(row["claim"], marks=mark),
        Cell(row["source"]),
        Cell(reported(row["paper"])),
        Cell(probability(row["p"])),
        Cell(interval_of(row) or DASH),
        Cell(_verdict(row), bold=True),
        Cell(row["data"]),
    ]


def reported(found: Mapping[str, Any]) -> str:
    """Return in words whether the paper's own numbers bear out a claim."""
    counts = [
        f"{count['held']} of {count['of']} ({count['where']}"
        + (f"; sign test, p = {count['p']:.2f})" if count["p"] is not None else ")")
        for count in found["counts"]
    ]
    return f"{found['answer']}: {'; '.join(counts)}" if counts else str(found["answer"])


def interval_of(row: Mapping[str, Any]) -> str:
    """Return the interval of a claim in words; empty if it has none."""
    if row["interval"] is None:
        return ""
    low, high, of = row["interval"]
    if of.startswith("A minus B"):
        found = interval(low, high, row["splits"])
        return found if found == TOO_FEW else f"{found} points"
    if not says_something(low, high, row["splits"], 100):
        return TOO_FEW
    return f"{low:.2f} to {high:.2f} ({of})".replace("-", "\N{MINUS SIGN}")


def _verdict(row: Mapping[str, Any]) -> str:
    return str(row["verdict"]) + _ON.get(row["data"], "")


def _explained(row: Mapping[str, Any]) -> str:
    test = f" ({row['test']})" if row["test"] else ""
    return f"{row['why']} Measured: {row['measured']}{test}."
