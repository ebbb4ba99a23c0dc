"""What models take of a microcontroller: the table, the figure, and its Pareto front."""

from pathlib import Path
from typing import Any

import devicefiles
import pytest
import resultfiles as given
from devicefiles import content, row
from marked import said

from ecnet.errors import InputError
from ecnet.render import cost

BOUNDS = {"boards": [{"name": "a board", "flash": 1_000_000, "ram": 256_000}]}
CHANGES: dict[str, Any] = {
    "devices": {"variants": list(devicefiles.INSTRUCTIONS), "bounds": BOUNDS},
    "titles": given.TITLES | {"ecnet": "EcNet", "xgboost": "XGBoost", "majority": "Majority"},
}


def table(folder: Path, *contents: dict[str, Any]) -> Path:
    files = {"devices": devicefiles.write(folder / "files", *contents)}
    given.make(folder, "device_tables", "cost", files=files, **CHANGES)
    return folder


def test_the_front_holds_what_nothing_cheaper_equals() -> None:
    points = [(10.0, 50.0), (20.0, 99.0), (30.0, 98.0), (40.0, 99.0), (50.0, 99.5)]
    assert cost.front(reversed(points)) == [(10.0, 50.0), (20.0, 99.0), (50.0, 99.5)]


def test_a_row_names_memory_work_and_agreement(tmp_path: Path) -> None:
    made = table(tmp_path, content("iot-23"))
    shown = given.text(made, "cost.md")
    (line,) = (line for line in shown.splitlines() if "EcNet" in line)
    for cell in ("300,000", "14,100", "3,000,000", "150.0", "499", "3e-07", "98.00"):
        assert f" {cell} " in line
    assert "Measured on simulated data" in shown
    assert "Assumed: cycles" in shown
    rows = given.rows(made, "cost")
    assert {one["board"] for one in rows} == {"cortex-m4f", "cortex-m33"}


def test_without_xgboost_nothing_is_its_multiple(tmp_path: Path) -> None:
    shown = given.text(table(tmp_path, content("iot-23", row("ecnet"))), "cost.md")
    assert "150.0" not in shown


def test_a_file_without_rows_of_the_step_is_named(tmp_path: Path) -> None:
    lacking = content("iot-23")
    del lacking["rows"][0]["weights"]
    with pytest.raises(InputError, match="iot-23: lacks 'weights'; run the devices step again"):
        table(tmp_path, lacking)


def test_the_figure_has_a_panel_for_each_dataset_and_one_of_memory(tmp_path: Path) -> None:
    files = {"devices": devicefiles.write(tmp_path, content("iot-23"), content("nsl-kdd"))}
    for name in ("once", "again"):
        given.make(tmp_path / name, "device_figures", files=files, **CHANGES)
    once, again = (
        (tmp_path / name / "accuracy_by_cost.svg").read_bytes() for name in ("once", "again")
    )
    assert once == again
    assert once.count(b"instructions a record") >= 2
    assert b"flash and RAM" in once
    assert any("\nflash, bytes: 300,000\n" in one for one in said(once.decode()))
