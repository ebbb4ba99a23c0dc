"""Features that a protocol leaves out: those that adapters declare, and those that audits find."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_plan import ROOT, made

from ecnet.config import validation
from ecnet.errors import InputError
from ecnet.files import write_json
from ecnet.plan import outcomes
from ecnet.plan.plan import Plan

BY_AUDIT = ".no-single-column"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def audited(dataset: str, **f1: float) -> None:
    """Write an audit whose trees have these scores in the binary task, and lower ones in all."""
    trees = [
        {"column": name, "feature": True, "copies": [], "binary": {"f1": value}}
        | {"multiclass": {"f1": value / 2}}
        for name, value in f1.items()
    ]
    write_json(Path(f"results/audit/{dataset}.json"), {"dataset": dataset, "trees": trees})


def left_out(found: Plan, dataset: str, protocol: str) -> list[str]:
    """Return the features that the split of a protocol leaves out."""
    drop: list[str] = json.loads(found.split_settings(dataset, protocol))["drop"]
    return drop


def test_what_adapters_declare_is_left_out_of_the_split_of_that_protocol_alone() -> None:
    found = made("simulated", "iot-23", "iot-ds2", "nsl-kdd")
    assert left_out(found, "iot-23", "") == []
    assert left_out(found, "iot-23", ".no-ports") == ["orig_p_kind", "resp_p_kind"]
    assert "dst_host_count" in left_out(found, "nsl-kdd", ".no-neighbours")
    assert found.refusal("nsl-kdd", ".no-ports") == "its records have no ports"
    # Its parts have flawed columns, but their flows share none of them.
    assert found.refusal("iot-ds2", ".no-flawed") == "none of its features is known to be wrong"
    assert found.refusal("iot-ds2", ".no-ports") == ""


def test_features_that_params_leave_out_are_not_left_out_twice() -> None:
    values: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    found = made("simulated", "iot-23")
    values["datasets"]["iot-23"]["drop"] = ["orig_p_kind", "resp_p_kind"]
    found = Plan(values, found.found, found.outcomes, {})
    assert left_out(found, "iot-23", "") == ["orig_p_kind", "resp_p_kind"]
    assert found.refusal("iot-23", ".no-ports") == "its records have no ports"


def test_an_audit_is_made_before_what_it_finds_is_left_out() -> None:
    first = made("simulated", "iot-23", "nsl-kdd")
    assert first.unaudited == ["results/audit/iot-23.json", "results/audit/nsl-kdd.json"]
    assert first.refusal("iot-23", BY_AUDIT) == "its audit is not made yet"
    audited("iot-23", duration=0.91, orig_bytes=0.89)
    audited("nsl-kdd", src_bytes=0.7)
    assert first.overtaken([]) == {}
    found = made("simulated", "iot-23", "nsl-kdd")
    assert found.unaudited == []
    assert found.overtaken([]) is None
    assert left_out(found, "iot-23", BY_AUDIT) == ["duration"]
    assert found.read_by_split("iot-23", BY_AUDIT) == ["results/audit/iot-23.json"]
    assert found.read_by_split("iot-23", ".tuning") == found.read_by_split("iot-23", "") == []
    assert found.refusal("nsl-kdd", BY_AUDIT) == "none of its features alone predicts the class"


def test_no_audit_is_waited_for_where_no_table_shows_such_a_protocol() -> None:
    values: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    values["protocols"]["no-single-column"]["shown"] = []
    found = made("simulated", "iot-23")
    assert found.audits
    assert Plan(values, found.found, found.outcomes, {}).audits == []


def test_a_file_that_is_no_audit_is_named() -> None:
    Path("results/audit").mkdir(parents=True)
    Path("results/audit/iot-23.json").write_text('{"trees": [1]}')
    assert outcomes.known(["iot-23"]).predictors == {}
    with pytest.raises(InputError, match=r"audit/iot-23\.json: has no trees of columns; delete it"):
        outcomes.known(["iot-23"], 0.9)


def test_a_variant_cannot_have_a_protocol_that_waits_for_an_audit() -> None:
    values: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    values["variants"]["svm"]["protocol"] = "no-single-column"
    with pytest.raises(InputError, match=r"variants\.svm\.protocol is no-single-column, which"):
        validation.checked(values)
