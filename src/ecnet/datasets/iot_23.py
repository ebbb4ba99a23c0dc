"""IoT-23: labelled Zeek connection logs of 20 malware and 3 honeypot captures."""

from pathlib import Path

import pandas as pd

from ecnet.datasets import _issues
from ecnet.datasets._flows import flows
from ecnet.datasets._labels import named
from ecnet.datasets.declaration import Column, Dataset, Format, Shared, Source

_SITE = "https://mcfp.felk.cvut.cz/publicDatasets/IoT-23-Dataset/IndividualScenarios"
_LOG = "bro/conn.log.labeled"

# Flows in each capture, if known.
_CAPTURES: dict[str, int | None] = {
    "CTU-Honeypot-Capture-4-1": 452,
    "CTU-Honeypot-Capture-5-1": 1_374,
    "CTU-Honeypot-Capture-7-1": 130,
    "CTU-IoT-Malware-Capture-1-1": 1_008_748,
    "CTU-IoT-Malware-Capture-3-1": None,
    "CTU-IoT-Malware-Capture-7-1": None,
    "CTU-IoT-Malware-Capture-8-1": 10_403,
    "CTU-IoT-Malware-Capture-9-1": None,
    "CTU-IoT-Malware-Capture-17-1": None,
    "CTU-IoT-Malware-Capture-20-1": 3_209,
    "CTU-IoT-Malware-Capture-21-1": 3_286,
    "CTU-IoT-Malware-Capture-33-1": None,
    "CTU-IoT-Malware-Capture-34-1": 23_145,
    "CTU-IoT-Malware-Capture-35-1": None,
    "CTU-IoT-Malware-Capture-36-1": None,
    "CTU-IoT-Malware-Capture-39-1": None,
    "CTU-IoT-Malware-Capture-42-1": 4_426,
    "CTU-IoT-Malware-Capture-43-1": None,
    "CTU-IoT-Malware-Capture-44-1": 237,
    "CTU-IoT-Malware-Capture-48-1": None,
    "CTU-IoT-Malware-Capture-49-1": 5_410_561,
    "CTU-IoT-Malware-Capture-52-1": None,
    "CTU-IoT-Malware-Capture-60-1": None,
}
# The logs of this capture are one folder deeper than all others.
_DEEPER = {"CTU-Honeypot-Capture-7-1": "Somfy-01/"}

_CLASSES = (
    "Benign",
    "PartOfAHorizontalPortScan",
    "Okiru",
    "DDoS",
    "Attack",
    "C&C",
    "C&C-HeartBeat",
    "C&C-FileDownload",
    "C&C-Torii",
    "FileDownload",
    "C&C-HeartBeat-FileDownload",
    "C&C-Mirai",
    "C&C-PartOfAHorizontalPortScan",
    "C&C-HeartBeat-Attack",
    "Okiru-Attack",
    "PartOfAHorizontalPortScan-Attack",
)


def _classify(labels: pd.DataFrame, _: Source) -> "pd.Series[str]":
    """Return the detailed label, or Benign; honeypot captures write `benign`."""
    label = named(labels["label"], ("Benign", "Malicious"))
    attack = named(labels["detailed-label"], _CLASSES[1:]).where(label == "Malicious")
    return attack.mask(label == "Benign", "Benign")


def _flows(records: pd.DataFrame) -> pd.DataFrame:
    """Return shared features. A flow of at most one packet has no duration in Zeek: it is 0."""
    return flows(
        protocol=records["proto"],
        host=records["orig_h"],
        time=records["ts"],
        source_port=records["orig_p"],
        destination_port=records["resp_p"],
        duration=records["duration"].fillna(0.0),
        forward_packets=records["orig_pkts"],
        backward_packets=records["resp_pkts"],
        forward_bytes=records["orig_ip_bytes"],
        backward_bytes=records["resp_ip_bytes"],
    )


# The first part determines the class of a label with several parts.
_SHARED_CLASSES = {
    "Benign": "Normal",
    "PartOfAHorizontalPortScan": "Scan",
    "PartOfAHorizontalPortScan-Attack": "Scan",
    "Okiru": "Botnet",
    "Okiru-Attack": "Botnet",
    "DDoS": "DDoS",
    "Attack": "Exploit",
    "FileDownload": "Download",
    **{name: "C&C" for name in _CLASSES if name.startswith("C&C")},
}


def _source(capture: str, records: int | None) -> Source:
    """Return the source of a capture.

    In the official archive only the folder has its name; copies on Kaggle are named as CSV.
    """
    deeper = _DEEPER.get(capture, "")
    return Source(
        pattern=f"{capture}.conn.log.labeled",
        unpacked=(
            *(f"{capture}/{log}" for log in dict.fromkeys((deeper + _LOG, _LOG, Path(_LOG).name))),
            *(f"{capture}{dot}conn.log.labeled.csv" for dot in ("", ".")),
        ),
        url=f"{_SITE}/{{stem}}/{deeper}{_LOG}",
        stems=(capture,),
        records=records,
    )


_ZEEK = Format(
    name="zeek",
    title="IoT-23 Zeek log",
    reader="zeek",
    sources=tuple(_source(capture, records) for capture, records in _CAPTURES.items()),
    columns=(
        Column("ts", "time"),
        Column("uid", "text"),
        Column("orig_h", "text", native="id.orig_h"),
        Column("orig_p", "port", native="id.orig_p"),
        Column("resp_h", "text", native="id.resp_h"),
        Column("resp_p", "port", native="id.resp_p"),
        Column("proto", "category"),
        Column("service", "category"),
        Column("duration"),
        Column("orig_bytes"),
        Column("resp_bytes"),
        Column("conn_state", "category"),
        # Unset in every capture, because local networks were not configured in the authors' Zeek.
        Column("local_orig", "category", optional=True),
        Column("local_resp", "category", optional=True),
        Column("missed_bytes"),
        Column("history", "category"),
        Column("orig_pkts"),
        Column("orig_ip_bytes"),
        Column("resp_pkts"),
        Column("resp_ip_bytes"),
        Column("tunnel_parents", "text", optional=True),
    ),
    labels=("label", "detailed-label"),
    classify=_classify,
    classes=_CLASSES,
    partial=True,
    host="orig_h",
    time="ts",
    shared=Shared(_flows, _SHARED_CLASSES),
)

DATASET = Dataset(
    name="iot-23",
    title="IoT-23",
    page="https://www.stratosphereips.org/datasets-iot23",
    size="325,307,990 flows in 23 captures; 8.8 GB packed (iot_23_datasets_small.tar.gz)",
    licence="CC BY 4.0",
    citation=(
        "S. Garcia, A. Parmisano, M. J. Erquiaga: IoT-23, a labeled dataset with malicious and "
        "benign IoT network traffic, 2020, doi:10.5281/zenodo.4743746"
    ),
    normal="Benign",
    formats=(_ZEEK,),
    known_issues=(_issues.LAB_ONLY, _issues.SMELLS),
)
