"""Small results of whole runs, for the tests that compare them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import resultfiles

NAME = "multiclass/iot-23/ecnet"
PROVENANCE = {
    "params": {"models": "a", "tables": "b"},
    "code": {"train": "c", "render": "d"},
    "lock": "e",
    "datasets": {"iot-23": {"source": "simulated", "files": {"f": "0"}}},
    "processor": {"model": "One CPU @ 2.00GHz", "instructions": ["avx2"], "threads": 1},
    "libraries": {"python": "3.11.7", "torch": "2.13.0+cpu"},
}
Edit = Callable[[dict[str, Any]], None]


def edit(path: Path, change: Edit) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def write_results(folder: Path) -> Path:
    paths = resultfiles.write_metrics(folder / "metrics")
    for path in paths:
        if path.relative_to(folder / "metrics").parts[1] != "iot-23":
            path.unlink()
    (folder / "provenance.json").write_text(json.dumps(PROVENANCE))
    return folder


def metrics(folder: Path, name: str = NAME) -> Path:
    return folder / "metrics" / f"{name}.json"


def move(by: float, *runs: str) -> Edit:
    """Return a change of the accuracy by vector, of all runs or of those named."""

    def change(content: dict[str, Any]) -> None:
        for run in runs or content["runs"]:
            content["runs"][run]["vector"]["accuracy"] += by

    return change


def other_processor(content: dict[str, Any]) -> None:
    content["processor"]["model"] = "Another CPU"
