"""The tables `significance` and `variance`: what `ecnet statistics` computed, put in words."""

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from ecnet.files import read_object
from ecnet.render.inputs import is_simulated, words
from ecnet.render.table import DASH, Cell, Column, Datum, Table, write

Row = Mapping[str, Any]
Names = Mapping[str, str]

_BY_CLASS = "F1 of "
_METRICS = {"accuracy": "Accuracy", "precision": "Precision", "recall": "Recall", "f1": "F1"}
_COMPARED = ("difference", "low", "high", "p", "p_holm", "d", "ahead")
_WORDS = tuple(
    Column(title, number=False)
    for title in ("Comparison", "Task", "Dataset", "Source", "A", "B", "Metric")
)
_NUMBERS = tuple(
    Column(title)
    for title in (
        "n",
        "A \N{MINUS SIGN} B, points",
        "interval",
        "p",
        "p, corrected",
        "d",
        "A ahead, %",
    )
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


def significance(*, statistics: Path, folder: Path, settings: dict[str, Any]) -> None:
    """Write the tables `significance` and `variance` to `folder` as CSV, Markdown and LaTeX.

    statistics: what `ecnet statistics` wrote. settings: titles (of datasets and variants), and
    absent (dataset -> why).

    Raises:
        InputError: `statistics` cannot be read or is something else.
    """
    found = statistics_of(statistics)
    write(_significance(found, settings), folder)
    write(_variance(found, settings), folder)


def statistics_of(path: Path) -> dict[str, Any]:
    """Return what `ecnet statistics` wrote (InputError if it is something else)."""
    return read_object(
        path, "statistics", ("sources", "comparisons", "across", "variance", "ranks")
    )


def _significance(found: Row, settings: Row) -> Table:
    shown = [row for row in found["comparisons"] if not row["metric"].startswith(_BY_CLASS)]
    data = [_compared(row, found["sources"]) for row in shown]
    families = list(dict.fromkeys(row["family"] for row in shown))
    data += [_across(r, found["sources"]) for r in found["across"] if r["family"] in families]
    data.sort(key=lambda row: families.index(str(row["comparison"])))
    percent = 100 * found["confidence"]
    return Table(
        name="significance",
        caption=f"Comparisons that the paper makes, and those with controls: A minus B with "
        f"its {percent:g}% interval over splits, and tests. "
        + _simulated(found["sources"], settings["titles"]),
        columns=(*_WORDS, *_NUMBERS),
        blocks=[
            [_compared_cells(row, settings["titles"]) for row in rows]
            for _, rows in groupby(data, key=lambda row: row["comparison"])
        ]
        or _nothing(len(_WORDS) + len(_NUMBERS)),
        data=data or [dict.fromkeys(("comparison", "source"), "nothing was measured")],
        notes=[("", text) for text in (_about_unit(found), *_ABOUT, absent(settings)) if text],
        stub=2,
    )


def _about_unit(found: Row) -> str:
    return (
        f"Precision, recall and F1 are {found['average']} averages; the unit is the "
        f"{found['unit']}."
    )


def _compared(row: Row, sources: Names) -> dict[str, Datum]:
    return {
        "comparison": row["family"],
        "task": row["task"],
        "dataset": row["dataset"],
        "source": sources[row["dataset"]],
        **{key: row[key] for key in ("a", "b", "metric")},
        "n": row["splits"],
        **{key: row[key] for key in _COMPARED},
    }


def _across(row: Row, sources: Names) -> dict[str, Datum]:
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


def _compared_cells(row: Mapping[str, Any], titles: Names) -> list[Cell]:
    low, high = row["low"], row["high"]
    named = (
        row["comparison"],
        row["task"],
        titles.get(row["dataset"], row["dataset"]),
        row["source"],
        titles.get(row["a"], row["a"]),
        titles.get(row["b"], row["b"]),
        _METRICS[row["metric"]],
    )
    numbers = (
        str(row["n"]),
        points(row["difference"]),
        DASH if low is None else f"{points(low)} to {points(high)}",
        probability(row["p"]),
        probability(row["p_holm"]),
        points(row["d"]),
        f"{100 * row['ahead']:.0f}",
    )
    return [Cell(text) for text in (*named, *numbers)]


def points(value: float | None) -> str:
    """Return a difference with its sign and two decimals."""
    return DASH if value is None else f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def probability(p: float | None) -> str:
    """Return a p-value with three decimals, or what it is less than."""
    if p is None:
        return DASH
    return f"{p:.3f}" if p >= 0.0005 else "< 0.001"


def _variance(found: Row, settings: Row) -> Table:
    titles, sources = settings["titles"], found["sources"]
    data: list[dict[str, Datum]] = []
    for key, rows in groupby(
        found["variance"], key=lambda r: [r["task"], r["dataset"], r["variant"]]
    ):
        row: dict[str, Datum] = dict(zip(("task", "dataset", "variant"), key, strict=True))
        row["source"] = sources[row["dataset"]]
        for entry in rows:
            row |= {"splits": entry["splits"], "weights": entry["weights"]}
            for by in ("splits", "weights"):
                row[f"{entry['metric']}_sd_{by}"] = entry[f"sd_{by}"]
        data.append(row)
    numbers = [f"{metric}_sd_{by}" for metric in _METRICS for by in ("splits", "weights")]
    columns = (
        *(Column(title, number=False) for title in ("Task", "Dataset", "Source", "Model")),
        *(Column(by, title) for title in _METRICS.values() for by in ("split", "weights")),
    )
    return Table(
        name="variance",
        caption="Where the spread comes from: standard deviation, in points, over splits with "
        "the same weights seed, and over weights seeds on the same split. "
        + _simulated(sources, titles),
        columns=columns,
        blocks=[
            [_variance_cells(row, numbers, titles) for row in rows]
            for _, rows in groupby(data, key=lambda row: (row["task"], row["dataset"]))
        ]
        or _nothing(len(columns)),
        data=data or [dict.fromkeys(("task", "source"), "nothing was measured")],
        notes=[("", text) for text in (absent(settings),) if text],
        stub=3,
    )


def _variance_cells(row: Mapping[str, Any], numbers: list[str], titles: Names) -> list[Cell]:
    named = (
        row["task"],
        titles.get(row["dataset"], row["dataset"]),
        row["source"],
        titles.get(row["variant"], row["variant"]),
    )
    found = (DASH if row[key] is None else f"{row[key]:.2f}" for key in numbers)
    return [Cell(text) for text in (*named, *found)]


def _nothing(width: int) -> list[list[list[Cell]]]:
    return [[[Cell(DASH)] * width]]


def _simulated(sources: Names, titles: Names) -> str:
    names = [titles.get(name, name) for name in sources if is_simulated(sources[name])]
    return f"Measured on simulated data: {', '.join(names)}." if names else ""


def absent(settings: Row) -> str:
    """Return which datasets are absent, and why."""
    return " ".join(
        f"Absent: {settings['titles'].get(name, name)}, {why}."
        for name, why in settings["absent"].items()
    )
