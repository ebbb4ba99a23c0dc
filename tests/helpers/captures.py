"""Packet captures, written byte by byte; and a tshark that fails."""

import struct
from collections.abc import Sequence
from itertools import count
from pathlib import Path


def ethernet(kind: int, payload: bytes) -> bytes:
    return (
        bytes.fromhex("ffffffffffff")
        + bytes.fromhex("f01898 5eff9f")
        + struct.pack(">H", kind)
        + payload
    )


def address(text: str) -> bytes:
    return bytes(map(int, text.split(".")))


def ip(protocol: int, destination: str, payload: bytes, source: str = "192.168.0.13") -> bytes:
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0)
    return ethernet(0x0800, head + address(source) + address(destination) + payload)


def ipv6(following: int, payload: bytes, last: int = 2) -> bytes:
    """Return a packet from fe80::1 to an address that ends in `last`."""
    head = struct.pack(">IHBB", 6 << 28, len(payload), following, 255)
    ends = (bytes.fromhex("fe80") + bytes(13) + bytes([end]) for end in (1, last))
    return ethernet(0x86DD, head + b"".join(ends) + payload)


def arp(operation: int, source: str, destination: str) -> bytes:
    head = struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation)
    return ethernet(0x0806, head + bytes(6) + address(source) + bytes(6) + address(destination))


def udp(destination: str, port: int = 9) -> bytes:
    return ip(17, destination, struct.pack(">HHHH", 40000, port, 12, 0) + b"abcd")


def tcp(payload: bytes, port: int = 1883) -> bytes:
    head = struct.pack(">HHIIBBHHH", 50000, port, 1, 1, 0x50, 0x18, 502, 0, 0)
    return ip(6, "192.168.0.24", head + payload)


def datagram(ports: tuple[int, int], payload: bytes = b"") -> bytes:
    return struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload


def segment(ports: tuple[int, int], flags: int, payload: bytes = b"") -> bytes:
    return struct.pack(">HHIIBBHHH", *ports, 1, 1, 0x50, flags, 502, 0, 0) + payload


CONNECT = bytes.fromhex("100d 0004 4d515454 04 02 003c 0001 61")


def pcap(*frames: bytes, times: Sequence[float] = (), link: int = 1) -> bytes:
    """Return a capture. times: seconds, to the microsecond; else one frame a second."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)]
    for time, frame in zip(times or count(1000.25), frames, strict=False):
        stamp = divmod(round(time * 1e6), 10**6)
        parts += [struct.pack("<IIII", *stamp, len(frame), len(frame)), frame]
    return b"".join(parts)


def pcapng(*frames: bytes) -> bytes:
    def block(kind: int, body: bytes) -> bytes:
        body += b"\0" * (-len(body) % 4)
        size = struct.pack("<I", len(body) + 12)
        return struct.pack("<I", kind) + size + body + size

    parts = [
        block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
        block(1, struct.pack("<HHI", 1, 0, 65535)),
    ]
    for frame in frames:
        parts.append(block(6, struct.pack("<IIIII", 0, 0, 0, len(frame), len(frame)) + frame))
    return b"".join(parts)


def fake_tshark(folder: Path, script: str) -> None:
    """Write a program of that name into a new folder."""
    folder.mkdir()
    (folder / "tshark").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "tshark").chmod(0o755)
