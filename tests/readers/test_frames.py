"""Packet captures as bytes: views of a packet, capture formats, and captures that are broken."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from captures import arp, datagram, ip, ipv6, pcap, pcapng, segment, tcp, udp
from hypothesis import given, settings
from hypothesis import strategies as st

from ecnet import datasets
from ecnet.datasets.declaration import VIEW_BYTES, Source
from ecnet.errors import InputError
from ecnet.readers import Prefilter, priority, read
from ecnet.readers.layers import VIEWS

FORMAT = datasets.load("mqttset-frames").format("pcap")
DATA = b"\x30\x05\0\1a23"
ETHERNET, TCP_PLACE, OPTIONS = 14, 34, bytes(range(1, 13))


def batches(content: bytes, folder: Path, name: str = "flood.pcap", **given):
    path = folder / name
    path.write_bytes(content)
    return list(read(path, FORMAT, FORMAT.source(name), **given))


def whole(content: bytes, folder: Path, name: str = "flood.pcap") -> pd.DataFrame:
    found = batches(content, folder, name)
    assert all(batch.rejected.empty for batch in found)
    return pd.concat([batch.records for batch in found], ignore_index=True)


def view(records: pd.DataFrame, name: str, row: int = 0) -> bytes:
    columns = [f"{name}-{place}" for place in range(VIEW_BYTES)]
    return bytes(records.loc[row, columns].to_numpy(np.uint8))


def rejected(content: bytes, folder: Path) -> list[tuple[int, str]]:
    found = pd.concat([batch.rejected for batch in batches(content, folder)])
    return list(zip(found["row"], found["reason"], strict=True))


def failure(content: bytes, folder: Path, name: str = "flood.pcap") -> str:
    with pytest.raises(InputError) as error:
        batches(content, folder, name)
    text = str(error.value)
    assert text.startswith(str(folder / name))
    assert "\n" not in text
    return text


def changed(frame: bytes, place: int, *values: int) -> bytes:
    return frame[:place] + bytes(values) + frame[place + len(values) :]


def test_a_view_is_a_part_of_the_packet_with_zeros_behind_it(tmp_path):
    frame = tcp(DATA)
    records = whole(pcap(frame), tmp_path)
    assert list(records)[: 4 * VIEW_BYTES] == [column.name for column in FORMAT.columns]
    parts = {"raw": frame, "ip": frame[ETHERNET:], "payload": DATA}
    for name, part in parts.items():
        assert view(records, name) == part.ljust(VIEW_BYTES, b"\0")
    assert records[["label", "row"]].to_numpy().tolist() == [["MQTTFlood", 1]]


@pytest.mark.parametrize(
    "frame",
    [
        changed(tcp(DATA), 6, *range(6)),
        changed(tcp(DATA), ETHERNET + 4, 9, 9),
        changed(tcp(DATA), ETHERNET + 8, 32),
        changed(tcp(DATA), ETHERNET + 10, *range(10)),
        changed(tcp(DATA), TCP_PLACE, *range(12)),
        changed(tcp(DATA), TCP_PLACE + 14, 1, 2, 3, 4),
        ip(6, "9.9.9.9", segment((1, 2), 0x18)[:12] + b"\x80\x18" + bytes(6) + OPTIONS + DATA),
    ],
    ids=["Ethernet", "identification", "TTL", "addresses", "ports", "window", "options"],
)
def test_what_tells_hosts_and_connections_apart_is_masked(tmp_path, frame):
    records = whole(pcap(tcp(DATA), frame), tmp_path)
    assert view(records, "masked") == view(records, "masked", 1)
    assert view(records, "raw") != view(records, "raw", 1)


def test_the_masked_view_keeps_protocol_flags_and_data(tmp_path):
    records = whole(pcap(tcp(DATA), ip(17, "1.2.3.4", datagram((1, 2), DATA))), tmp_path)
    flags = bytes([0x45, *bytes(5), 0x40, 0, 0, 6, *bytes(23), 0x18, *bytes(6)])
    assert view(records, "masked").rstrip(b"\0") == flags + DATA
    datagram_of_ip = bytes([0x45, *bytes(5), 0x40, 0, 0, 17, *bytes(18)])
    assert view(records, "masked", 1).rstrip(b"\0") == datagram_of_ip + DATA


def test_link_layers_differ_in_the_raw_view_alone(tmp_path):
    packet, kind = tcp(DATA)[ETHERNET:], b"\x08\0"
    frames = {
        1: bytes(12) + b"\x81\0\0\7" + kind + packet,
        101: packet,
        113: bytes(14) + kind + packet,
        276: kind + bytes(18) + packet,
    }
    expected = whole(pcap(tcp(DATA)), tmp_path)
    for link, frame in frames.items():
        found = whole(pcap(frame, link=link), tmp_path)
        for name in VIEWS[1:]:
            assert view(found, name) == view(expected, name)
        assert view(found, "raw") == frame.ljust(VIEW_BYTES, b"\0")


def test_padding_behind_a_packet_is_in_the_raw_view_alone(tmp_path):
    records = whole(pcap(udp("1.2.3.4"), udp("1.2.3.4") + b"\xff" * 9), tmp_path)
    for name in VIEWS[1:]:
        assert view(records, name) == view(records, name, 1)
    assert view(records, "raw") != view(records, "raw", 1)


def test_packets_without_tcp_and_udp_have_no_payload(tmp_path):
    fragment = changed(tcp(DATA), ETHERNET + 6, 0, 9)
    frames = [arp(1, "10.0.0.1", "10.0.0.2"), ip(1, "1.2.3.4", b"\x08\0abcd"), fragment]
    records = whole(pcap(*frames), tmp_path)
    for row in range(3):
        assert not any(view(records, "payload", row))
    assert not any(view(records, "ip"))
    assert view(records, "masked", 1).rstrip(b"\0") == b"\x45" + bytes(5) + b"\x40\0\0\1"
    assert view(records, "ip", 1).rstrip(b"\0").endswith(b"abcd")


def test_addresses_of_ipv6_are_masked(tmp_path):
    frames = [ipv6(17, datagram((1, 2), DATA), last) for last in (2, 3)]
    records = whole(pcap(*frames), tmp_path)
    assert view(records, "payload").rstrip(b"\0") == DATA
    assert view(records, "masked") == view(records, "masked", 1)
    assert view(records, "masked").rstrip(b"\0") == b"\x60" + bytes(5) + b"\x11" + bytes(41) + DATA


def test_formats_of_captures_give_the_same_records(tmp_path):
    frames = [tcp(DATA), udp("1.2.3.4"), tcp(b"x" * 600)]
    expected = whole(pcap(*frames), tmp_path)
    swapped = struct.pack(">IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1)
    swapped += b"".join(struct.pack(">IIII", 0, 0, len(f), len(f)) + f for f in frames)
    for content, name in (
        (pcapng(*frames), "flood.pcapng"),
        (gzip.compress(pcap(*frames)), "flood.pcap.gz"),
        (swapped, "flood.pcap"),
    ):
        pd.testing.assert_frame_equal(whole(content, tmp_path, name), expected)


def test_malformed_and_truncated_packets_are_set_aside(tmp_path):
    frame = tcp(DATA)
    odd = [
        frame,
        frame[:10],
        frame[: ETHERNET + 9],
        changed(frame, ETHERNET, 0x44),
        changed(frame, ETHERNET + 2, 1, 0),
        changed(frame, TCP_PLACE + 12, 0x40),
        ip(17, "1.2.3.4", b"123"),
    ]
    cut = struct.pack("<IIII", 0, 0, 30, len(frame)) + frame[:30]
    assert rejected(pcap(*odd) + cut, tmp_path) == [
        (2, "ends within the header of its link layer"),
        (3, "ends within its IPv4 header"),
        (4, "its IPv4 header has 16 bytes, and needs 20"),
        (5, f"IP states 256 bytes, {len(frame) - ETHERNET} were captured"),
        (6, "its TCP header has 16 bytes, and needs 20"),
        (7, "ends within its UDP header"),
        (8, f"30 of {len(frame)} bytes were captured"),
    ]


@pytest.mark.parametrize("make", [pcap, pcapng])
@pytest.mark.parametrize("missing", [1, 10, 40, 60])
def test_a_truncated_capture_stops_with_one_line(tmp_path, make, missing):
    assert "ends within" in failure(make(tcp(DATA), tcp(DATA))[:-missing], tmp_path)


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"time,source\n1,2\n", "flood.pcap", "is not a pcap or pcapng file"),
        (pcap(tcp(DATA), link=147), "flood.pcap", "packet 1 has the link type 147; read are 1 ("),
        (pcap() + struct.pack("<IIII", 0, 0, 1 << 31, 1 << 31), "flood.pcap", "packet 1 states"),
        (pcap() + struct.pack("<IIII", 0, 0, 9, 8) + bytes(9), "flood.pcap", "packet 1 states"),
        (pcapng() + struct.pack("<II", 6, 0), "flood.pcap", "a block of an impossible size"),
        (pcapng() + struct.pack("<III", 7, 12, 16), "flood.pcap", "a block with two sizes"),
        (pcapng() + struct.pack("<III", 6, 12, 12), "flood.pcap", "a block that is too short"),
        (pcapng(tcp(DATA))[:28] + pcapng(tcp(DATA))[48:], "flood.pcap", "is of no interface"),
        (pcapng()[:8] + b"abcd" + pcapng()[12:], "flood.pcap", "a block of an impossible size"),
    ],
)
def test_a_broken_capture_stops_with_one_line(tmp_path, content, name, why):
    assert why in failure(content, tmp_path, name)


def test_a_file_whose_name_tells_no_class_is_an_error(tmp_path):
    path = tmp_path / "other.pcap"
    path.write_bytes(pcap(tcp(DATA)))
    with pytest.raises(InputError, match="its name does not tell the class"):
        list(read(path, FORMAT, Source("*")))


@settings(max_examples=40)
@given(places=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=6))
def test_any_bytes_are_read_or_refused(tmp_path_factory, places):
    for make in (pcap, pcapng):
        content = bytearray(make(tcp(DATA), ipv6(6, segment((1, 2), 2)), udp("1.2.3.4")))
        for place, value in places:
            content[place % len(content)] = value
        try:
            found = batches(bytes(content), tmp_path_factory.getbasetemp())
        except InputError:
            continue
        told = [
            row
            for batch in found
            for row in (*batch.table["row"].to_pylist(), *batch.rejected["row"])
        ]
        assert sorted(told) == list(range(1, len(told) + 1))


def test_packets_that_a_sample_has_no_room_for_are_counted(tmp_path):
    content, targets = pcap(*[tcp(DATA)] * 500, tcp(DATA)[:20]), dict.fromkeys(FORMAT.classes, 20)
    prefilter = Prefilter(FORMAT, FORMAT.source("flood.pcap"), targets, 1, "flood.pcap")
    found = batches(content, tmp_path, prefilter=prefilter)
    rows = [row for batch in found for row in batch.table["row"].to_pylist()]
    assert len(rows) + prefilter.dropped["MQTTFlood"] == 500
    lowest = np.argsort(priority.priorities(1, "flood.pcap", np.arange(1, 501)))[:20] + 1
    assert set(lowest) <= set(rows)
    assert sum(len(batch.rejected) for batch in found) == 1


@pytest.mark.mirror
def test_a_byte_gives_the_class_of_real_packets_away_unless_it_is_masked(mirror):
    parts = [
        batch.records
        for path in sorted((mirror / "mqttset").glob("*.pcap*"))
        for batch in read(path, FORMAT, FORMAT.source(path.name))
    ]
    records = pd.concat(parts, ignore_index=True)
    normal = records["label"] == "Normal"

    def best(column: str) -> float:
        return pd.crosstab(records[column], normal).max(axis=1).sum() / len(records)

    assert best("raw-52") > 0.9999
    assert best("ip-19") > 0.999
    assert max(best(f"masked-{place}") for place in range(VIEW_BYTES)) < 0.91
    masked = pd.util.hash_pandas_object(records.filter(regex="^masked-"), index=False)
    assert masked.nunique() == 4_240
    best_of_masked = pd.crosstab(masked, normal).max(axis=1).sum() / len(records)
    assert best_of_masked == pytest.approx(0.9119, abs=1e-4)
