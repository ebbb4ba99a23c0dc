"""The datasets: consistent declarations, labels, and native files."""

from collections import Counter
from pathlib import Path

import native
import pandas as pd
import pytest

from ecnet import datasets
from ecnet.datasets import papers
from ecnet.datasets.declaration import Dataset, Format, Source
from ecnet.errors import InputError
from ecnet.readers import read

NAMES = ["bot-iot", "iot-23", "iot-ni", "mqtt-iot-ids2020", "mqttset", "nsl-kdd"]
DATASETS = [datasets.load(name) for name in [*NAMES, "iot-ds2"]]
FORMS = [
    pytest.param(dataset, format, id=f"{dataset.name}-{format.name}")
    for dataset in DATASETS
    for format in dataset.formats
]
MADE_BY_THE_SAMPLE = {"label", "row", "capture", "subset", "priority", "count"}


def whole(path: Path, format: Format) -> pd.DataFrame:
    batches = list(read(path, format, format.source(path.name)))
    assert all(batch.rejected.empty for batch in batches)
    return pd.concat([batch.records for batch in batches], ignore_index=True)


def classify(name: str, format: str, source: str = "", **columns: list[str]) -> list[str | None]:
    declared = datasets.load(name).format(format)
    labels = pd.DataFrame(columns, dtype="str").rename(columns=RAW)
    classes = declared.classify(labels, declared.source(source) if source else Source("*"))
    return [None if pd.isna(value) else value for value in classes]


RAW = {"detailed": "detailed-label", "sub": "Sub_Cat"}


@pytest.mark.parametrize(("dataset", "format"), FORMS)
def test_a_format_is_consistent(dataset: Dataset, format: Format):
    names = [column.name for column in format.columns]
    headers = [column.header for column in format.columns]
    assert len(set(names)) == len(names)
    assert len(set(headers)) == len(headers)
    assert not MADE_BY_THE_SAMPLE & set(names)
    assert not set(headers) & set(format.labels)
    assert format.classes[0] == dataset.normal
    assert len(set(format.classes)) == len(format.classes) >= 2
    kinds = {column.name: column.kind for column in format.columns}
    assert kinds.get(format.host, "text") == "text"
    assert kinds.get(format.time, "time") == "time"
    assert (format.host or format.name) in [*names, format.name]
    assert {source.label for source in format.sources} <= {"", *format.classes}
    if format.headerless:
        assert sorted(format.layout) == sorted([*headers, *format.labels])
    numerical, protocol = format.features(names)
    assert numerical
    assert protocol


@pytest.mark.parametrize(("dataset", "format"), FORMS)
def test_no_feature_is_an_address_port_time_or_identifier(dataset: Dataset, format: Format):
    del dataset
    names = [column.name for column in format.columns]
    features = set().union(*format.features(names))
    kinds = {column.name: column.kind for column in format.columns}
    assert not {name for name in features if kinds.get(name) in ("port", "time", "text")}
    identities = {"pkSeqID", "seq", "uid", "Flow_ID", "mqtt.msgid", "difficulty", "ip.ttl"}
    assert not features & identities


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_a_dataset_has_all_information_for_users(dataset: Dataset):
    for key in ("title", "page", "size", "licence", "citation"):
        assert getattr(dataset, key)
    without_url = any(not source.url for format in dataset.formats for source in format.sources)
    assert bool(dataset.steps) == without_url


@pytest.mark.parametrize(
    ("name", "rows", "total"),
    [
        ("iot-23", 11, 1_429_574),
        ("bot-iot", 7, 71_277_217),
        ("iot-ni", 5, 177_995),
        ("mqttset", 6, 541_071),
        ("mqtt-iot-ids2020", 7, 1_911_146),
        ("nsl-kdd", 0, 0),
        ("iot-ds2", 0, 0),
    ],
)
def test_paper_counts_add_up_to_the_totals_in_the_paper(name, rows, total):
    for format in datasets.load(name).formats:
        counts = papers.reproduced().label_counts(name, format)
        assert len(counts) == rows
        assert sum(row.count for row in counts) == total
        assert {row.label for row in counts} <= {"", *format.classes}


def test_iot_23_has_23_captures_with_an_address_each():
    format = datasets.load("iot-23").format("zeek")
    addresses = {source.url.replace("{stem}", source.stems[0]) for source in format.sources}
    assert len(addresses) == len(format.sources) == 23
    assert all(address.endswith("/bro/conn.log.labeled") for address in addresses)
    assert sum(source.records or 0 for source in format.sources) < 325_307_990


def test_the_class_of_iot_23_is_benign_in_either_spelling_or_the_detailed_label():
    classes = classify(
        "iot-23",
        "zeek",
        label=["Benign", "benign", "Malicious", "Malicious"],
        detailed=["-", "-", "C&C", None],
    )
    assert classes == ["Benign", "Benign", "C&C", None]


def test_bot_iot_floods_have_their_protocol_and_blanks_are_ignored():
    classes = classify(
        "bot-iot",
        "argus",
        attack=["0", "1", "1", "1", "1", "1"],
        category=["Normal", "DoS", " DDoS", "Reconnaissance ", "Theft", "DoS"],
        subcategory=["Normal", "TCP", "UDP ", "OS_Fingerprint", "Keylogging", None],
    )
    assert classes == ["Normal", "DoS-TCP", "DDoS-UDP", "Reconnaissance", "Theft", None]


SAVED_ANEW = [
    ("iot-23", "zeek", ("BENIGN", "-"), "Benign"),
    ("iot-23", "zeek", ("malicious", "c&c-heartbeat"), "C&C-HeartBeat"),
    ("iot-23", "zeek", ("Malicious", "C&C HeartBeat FileDownload"), "C&C-HeartBeat-FileDownload"),
    ("iot-23", "zeek", ("Malicious", "C&C-HeartBeat-"), None),
    ("iot-23", "zeek", ("Unknown", "DDoS"), None),
    ("bot-iot", "argus", ("1", "ddos", "udp"), "DDoS-UDP"),
    ("bot-iot", "argus", ("1", " RECONNAISSANCE ", "Service Scan"), "Reconnaissance"),
    ("bot-iot", "argus", ("1", "DDoS", "SCTP"), None),
    ("bot-iot", "argus", ("1", "normal", "normal"), None),
    ("bot-iot", "columns-12", ("theft",), "Theft"),
    ("iot-ni", "iotid20", ("normal", "NORMAL"), "Normal"),
    ("iot-ni", "iotid20", ("anomaly", "Mitm_Arp_Spoofing"), "MITM ARP Spoofing"),
    ("iot-ni", "iotid20", ("anomaly", "normal"), None),
    ("iot-ni", "iotid20", ("odd", "Scan Port OS"), None),
    ("mqttset", "csv", ("Legitimate",), "Normal"),
    ("mqttset", "csv", ("SlowITe",), "SlowITe"),
    ("nsl-kdd", "full", ("normal.",), "Normal"),
    ("nsl-kdd", "full", ("Guess_Passwd.",), "R2L"),
    ("nsl-kdd", "full", ("normal..",), None),
]


@pytest.mark.parametrize(("name", "format", "texts", "label"), SAVED_ANEW)
def test_labels_may_differ_in_case_and_word_separators(name, format, texts, label):
    labels = dict(
        zip(datasets.load(name).format(format).labels, ([text] for text in texts), strict=True)
    )
    assert classify(name, format, **labels) == [label]


def test_contradictory_labels_of_bot_iot_are_an_error(tmp_path):
    native.write_bot_iot(tmp_path)
    path = tmp_path / "UNSW_2018_IoT_Botnet_Dataset_1.csv"
    rows = [row.split(",") for row in path.read_text().splitlines()]
    rows[4][-3] = str(1 - int(rows[4][-3]))
    path.write_text("\n".join(",".join(row) for row in rows) + "\n")
    with pytest.raises(InputError, match=r"line 5: unknown label attack="):
        whole(path, datasets.load("bot-iot").format("argus"))


def test_argus_files_may_have_a_header(tmp_path):
    native.write_bot_iot(tmp_path)
    format = datasets.load("bot-iot").format("argus")
    path = tmp_path / "UNSW_2018_IoT_Botnet_Dataset_1.csv"
    bare = whole(path, format)
    path.write_text(",".join(format.layout) + "\n" + path.read_text())
    headed = whole(path, format)
    pd.testing.assert_frame_equal(headed.assign(row=headed["row"] - 1), bare)


def test_contradictory_labels_of_iot_ni_are_unknown():
    classes = classify(
        "iot-ni",
        "iotid20",
        Label=["Normal", "Anomaly", "Normal", "Anomaly"],
        sub=["Normal", "Scan Port OS", "Scan Port OS", "Normal"],
    )
    assert classes == ["Normal", "Scan Port OS", None, None]


def test_iot_ni_has_83_columns_and_3_labels():
    assert len(datasets.load("iot-ni").format("iotid20").columns) == 83


def test_mqtt_files_have_normal_flows_and_those_of_one_attack():
    assert classify(
        "mqtt-iot-ids2020", "biflow", "biflow_sparta.csv", is_attack=["0", "1", "2"]
    ) == [
        "Normal",
        "Sparta SSH bruteforce",
        None,
    ]
    assert classify("mqtt-iot-ids2020", "uniflow", "uniflow_normal.csv", is_attack=["0", "1"]) == [
        "Normal",
        None,
    ]


@pytest.mark.parametrize(
    ("file", "label"),
    [
        ("benign.pcap", "Normal"),
        ("capture_1w.pcap", "Normal"),
        ("bruteforce.pcapng", "Bruteforce"),
        ("flood.pcap.gz", "MQTTFlood"),
        ("capture_flood.pcap", "MQTTFlood"),
        ("malariados.pcap", "MalariaDos"),
        ("capture_malariaDoS.pcap", "MalariaDos"),
        ("malformed.pcap", "Malformed"),
        ("slowite.pcap", "SlowITe"),
    ],
)
def test_mqttset_captures_determine_the_class_under_both_names(file, label):
    format = datasets.load("mqttset").format("pcap")
    taking = [source.label for source in format.sources if source.names(file)]
    assert taking == [label]


def test_nsl_kdd_has_40_names_and_the_official_subsets():
    format = datasets.load("nsl-kdd").format("full")
    known = classify("nsl-kdd", "full", attack=["normal", "neptune", "saint", "worm", "xterm", "x"])
    assert known == ["Normal", "DoS", "Probe", "DoS", "U2R", None]
    assert [source.subset for source in format.sources] == ["train", "test"]
    assert len(format.layout) == 43


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("native")
    native.write_all(folder)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_native_files_read_back_with_every_class(written, name):
    format = datasets.load(name).formats[1 if name == "mqtt-iot-ids2020" else 0]
    records = pd.concat([whole(path, format) for path in sorted((written / name).iterdir())])
    assert Counter(records["label"]) == dict.fromkeys(format.classes, native.PER_CLASS)
    if format.time:
        assert records[format.time].is_unique


def test_native_files_are_the_same_in_every_run(written, tmp_path):
    native.write_all(tmp_path)
    for path in sorted(written.rglob("*.*")):
        assert path.read_bytes() == (tmp_path / path.relative_to(written)).read_bytes()
