"""The tables of other systems: scores, ranks over datasets, sizes, and what is left out."""

import csv
from pathlib import Path
from statistics import fmean
from types import SimpleNamespace
from typing import Any

import pytest
import resultfiles as given

from ecnet.claims import inference
from ecnet.render import tables
from ecnet.render.rivals import Measured


@pytest.fixture
def shown(tmp_path: Path) -> dict[str, Any]:
    """Return the rows of the table by dataset and system, and the text of its Markdown."""
    systems = [
        v | {"shown": ["rivals"]} for v in given.variants() if v["name"] in ("majority", "svm")
    ]
    own = {
        "columns": [{"dataset": name, "protocol": "", "title": ""} for name in given.SOURCES],
        "absent": {"x": "is away"},
        "unable": {"y": "needs bags"},
    }
    runs = {"protocol_runs": list(given.RUNS)}
    tables.tables(
        metrics=given.write_metrics(tmp_path / "metrics"),
        folder=tmp_path,
        settings=given.settings("rivals", variants=systems, rivals={"rivals": own}, **runs),
    )
    with (tmp_path / "rivals.csv").open(encoding="utf-8") as file:
        rows = {(row["dataset"], row["system"]): row for row in csv.DictReader(file)}
    return {"rows": rows, "text": (tmp_path / "rivals.md").read_text(encoding="utf-8")}


def test_the_better_system_has_rank_one_everywhere(shown: dict[str, Any]) -> None:
    ranks = {(d, s): float(row["rank"]) for (d, s), row in shown["rows"].items()}
    assert {rank for (_, system), rank in ranks.items() if system == "SVM"} == {1.0}
    assert {rank for (_, system), rank in ranks.items() if system != "SVM"} == {2.0}


def test_sizes_and_reasons_are_shown(shown: dict[str, Any]) -> None:
    assert all(float(row["bytes"]) == 4096 for row in shown["rows"].values())
    assert "Absent: x, which is away." in shown["text"]
    assert "Not in this table: y, which needs bags." in shown["text"]


def test_mean_ranks_are_those_of_friedmans_test() -> None:
    """Ranked by split, `a` would be the best: it wins twice by a little, and loses once by much."""
    scores = {
        "d": {"a": (0.9, 0.9, 0.1), "b": (0.8, 0.8, 0.8), "c": (0.1, 0.1, 0.2)},
        "e": {"a": (0.9, 0.9, 0.1), "b": (0.8, 0.8, 0.8), "c": (0.1, 0.1, 0.2)},
    }
    found = {
        dataset: {
            system: SimpleNamespace(
                dataset=dataset, over_splits=(), values=lambda *_, own=own, **__: own
            )
            for system, own in of.items()
        }
        for dataset, of in scores.items()
    }
    measured = Measured(found, SimpleNamespace(unit="row", average="macro"))
    means = {system: [fmean(scores[d][system]) for d in scores] for system in "abc"}
    test = inference.friedman(means, alpha=0.05)
    assert test is not None
    assert {system: rank for system, (rank, *_) in measured.ranks().items()} == test.ranks
    assert measured.ranks()["a"] == (2, 1, 3)
