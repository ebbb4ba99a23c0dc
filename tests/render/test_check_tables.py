"""The tables and the figure of the check of the protocol."""

import csv
import json
from pathlib import Path
from typing import Any

import resultfiles

from ecnet.render.protocol_check import protocol_check

SETTINGS = {
    "confidence": 0.95,
    "equivalence": 1.0,
    "titles": {"iot-ni": "IoT-NI"},
    "figure": {"width": 7.0, "dpi": 80, "colours": resultfiles.COLOURS},
}


def studies_file(folder: Path, records: int) -> Path:
    methods = ("corrected-t", "records-and-training")
    numbers: Any = {"mean": [0.0, 1.0, 4.0], "se": {key: [1.0, 1.0, 1.0] for key in methods}}
    pairs = [("tree", f"tree-{points}", float(points)) for points in (1, 2, 4)]
    pairs.append(("boosted", "boosted-again", 0.0))
    content = {
        **{"dataset": "iot-ni", "records": records, "splits": 6, "source": "simulated"},
        "df": {"corrected-t": 5, "records-and-training": None},
        "comparisons": [
            {"a": a, "b": b, "measure": "accuracy", "truth": truth, **numbers}
            for a, b, truth in pairs
        ],
    }
    path = folder / f"{records}.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def shown(folder: Path, name: str) -> dict[str, bytes]:
    paths = [studies_file(folder, records) for records in (2000, 500)]
    protocol_check(studies=paths, folder=folder / name, settings=SETTINGS)
    return {path.name: path.read_bytes() for path in (folder / name).iterdir()}


def test_tables_and_figure_are_the_same_bytes_each_time_and_say_simulated(tmp_path: Path) -> None:
    first, again = (shown(tmp_path, name) for name in ("first", "again"))
    assert first == again
    figure = {f"check.{suffix}" for suffix in ("svg", "pdf", "png")}
    tables = {f"{t}.{s}" for t in ("coverage", "verdicts") for s in ("csv", "md", "tex", "html")}
    assert first.keys() == figure | tables
    for name in ("coverage.md", "verdicts.tex", "check.svg"):
        assert b"imulated" in first[name]


def test_the_numbers_of_the_tables_are_those_of_the_studies(tmp_path: Path) -> None:
    shown(tmp_path, "check")
    with (tmp_path / "check/coverage.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["records"] for row in rows} == {"500", "2000", ""}  # the last: all together
    assert "tree and tree-4" in {row["worst_pair"] for row in rows}  # 0 and 1 do not hold 4
    lines = (tmp_path / "check/coverage.md").read_text().splitlines()
    first = next(line for line in lines if line.startswith("| IoT-NI"))
    assert first.split("|")[2].strip() == "500"
