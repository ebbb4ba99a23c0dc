"""The table of audits: what each dataset holds that flatters results, before and after cleaning."""

from collections import Counter
from typing import Any

from ecnet.render.parts import of_datasets
from ecnet.render.settings import DatasetSpec, Settings, Shown
from ecnet.render.sources import Sources, by_dataset, first_of
from ecnet.render.table import DASH, Cell, Datum, Table, TableColumn

KEYS = ("source", "format", "scorecard", "findings", "duplicates", "features", "classes", "trees")
"""What a file of an audit holds."""

_NUMBERS = {
    "records": TableColumn("Records"),
    "duplicates_percent": TableColumn("records", "Duplicates, %"),
    "random_split_duplicates_percent": TableColumn("across a random split", "Duplicates, %"),
    "best_accuracy_percent": TableColumn("by record", "Best accuracy, %"),
    "best_accuracy_vector_percent": TableColumn("by vector", "Best accuracy, %"),
    "small_classes": TableColumn("Small classes"),
    "best_column_f1_percent": TableColumn("any column", "Best tree of one column, macro-F1, %"),
    "best_feature_f1_percent": TableColumn("a feature", "Best tree of one column, macro-F1, %"),
    "best_kept_f1_percent": TableColumn("one of each", "Best tree of one column, macro-F1, %"),
    "critical": TableColumn("critical", "Findings"),
    "warning": TableColumn("warning", "Findings"),
}
_ABOUT = (
    "Duplicates: records that repeat the features and the label of another; across a random split: "
    "its test records that have a copy in train. Best accuracy: the most that any model can reach, "
    "since equal features have several labels. Small classes: fewer distinct records than subsets.",
    "Trees: a decision tree of a single column, all classes, fitted on half of the distinct "
    "vectors and scored on the other half: of any column, of a feature (both with all copies), and "
    "of a feature with one of each record kept.",
)


def audit_table(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table with a row for every dataset of params.yaml.

    Raises:
        InputError: a file is missing or is not what the audit step writes.
    """
    found = by_dataset(sources.audits, "audit", KEYS)
    rows = {
        dataset: _absent(dataset)
        if dataset.absent
        else facts(dataset, first_of(found, dataset.name, "audit"))
        for dataset in settings.datasets()
    }
    caption = "The datasets audited: what flatters results."
    return of_datasets(shown.name, caption, rows, _NUMBERS, _number, _ABOUT)


def facts(dataset: DatasetSpec, audit: dict[str, Any]) -> dict[str, Datum]:
    """Return what the table shows of one audit."""
    card, repeats = audit["scorecard"], audit["duplicates"]
    severities = Counter(finding["severity"] for finding in audit["findings"])
    small = [f for f in audit["findings"] if f["check"] == "small-classes"]
    return {
        "dataset": dataset.name,
        "source": audit["source"],
        "format": audit["format"],
        "records": repeats["records"],
        "duplicates_percent": 100 * repeats["duplicates"],
        "random_split_duplicates_percent": 100 * repeats["random_split"]["share"],
        "best_accuracy_percent": 100 * repeats["best_accuracy"]["record"],
        "best_accuracy_vector_percent": 100 * repeats["best_accuracy"]["vector"],
        "small_classes": len(small and small[0]["subject"].split(", ")),
        **_best(card, "all_columns", "best_column"),
        **_best(card, "features", "best_feature"),
        **_best(card, "kept", "best_kept"),
        "critical": severities["critical"],
        "warning": severities["warning"],
        "note": dataset.remark,
    }


def _best(card: dict[str, Any], view: str, name: str) -> dict[str, Datum]:
    score = card[view]["best_column_f1"]
    return {
        name: card[view]["best_column"],
        f"{name}_f1_percent": None if score is None else 100 * score,
    }


def _absent(dataset: DatasetSpec) -> dict[str, Datum]:
    known: dict[str, Datum] = {"dataset": dataset.name, "source": "absent", "format": ""}
    keys = list(_NUMBERS)
    for name in ("best_column", "best_feature", "best_kept"):
        keys.insert(keys.index(f"{name}_f1_percent"), name)
    return known | dict.fromkeys(keys) | {"note": dataset.remark}


def _number(key: str, row: dict[str, Datum]) -> Cell:
    value = row[key]
    if not isinstance(value, int | float):
        return Cell(DASH)
    column = row.get(key.removesuffix("_f1_percent")) if key.endswith("_f1_percent") else None
    text = f"{value:.2f}" if "percent" in key else f"{value:,}"
    return Cell(f"{text} ({column})" if column else text)
