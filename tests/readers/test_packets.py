"""Packet captures: read with tshark, labelled by file or by display filters."""

import gzip
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from captures import CONNECT, pcap, pcapng, tcp, udp

from ecnet import datasets
from ecnet.datasets.declaration import Column
from ecnet.errors import InputError
from ecnet.readers import packets, problem, read

pytestmark = pytest.mark.tshark

IOT_NI = datasets.load("iot-ni").format("pcap")
MQTTSET = datasets.load("mqttset").format("pcap")
RULES = "labelling_rules.csv"
UDP_FLOOD = "mirai-udpflooding-1-dec.pcap"


def write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def whole(path: Path, format, companions=None) -> pd.DataFrame:
    batches = list(read(path, format, format.source(path.name), companions=companions))
    assert all(batch.rejected.empty for batch in batches)
    return pd.concat([batch.records for batch in batches], ignore_index=True)


def failure(path: Path, format, companions=None) -> str:
    with pytest.raises(InputError) as error:
        whole(path, format, companions)
    text = str(error.value)
    assert "\n" not in text
    assert path.name in text
    return text


@pytest.fixture
def rules(tmp_path: Path) -> dict[str, Path]:
    text = (
        "\ufeffNo,File Name,Category,Sub-category,Rule\n"
        f"1,{UDP_FLOOD},Mirai Botnet,UDP Flooding,ip.dst == 210.89.164.90\n"
        f"2,{UDP_FLOOD},Scanning,Port Scanning,udp\n"
        "3,dos-synflooding-1-dec.pcap,Denial of Service (DoS),SYN Flooding,tcp\n"
    )
    return {RULES: write(tmp_path / RULES, text)}


def test_fields_are_typed_and_missing_if_a_packet_lacks_them(tmp_path):
    records = whole(write(tmp_path / "benign.pcap", pcap(tcp(CONNECT), udp("1.2.3.4"))), MQTTSET)
    first, second = records.iloc[0], records.iloc[1]
    assert first["frame.time_epoch"] == 1000.25
    assert first["mqtt.kalive"] == 60
    assert first["mqtt.conflag.cleansess"] == "1"
    assert (first["tcp.srcport"], first["tcp.dstport"]) == (50000, 1883)
    assert second[["mqtt.kalive", "tcp.flags", "tcp.srcport"]].isna().all()
    assert second["ip.dst"] == "1.2.3.4"
    assert records["row"].tolist() == [1, 2]


def test_the_file_determines_the_class(tmp_path):
    records = whole(write(tmp_path / "capture_flood.pcap", pcap(tcp(CONNECT))), MQTTSET)
    assert records["label"].tolist() == ["MQTTFlood"]


def test_pcap_and_pcapng_plain_and_compressed_give_the_same_records(tmp_path):
    frames = [tcp(CONNECT), udp("1.2.3.4"), tcp(b"")]
    expected = whole(write(tmp_path / "slowite.pcap", pcap(*frames)), MQTTSET)
    packed = whole(write(tmp_path / "slowite.pcap.gz", gzip.compress(pcap(*frames))), MQTTSET)
    pd.testing.assert_frame_equal(packed, expected)
    timeless = ["frame.time_epoch", "tcp.time_delta"]
    newer = whole(write(tmp_path / "slowite.pcapng", pcapng(*frames)), MQTTSET)
    pd.testing.assert_frame_equal(newer.drop(columns=timeless), expected.drop(columns=timeless))


def test_the_first_matching_rule_labels_a_packet(tmp_path, rules):
    frames = [udp("210.89.164.90"), udp("1.2.3.4"), tcp(b""), udp("210.89.164.90")]
    records = whole(write(tmp_path / UDP_FLOOD, pcap(*frames)), IOT_NI, rules)
    assert records["label"].tolist() == [
        "Mirai UDP Flooding",
        "Scan Port",
        "Normal",
        "Mirai UDP Flooding",
    ]


def test_the_benign_capture_needs_no_rules(tmp_path):
    path = write(tmp_path / "benign-dec.pcap", pcap(udp("210.89.164.90")))
    assert whole(path, IOT_NI)["label"].tolist() == ["Normal"]


def test_a_capture_without_rules_is_an_error(tmp_path, rules):
    path = write(tmp_path / "mirai-udpflooding-2-dec.pcap", pcap(udp("1.2.3.4")))
    assert RULES in failure(path, IOT_NI, rules)


def test_missing_and_malformed_rules_are_errors(tmp_path):
    path = write(tmp_path / UDP_FLOOD, pcap(udp("1.2.3.4")))
    assert RULES in failure(path, IOT_NI)
    foreign = {RULES: write(tmp_path / RULES, "a,b\n1,2\n")}
    with pytest.raises(InputError, match="File Name"):
        whole(path, IOT_NI, foreign)


def test_an_invalid_filter_is_an_error(tmp_path, rules):
    text = rules[RULES].read_text(encoding="utf-8").replace(",udp\n", ",no.such == 1\n")
    write(rules[RULES], text)
    assert "no.such" in failure(write(tmp_path / UDP_FLOOD, pcap(udp("1.2.3.4"))), IOT_NI, rules)


@pytest.mark.parametrize("missing", [1, 30, 80])
@pytest.mark.parametrize("write_capture", [pcap, pcapng])
def test_a_truncated_capture_is_an_error(tmp_path, missing, write_capture):
    content = write_capture(*[tcp(CONNECT)] * 20)
    failure(write(tmp_path / "slowite.pcap", content[:-missing]), MQTTSET)


def test_a_damaged_compressed_capture_is_an_error(tmp_path):
    content = gzip.compress(pcap(*[tcp(CONNECT)] * 20))
    failure(write(tmp_path / "slowite.pcap.gz", content[:-8] + b"\0" * 8), MQTTSET)
    failure(write(tmp_path / "slowite.pcap.gz", content[:-10]), MQTTSET)


@pytest.mark.parametrize("content", [b"", b"no capture\n", pcap()])
def test_a_file_without_packets_is_an_error(tmp_path, content):
    failure(write(tmp_path / "slowite.pcap", content), MQTTSET)


def test_the_error_for_a_missing_tshark_has_the_command_that_installs_it(tmp_path, monkeypatch):
    path = write(tmp_path / "slowite.pcap", pcap(tcp(CONNECT)))
    monkeypatch.setattr(packets.shutil, "which", lambda _: None)
    assert "apt-get install tshark" in failure(path, MQTTSET)


@pytest.mark.parametrize("format", [IOT_NI, MQTTSET], ids=lambda format: format.title)
def test_the_installed_version_has_all_fields_and_one_that_lacks_some_is_found_early(format):
    assert problem(format) == ""
    newer = replace(format, columns=(*format.columns, Column("mqtt.no_such_field")))
    assert "mqtt.no_such_field" in problem(newer)


def test_a_reader_that_is_closed_early_ends_its_process(tmp_path, monkeypatch):
    started = []
    popen = packets.subprocess.Popen
    monkeypatch.setattr(
        packets.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1]
    )
    path = write(tmp_path / "slowite.pcap", pcap(*[tcp(CONNECT)] * 5000))
    batches = read(path, MQTTSET, MQTTSET.source(path.name))
    next(batches)
    batches.close()
    assert started[0].poll() is not None


def test_the_users_own_preferences_have_no_effect(tmp_path, monkeypatch):
    path = write(tmp_path / "slowite.pcap", pcap(tcp(CONNECT)))
    expected = whole(path, MQTTSET)
    (tmp_path / "own").mkdir()
    write(tmp_path / "own" / "disabled_protos", "mqtt\n")
    monkeypatch.setenv("WIRESHARK_CONFIG_DIR", str(tmp_path / "own"))
    pd.testing.assert_frame_equal(whole(path, MQTTSET), expected)


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("benign.pcap", 10_896),
        ("bruteforce.pcapng", 12_777),
        ("flood.pcap", 80),
        ("malariados.pcap", 2_799),
        ("malformed.pcap", 10_481),
        ("slowite.pcap", 9_202),
    ],
)
def test_real_captures_have_the_known_numbers_of_packets(mirror, name, count):
    path = mirror / "mqttset" / name
    records = whole(path, MQTTSET)
    assert records["row"].tolist() == list(range(1, count + 1))
    assert set(records["label"]) == {MQTTSET.source(name).label}


@pytest.mark.mirror
def test_all_real_rules_have_valid_filters_and_known_attacks(mirror, tmp_path):
    rules = {RULES: mirror / "iot-ni" / RULES}
    table = pd.read_csv(rules[RULES], encoding="utf-8-sig")
    assert len(table) == 58
    for name in table["File Name"].unique():
        assert IOT_NI.source(name).pattern
    pairs = table.drop_duplicates(["Category", "Sub-category"])
    seen = set()
    for name in pairs["File Name"].unique():
        frames = [udp("210.89.164.90"), tcp(b"", port=23), tcp(b"", port=19604)]
        seen |= set(whole(write(tmp_path / name, pcap(*frames)), IOT_NI, rules)["label"])
    assert {"Normal", "Mirai UDP Flooding", "Mirai Telnet Bruteforce"} <= seen
    raw = table[["Category", "Sub-category"]].astype("str")
    attacks = IOT_NI.classify(raw, IOT_NI.source(UDP_FLOOD))
    assert attacks.notna().all()
    assert set(attacks) == set(IOT_NI.classes) - {"Normal"}
