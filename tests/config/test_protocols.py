"""Other protocols than the default one: what they change, where they apply, what they report."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import resultfiles
import scorefiles

from ecnet import datasets
from ecnet.claims import protocols as compared
from ecnet.config import protocols
from ecnet.errors import InputError
from ecnet.provenance.lineage import trace

IOT_23 = datasets.load("iot-23").format("zeek")
MQTTSET = datasets.load("mqttset").format("pcap")
MQTT = datasets.load("mqtt-iot-ids2020").format("biflow")
FRAMES = datasets.load("mqttset-frames").format("pcap")
KDD = datasets.load("nsl-kdd").format("full")
IOTID20 = datasets.load("iot-ni").format("iotid20")
FULL5PC = datasets.load("bot-iot").format("full5pc")
ARGUS = datasets.load("bot-iot").format("argus")


def test_a_protocol_changes_the_keys_it_names_and_no_others() -> None:
    params = {
        "split": {"rule": "grouped", "max_duplicates": 1},
        "models": {"ecnet": {"heads": 4, "hidden": 8}},
        "protocols": {
            "one": {"title": "t", "shown": [], "models": {"ecnet": {"heads": 1}}},
            "random": {"title": "t", "shown": [], "split": {"rule": "random"}},
        },
    }
    assert protocols.under(params, "") is params
    assert protocols.under(params, ".random")["split"] == {"rule": "random", "max_duplicates": 1}
    assert protocols.under(params, ".one")["models"]["ecnet"] == {"heads": 1, "hidden": 8}
    assert params["models"]["ecnet"]["heads"] == 4
    assert protocols.changes_data(params, ".random")
    assert not protocols.changes_data(params, ".one")
    assert not protocols.changes_data(params, "")


@pytest.mark.parametrize(
    ("changed", "formats", "captures", "why"),
    [
        ({"split": {"rule": "temporal"}}, [IOT_23], 7, ""),
        ({"split": {"rule": "temporal"}}, [IOT_23, MQTT], 9, "not all its records have a time"),
        ({"split": {"rule": "capture"}}, [IOT_23], 3, ""),
        ({"split": {"rule": "capture"}}, [IOT_23], 2, "it has 2 captures"),
        ({"split": {"rule": "capture"}}, [MQTTSET], 6, "a capture holds one class"),
        ({"split": {"rule": "random"}}, [KDD], 2, "it keeps its official split"),
        ({"split": {"rule": "random", "official": False}}, [KDD], 2, ""),
        ({"keep": "shortcuts"}, [IOT_23], 1, ""),
        ({"keep": "shortcuts"}, [FRAMES], 6, "its records have no shortcuts"),
        ({"view": "raw"}, [FRAMES], 6, ""),
        ({"view": "raw"}, [IOT_23, KDD], 6, "its records are not bytes of packets"),
        ({"models": {"ecnet": {"sequence": "flows"}}}, [KDD], 2, "not all its records name a host"),
        ({"models": {"ecnet": {"heads": 1}}}, [KDD], 2, ""),
    ],
)
def test_a_protocol_that_does_not_apply_has_a_reason(
    changed: dict[str, Any], formats: list[Any], captures: int, why: str
) -> None:
    found = protocols.refusal(changed, formats, captures)
    assert found.startswith(why)
    assert bool(found) == bool(why)


@pytest.mark.parametrize("view", ["raw", "ip", "payload"])
def test_a_view_of_packets_is_in_place_of_the_masked_one(view: str) -> None:
    names, choice = [column.name for column in FRAMES.columns], {"keep": [], "drop": []}
    keep, drop = protocols.features({"view": view}, FRAMES, choice)
    used = [f"{view}-{place}" for place in range(256)]
    assert FRAMES.features(names, keep, drop) == (used, [])
    keep, drop = protocols.features({}, FRAMES, choice)
    masked = [f"masked-{place}" for place in range(256)]
    assert FRAMES.features(names, keep, drop) == (masked, [])


@pytest.mark.parametrize(
    ("drop", "format", "left", "out"),
    [
        ("ports", IOT_23, ["orig_p_kind", "resp_p_kind"], 2),
        ("ports", KDD, [], 0),
        ("flawed", IOTID20, ["Idle_Max", "Pkt_Size_Avg", "Down/Up_Ratio", "ACK_Flag_Cnt"], 36),
        ("flawed", KDD, [], 0),
        ("neighbours", FULL5PC, ["TnBPSrcIP", "AR_P_Proto_P_Dport", "N_IN_Conn_P_SrcIP"], 14),
        ("neighbours", KDD, ["same_host_count", "dst_host_count", "serror_rate"], 19),
        ("neighbours", ARGUS, [], 0),
        ("single-column", ARGUS, ["bytes"], 1),
    ],
)
def test_a_protocol_leaves_out_what_the_adapter_or_the_audit_says(
    drop: str, format: Any, left: list[str], out: int
) -> None:
    predictors = ["bytes"] if drop == "single-column" else []
    found = protocols.dropped({"drop": drop}, format, predictors)
    assert len(found) == out
    assert set(left) <= set(found)
    present = [column.name for column in format.columns]
    features = {name for kind in format.features(present) for name in kind}
    assert set(found) <= features
    assert protocols.dropped({}, format, ["bytes"]) == []
    why = protocols.refusal({"drop": drop}, [format], 1, found)
    assert bool(why) == (not found)


def test_shortcuts_are_the_columns_that_a_careless_study_uses() -> None:
    found = protocols.shortcuts(IOT_23)
    assert {"ts", "orig_p", "resp_p", "orig_h"} <= set(found)
    assert "uid" not in found  # one of a kind for each record
    assert not set(found) & {column.name for column in IOT_23.columns if column.feature}


SETTINGS = {
    "beside": {
        "inflation": {"protocols": ["random"], "variants": ["xgboost", "ecnet"]},
        "features": {"protocols": ["no-ports"], "variants": ["xgboost"]},
    },
    "readings": ["random", "flows"],
    "runs": ["1-1", "2-1"],
    "subject": "ecnet",
    "rivals": ["xgboost"],
    "average": "macro",
    "unit": "vector",
}
SHOWN = {
    "beside": {
        "inflation": {"protocols": ["random", "capture"], "variants": ["xgboost", "ecnet"]},
        "features": {"protocols": ["no-ports", "no-flawed"], "variants": ["xgboost"]},
    },
    "readings": ["random", "flows"],
    "protocols": {
        **{"random": "random split", "flows": "flows", "capture": "captures held out"},
        **{"no-ports": "without ports", "no-flawed": "without flawed columns"},
    },
    "refused": {"iot-23": {"capture": "it has 2 captures", "no-flawed": "none is flawed"}},
    "left_out": {"iot-23": {"no-ports": ["orig_p_kind", "resp_p_kind"]}},
}


@pytest.fixture
def found(tmp_path: Path) -> Path:
    """Default: XGBoost 90, EcNet 80. Random: 95 and 99. Flows: EcNet 85. No ports: XGBoost 70."""

    def write(variant: str, percents: list[float], protocol: str = "") -> Path:
        folder = tmp_path / (protocol or "default")
        return scorefiles.write(
            folder, "iot-23", variant, percents, protocol=protocol, source="simulated"
        )

    paths = [
        write("xgboost", [91, 89, 0, 0, 0, 0]),  # others than the two compared are idle
        write("ecnet", [80, 80, 0, 0, 0, 0]),
        write("xgboost", [95, 95, 0, 0, 0, 0], "random"),
        write("ecnet", [99, 99, 0, 0, 0, 0], "random"),
        write("ecnet", [85, 85, 0, 0, 0, 0], "flows"),
        write("xgboost", [70, 70, 0, 0, 0, 0], "no-ports"),
    ]
    compared.run(metrics=paths, output=tmp_path / "protocols.json", settings=SETTINGS)
    return tmp_path / "protocols.json"


def test_inflation_is_the_difference_on_the_same_splits(found: Path) -> None:
    rows = {
        (row["protocol"], row["variant"]): row
        for row in json.loads(found.read_text())["beside"]["inflation"]
        if row["metric"] == "accuracy"
    }
    assert rows["random", "ecnet"]["score"] == pytest.approx(99)
    assert rows["random", "ecnet"]["difference"] == pytest.approx(19)
    assert rows["random", "xgboost"]["difference"] == pytest.approx(5)
    assert rows["", "xgboost"]["score"] == pytest.approx(90)


def test_a_reading_of_the_subject_alone_is_compared_with_the_default_rival(found: Path) -> None:
    rows = {
        row["reading"]: row
        for row in json.loads(found.read_text())["readings"]
        if row["metric"] == "accuracy"
    }
    assert rows[""]["lead"] == pytest.approx(-10)
    assert rows["random"]["lead"] == pytest.approx(4)
    assert rows["flows"]["lead"] == pytest.approx(-5)
    assert rows["flows"]["default_lead"] == pytest.approx(-10)
    assert rows["unit: record"]["lead"] == pytest.approx(0)


def test_the_tables_name_changes_and_protocols_that_could_not_run(
    found: Path, tmp_path: Path
) -> None:
    absent = {"multiclass": {"svm": "no reason"}, "binary": {}}
    how: dict[str, Any] = {"compared": SHOWN, "absent": absent}
    resultfiles.make(tmp_path, "protocol_tables", files={"protocols": found}, **how)
    inflation = (tmp_path / "inflation.md").read_text()
    assert "99.00 (+19.00)" in inflation
    assert "captures held out <sup>a</sup>" in inflation
    assert "Not applicable: it has 2 captures." in inflation
    assert "Measured on simulated data: IoT-23." in inflation
    features = (tmp_path / "features.md").read_text()
    assert "70.00 (\N{MINUS SIGN}20.00)" in features
    assert "Left out. IoT-23, without ports: orig_p_kind, resp_p_kind." in features
    assert "without flawed columns <sup>a</sup>" in features
    assert "Not applicable: none is flawed." in features
    assert "EcNet" not in features
    readings = (tmp_path / "interpretation.md").read_text().splitlines()
    random = next(line for line in readings if "| random split" in line)
    assert [cell.strip() for cell in random.split("|")[3:-1]] == ["**+4.00**", "1 of 1", "IoT-23"]
    flows = next(line for line in readings if "| flows" in line)
    assert [cell.strip() for cell in flows.split("|")[3:-1]] == [
        "\N{MINUS SIGN}5.00",
        "0 of 1",
        "nowhere",
    ]
    with (tmp_path / "inflation.csv").open() as file:
        assert {row["source"] for row in csv.DictReader(file)} == {"simulated"}


def test_a_run_that_is_missing_is_named(tmp_path: Path) -> None:
    path = scorefiles.write(tmp_path, "iot-23", "ecnet", [1] * 6)
    settings = SETTINGS | {"runs": ["9-1"]}
    with pytest.raises(InputError, match=r"lacks the run 9-1, which seeds\.protocols"):
        compared.run(metrics=[path], output=tmp_path / "p.json", settings=settings)


def test_a_cell_is_traced_to_models_data_and_seeds(tmp_path: Path) -> None:
    def model(dataset: str, variant: str, task: str, protocol: str = "") -> Path:
        content = {
            **{"dataset": dataset, "variant": variant, "task": task, "protocol": protocol},
            **{"format": "zeek", "source": "mirror", "hyperparameters": {"hidden": 8}},
            **{"weights_sha256": "aa", "encoder_sha256": "bb"},
            "runs": [{"split": 2, "weights": 1, "bytes": 8}],
        }
        folder = tmp_path / f"models/{task}/{dataset}{protocol}/{variant}"
        folder.mkdir(parents=True)
        (folder / "model.json").write_text(json.dumps(content))
        return folder / "model.json"

    wanted = model("iot-23", "ecnet", "multiclass")
    others = [model("iot-23", "svm", "multiclass"), model("iot-23", "ecnet", "binary")]
    provenance = tmp_path / "provenance.json"
    whole = {"processor": {"model": "One"}, "libraries": {"torch": "2"}, "datasets": {"iot-23": {}}}
    provenance.write_text(json.dumps(whole))
    shown = {"tasks": ["multiclass"], "variants": ["ecnet"], "protocols": [""]}
    trace(
        models=[*others, wanted],
        provenance=provenance,
        folder=tmp_path,
        settings={"tables": {"table_7": shown}},
    )
    found = json.loads((tmp_path / "table_7.provenance.json").read_text())
    assert {key: found[key] for key in whole} == whole
    (cell,) = found["cells"]
    assert (cell["dataset"], cell["variant"], cell["source"]) == ("iot-23", "ecnet", "mirror")
    assert cell["model"] == f"{wanted.parent}/weights.safetensors"
    assert (cell["weights_sha256"], cell["encoder_sha256"]) == ("aa", "bb")
    assert cell["runs"] == {"2-1": {"split": 2, "weights": 1}}
