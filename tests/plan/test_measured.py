"""Models on a microcontroller are a target of their own, made of models that are there anyway."""

import json
from pathlib import Path
from typing import Any

import pytest
from plans import of_two_datasets as made

from ecnet.errors import InputError
from ecnet.evaluate import devices
from ecnet.render import catalogue


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_variants_of_the_tables_are_measured_on_each_dataset() -> None:
    found = made()
    assert {"ecnet", "xgboost", "tree", "ecnet-gru"} <= set(found.measured)
    assert set(found.measured) <= set(found.default_variants)
    assert found.measured_files == [
        f"results/devices/multiclass/{name}.json" for name in ("iot-23", "nsl-kdd")
    ]


def test_only_the_claims_of_its_own_target_know_the_bounds() -> None:
    found = made()
    assert "bounds" not in json.loads(found.claims_settings())
    bounds = json.loads(found.claims_settings(bounds=found.bounds))["bounds"]
    assert all(board["flash"] > board["ram"] > 0 for board in bounds["boards"])
    assert all(board["source"] for board in bounds["boards"])
    settings = json.loads(found.render_settings("device_tables"))
    assert settings["devices"] == {"variants": found.measured, "bounds": found.bounds}
    assert catalogue.DEVICES in catalogue.ON_REQUEST


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"shown": ["devices-cost", "rivals"]}, "is in none of table-6, table-7, table-8"),
        ({"shown": ["devices-cost", "table-6"], "protocol": "shuffled"}, "a protocol of its own"),
    ],
)
def test_a_variant_that_nothing_else_trains_is_refused(line: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=f"variants.odd is shown in devices-cost, and it .*{why}"):
        made(odd={"family": "tree"} | line)


def test_a_family_without_c_is_refused_before_the_first_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices.boards, "check", lambda: None)
    devices.check({"tree": "tree"})
    with pytest.raises(InputError, match="and its family x has no form in C"):
        devices.check({"odd": "x"})
