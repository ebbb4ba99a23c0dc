"""MQTTset's captures as pcap: messages of MQTT in segments of TCP, a capture for each class.

What a packet says (TCP flags, type, flags and length of a message) is drawn as for the fields of
MQTTset (MQTT 3.1.1, section 2.2, has the layout). The rest is assumed: hosts, ports, connections;
and as in the real captures, normal traffic and the flood are in Linux cooked frames and the others
in Ethernet frames, which gives classes away.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ecnet.datasets.mqttset_frames import DATASET
from ecnet.simulate.distributions import ABSENT, FloatArray
from ecnet.simulate.generator import Drawn, Generator

_ETHERNET, _COOKED = 1, 113
_IN_COOKED = ("Normal", "MQTTFlood")
_IPV4, _TCP, _MQTT_PORT = 0x0800, 6, 1883
_BROKER, _SENSOR, _ATTACKER = bytes((10, 16, 0, 1)), bytes((10, 16, 0, 16)), bytes((10, 16, 0, 99))
_CONNECT, _CONNACK, _PUBLISH = 1, 2, 3
_OF_BROKER = (_CONNACK, 4, 9, 11, 13)
"""The types of messages that a broker sends in answer."""
_LONGEST = 32_768
_TIMESTAMPS = bytes.fromhex("0101080a") + bytes(8)
"""A TCP option, with two operations of nothing before it."""


class _Said(NamedTuple):
    """What was drawn of a packet: bytes are -1 where it has none, numbers 0."""

    flags: int
    first: int
    connect: int
    code: int
    length: int
    others: int
    kept_alive: int
    identifier: int


def _native(drawn: Drawn) -> bytes:
    cooked = drawn.classes[0] in _IN_COOKED
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, _COOKED if cooked else _ETHERNET)
    parts = [head] if drawn.record[0] == 0 else []
    normal = drawn.is_class("Normal")
    for said, time, spare, is_normal in zip(
        _said(drawn), drawn.time, drawn.spare, normal, strict=True
    ):
        host = _SENSOR if is_normal else _ATTACKER
        packet = _packet(
            said, host, _message(said, spare[1]), spare[1:], _TIMESTAMPS if cooked else b""
        )
        frame = (bytes(14) if cooked else bytes(12)) + struct.pack(">H", _IPV4) + packet
        seconds, micros = divmod(round(time * 1e6), 10**6)
        parts += [struct.pack("<IIII", seconds, micros, len(frame), len(frame)), frame]
    return b"".join(parts)


def _said(drawn: Drawn) -> Iterator[_Said]:
    """Yield what was drawn of each packet."""
    fields = ("tcp.flags", "mqtt.hdrflags", "mqtt.conflags", "mqtt.conack.val")
    columns = [[int(level, 0) if level else -1 for level in drawn.level(name)] for name in fields]
    for name in ("mqtt.len", "other_bytes", "mqtt.kalive", "mqtt.msgid"):
        values = drawn.columns[name]
        columns.append(np.where(values == ABSENT, 0, np.rint(values)).astype(np.int64).tolist())
    yield from (_Said(*values) for values in zip(*columns, strict=True))


def _message(said: _Said, share: float) -> bytes:
    """Return what a segment carries: an MQTT message, and what else is in the segment.

    Its text repeats the reading of a sensor, which `share` draws, from 20 to 30 degrees.
    """
    text = f"{20 + 10 * share:.4f}".encode() * (_LONGEST // 7 + 1)
    size = min(max(0, said.length + said.others), _LONGEST)
    if said.first < 0:
        return text[:size]
    kind = said.first >> 4
    if kind == _CONNECT:
        flags = max(0, said.connect)
        body = b"\0\4MQTT\4" + struct.pack(">BH", flags, said.kept_alive)
        # The client's name, and those of a user and a password where the flags say so: the last one
        # takes what is left.
        body += bytes(2 * (flags >> 7 & 1) + 2 * (flags >> 6 & 1))
        body += struct.pack(">H", max(0, said.length - len(body) - 2))
    elif kind == _CONNACK:
        body = bytes((0, max(0, said.code)))
    elif kind == _PUBLISH:
        body = struct.pack(">H", said.length // 2)
    else:
        body = struct.pack(">H", said.identifier)
    body = (body + text)[: said.length]
    return (bytes([said.first]) + _remaining(said.length) + body + text)[:size]


def _remaining(length: int) -> bytes:
    """Return a length as MQTT writes it: 7 bits in a byte, the lowest first."""
    rest, low = divmod(length, 128)
    return bytes([low | 128]) + _remaining(rest) if rest else bytes([low])


def _packet(said: _Said, host: bytes, data: bytes, spare: FloatArray, options: bytes) -> bytes:
    """Return a packet of IPv4 between a host and the broker; `spare` draws its identifiers."""
    port, sequence, acknowledged = (spare * (16_384, 2**32, 2**32)).astype(np.int64).tolist()
    sides = [(host, 49_152 + port), (_BROKER, _MQTT_PORT)]
    (source, source_port), (target, target_port) = (
        sides[::-1] if said.first >> 4 in _OF_BROKER else sides
    )
    length = 20 + len(options)
    segment = struct.pack(
        ">HHIIBBHHH",
        source_port,
        target_port,
        sequence,
        acknowledged,
        length << 2,
        said.flags,
        502,
        0,
        0,
    )
    segment += options + data
    pseudo = source + target + struct.pack(">HH", _TCP, len(segment))
    segment = segment[:16] + _checksum(pseudo + segment) + segment[18:]
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), port, 0x4000, 64, _TCP, 0)
    return head[:10] + _checksum(head + source + target) + source + target + segment


def _checksum(data: bytes) -> bytes:
    """Return the checksum of the internet (RFC 1071)."""
    padded = data + bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    return struct.pack(">H", 0xFFFF - total % 0xFFFF if total else 0xFFFF)


GENERATOR = Generator(format=DATASET.formats[0].name, native=_native)
