"""The table `datasets`: what was read and kept, duplicates, and the splits."""

from statistics import fmean
from typing import Any

from ecnet.render import counts as label_counts
from ecnet.render.parts import of_datasets
from ecnet.render.settings import DatasetSpec, Settings, Shown
from ecnet.render.sources import Sources, by_dataset, first_of
from ecnet.render.table import DASH, Cell, Datum, Table, TableColumn

_AUDIT = ("rule", "dropped", "subsets", "duplicates", "random_split", "too_small")
_SUBSETS = ("train", "validation", "test")

_NUMBERS = {
    "files": TableColumn("read", "Files"),
    "files_published": TableColumn("published", "Files"),
    "records_read": TableColumn("read", "Records"),
    "records_set_aside": TableColumn("set aside", "Records"),
    "records_kept": TableColumn("kept", "Records"),
    "vectors": TableColumn("all", "Distinct vectors"),
    "train_vectors_mean": TableColumn("train", "Distinct vectors"),
    "validation_vectors_mean": TableColumn("validation", "Distinct vectors"),
    "test_vectors_mean": TableColumn("test", "Distinct vectors"),
    "copies_dropped_mean": TableColumn("Copies dropped"),
    "duplicates_percent": TableColumn("records", "Duplicates, %"),
    "random_split_duplicates_percent_mean": TableColumn("across a random split", "Duplicates, %"),
}
_ABOUT = (
    "Duplicates: the share of the kept records that repeat the features and the label of another. "
    "Across a random split: the share of its test records that have a copy in its train subset."
)


def datasets(sources: Sources, settings: Settings, shown: Shown) -> Table:
    """Return the table with a row for every dataset of params.yaml.

    Raises:
        InputError: a file is missing or is not what the sample or the split step writes.
    """
    counted = by_dataset(sources.counts, "sample", label_counts.KEYS)
    audited = sources.of_splits(*_AUDIT)
    rows = {
        dataset: _absent(dataset)
        if dataset.absent
        else _facts(
            dataset,
            first_of(counted, dataset.name, "sample"),
            [first_of(audited, dataset.name, "split"), *audited[dataset.name][1:]],
        )
        for dataset in settings.datasets(shown.task)
    }
    caption = "The datasets: source, format, records and splits (means over the splits)."
    words = ("format", "split")
    return of_datasets(shown.name, caption, rows, _NUMBERS, _number, [_ABOUT], words)


def _facts(dataset: DatasetSpec, counted: dict[str, Any], audits: list[Any]) -> dict[str, Datum]:
    duplicates = audits[0]["duplicates"]
    classes = counted["classes"].values()
    return {
        "dataset": dataset.name,
        "source": counted["source"],
        "format": counted["format"],
        "split": audits[0]["rule"],
        "files": len(counted["files"]),
        "files_published": counted["published_files"],
        "records_read": sum(file["records"] for file in counted["files"]),
        "records_set_aside": counted["rejected"],
        "records_kept": sum(cls["kept"] for cls in classes),
        "vectors": duplicates["distinct"],
        "vectors_conflicting": duplicates["conflicting"],
        **{
            f"{subset}_vectors_mean": fmean(a["subsets"][subset]["vectors"] for a in audits)
            for subset in _SUBSETS
        },
        "copies_dropped_mean": fmean(sum(a["dropped"].values()) for a in audits),
        "duplicates_percent": 100 * (1 - duplicates["distinct"] / duplicates["records"]),
        "random_split_duplicates_percent_mean": fmean(
            100 * a["random_split"]["share"] for a in audits
        ),
        "note": " ".join(filter(None, (dataset.remark, _too_small(audits)))),
    }


def _absent(dataset: DatasetSpec) -> dict[str, Datum]:
    known: dict[str, Datum] = {
        "dataset": dataset.name,
        "source": "absent",
        "format": "",
        "split": "",
    }
    before, after = list(_NUMBERS)[:6], list(_NUMBERS)[6:]
    empty: dict[str, Datum] = dict.fromkeys([*before, "vectors_conflicting", *after])
    return known | empty | {"note": dataset.remark}


def _too_small(audits: list[Any]) -> str:
    found: dict[str, tuple[int, set[str]]] = {}
    for audit in audits:
        for cls, small in audit["too_small"].items():
            _, missing = found.get(cls, (0, set()))
            found[cls] = small["groups"], missing | set(small["missing_from"])
    named = [
        f"{cls} (groups: {groups}; none in {', '.join(s for s in _SUBSETS if s in missing)})"
        for cls, (groups, missing) in sorted(found.items())
    ]
    return f"Too few groups of records for every subset: {'; '.join(named)}." if named else ""


def _number(key: str, row: dict[str, Datum]) -> Cell:
    value = row[key]
    if not isinstance(value, int | float):
        return Cell(DASH)
    return Cell(f"{value:.2f}" if "percent" in key else f"{value:,.0f}")
