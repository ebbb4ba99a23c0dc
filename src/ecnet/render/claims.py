"""The table `claims`: a row for each claim of the paper, with its verdict."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecnet.errors import InputError
from ecnet.files import read_json
from ecnet.render.significance import absent, points, probability
from ecnet.render.table import DASH, Cell, Column, Datum, Notes, Table, write

_KEYS = (
    "id",
    "claim",
    "source",
    "paper",
    "measured",
    "test",
    "p",
    "interval",
    "verdict",
    "why",
    "data",
)
_ON = {"simulated": " on simulated traffic", "mixed": " on partly simulated traffic"}
_COLUMNS = (
    *(Column(title, number=False) for title in ("Claim", "Where", "The paper's own numbers")),
    Column("p"),
    Column("Interval", number=False),
    *(Column(title, number=False) for title in ("Verdict", "Data")),
)
_RULE = (
    "A claim holds if all that it needs is in its favour with a corrected p below {alpha:g}, fails "
    "if one comparison is against it with such a p or if a plain count refutes it, and else cannot "
    "be told. 'In most cases' is a sign test over the comparisons, as if each were of other "
    "data; 'exceeds' looks at intervals. "
    "p and interval are those of the comparison that says least for the claim; p is corrected for "
    "all comparisons of the claim (Holm), the interval is not."
)
_ABOUT_SIMULATED = (
    "On simulated traffic a verdict says how the pipeline works, not whether the paper is right."
)


def claims(*, claims: Path, folder: Path, settings: dict[str, Any]) -> None:
    """Write the table `claims` to `folder` as CSV, Markdown and LaTeX.

    claims: what `ecnet claims` wrote. settings: titles (of datasets), and absent (dataset -> why).

    Raises:
        InputError: `claims` cannot be read or is something else.
    """
    found = read_json(claims)
    if not isinstance(found, dict) or not {"alpha", "claims"} <= found.keys():
        raise InputError(f"{claims}: lacks the claims; run the claims step again")
    write(_table(found, settings), folder)


def _table(found: Mapping[str, Any], settings: Mapping[str, Any]) -> Table:
    notes = Notes()
    rows = found["claims"]
    data = [_datum(row) for row in rows]
    return Table(
        name="claims",
        caption="The paper's claims, and what becomes of them. "
        + "; ".join(f"{word}: {n}" for word, n in sorted(Counter(map(_verdict, rows)).items()))
        + ".",
        columns=_COLUMNS,
        blocks=[[_cells(row, notes.mark(_explained(row))) for row in rows]],
        data=data,
        notes=notes.listed(
            _RULE.format(alpha=found["alpha"]),
            _ABOUT_SIMULATED if any(row["data"] in _ON for row in rows) else "",
            absent(settings),
        ),
    )


def _datum(row: Mapping[str, Any]) -> dict[str, Datum]:
    low, high, of = row["interval"] or (None, None, "")
    return {key: row[key] for key in _KEYS if key not in ("paper", "interval")} | {
        "paper": _reported(row["paper"]),
        "interval_low": low,
        "interval_high": high,
        "interval_of": of,
    }


def _cells(row: Mapping[str, Any], mark: str) -> list[Cell]:
    return [
        Cell(row["claim"], marks=mark),
        Cell(row["source"]),
        Cell(_reported(row["paper"])),
        Cell(probability(row["p"])),
        Cell(_interval(row["interval"])),
        Cell(_verdict(row), bold=True),
        Cell(row["data"]),
    ]


def _reported(found: Mapping[str, Any]) -> str:
    counts = [
        f"{count['held']} of {count['of']} ({count['where']}"
        + (f"; sign test, p = {count['p']:.2f})" if count["p"] is not None else ")")
        for count in found["counts"]
    ]
    return f"{found['answer']}: {'; '.join(counts)}" if counts else str(found["answer"])


def _interval(found: tuple[float, float, str] | None) -> str:
    if found is None:
        return DASH
    low, high, of = found
    if of.startswith("A minus B"):
        return f"{points(low)} to {points(high)} points"
    return f"{low:.2f} to {high:.2f} ({of})".replace("-", "\N{MINUS SIGN}")


def _verdict(row: Mapping[str, Any]) -> str:
    return str(row["verdict"]) + _ON.get(row["data"], "")


def _explained(row: Mapping[str, Any]) -> str:
    test = f" ({row['test']})" if row["test"] else ""
    return f"{row['why']} Measured: {row['measured']}{test}."
