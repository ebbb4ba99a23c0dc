"""STAND-IN for the simulator: random records of the declared columns."""

_FILES = {
    "iot-23": ("zeek", ["CTU-IoT-Malware-Capture-3-1.conn.log.labeled"]),
    "bot-iot": ("argus", ["UNSW_2018_IoT_Botnet_Dataset_1.csv"]),
    "iot-ni": ("iotid20", ["IoT Network Intrusion Dataset.csv"]),
    "mqtt-iot-ids2020": (
        "biflow",
        [f"biflow_{n}.csv" for n in ("normal", "scan_A", "scan_sU", "sparta", "mqtt_bruteforce")],
    ),
    "mqttset": ("csv", ["train70_reduced.csv", "test30_reduced.csv"]),
    "nsl-kdd": ("full", ["KDDTrain+.txt", "KDDTest+.txt"]),
}


def form(dataset: str) -> str | None:
    """Return the one form that is written for a dataset, or None."""
    return _FILES[dataset][0] if dataset in _FILES else None


def files(dataset: str, records: int) -> list[str]:
    """Return the names of the native files that make up a dataset."""
    del records
    return list(_FILES[dataset][1])


def digest(dataset: str) -> str:
    """Return the digest of the statistics that are drawn from."""
    return f"stand-in {dataset}"
