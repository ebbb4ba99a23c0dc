"""Where the headers of a packet are in its frame, and views of its bytes.

The masked view keeps what a packet says, and not what tells hosts, their systems, connections and
the position in a capture apart. Of IPv4 it keeps the type of service, the fragment and the
protocol, of IPv6 the next header, of TCP the flags and the urgent pointer, and what TCP or UDP
carries. All else is zero: addresses, TTL, ports, numbers of sequence and acknowledgement,
identification, checksums, lengths and the window. Options are cut out, so that data begins at the
same byte in every packet. Behind the IP header of another protocol nothing is kept: ICMP repeats
other packets.
"""

from typing import NamedTuple

from ecnet.datasets.declaration import VIEW_BYTES
from ecnet.readers.pcap import Packet

VIEWS = ("raw", "ip", "masked", "payload")

_ETHERNET, _RAW, _COOKED, _COOKED_2 = 1, 101, 113, 276
LINKS = {_ETHERNET: "Ethernet", _RAW: "IP", _COOKED: "Linux cooked", _COOKED_2: "Linux cooked 2"}
"""The link types that are understood, and their names."""

_VLAN = (0x8100, 0x88A8)
_LAST_TAG = 64
"""Where no tag of a VLAN follows: with more of them, headers might end behind what is kept."""

_IPV4, _IPV6 = 0x0800, 0x86DD
_TCP, _UDP = 6, 17
_LATER = 0x1FFF
"""The bits of IPv4 that are not zero in a later fragment, which has no header of TCP or UDP."""


class MalformedError(ValueError):
    """A packet of which a part is missing, or whose headers contradict its length."""


class Layers(NamedTuple):
    """Places in a frame, in bytes from its start.

    ip, payload: where these parts begin. end: where the IP packet ends; what is behind it is the
    padding of Ethernet. masked: the headers, masked. All are 0 and empty in a frame without IP,
    such as ARP.
    """

    ip: int
    payload: int
    end: int
    masked: bytes


def layers(packet: Packet) -> Layers:
    """Return where the parts of a packet are; its link type is one of LINKS.

    Raises:
        MalformedError: it was captured in part, or a header is cut off or contradicts its length.
    """
    if packet.captured < packet.size:
        raise MalformedError(f"{packet.captured} of {packet.size} bytes were captured")
    kind, at = _network(packet.link, packet.data)
    if at > packet.captured:
        raise MalformedError("ends within the header of its link layer")
    if kind == _IPV4:
        return _ipv4(packet, at)
    if kind == _IPV6:
        return _ipv6(packet, at)
    return Layers(0, 0, 0, b"")


def views(packet: Packet, found: Layers) -> bytes:
    """Return the views of a packet, one after the other, VIEW_BYTES each."""
    payload = packet.data[found.payload : found.end]
    parts = packet.data, packet.data[found.ip : found.end], found.masked + payload, payload
    return b"".join(part[:VIEW_BYTES].ljust(VIEW_BYTES, b"\0") for part in parts)


def _network(link: int, data: bytes) -> tuple[int, int]:
    """Return the EtherType of what a frame carries, and where that begins."""
    if link == _RAW:
        return {4: _IPV4, 6: _IPV6}.get(data[0] >> 4 if data else 0, 0), 0
    if link == _COOKED:
        return _number(data, 14), 16
    if link == _COOKED_2:
        return _number(data, 0), 20
    at = 12
    while (kind := _number(data, at)) in _VLAN and at < _LAST_TAG:
        at += 4
    return kind, at + 2


def _ipv4(packet: Packet, at: int) -> Layers:
    data = packet.data
    stated = 4 * (data[at] & 15) if at < packet.captured else 0
    behind = _behind("IPv4", at, stated, least=20, end=packet.captured)
    # A total of 0 is that of a packet that the network card divides: it ends with the frame.
    end = at + (_number(data, at + 2) or packet.captured - at)
    fragment, protocol = data[at + 6 : at + 8], data[at + 9]
    masked = bytes([0x45, data[at + 1], *bytes(4), *fragment, 0, protocol, *bytes(10)])
    later = _number(fragment, 0) & _LATER
    return _transport(packet, Layers(at, behind, end, masked), 0 if later else protocol)


def _ipv6(packet: Packet, at: int) -> Layers:
    behind = _behind("IPv6", at, 40, least=40, end=packet.captured)
    end, following = behind + _number(packet.data, at + 4), packet.data[at + 6]
    masked = bytes([0x60, *bytes(5), following, *bytes(33)])
    return _transport(packet, Layers(at, behind, end, masked), following)


def _transport(packet: Packet, found: Layers, protocol: int) -> Layers:
    """Return the layers of a packet of IP, with those of what it carries."""
    ip, at, end, masked = found
    if not at <= end <= packet.captured:
        raise MalformedError(f"IP states {end - ip} bytes, {packet.captured - ip} were captured")
    if protocol == _TCP:
        stated = 4 * (packet.data[at + 12] >> 4) if at + 12 < end else 0
        behind = _behind("TCP", at, stated, least=20, end=end)
        said = packet.data[at + 13 : at + 14], bytes(4), packet.data[at + 18 : at + 20]
        return Layers(ip, behind, end, masked + bytes(13) + b"".join(said))
    if protocol == _UDP:
        return Layers(ip, _behind("UDP", at, 8, least=8, end=end), end, masked + bytes(8))
    return Layers(ip, end, end, masked)


def _behind(name: str, at: int, length: int, *, least: int, end: int) -> int:
    """Return where a header ends, after a check that it ends before `end`."""
    if length < least:
        raise MalformedError(f"its {name} header has {length} bytes, and needs {least}")
    if at + length > end:
        raise MalformedError(f"ends within its {name} header")
    return at + length


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
