"""Bags of words in JSON lines: one spelling, limits, and rows that are set aside."""

import json
from pathlib import Path

import pytest
from small import SOURCE, failure, whole

from ecnet import datasets
from ecnet.datasets.declaration import Column, Format
from ecnet.readers import bags

HOURS = Format(
    name="hours",
    title="hours",
    reader="jsonlines",
    sources=(SOURCE,),
    columns=(
        Column("time", "time", native="day h", format="%y-%m-%d %H"),
        Column("size"),
        Column("ports", "bag"),
    ),
    labels=("mac",),
    classify=lambda labels, _: labels["mac"],
    classes=("a", "b"),
)


def write(folder: Path, *records: str) -> Path:
    path = folder / "hours.jsonl"
    path.write_text("".join(f"{record}\n" for record in records))
    return path


def record(ports: str, **other: object) -> str:
    given = {"size": 3, "day": "16-10-01", "h": 4, "mac": "a", **other}
    return json.dumps(given)[:-1] + f', "ports": {ports}}}'


def test_a_bag_has_one_spelling_and_a_time_may_be_in_two_fields(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        record('{"80": 1, "443": 25}'),
        record('{ "443" : "025","80":1}', h="23"),
        record("{}"),
    )
    found = whole(path, HOURS)
    assert found.rejected.empty
    assert found.table["ports"].to_pylist() == ['{"443":25,"80":1}'] * 2 + ["{}"]
    assert found.table["time"].to_pylist() == [1475294400, 1475362800, 1475294400]


def test_a_record_may_lack_a_bag_but_not_all_records(tmp_path: Path) -> None:
    without = json.dumps({"size": 3, "day": "16-10-01", "h": 4, "mac": "b"})
    found = whole(write(tmp_path, record("{}"), without), HOURS)
    assert found.table["ports"].to_pylist() == ["{}", "{}"]
    assert "has no column ports" in failure(write(tmp_path, without), HOURS)


@pytest.mark.parametrize(
    "ports",
    [
        *("[1]", "7", "true", '"80"', '{"80": -1}', '{"80": 0}', '{"80": 1.5}', '{"80": true}'),
        *('{"80": null}', '{"80": [1, 2]}', '{"80": "1_0"}', '{"": 1}', '{"\\ud800": 1}'),
        *('{"80": 2147483648}', '{"80": 2147483647, "81": 1}', f'{{"{"x" * 4097}": 1}}'),
    ],
)
def test_what_is_no_bag_is_set_aside(tmp_path: Path, ports: str) -> None:
    found = whole(write(tmp_path, record("{}"), record(ports)), HOURS)
    assert found.table.num_rows == 1
    assert found.rejected["row"].tolist() == [2]


def test_a_bag_has_a_limit_of_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bags, "MAX_WORDS", 2)
    found = whole(write(tmp_path, record('{"1":1,"2":1}'), record('{"1":1,"2":1,"3":1}')), HOURS)
    assert found.rejected["column"].tolist() == ["ports"]
    assert "at most" in found.rejected["reason"][0]


def test_a_word_twice_is_set_aside(tmp_path: Path) -> None:
    found = whole(write(tmp_path, record("{}"), record('{"80": 1, "80": 2}')), HOURS)
    assert found.rejected["reason"].tolist() == ["has 80 twice"]


def test_a_device_of_unsw_iot_has_its_address_in_either_spelling(tmp_path: Path) -> None:
    format = datasets.load("unsw-iot").format("hourly")
    hour: dict[str, object] = dict.fromkeys(
        (column.name for column in format.columns if column.kind == "number"), 1
    )
    hour |= {"day": "16-10-01", "h": 0, "ports": {}, "domains": {}, "ciphers": {}}
    macs = ("44_65_0d_56_cc_d3", "44:65:0D:56:CC:D3", "ac:bc:32:d4:6f:2f")
    path = write(tmp_path, *(json.dumps(hour | {"mac": mac}) for mac in macs))
    labels = whole(path, format).table["label"].to_pylist()
    assert labels == ["Amazon Echo", "Amazon Echo", "Other device"]
    path = write(tmp_path, json.dumps(hour | {"mac": "00:00:00:00:00:00"}))
    assert "unknown label mac=00:00:00:00:00:00" in failure(path, format)
