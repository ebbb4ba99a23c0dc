"""MQTTset as bytes: the packets of its captures, each as four views of 256 bytes.

The masked view holds the features. What the others hold besides tells hosts and captures apart:
Ethernet or Linux cooked frames, addresses, ports, sequence numbers.
"""

from dataclasses import replace

from ecnet.datasets import mqttset
from ecnet.datasets.declaration import VIEW_BYTES, Column, Dataset, View

_VIEWS: tuple[View, ...] = ("raw", "ip", "masked", "payload")
_PCAP = mqttset.DATASET.format("pcap")

DATASET: Dataset = replace(
    mqttset.DATASET,
    name="mqttset-frames",
    title="MQTTset frames",
    size="about 12 million packets in six captures",
    formats=(
        replace(
            _PCAP,
            title="MQTTset capture as bytes",
            reader="frames",
            columns=tuple(
                Column(f"{view}-{place}", shortcut=view != "masked", view=view)
                for view in _VIEWS
                for place in range(VIEW_BYTES)
            ),
            host="",
            time="",
        ),
    ),
    steps=(
        *(step for step in mqttset.DATASET.steps if "csv" not in step),
        "Put them into the folder mqttset of the mirror: both datasets read them.",
    ),
    place="frames",
    holds="frames",
    files_of="mqttset",
)
