"""The adapters on real records: known counts, and the same values as a simple parser."""

import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecnet import datasets
from ecnet.datasets.declaration import Format
from ecnet.errors import InputError
from ecnet.files import plain_name
from ecnet.readers import read

pytestmark = pytest.mark.mirror


def whole(path: Path, format: Format) -> pd.DataFrame:
    batches = list(read(path, format, format.source(path.name)))
    assert all(batch.rejected.empty for batch in batches)
    return pd.concat([batch.records for batch in batches], ignore_index=True)


REAL = [
    ("iot-23", "zeek", "CTU-Honeypot-Capture-4-1.conn.log.labeled.gz", {"Benign": 452}),
    ("iot-23", "zeek", "CTU-Honeypot-Capture-7-1.conn.log.labeled.gz", {"Benign": 130}),
    (
        "iot-23",
        "zeek",
        "CTU-IoT-Malware-Capture-8-1.conn.log.labeled.gz",
        {"C&C": 8222, "Benign": 2181},
    ),
    (
        "iot-23",
        "zeek",
        "CTU-IoT-Malware-Capture-20-1.conn.log.labeled.gz",
        {"Benign": 3193, "C&C-Torii": 16},
    ),
    (
        "iot-23",
        "zeek",
        "CTU-IoT-Malware-Capture-21-1.conn.log.labeled.gz",
        {"Benign": 3272, "C&C-Torii": 14},
    ),
    (
        "iot-23",
        "zeek",
        "CTU-IoT-Malware-Capture-34-1.conn.log.labeled.gz",
        {"DDoS": 14394, "C&C": 6706, "Benign": 1923, "PartOfAHorizontalPortScan": 122},
    ),
    (
        "iot-23",
        "zeek",
        "CTU-IoT-Malware-Capture-42-1.conn.log.labeled.gz",
        {"Benign": 4420, "FileDownload": 3, "C&C-FileDownload": 3},
    ),
    (
        "bot-iot",
        "columns-12",
        "bot_iot_12_columns.csv.gz",
        {"DoS": 10161, "Normal": 6870, "Reconnaissance": 1836},
    ),
    ("bot-iot", "columns-35", "bot_iot_35_columns.csv.gz", {"DDoS-TCP": 1044, "Normal": 65}),
    (
        "bot-iot",
        "10best",
        "10best/training_attack.csv.gz",
        {"DDoS-TCP": 2527, "DDoS-UDP": 2471, "DDoS-HTTP": 1},
    ),
    ("bot-iot", "10best", "10best/training_normal.csv.gz", {"Normal": 118}),
    (
        "bot-iot",
        "10best",
        "10best/sample.tsv.gz",
        {
            "DDoS-UDP": 276,
            "DDoS-TCP": 246,
            "DoS-UDP": 286,
            "DoS-TCP": 163,
            "DoS-HTTP": 1,
            "Reconnaissance": 27,
        },
    ),
    (
        "iot-ni",
        "sample-31",
        "iotid20_31_columns_binary.csv.gz",
        {"Anomaly": 5891, "Normal": 361},
    ),
    (
        "nsl-kdd",
        "20percent",
        "KDDTrain+_20Percent.txt.gz",
        {"Normal": 13449, "DoS": 9234, "Probe": 2289, "R2L": 209, "U2R": 11},
    ),
    (
        "nsl-kdd",
        "full",
        "KDDTest+.txt.gz",
        {"Normal": 9711, "DoS": 7460, "R2L": 2885, "Probe": 2421, "U2R": 67},
    ),
]


@pytest.mark.parametrize(("name", "format", "file", "counts"), REAL)
def test_real_files_have_the_known_labels(mirror, name, format, file, counts):
    declared = datasets.load(name).format(format)
    path = mirror / name / file
    records = whole(path, declared)
    assert Counter(records["label"]) == counts
    known = declared.source(path.name).records
    assert known in (None, len(records))


@pytest.mark.parametrize(("name", "format", "file", "counts"), REAL)
def test_real_files_give_the_values_of_a_simple_parser(mirror, name, format, file, counts):
    """Compare numbers and line numbers with str.split and float."""
    del counts
    declared = datasets.load(name).format(format)
    path = mirror / name / file
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        texts = stream.read().splitlines()
    records = whole(path, declared)
    separator = "\t" if declared.reader == "zeek" or plain_name(file).endswith("tsv") else ","
    header = next((text[8:] for text in texts if text.startswith("#fields")), texts[0])
    names = header.split(separator) if not declared.headerless else list(declared.layout)
    sample = records.iloc[np.linspace(0, len(records) - 1, 200).astype(int)]
    for column in declared.columns:
        if column.kind == "number" and column.header in names:
            place = names.index(column.header)
            raw = [texts[row - 1].split(separator)[place] for row in sample["row"]]
            expected = [np.nan if text in ("", "-") else float(text) for text in raw]
            np.testing.assert_array_equal(sample[column.name].to_numpy(), expected)


def test_flows_without_a_label_are_an_error(mirror):
    format = datasets.load("mqtt-iot-ids2020").format("biflow")
    path = mirror / "mqtt-iot-ids2020" / "biflow_head_unlabelled.csv"
    with pytest.raises(InputError, match="no column is_attack"):
        list(read(path, format, format.sources[0]))


@pytest.mark.parametrize("format", ["biflow", "uniflow"])
def test_real_mqtt_flows_have_the_declared_columns(mirror, format, tmp_path):
    declared = datasets.load("mqtt-iot-ids2020").format(format)
    real = pd.read_csv(mirror / "mqtt-iot-ids2020" / f"{format}_head_unlabelled.csv", dtype=str)
    assert {column.header for column in declared.columns} == set(real.columns)
    path = tmp_path / f"{format}_sparta.csv"
    real.assign(is_attack="0").to_csv(path, index=False)
    assert len(whole(path, declared)) == len(real)
