"""Tables I to V: the label counts of the samples beside the paper's."""

from typing import Any

from ecnet.datasets import papers
from ecnet.render.settings import DatasetSpec, Settings, Shown
from ecnet.render.sources import Sources, by_dataset, first_of
from ecnet.render.table import DASH, Cell, Datum, Notes, Table, TableColumn

KEYS = ("source", "format", "format_title", "files", "classes", "paper", "rejected")
"""What a file of counts holds."""

_COLUMNS = (
    TableColumn("Label in the paper", number=False),
    TableColumn("Class here", number=False),
    TableColumn("paper", "Records"),
    TableColumn("target", "Records"),
    TableColumn("found", "Records"),
    TableColumn("kept", "Records"),
)
_REMARKS = {
    "matched": "",
    "short": "Fewer records than the target: all of them are kept.",
    "not found": "The files at hand hold no record of it.",
    "no class": "This format of the data has no such class.",
    "not in paper": "The paper's table does not name it.",
}


def label_counts(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table of one dataset: the sample's label counts beside the paper's.

    Raises:
        InputError: a file of counts is missing or is not what the sample step writes.
    """
    found = by_dataset(sources.counts, "sample", KEYS)
    dataset = _dataset(settings, shown.dataset)
    counted = None if dataset.absent else first_of(found, dataset.name, "sample")
    return _table(shown.name, dataset, counted)


def _dataset(settings: Settings, name: str) -> DatasetSpec:
    """Return a dataset of params.yaml; as absent if it is not among them."""
    for dataset in settings.datasets():
        if dataset.name == name:
            return dataset
    title = next(title for title, ours in papers.reproduced().datasets.items() if ours == name)
    return DatasetSpec(name, title, "not among the datasets of params.yaml")


def _table(name: str, dataset: DatasetSpec, counted: dict[str, Any] | None) -> Table:
    data = _rows(counted) if counted else [_row("", None, "", {}, dataset.remark)]
    tables = papers.reproduced().label_tables
    roman = next(number for number, ours in tables.items() if ours == dataset.name)
    total = _total(data)
    notes = Notes()
    rows = [_cells(row, notes.mark(str(row["note"]))) for row in data]
    if not counted:
        rows[0][0] = Cell("absent", marks=rows[0][0].marks)
    source = counted["source"] if counted else "absent"
    format = f"; {counted['format_title']}" if counted else ""
    rejected = f"Rows of the files set aside: {counted['rejected']:,}." if counted else ""
    return Table(
        name=name,
        caption=f"Table {roman}: label counts of {dataset.title}. Source: {source}{format}.",
        columns=_COLUMNS,
        blocks=[rows, [_cells(total, "")]] if counted else [rows],
        data=[{"dataset": dataset.name, "source": source} | row for row in data],
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
