"""MQTT-IoT-IDS2020: flows of an MQTT network, one file for each attack."""

import pandas as pd

from ecnet.datasets import _issues
from ecnet.datasets._flows import flows
from ecnet.datasets.declaration import Column, Dataset, Format, Shared, Source

_NORMAL = "Normal"
# File -> class of its attacks; every file has normal flows too.
_FILES = {
    "normal": _NORMAL,
    "scan_A": "Aggressive scan",
    "scan_sU": "UDP scan",
    "sparta": "Sparta SSH bruteforce",
    "mqtt_bruteforce": "MQTT bruteforce",
}
# Bytes, flows and SHA-256 of a public copy of the biflow files.
_BIFLOW_FACTS = {
    "normal": (
        26_444_796,
        86_008,
        "901bd9f475d9dd817017091caaec4a865bf654250baf4f2f54877b32b647db44",
    ),
    "scan_A": (
        4_342_749,
        25_693,
        "62de3d0c8478dd0774d0ffd7bba2c441c13ccfb2a4f7b17a0daaf6bc6091e361",
    ),
    "scan_sU": (
        8_207_177,
        39_664,
        "91047fd6072ab980b418ee28fcedc03b3eb8fbcf17426c080760aba3503bcff7",
    ),
    "sparta": (
        28_301_124,
        91_318,
        "9e3037f79c87e922b9cdf62125b9ec4db81b670b6bff6706385bd312becac976",
    ),
    "mqtt_bruteforce": (
        4_675_790,
        16_696,
        "790087e79e9d22f741ef06f1db3aed346a7a4980633e5c0619ae2c8a15ca4256",
    ),
}

_ENDPOINTS = (
    Column("ip_src", "text"),
    Column("ip_dst", "text"),
    Column("prt_src", "port"),
    Column("prt_dst", "port"),
    Column("proto", "category"),
)
_MEASURES = (
    *("num_pkts", "mean_iat", "std_iat", "min_iat", "max_iat", "mean_pkt_len", "std_pkt_len"),
    *("min_pkt_len", "max_pkt_len", "num_bytes", "num_psh_flags", "num_rst_flags"),
    "num_urg_flags",
)


def _classify(labels: pd.DataFrame, source: Source) -> "pd.Series[str]":
    """Return the file's class if `is_attack` is 1; the file of normal flows must have no attack."""
    attack = None if source.label == _NORMAL else source.label
    return labels["is_attack"].map({"0": _NORMAL, "1": attack})


def _flows(records: pd.DataFrame) -> pd.DataFrame:
    """Return shared features. The duration is that of the longer direction, from mean gaps."""

    def duration(way: str) -> "pd.Series[float]":
        gaps = (records[f"{way}_num_pkts"] - 1).clip(lower=0)
        lasting: pd.Series[float] = records[f"{way}_mean_iat"] * gaps
        return lasting

    forward, backward = duration("fwd"), duration("bwd")
    return flows(
        protocol=records["proto"],
        host=records["ip_src"],
        time=None,
        source_port=records["prt_src"],
        destination_port=records["prt_dst"],
        duration=forward.where(forward >= backward, backward),
        forward_packets=records["fwd_num_pkts"],
        backward_packets=records["bwd_num_pkts"],
        forward_bytes=records["fwd_num_bytes"],
        backward_bytes=records["bwd_num_bytes"],
    )


_SHARED_CLASSES = {
    _NORMAL: "Normal",
    "Aggressive scan": "Scan",
    "UDP scan": "Scan",
    "Sparta SSH bruteforce": "Bruteforce",
    "MQTT bruteforce": "Bruteforce",
}


def _format(
    name: str,
    sources: tuple[Source, ...],
    measures: tuple[str, ...],
    shared: Shared | None = None,
) -> Format:
    return Format(
        name=name,
        title=f"MQTT-IoT-IDS2020 {name}",
        reader="delimited",
        sources=sources,
        columns=_ENDPOINTS + tuple(map(Column, measures)),
        labels=("is_attack",),
        classify=_classify,
        classes=tuple(_FILES.values()),
        host="ip_src",
        shared=shared,
    )


_BIFLOW = _format(
    "biflow",
    tuple(
        Source(f"biflow_{file}.csv", label=label, bytes=size, records=records, sha256=sha256)
        for file, label in _FILES.items()
        for size, records, sha256 in [_BIFLOW_FACTS[file]]
    ),
    tuple(f"{way}_{measure}" for measure in _MEASURES for way in ("fwd", "bwd")),
    shared=Shared(_flows, _SHARED_CLASSES),
)

_UNIFLOW = _format(
    "uniflow",
    tuple(Source(f"uniflow_{file}.csv", label=label) for file, label in _FILES.items()),
    _MEASURES,
)

DATASET = Dataset(
    name="mqtt-iot-ids2020",
    title="MQTT",
    page="https://ieee-dataport.org/open-access/mqtt-iot-ids2020-mqtt-internet-things-intrusion-detection-dataset",
    size="biflow_features.zip 14.56 MB: 259,379 flows in five files",
    licence="CC BY 4.0",
    citation=(
        "H. Hindy, C. Tachtatzis, R. Atkinson, E. Bayne, X. Bellekens: MQTT-IoT-IDS2020, MQTT "
        "Internet of Things intrusion detection dataset, IEEE DataPort, 2020, "
        "doi:10.21227/bhxy-ep04"
    ),
    normal=_NORMAL,
    formats=(_BIFLOW, _UNIFLOW),
    steps=(
        "Sign in at IEEE DataPort (free) and open doi:10.21227/bhxy-ep04.",
        "Download biflow_features.zip (or uniflow_features.zip) and unpack it.",
        "Take its five files, named biflow_normal.csv and so on.",
    ),
    known_issues=(_issues.LAB_ONLY, _issues.SMELLS),
)
