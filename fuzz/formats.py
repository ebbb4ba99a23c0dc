"""The formats of generated files, and some of their labels."""

from ecnet import datasets
from ecnet.datasets.declaration import Format, Source

DELIMITED = (
    ("bot-iot", "argus", "UNSW_2018_IoT_Botnet_Dataset_1.csv"),
    ("bot-iot", "columns-12", "bot_iot_12_columns.csv"),
    ("nsl-kdd", "full", "KDDTrain+.txt"),
    ("iot-ni", "iotid20", "IoT Network Intrusion Dataset.csv"),
    ("iot-ni", "sample-31", "iotid20_31_columns_binary.csv"),
    ("bot-iot", "full5pc", "UNSW_2018_IoT_Botnet_Full5pc_1.csv"),
    ("bot-iot", "10best", "UNSW_2018_IoT_Botnet_Final_10_best_Training.csv"),
    ("mqttset", "csv", "train70_reduced.csv"),
    ("mqtt-iot-ids2020", "biflow", "biflow_scan_A.csv"),
    ("mqtt-iot-ids2020", "uniflow", "uniflow_sparta.csv"),
)
"""The first byte of an input is an index into this; append new ones, to keep the corpus valid."""

LABELS = {
    ("attack", "category", "subcategory"): (
        ("1", "DDoS", "TCP"),
        ("0", "Normal", "Normal"),
        ("1", "Reconnaissance", "Service_Scan"),
    ),
    ("category",): (("DoS",), ("Normal",)),
    ("attack",): (("normal",), ("neptune",), ("guess_passwd",)),
    ("Label", "Sub_Cat"): (("Normal", "Normal"), ("Anomaly", "Scan Port OS")),
    ("Label",): (("0",), ("1",)),
    ("target",): (("legitimate",), ("dos",)),
    ("is_attack",): (("0",), ("1",)),
    ("label", "detailed-label"): (("Benign", "-"), ("Malicious", "DDoS"), ("Malicious", "C&C")),
}


def delimited(index: int) -> tuple[Format, Source, str]:
    """Return format, source and name of the file that a byte selects."""
    dataset, format_name, name = DELIMITED[index % len(DELIMITED)]
    format = datasets.load(dataset).format(format_name)
    return format, format.source(name), name


def zeek() -> tuple[Format, Source, str]:
    """Return format, source and name of a Zeek log."""
    name = "CTU-IoT-Malware-Capture-3-1.conn.log.labeled"
    format = datasets.load("iot-23").format("zeek")
    return format, format.source(name), name
