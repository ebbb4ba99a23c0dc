"""The plan: which dataset comes from where, and what each step is told of it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecnet import datasets, plan, web
from ecnet.files import write_json

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "workflow/schemas/params.schema.yaml"
NSL_KDD = ("KDDTrain+.txt", "KDDTest+.txt")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def made(source: str | dict[str, str], *include: str, mirror: Path | None = None) -> plan.Plan:
    """Return the plan of params.yaml for these datasets."""
    params: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["data"].update(source=source, include=list(include), mirror=mirror and str(mirror))
    return plan.make(params, SCHEMA)


def small_mirror(folder: Path) -> Path:
    (folder / "mirror/nsl-kdd").mkdir(parents=True)
    for name in NSL_KDD:
        (folder / "mirror/nsl-kdd" / name).write_text("")
    return folder / "mirror"


def test_each_dataset_comes_from_its_own_source(tmp_path: Path) -> None:
    source = {"iot-23": "simulated", "nsl-kdd": "mirror", "bot-iot": "mirror"}
    found = made(source, *source, mirror=small_mirror(tmp_path))
    assert {name: at.source for name, at in found.located.items()} == {
        "iot-23": "simulated",
        "nsl-kdd": "mirror",
    }
    assert list(found.absent) == ["bot-iot"]


def test_the_rules_of_files_share_no_dataset(tmp_path: Path) -> None:
    source = {"iot-23": "simulated", "nsl-kdd": "mirror"}
    found = made(source, *source, mirror=small_mirror(tmp_path))
    for name, rules in (("iot-23", (True, False)), ("nsl-kdd", (False, True))):
        simulate, acquire = found.only("simulated"), found.only("mirror", "official")
        assert (bool(re.fullmatch(simulate, name)), bool(re.fullmatch(acquire, name))) == rules
    assert not re.fullmatch(found.only("official"), "")


def test_published_facts_hold_for_no_simulated_file(tmp_path: Path) -> None:
    mirror = made("mirror", "nsl-kdd", mirror=small_mirror(tmp_path))
    simulated = made("simulated", "nsl-kdd")
    assert json.loads(mirror.shard_settings("nsl-kdd"))["check_facts"] is True
    assert json.loads(simulated.shard_settings("nsl-kdd"))["check_facts"] is False


def test_another_source_makes_every_sample_anew(tmp_path: Path) -> None:
    mirror = made("mirror", "nsl-kdd", mirror=small_mirror(tmp_path))
    simulated = made("simulated", "nsl-kdd")
    assert mirror.located["nsl-kdd"].form == simulated.located["nsl-kdd"].form
    for settings in ("shard_settings", "merge_settings"):
        assert getattr(mirror, settings)("nsl-kdd") != getattr(simulated, settings)("nsl-kdd")


def test_changed_statistics_simulate_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = made("simulated", "nsl-kdd").simulate_settings("nsl-kdd", NSL_KDD[0])
    monkeypatch.setattr(plan.simulator, "digest", lambda _: "another")
    after = made("simulated", "nsl-kdd").simulate_settings("nsl-kdd", NSL_KDD[0])
    assert {
        key for key, value in json.loads(after).items() if json.loads(before)[key] != value
    } == {"statistics"}


def test_an_address_need_not_answer_for_files_that_came_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "answers", lambda _: False)
    found = made("official", "iot-23")
    assert found.absent == {"iot-23": found.absent["iot-23"]}
    assert "its official address does not answer" in found.absent["iot-23"]
    for origin, present in (("simulated", False), ("official", True)):
        for name in (source.pattern for source in datasets.load("iot-23").form("zeek").sources):
            (tmp_path / "data/raw/iot-23").mkdir(parents=True, exist_ok=True)
            (tmp_path / "data/raw/iot-23" / name).write_text("")
            write_json(tmp_path / f"data/provenance/iot-23/{name}.json", {"source": origin})
        assert bool(made("official", "iot-23").located) == present
