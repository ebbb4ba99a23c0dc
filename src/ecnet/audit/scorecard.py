"""The scorecard: the same records before and after the pipeline's cleaning."""

from collections.abc import Mapping, Sequence
from typing import Any

from ecnet import seeds
from ecnet.audit import duplicates, single_column
from ecnet.audit.codes import CodedColumn, CodedRecords, first_copies, record_ids, vectors

VIEWS = {
    "all_columns": "All columns, copies kept",
    "features": "Features alone, copies kept",
    "kept": "Features alone, one of each",
}


def measure(
    records: CodedRecords,
    used: Sequence[str],
    facts: Mapping[str, Any],
    *,
    normal: int,
    settings: Mapping[str, Any],
) -> dict[str, dict[str, Any]]:
    """Return a view of the records for each of VIEWS.

    used: the features. facts: what was measured on these and all columns (`duplicates`, `trees`).
    """
    trees, columns = facts["trees"], list(records.columns)
    return {
        "all_columns": _view(
            _duplicates(records, records.of(columns), settings),
            [tree for tree in trees if tree["column"] in columns],
        ),
        "features": _view(facts["duplicates"], [tree for tree in trees if tree["feature"]]),
        "kept": _kept(records, used, normal=normal, settings=settings),
    }


def _view(found: Mapping[str, Any], trees: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    best = single_column.best(trees)
    scores = best["multiclass"] if best else {}
    return {
        "columns": len(trees),
        "records": found["records"],
        "duplicates": found["duplicates"],
        "duplicates_across_split": found["random_split"]["share"],
        "best_accuracy": found["best_accuracy"]["record"],
        "best_column": best["column"] if best else None,
        "best_column_accuracy": scores.get("accuracy"),
        "best_column_f1": scores.get("f1"),
        "majority": scores.get("majority"),
    }


def _kept(
    records: CodedRecords, used: Sequence[str], *, normal: int, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the view of what a grouped split keeps: one record per vector and label."""
    features = records.of(used)
    record_id, _ = record_ids(vectors(features, len(records)), records.labels, len(records.classes))
    rows = first_copies(record_id)
    some = CodedRecords(
        {c.name: CodedColumn(c.name, c.codes[rows], c.values, ordered=c.ordered) for c in features},
        records.labels[rows],
        records.classes,
        records.capture,
    )
    columns = list(some.columns.values())
    vector = vectors(columns, len(some))
    record_id, vector_of = record_ids(vector, some.labels, len(some.classes))
    random = seeds.generator(settings["seed"], "audit", "halves")
    second = single_column.halves(record_id, vector_of, some.labels, random)
    trees = single_column.measure(
        columns,
        some.labels,
        second,
        normal=normal,
        used=used,
        depth=settings["max_depth"],
        tasks=("multiclass",),
    )
    return _view(_duplicates(some, columns, settings), trees)


def _duplicates(
    records: CodedRecords, columns: Sequence[CodedColumn], settings: Mapping[str, Any]
) -> dict[str, Any]:
    vector = vectors(columns, len(records))
    record_id, vector_of = record_ids(vector, records.labels, len(records.classes))
    return duplicates.measure(
        record_id,
        vector_of,
        records.labels,
        shares=(settings["validation"], settings["test"]),
        random=seeds.generator(settings["seed"], "audit", "split"),
    )
