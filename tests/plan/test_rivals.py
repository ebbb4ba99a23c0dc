"""Other systems are a target of their own: nothing else trains them, and each can do its table."""

import json
from pathlib import Path

import pytest
from plans import of_two_datasets as made

from ecnet.config.protocols import RIVALS
from ecnet.errors import InputError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_no_other_target_needs_a_system_that_only_rivals_tables_show() -> None:
    alone = {"family": "tree", "title": "Another tree", "shown": ["rivals"]}
    found = made(another=alone)
    assert "another" not in found.default_variants
    assert not any("another" in file for file in found.shown_metrics())
    assert any(file.endswith(f"iot-23{RIVALS}/another.json") for file in found.all_rival_metrics)
    assert "another" in json.loads(found.rival_statistics_settings())["ranked"]


def test_rivals_are_trained_on_the_records_of_the_default_protocol_on_fewer_splits() -> None:
    found = made()
    assert found.of_split("{dataset}{protocol}", "iot-23", RIVALS) == "iot-23"
    runs = found.runs(RIVALS)
    assert len(runs) == found.params["rivals"]["splits"]
    assert set(runs) <= set(found.runs())
    own, other = (
        json.loads(found.train_settings("multiclass", "iot-23", protocol, "xgboost"))
        for protocol in ("", RIVALS)
    )
    assert own["hyperparameters"] == other["hyperparameters"]


@pytest.mark.parametrize(
    ("family", "place", "why"),
    [
        ("isolation_forest", "rivals", "does the binary task alone"),
        ("byte_cnn", "rivals", "needs frames"),
        ("device", "rivals-binary", "needs bags"),
    ],
)
def test_a_system_in_a_table_that_it_cannot_do_stops_the_plan(
    family: str, place: str, why: str
) -> None:
    with pytest.raises(InputError, match=f"variants.odd is shown in {place}, and it {why}"):
        made(odd={"family": family, "shown": [place]})


def test_what_a_table_lacks_is_named_with_the_reason() -> None:
    shown = made().rivals_shown()
    assert shown["rivals"]["unable"]["isolation-forest"] == "does the binary task alone"
    assert shown["devices"]["absent"] == {"unsw-iot": "is not in data.include"}
