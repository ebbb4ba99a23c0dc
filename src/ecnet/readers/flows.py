"""Flows of a packet capture, in the columns of IoT-DS2.

tshark decodes link, network and transport layer, and nothing above TCP and UDP: it is not needed,
and such dissectors are most of what a hostile capture can attack. The packets are counted here.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Self

import pandas as pd
import pyarrow as pa

from ecnet.datasets import _flows as shared
from ecnet.errors import InputError
from ecnet.readers import packets
from ecnet.readers.batch import RecordBatch, Rejected

IDLE, ACTIVE = 120, 1_800
"""Seconds after its last and after its first packet that a flow ends, the defaults of NFStream."""
MOST_OPEN = 500_000
"""Of more open flows the one that was idle longest ends: a flood must not fill the memory."""

_SECOND = 10**9
_BLOCK = 1 << 16
_MEMORY = 4 << 30
_RESET = 100_000
"""tshark forgets its own connections after so many packets; else its memory grows with them."""
_FIN, _SYN, _RST, _ACK = 0x01, 0x02, 0x04, 0x10
_TCP, _UDP = "6", "17"
_ARP = "arp"
_ETHERNET_HEADER = 14
_IPV6_HEADER = 40

_OPTIONS = (
    *("-d", "tcp.port==0-65535,data", "-d", "udp.port==0-65535,data", "-M", str(_RESET)),
    *("-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"),
    *("-o", "tcp.desegment_tcp_streams:FALSE", "-o", "tcp.analyze_sequence_numbers:FALSE"),
)
_FIELDS = (
    *("frame.time_epoch", "frame.len"),
    *("ip.src", "ip.dst", "ip.proto", "ip.len"),
    *("ipv6.src", "ipv6.dst", "ipv6.nxt", "ipv6.hopopts.nxt", "ipv6.plen"),
    *("arp.src.proto_ipv4", "arp.dst.proto_ipv4"),
    *("tcp.srcport", "tcp.dstport", "tcp.flags", "udp.srcport", "udp.dstport"),
)

Endpoint = tuple[str, str]
"""Address and port; the port is empty if the protocol has none."""
Key = tuple[str, Endpoint, Endpoint]


class Packet(NamedTuple):
    """A packet of IP or ARP.

    row: its number in the capture, from 1. time: nanoseconds since the epoch. protocol: IANA
    number, or arp. size: bytes of the IP packet with its header. flags: of TCP, else 0.
    """

    row: int
    time: int
    protocol: str
    source: Endpoint
    destination: Endpoint
    size: int
    flags: int

    @property
    def key(self) -> Key:
        """What packets of both directions of a flow have in common."""
        ends = self.source, self.destination
        return (self.protocol, *(ends if ends[0] <= ends[1] else ends[::-1]))


@dataclass(slots=True)
class Flow:
    """Packets between two endpoints; the sender of the first is the source.

    row: the number of the first packet. first, last: nanoseconds since the epoch. packets, size:
    forward and backward. closed: whether TCP ended the connection, in either direction.
    """

    row: int
    protocol: str
    source: Endpoint
    destination: Endpoint
    first: int
    last: int
    packets: list[int] = field(default_factory=lambda: [0, 0])
    size: list[int] = field(default_factory=lambda: [0, 0])
    closed: bool = False

    @classmethod
    def begun_by(cls, packet: Packet) -> Self:
        """Return a flow without packets, of which this one is the first."""
        ends = packet.source, packet.destination
        return cls(packet.row, packet.protocol, *ends, packet.time, packet.time)

    def add(self, packet: Packet) -> None:
        """Count a packet."""
        way = packet.source != self.source
        self.packets[way] += 1
        self.size[way] += packet.size
        self.last = packet.time
        self.closed = self.closed or packet.flags & (_FIN | _RST) != 0

    def over(self, packet: Packet) -> bool:
        """Return whether a packet between the same endpoints begins another flow."""
        return (
            self.idle(packet.time)
            or packet.time - self.first > ACTIVE * _SECOND
            or (self.closed and packet.flags & (_SYN | _ACK) == _SYN)
        )

    def idle(self, now: int) -> bool:
        """Return whether the flow has had no packet for too long."""
        return now - self.last > IDLE * _SECOND


def flows(given: Iterable[Packet], counts: Counter[str], most: int = MOST_OPEN) -> Iterator[Flow]:
    """Yield the flows of packets, which are in the order of their times, each when it ends.

    counts: `early` becomes the number of flows that ended because more than `most` were open.
    """
    found: OrderedDict[Key, Flow] = OrderedDict()  # the one that was idle longest first
    for packet in given:
        while found and next(iter(found.values())).idle(packet.time):
            yield found.popitem(last=False)[1]
        key = packet.key
        flow = found.get(key)
        if flow is not None and flow.over(packet):
            yield found.pop(key)
            flow = None
        if flow is None:
            if len(found) >= most:
                counts["early"] += 1
                yield found.popitem(last=False)[1]
            flow = found[key] = Flow.begun_by(packet)
        flow.add(packet)
        found.move_to_end(key)
    yield from found.values()


def read(path: Path) -> Iterator[RecordBatch]:
    """Yield the flows of a capture in blocks, as they end; the row is that of the first packet.

    The columns are those of IoT-DS2, `destination` (text), `label` (missing) and `row`. The last
    batch has no flow and a notice that says how the flows were made.

    Raises:
        InputError: as `packets.read`; or no packet is one of IP or ARP.
    """
    packets.check(path)
    counts: Counter[str] = Counter()
    with packets.tshark(path, *_OPTIONS, *packets.selected(_FIELDS), memory=_MEMORY) as output:
        found = flows(_decoded(output, counts), counts)
        while block := list(islice(found, _BLOCK)):
            yield _batch(_frame(block))
    if counts["packets"] == counts["other"]:
        raise InputError(
            f"{path}: none of its {counts['packets']:,} packets is IP or ARP over Ethernet or a "
            "similar link; capture where the traffic is IP, such as at the gateway"
        )
    yield _batch(_frame([]), f"{path.name}: {_described(counts)}")


def _decoded(lines: Iterable[bytes], counts: Counter[str]) -> Iterator[Packet]:
    """Yield the packets of IP and ARP from lines of `_FIELDS`; count them, and `other` ones.

    A packet that is older than the one before gets its time, so that no duration is negative.
    """
    clock = 0
    for row, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):  # tshark was cut off, which its exit status says
            return
        counts["packets"] = row
        stamp, frame, src, dst, number, size, *more = line.decode("ascii").rstrip("\n").split("\t")
        src6, dst6, number6, hop6, size6, arp_src, arp_dst, *ports = more
        seconds, _, fraction = stamp.partition(".")
        clock = max(clock, int(seconds) * _SECOND + int(f"{fraction:0<9}"))
        if dst:
            ends, protocol, length = (src, dst), number, int(size)
        elif dst6:
            ends, protocol, length = (src6, dst6), hop6 or number6, int(size6) + _IPV6_HEADER
        elif arp_dst:
            ends, protocol, length = (arp_src, arp_dst), _ARP, int(frame) - _ETHERNET_HEADER
        else:
            counts["other"] += 1
            continue
        # Other protocols may carry the head of a TCP or UDP packet, as errors of ICMP do.
        own = {_TCP: ports[:2], _UDP: ports[3:]}.get(protocol, ("", ""))
        flags = int(ports[2], 16) if protocol == _TCP and ports[2] else 0
        source, destination = zip(ends, own, strict=True)
        yield Packet(row, clock, protocol, source, destination, length, flags)


def _frame(found: list[Flow]) -> pd.DataFrame:
    """Return the columns of IoT-DS2 for some flows, and `destination` and `row`."""

    def numbers(values: Iterable[float]) -> "pd.Series[float]":
        return pd.Series(list(values), dtype="float64")

    def texts(values: Iterable[str]) -> "pd.Series[str]":
        return pd.Series(list(values), dtype="str")

    def ports(values: Iterable[str]) -> "pd.Series[int]":
        return pd.Series([int(value) if value else None for value in values], dtype="Int32")

    return shared.flows(
        protocol=texts(flow.protocol for flow in found),
        host=texts(flow.source[0] for flow in found),
        time=numbers(flow.first / _SECOND for flow in found),
        source_port=ports(flow.source[1] for flow in found),
        destination_port=ports(flow.destination[1] for flow in found),
        duration=numbers((flow.last - flow.first) / _SECOND for flow in found),
        forward_packets=numbers(flow.packets[0] for flow in found),
        backward_packets=numbers(flow.packets[1] for flow in found),
        forward_bytes=numbers(flow.size[0] for flow in found),
        backward_bytes=numbers(flow.size[1] for flow in found),
    ).assign(
        destination=texts(flow.destination[0] for flow in found),
        row=pd.Series([flow.row for flow in found], dtype="int64"),
    )


def _batch(records: pd.DataFrame, *notices: str) -> RecordBatch:
    table = pa.Table.from_pandas(records, preserve_index=False)
    label = pa.nulls(len(records), pa.string())
    nothing = pd.DataFrame(columns=list(Rejected._fields))
    return RecordBatch(table.append_column("label", label), nothing, notices)


def _described(counts: Counter[str]) -> str:
    """Return in words how the flows were made of the packets that were counted."""
    early = f"; {counts['early']:,} ended early, because {MOST_OPEN:,} were open"
    return (
        f"{counts['packets']:,} packets read with {packets.TSHARK.version()}, {counts['other']:,} "
        f"of them neither IP nor ARP; a flow ends {IDLE} s after its last packet, {ACTIVE:,} s "
        f"after its first, or when its TCP connection begins anew{early if counts['early'] else ''}"
    )
