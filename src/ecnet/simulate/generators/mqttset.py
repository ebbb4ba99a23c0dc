"""MQTTset: packets as tshark's fields, CSV with a header line.

The type and flags of a message follow from the first byte of the MQTT header, the flags of a
connection from the connect flags (MQTT 3.1.1, sections 2.2 and 3.1.2). Fields that a message lacks
are empty, as in the output of tshark.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from ecnet.datasets.mqttset import DATASET, TARGETS
from ecnet.simulate import formatting
from ecnet.simulate.distributions import ABSENT, FloatArray, IntArray
from ecnet.simulate.generator import Drawn, FidelityCase, FitSpec, Generator, Mask, RecordSource

_CAPTURES = {
    "Normal": "benign.pcap",
    "Bruteforce": "bruteforce.pcapng",
    "MQTTFlood": "flood.pcap",
    "MalariaDos": "malariados.pcap",
    "Malformed": "malformed.pcap",
    "SlowITe": "slowite.pcap",
}
_FORMAT = DATASET.format("csv")
_FIELDS = tuple(column.header for column in _FORMAT.columns)
_WRITTEN = {name: target for target, name in TARGETS.items()}
_ORDER = (
    *("mqtt.hdrflags", "tcp.flags", "mqtt.conflags", "mqtt.conack.val"),
    *("mqtt.len", "other_bytes", "mqtt.kalive", "mqtt.msgid", "tcp.time_delta"),
)
_DECIMALS = {
    **dict.fromkeys(("mqtt.len", "other_bytes", "mqtt.kalive", "mqtt.msgid"), 0),
    "tcp.time_delta": 6,
}
_CONNECT, _CONNACK, _PUBLISH, _SUBSCRIBE, _SUBACK = 1, 2, 3, 8, 9
# The connect flags: field -> shift and mask of its bits; QoS has two bits.
_CONNECT_BITS = {
    "mqtt.conflag.reserved": (0, 1),
    "mqtt.conflag.cleansess": (1, 1),
    "mqtt.conflag.willflag": (2, 1),
    "mqtt.conflag.qos": (3, 3),
    "mqtt.conflag.retain": (5, 1),
    "mqtt.conflag.passwd": (6, 1),
    "mqtt.conflag.uname": (7, 1),
}
_PUBLISH_BITS = {"mqtt.retain": (0, 1), "mqtt.qos": (1, 3), "mqtt.dupflag": (3, 1)}
_CONSTANT = {
    "mqtt.conack.flags": (_CONNACK, "0x00"),
    "mqtt.conack.flags.reserved": (_CONNACK, "0"),
    "mqtt.conack.flags.sp": (_CONNACK, "0"),
    "mqtt.proto_len": (_CONNECT, "4"),
    "mqtt.protoname": (_CONNECT, "MQTT"),
    "mqtt.ver": (_CONNECT, "4"),
    "mqtt.sub.qos": (_SUBSCRIBE, "0"),
    "mqtt.suback.qos": (_SUBACK, "0"),
    # The payload is not a feature: "test" in hexadecimal.
    "mqtt.msg": (_PUBLISH, "74657374"),
}


def _native(drawn: Drawn) -> Sequence[pa.Array]:
    column = drawn.columns
    header = _byte(drawn, "mqtt.hdrflags")
    connect = _byte(drawn, "mqtt.conflags")
    kind = header >> 4
    length = np.where(column["mqtt.len"] == ABSENT, 0, column["mqtt.len"])
    fields: dict[str, pa.Array] = {
        "tcp.flags": drawn.category("tcp.flags"),
        "tcp.time_delta": formatting.number(np.maximum(column["tcp.time_delta"], 0), 6),
        "tcp.len": formatting.number(np.maximum(length + column["other_bytes"], 0)),
        "mqtt.conack.val": drawn.category("mqtt.conack.val"),
        "mqtt.conflags": drawn.category("mqtt.conflags"),
        "mqtt.hdrflags": drawn.category("mqtt.hdrflags"),
        "mqtt.kalive": formatting.number(column["mqtt.kalive"]),
        "mqtt.len": formatting.number(column["mqtt.len"]),
        "mqtt.msgid": formatting.number(column["mqtt.msgid"]),
        "mqtt.msgtype": formatting.number(np.where(header < 0, ABSENT, kind)),
    }
    fields |= _bits(header, _PUBLISH_BITS, kind == _PUBLISH)
    fields |= _bits(connect, _CONNECT_BITS, connect >= 0)
    for name, (message, value) in _CONSTANT.items():
        fields[name] = pa.array(np.where(kind == message, value, ""))
    blank = pa.array(np.full(len(drawn), ""))
    return [*(fields.get(name, blank) for name in _FIELDS), drawn.by_class(_WRITTEN)]


def _byte(drawn: Drawn, name: str) -> IntArray:
    """Return a category of hexadecimal bytes as numbers; -1 for a missing value."""
    values = np.array([-1 if level is None else int(level, 16) for level in drawn.levels[name]])
    return values[drawn.columns[name].astype(np.int64)]


def _bits(
    byte: IntArray, places: Mapping[str, tuple[int, int]], where: Mask
) -> dict[str, pa.Array]:
    def field(shift: int, mask: int) -> FloatArray:
        return np.where(where, (byte >> shift) & mask, ABSENT)

    return {name: formatting.number(field(shift, mask)) for name, (shift, mask) in places.items()}


def _fit_specs(records: RecordSource) -> Iterable[FitSpec]:
    for label, file in _CAPTURES.items():
        packets = records.typed("pcap", file)
        length = packets["mqtt.len"].fillna(0)
        yield FitSpec(
            distribution=label,
            basis=f"{file}: {len(packets)} packets",
            tables={"capture": packets.assign(other_bytes=packets["tcp.len"] - length)},
            order=dict.fromkeys(_ORDER, "capture"),
        )


GENERATOR = Generator(
    format=_FORMAT.name,
    native=_native,
    decimals=_DECIMALS,
    header=lambda _: ",".join((*_FIELDS, *_FORMAT.labels)) + "\n",
    fit_specs=_fit_specs,
    fidelity_cases=(
        FidelityCase(
            title="MQTTset, six captures",
            format="pcap",
            files=tuple(_CAPTURES.values()),
            native="train70_reduced.csv",
            classes={name: name for name in _CAPTURES},
        ),
    ),
)
