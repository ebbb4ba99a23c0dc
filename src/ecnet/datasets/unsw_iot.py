"""UNSW IoT traces: what each device of a smart home did in an hour; the class is the device.

Records are those that a public re-implementation of Sivanathan et al. made of the captures of
October 2016. There is no attack and no normal class, hence no binary task.
"""

import pandas as pd

from ecnet.datasets import _issues
from ecnet.datasets._labels import named
from ecnet.datasets.declaration import Column, Dataset, Format, Source

OTHER = "Other device"
"""The devices with fewer than 20 hours; sampling.per_class of params.yaml leaves them out."""

DEVICES = {
    "d0:52:a8:00:67:5e": "Smart Things",
    "44:65:0d:56:cc:d3": "Amazon Echo",
    "70:ee:50:18:34:43": "Netatmo Welcome",
    "f4:f2:6d:93:51:f1": "TP-Link Day Night Cloud camera",
    "00:16:6c:ab:6b:88": "Samsung SmartCam",
    "30:8c:fb:2f:e4:b2": "Dropcam",
    "00:62:6e:51:27:2e": "Insteon Camera",
    "00:24:e4:11:18:a8": "Withings Smart Baby Monitor",
    "ec:1a:59:79:f4:89": "Belkin Wemo switch",
    "50:c7:bf:00:56:39": "TP-Link Smart plug",
    "74:c6:3b:29:d7:1d": "iHome",
    "ec:1a:59:83:28:11": "Belkin Wemo motion sensor",
    "18:b4:30:25:be:e4": "NEST Protect smoke alarm",
    "70:ee:50:03:b8:ac": "Netatmo weather station",
    "00:24:e4:1b:6f:96": "Withings Smart scale",
    "00:24:e4:20:28:c6": "Withings Aura smart sleep sensor",
    "d0:73:d5:01:83:08": "LiFX Smart Bulb",
    "18:b7:9e:02:20:44": "Triby Speaker",
    "e0:76:d0:33:bb:85": "PIX-STAR Photo-frame",
    "70:5a:0f:e4:9b:c0": "HP Printer",
    "08:21:ef:3b:fc:e3": "Samsung Galaxy Tab",
    "b4:ce:f6:a7:a3:c2": "Android Phone",
    "74:2f:68:81:69:42": "Laptop",
    "14:cc:20:51:33:ea": "TP-Link Router (gateway)",
    "e8:ab:fa:19:de:4f": OTHER,  # Insteon Camera, wireless
    "74:6a:89:00:2e:25": OTHER,  # Blipcare Blood Pressure meter
    "30:8c:fb:b6:ea:45": OTHER,  # Nest Dropcam
    "40:f3:08:ff:1e:da": OTHER,  # Android Phone
    "ac:bc:32:d4:6f:2f": OTHER,  # MacBook
    "d0:a6:37:df:a1:e1": OTHER,  # iPhone
    "f4:5c:89:93:cc:85": OTHER,  # MacBook or iPhone
}
"""MAC address -> class: the authors' list of devices."""


def _device(labels: pd.DataFrame, _: Source) -> "pd.Series[str]":
    """Return the device of a MAC address, whose bytes the files separate by `_`."""
    return named(labels["mac"].str.replace(":", "_"), _NAMES)


_NAMES = {mac.replace(":", "_"): name for mac, name in DEVICES.items()}

DATASET = Dataset(
    name="unsw-iot",
    title="UNSW IoT traces",
    page="https://iotanalytics.unsw.edu.au/iottraces.html",
    size="7,442 device-hours of 29 devices, made of 21 days of captures; about 1 MB",
    licence="UNSW: for research, with citation; the repository of the records states none",
    citation=(
        "A. Sivanathan, H. Habibi Gharakheili, F. Loi, A. Radford, C. Wijenayake, A. Vishwanath, "
        "V. Sivaraman: Classifying IoT Devices in Smart Environments Using Network Traffic "
        "Characteristics, IEEE Transactions on Mobile Computing 18(8):1745-1759, 2019, "
        "doi:10.1109/TMC.2018.2866249"
    ),
    normal="",
    formats=(
        Format(
            name="hourly",
            title="UNSW IoT traces, hour by hour",
            reader="jsonlines",
            # One file, or one for each day, which are then the captures.
            sources=(Source("hourly_features*.jsonl", several=True),),
            columns=(
                Column("time", "time", native="day h", format="%y-%m-%d %H"),
                Column("flow_volume"),
                Column("flow_duration"),
                Column("flow_rate"),
                Column("sleep_time"),
                # -1 is a missing interval. Some others are negative too, which no interval is: a
                # fault of the re-implementation, not of the authors.
                Column("dns_interval", caveat="flawed"),
                Column("ntp_interval", caveat="flawed"),
                Column("ports", "bag"),
                Column("domains", "bag"),
                Column("ciphers", "bag"),
            ),
            labels=("mac",),
            classify=_device,
            classes=(*dict.fromkeys(name for name in DEVICES.values() if name != OTHER), OTHER),
            time="time",
        ),
    ),
    steps=(
        "Take the records of iot_data/ in https://github.com/CWright2022/CAML_assignment_4.",
        "Write one record a line, with its day, hour and MAC address as day, h and mac, to "
        "hourly_features.jsonl.",
    ),
    known_issues=(_issues.LAB_ONLY,),
    place="devices",
    holds="bags",
)
