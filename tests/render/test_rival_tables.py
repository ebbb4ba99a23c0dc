"""The tables of other systems: scores, ranks over datasets, sizes, and what is left out."""

import csv
from pathlib import Path
from typing import Any

import pytest
import resultfiles as given

from ecnet.render import tables


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
