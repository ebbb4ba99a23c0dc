"""The scorecard: the same records as a careless user takes them, and as the pipeline does."""

from collections.abc import Mapping, Sequence
from typing import Any

from ecnet import seeds
from ecnet.audit import onecolumn, repeats
from ecnet.audit.coded import Coded, Records, first_copies, twins, vectors

VIEWS = {
    "all_columns": "All columns, copies kept",
    "features": "Features alone, copies kept",
    "kept": "Features alone, one of each",
}


def measure(
    records: Records,
    used: Sequence[str],
    facts: Mapping[str, Any],
    *,
    normal: int,
    settings: Mapping[str, Any],
) -> dict[str, dict[str, Any]]:
    """Return a view of the records for each of VIEWS.

    used: the features. facts: what was measured on these and all columns (`repeats`, `trees`).
    """
    trees, columns = facts["trees"], list(records.columns)
    return {
        "all_columns": _view(
            _repeats(records, records.of(columns), settings),
            [tree for tree in trees if tree["column"] in columns],
        ),
        "features": _view(facts["repeats"], [tree for tree in trees if tree["feature"]]),
        "kept": _kept(records, used, normal=normal, settings=settings),
    }


def _view(found: Mapping[str, Any], trees: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    best = onecolumn.best(trees)
    scores = best["multiclass"] if best else {}
    return {
        "columns": len(trees),
        "records": found["records"],
        "duplicates": found["duplicates"],
        "twins": found["random_split"]["share"],
        "best_accuracy": found["best_accuracy"]["record"],
        "best_column": best["column"] if best else None,
        "best_column_accuracy": scores.get("accuracy"),
        "best_column_f1": scores.get("f1"),
        "majority": scores.get("majority"),
    }


def _kept(
    records: Records, used: Sequence[str], *, normal: int, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the view of what a grouped split keeps: one of each vector and label."""
    features = records.of(used)
    twin, _ = twins(vectors(features, len(records)), records.labels, len(records.classes))
    rows = first_copies(twin)
    some = Records(
        {c.name: Coded(c.name, c.codes[rows], c.values, ordered=c.ordered) for c in features},
        records.labels[rows],
        records.classes,
        records.capture,
    )
    columns = list(some.columns.values())
    vector = vectors(columns, len(some))
    twin, vector_of = twins(vector, some.labels, len(some.classes))
    random = seeds.generator(settings["seed"], "audit", "halves")
    second = onecolumn.halves(twin, vector_of, some.labels, random)
    trees = onecolumn.measure(
        columns,
        some.labels,
        second,
        normal=normal,
        used=used,
        depth=settings["max_depth"],
        tasks=("multiclass",),
    )
    return _view(_repeats(some, columns, settings), trees)


def _repeats(
    records: Records, columns: Sequence[Coded], settings: Mapping[str, Any]
) -> dict[str, Any]:
    vector = vectors(columns, len(records))
    twin, vector_of = twins(vector, records.labels, len(records.classes))
    return repeats.measure(
        twin,
        vector_of,
        records.labels,
        shares=(settings["validation"], settings["test"]),
        random=seeds.generator(settings["seed"], "audit", "split"),
    )
