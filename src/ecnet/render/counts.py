"""Tables I to V: the label counts of the samples beside the paper's."""

from pathlib import Path
from typing import Any

from ecnet.claims import paper
from ecnet.render.inputs import Asked, Settings, by_dataset, one_of, settings_of
from ecnet.render.table import DASH, Cell, Column, Datum, Notes, Table, write

KEYS = ("source", "format", "format_title", "files", "classes", "paper", "rejected")
"""What a file of counts holds."""

_COLUMNS = (
    Column("Label in the paper", number=False),
    Column("Class here", number=False),
    Column("paper", "Records"),
    Column("target", "Records"),
    Column("found", "Records"),
    Column("kept", "Records"),
)
_REMARKS = {
    "matched": "",
    "short": "Fewer records than the target: all of them are kept.",
    "not found": "The files at hand hold no record of it.",
    "no class": "This format of the data has no such class.",
    "not in paper": "The paper's table does not name it.",
}


def label_counts(*, counts: list[Path], folder: Path, settings: dict[str, Any]) -> None:
    """Write table_1 to table_5 to `folder`: the sample's label counts beside Tables I to V.

    Raises:
        InputError: a file of `counts` is missing or is not what the sample step writes.
    """
    chosen = settings_of(settings)
    found = by_dataset(counts, "sample", KEYS)
    for number, (roman, name) in enumerate(paper.LABEL_COUNT_TABLES.items(), start=1):
        asked = _asked(chosen, name)
        counted = None if asked.absent else one_of(found, name, "sample")
        write(_table(number, roman, asked, counted), folder)


def _asked(settings: Settings, name: str) -> Asked:
    """Return the dataset as it was asked for, or as absent if it was not."""
    for asked in settings.datasets:
        if asked.name == name:
            return asked
    title = next(title for title, ours in paper.DATASETS.items() if ours == name)
    return Asked(name, title, "not among the datasets of params.yaml")


def _table(number: int, roman: str, asked: Asked, counted: dict[str, Any] | None) -> Table:
    data = _rows(counted) if counted else [_row("", None, "", {}, asked.remark)]
    total = _total(data)
    notes = Notes()
    rows = [_cells(row, notes.mark(str(row["note"]))) for row in data]
    if not counted:
        rows[0][0] = Cell("absent", marks=rows[0][0].marks)
    source = counted["source"] if counted else "absent"
    format = f"; {counted['format_title']}" if counted else ""
    rejected = f"Rows of the files set aside: {counted['rejected']:,}." if counted else ""
    return Table(
        name=f"table_{number}",
        caption=f"Table {roman}: label counts of {asked.title}. Source: {source}{format}.",
        columns=_COLUMNS,
        blocks=[rows, [_cells(total, "")]] if counted else [rows],
        data=[{"dataset": asked.name, "source": source} | row for row in data],
        notes=notes.listed(rejected),
    )


def _rows(counted: dict[str, Any]) -> list[dict[str, Datum]]:
    """Return a row for each of the paper's labels, then one for each class that it lacks."""
    classes = counted["classes"]
    rows = []
    for entry in counted["paper"]:
        counts = classes.get(entry["label"], {})
        remark = _REMARKS[_status(entry["label"], counts)]
        rows.append(_row(entry["paper"], entry["count"], entry["label"], counts, remark))
    named = {entry["label"] for entry in counted["paper"]}
    for cls, counts in classes.items():
        if cls not in named:
            rows.append(_row("", None, cls, counts, _REMARKS["not in paper"]))
    return rows


def _status(label: str, counts: dict[str, Any]) -> str:
    if not label:
        return "no class"
    if not counts or not counts["read"]:
        return "not found"
    return "short" if counts["read"] < (counts["target"] or 0) else "matched"


def _row(
    label: str, count: int | None, cls: str, counts: dict[str, Any], note: str
) -> dict[str, Datum]:
    return {
        "paper_label": label,
        "class": cls,
        "paper": count,
        "target": counts.get("target"),
        "found": counts.get("read"),
        "kept": counts.get("kept"),
        "note": note,
    }


def _total(rows: list[dict[str, Datum]]) -> dict[str, Datum]:
    """Return the sums; a class that two of the paper's labels share counts once."""
    unique = {row["class"] or row["paper_label"]: row for row in rows}.values()
    total: dict[str, Datum] = {"paper_label": "Total", "class": ""}
    total["paper"] = sum(int(row["paper"] or 0) for row in rows)
    for key in ("target", "found", "kept"):
        total[key] = sum(int(row[key] or 0) for row in unique)
    return total


def _cells(row: dict[str, Datum], mark: str) -> list[Cell]:
    label = Cell(str(row["paper_label"] or DASH), marks=mark)
    numbers = (row[key] for key in ("paper", "target", "found", "kept"))
    return [
        label,
        Cell(str(row["class"] or DASH)),
        *(Cell(DASH if value is None else f"{value:,}") for value in numbers),
    ]
