"""The protocols of other papers: files of params.yaml beside their claims."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from snakemake.utils import update_config
from test_plan import ROOT

from ecnet import datasets
from ecnet.datasets import papers
from ecnet.plan import plan

PROTOCOLS = sorted(papers.FOLDER.glob("*/params.yaml"))
LIANG = papers.FOLDER / "liang-2021/params.yaml"


def planned(protocol: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> plan.Plan:
    """Return the plan of params.yaml with a file on top, as `--configfile` lays it."""
    values: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    update_config(values, yaml.safe_load(protocol.read_text()))
    monkeypatch.chdir(folder)
    return plan.make(values)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda path: path.parent.name)
def test_the_protocol_of_a_paper_can_be_planned(
    protocol: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = planned(protocol, tmp_path, monkeypatch)
    assert protocol.parent.name in found.params["papers"]
    assert found.datasets
    assert found.shown_metrics()


def test_the_sample_of_liang_is_the_beginning_of_each_file_and_the_split_is_random(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = planned(LIANG, tmp_path, monkeypatch)
    shard = json.loads(found.shard_settings("iot-23"))
    assert (shard["rule"], shard["head"]) == ("head", 100_000)
    split = json.loads(found.split_settings("iot-23", ""))
    assert (split["rule"], split["test"]) == ("random", 0.2)
    format = datasets.load("iot-23").format("zeek")
    present = [column.name for column in format.columns]
    numbers, categories = format.features(present, drop=split["drop"])
    assert categories == ["proto", "conn_state"]
    assert set(numbers) == {
        *("duration", "orig_bytes", "resp_bytes", "missed_bytes"),
        *("orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes"),
    }
    # Else copies in train would let the control learn shuffled labels, and fail the dataset.
    assert json.loads(found.split_settings("iot-23", ".shuffled"))["rule"] == "grouped"
