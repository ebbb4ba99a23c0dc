"""IoT-DS2: the flows of all other datasets with flows, on their shared features."""

import pandas as pd

from ecnet.datasets import _issues
from ecnet.datasets.declaration import Column, Dataset, Format, Source


def _shared_class(labels: pd.DataFrame, _: Source) -> "pd.Series[str]":
    return labels["class"]


_SHARED = Format(
    name="shared",
    title="IoT-DS2, flows on shared features",
    reader="union",
    sources=(),
    columns=(
        Column("host", "text"),
        Column("time", "time"),
        Column("protocol", "category"),
        Column("source_port", "port"),
        Column("destination_port", "port"),
        Column("duration"),
        Column("forward_packets"),
        Column("backward_packets"),
        Column("forward_bytes"),
        Column("backward_bytes"),
    ),
    labels=("class",),
    classify=_shared_class,
    classes=(
        "Normal",
        "DDoS",
        "DoS",
        "Scan",
        "Bruteforce",
        "Exploit",
        "Botnet",
        "C&C",
        "Download",
        "MITM",
        "Theft",
    ),
    host="host",
    time="time",
)

DATASET = Dataset(
    name="iot-ds2",
    title="IoT-DS2",
    page="none: it is not published, and made here from other datasets",
    size="at most sampling.cap records of each class",
    licence="those of its parts",
    citation=(
        "named by I. Ullah, Q. H. Mahmoud: Design and development of RNN anomaly detection model "
        "for IoT networks, IEEE Access 10:62722-62750, 2022, doi:10.1109/ACCESS.2022.3176317; "
        "cite its parts"
    ),
    normal="Normal",
    formats=(_SHARED,),
    known_issues=(_issues.LAB_ONLY, _issues.SMELLS),
)
