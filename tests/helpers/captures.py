"""Packet captures, written byte by byte."""

import struct


def ethernet(kind: int, payload: bytes) -> bytes:
    return (
        bytes.fromhex("ffffffffffff")
        + bytes.fromhex("f01898 5eff9f")
        + struct.pack(">H", kind)
        + payload
    )


def ip(protocol: int, destination: str, payload: bytes) -> bytes:
    address = bytes(map(int, destination.split(".")))
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0)
    return ethernet(0x0800, head + bytes([192, 168, 0, 13]) + address + payload)


def udp(destination: str, port: int = 9) -> bytes:
    return ip(17, destination, struct.pack(">HHHH", 40000, port, 12, 0) + b"abcd")


def tcp(payload: bytes, port: int = 1883) -> bytes:
    head = struct.pack(">HHIIBBHHH", 50000, port, 1, 1, 0x50, 0x18, 502, 0, 0)
    return ip(6, "192.168.0.24", head + payload)


CONNECT = bytes.fromhex("100d 0004 4d515454 04 02 003c 0001 61")


def pcap(*frames: bytes) -> bytes:
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for number, frame in enumerate(frames):
        parts += [struct.pack("<IIII", 1000 + number, 250_000, len(frame), len(frame)), frame]
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
