"""MQTTset: packets of an MQTT network, as printed by tshark; one capture per class."""

import pandas as pd

from ecnet.datasets import _issues
from ecnet.datasets._labels import named
from ecnet.datasets.declaration import Column, Dataset, Format, Source

_FIELDS = (
    Column("tcp.flags", "category", hexadecimal=4),
    Column("tcp.time_delta"),
    Column("tcp.len"),
    Column("mqtt.conack.flags", "category", hexadecimal=2),
    Column("mqtt.conack.flags.reserved", "category"),
    Column("mqtt.conack.flags.sp", "category"),
    Column("mqtt.conack.val", "category"),
    Column("mqtt.conflag.cleansess", "category"),
    Column("mqtt.conflag.passwd", "category"),
    Column("mqtt.conflag.qos", "category"),
    Column("mqtt.conflag.reserved", "category"),
    Column("mqtt.conflag.retain", "category"),
    Column("mqtt.conflag.uname", "category"),
    Column("mqtt.conflag.willflag", "category"),
    Column("mqtt.conflags", "category", hexadecimal=2),
    Column("mqtt.dupflag", "category"),
    Column("mqtt.hdrflags", "category", hexadecimal=2),
    Column("mqtt.kalive"),
    Column("mqtt.len"),
    # The payloads of this testbed's sensors and attack tools, not how they were sent.
    Column("mqtt.msg", "text"),
    # A counter per client: it reveals the position of a packet in the capture.
    Column("mqtt.msgid", shortcut=True),
    Column("mqtt.msgtype", "category"),
    Column("mqtt.proto_len"),
    Column("mqtt.protoname", "category"),
    Column("mqtt.qos", "category"),
    Column("mqtt.retain", "category"),
    Column("mqtt.sub.qos", "category"),
    Column("mqtt.suback.qos", "category"),
    Column("mqtt.ver", "category"),
    Column("mqtt.willmsg", "text"),
    Column("mqtt.willmsg_len"),
    Column("mqtt.willtopic", "text"),
    Column("mqtt.willtopic_len"),
)

_ADDRESSES = (
    Column("frame.time_epoch", "time"),
    Column("ip.src", "text"),
    Column("ip.dst", "text"),
    Column("tcp.srcport", "port"),
    Column("tcp.dstport", "port"),
)

TARGETS = {
    "legitimate": "Normal",
    "bruteforce": "Bruteforce",
    "flood": "MQTTFlood",
    "dos": "MalariaDos",
    "malformed": "Malformed",
    "slowite": "SlowITe",
}
_CLASSES = tuple(TARGETS.values())


def _target(labels: pd.DataFrame, _: Source) -> "pd.Series[str]":
    return named(labels["target"], TARGETS)


def _capture(labels: pd.DataFrame, source: Source) -> "pd.Series[str]":
    return pd.Series(source.label, index=labels.index)


def _capture_of(name: str, label: str, *others: str) -> Source:
    """Return the source of one capture, which is also published under other names."""
    first, *rest = (f"{stem}.{kind}" for stem in (name, *others) for kind in ("pcap", "pcapng"))
    return Source(first, also=tuple(rest), label=label)


_CSV = Format(
    name="csv",
    title="MQTTset CSV",
    reader="delimited",
    # The authors' split is random: both files are pooled, and split by the pipeline.
    sources=(Source("train70_reduced.csv"), Source("test30_reduced.csv")),
    columns=_FIELDS,
    labels=("target",),
    classify=_target,
    classes=_CLASSES,
)

_PCAP = Format(
    name="pcap",
    title="MQTTset capture",
    reader="packets",
    sources=(
        # Its original name is capture_1w.pcap.
        _capture_of("benign", "Normal", "capture_1w"),
        _capture_of("bruteforce", "Bruteforce", "*bruteforce*"),
        _capture_of("flood", "MQTTFlood", "*flood*"),
        _capture_of("malariados", "MalariaDos", "*malaria*"),
        _capture_of("malformed", "Malformed", "*malformed*"),
        _capture_of("slowite", "SlowITe", "*slowite*"),
    ),
    columns=_ADDRESSES + _FIELDS,
    labels=(),
    classify=_capture,
    classes=_CLASSES,
    host="ip.src",
    time="frame.time_epoch",
)

DATASET = Dataset(
    name="mqttset",
    title="MQTTset",
    page="https://www.kaggle.com/datasets/cnrieiit/mqttset",
    size="about 12 million packets in six captures; the two reduced CSV files hold 330,936",
    licence="CC BY-NC-SA 4.0",
    citation=(
        "I. Vaccari, G. Chiola, M. Aiello, M. Mongelli, E. Cambiaso: MQTTset, a new dataset for "
        "machine learning techniques on MQTT, Sensors 20(22):6578, 2020, doi:10.3390/s20226578"
    ),
    normal="Normal",
    formats=(_CSV, _PCAP),
    steps=(
        "Sign in at https://www.kaggle.com/datasets/cnrieiit/mqttset (free) and download.",
        "Unpack archive.zip.",
        "Format csv: take Data/FINAL_CSV/train70_reduced.csv and test30_reduced.csv.",
        "Format pcap: take the six files of Data/PCAP.",
    ),
    known_issues=(_issues.LAB_ONLY, _issues.SMELLS),
)
