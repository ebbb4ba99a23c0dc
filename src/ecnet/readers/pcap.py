"""The packets of a capture, pcap or pcapng, as a stream.

Source of the formats: the Internet-Drafts draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from ecnet.errors import InputError
from ecnet.readers.compressed import opened

KEPT = 512
"""Bytes of a packet that are kept: all headers, and a view behind them."""

_LONGEST = 1 << 18
"""Bytes of a packet at most, as tcpdump and Wireshark have it: a damaged file may state any."""
_LONGEST_BLOCK = 1 << 24
_ORDERS = {
    **dict.fromkeys((b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1", b"\x4d\x3c\x2b\x1a"), "<"),
    **dict.fromkeys((b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d", b"\x1a\x2b\x3c\x4d"), ">"),
}
"""Magic number of pcap (micro- and nanoseconds) or of a section of pcapng -> byte order."""
_NEWER = b"\x0a\x0d\x0d\x0a"
_SECTION, _INTERFACE, _OLD, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6
_LINK_BITS = 0xFFFF
"""The upper bits of the field say whether frames end with a checksum."""


class Packet(NamedTuple):
    """A packet of a capture.

    number: from 1 in its file. link: the link type, which says how its first bytes are read
    (https://www.tcpdump.org/linktypes.html). size: its bytes. captured: how many of them the file
    holds. data: the first KEPT of these.
    """

    number: int
    link: int
    size: int
    captured: int
    data: bytes


def packets(path: Path) -> Iterator[Packet]:
    """Yield the packets of a capture, compressed or not, in memory for one of them.

    Raises:
        InputError: the file is no capture, ends within a packet, or states an impossible size.
    """
    with opened(path) as stream:
        magic = stream.read(4)
        try:
            if magic == _NEWER:
                yield from _newer(stream, path)
            elif magic in _ORDERS:
                yield from _classic(stream, path, _ORDERS[magic])
            else:
                raise InputError(f"{path}: is not a pcap or pcapng file; get the file again")
        except struct.error as error:
            raise InputError(
                f"{path}: holds a block that is too short; get the file again"
            ) from error


def _classic(stream: IO[bytes], path: Path, order: str) -> Iterator[Packet]:
    link = struct.unpack(f"{order}16xI", _take(stream, 20, path, 0))[0] & _LINK_BITS
    record = struct.Struct(f"{order}8xII")
    number = 0
    while head := stream.read(record.size):
        number += 1
        if len(head) < record.size:
            raise _cut(path, number)
        captured, size = record.unpack(head)
        _check(captured, size, path, number)
        data = _take(stream, captured, path, number)
        yield Packet(number, link, size, captured, data[:KEPT])


def _newer(stream: IO[bytes], path: Path) -> Iterator[Packet]:
    number, links = 0, list[int]()
    for order, kind, body in _blocks(stream, path):
        if kind == _SECTION:
            links = []
        elif kind == _INTERFACE:
            links.append(struct.unpack_from(f"{order}H", body)[0])
        elif kind in (_ENHANCED, _OLD, _SIMPLE):
            number += 1
            if kind == _SIMPLE:
                (size,), interface = struct.unpack_from(f"{order}I", body), 0
                captured, at = min(size, len(body) - 4), 4
            else:
                fields = "I8xII" if kind == _ENHANCED else "H2x8xII"
                interface, captured, size = struct.unpack_from(order + fields, body)
                at = 20
            _check(captured, size, path, number)
            if interface >= len(links) or captured > len(body) - at:
                raise InputError(
                    f"{path}: packet {number} is of no interface, or longer than its block; get "
                    "the file again"
                )
            yield Packet(number, links[interface], size, captured, body[at:][:captured][:KEPT])


def _blocks(stream: IO[bytes], path: Path) -> Iterator[tuple[str, int, bytes]]:
    """Yield the byte order, the kind and the body of each block; the first 4 bytes are read."""
    order, kind = "", _NEWER
    while kind:
        length, magic = _take(stream, 4, path), b""
        if kind == _NEWER:  # a section: its byte order stands in its body, behind its length
            magic = _take(stream, 4, path)
            order = _ORDERS.get(magic, "")
        size = struct.unpack(f"{order or '<'}I", length)[0]
        if not order or size % 4 or not 12 <= size <= _LONGEST_BLOCK:
            raise InputError(f"{path}: holds a block of an impossible size; get the file again")
        rest = magic + _take(stream, size - 8 - len(magic), path)
        if rest[-4:] != length:
            raise InputError(f"{path}: holds a block with two sizes; get the file again")
        yield order, struct.unpack(f"{order}I", kind)[0], rest[:-4]
        kind = stream.read(4)


def _take(stream: IO[bytes], size: int, path: Path, number: int = 0) -> bytes:
    """Return the next bytes of a stream, all of them."""
    data = stream.read(size)
    if len(data) < size:
        raise _cut(path, number)
    return data


def _cut(path: Path, number: int) -> InputError:
    return InputError(
        f"{path}: ends within {f'packet {number}' if number else 'a block'}; get the file again, "
        "or keep its whole packets with editcap"
    )


def _check(captured: int, size: int, path: Path, number: int) -> None:
    if captured > min(size, _LONGEST):
        raise InputError(
            f"{path}: packet {number} states that {captured} of {size} bytes are captured; get the "
            "file again"
        )
