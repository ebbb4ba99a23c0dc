"""Flows of packet captures: how packets are counted, and what tshark decodes of them."""

import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from captures import arp, datagram, ethernet, fake_tshark, ip, ipv6, pcap, pcapng, segment

from ecnet import datasets
from ecnet.errors import InputError
from ecnet.readers import flows, packets, read
from ecnet.readers.flows import ACTIVE, IDLE, Flow, Packet

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
THING, BROKER = ("10.0.0.5", "50000"), ("10.0.0.9", "1883")


def packet(seconds: float, flags: int = ACK, *, back: bool = False, **changes: Any) -> Packet:
    ends = (BROKER, THING) if back else (THING, BROKER)
    given = Packet(1, round(seconds * 1e9), "6", *ends, 100, flags)
    return given._replace(**changes)


def counted(*given: Packet, **options: Any) -> list[Flow]:
    return list(flows.flows(given, Counter(), **options))


def test_both_directions_are_one_flow_from_the_sender_of_the_first_packet() -> None:
    (flow,) = counted(
        packet(1.0, SYN, row=7, size=60),
        packet(1.5, SYN | ACK, back=True, size=44),
        packet(1.75, size=40),
    )
    assert (flow.row, flow.source, flow.destination) == (7, THING, BROKER)
    assert (flow.packets, flow.size) == ([2, 1], [100, 44])
    assert (flow.first, flow.last) == (10**9, 1_750_000_000)


def test_packets_of_other_ports_or_protocols_are_other_flows() -> None:
    other = (THING[0], "50001")
    found = counted(packet(1), packet(2, source=other), packet(3, protocol="17", flags=0))
    assert [flow.packets for flow in found] == [[1, 0]] * 3


@pytest.mark.parametrize(("pause", "expected"), [(IDLE, 1), (IDLE + 0.001, 2)])
def test_a_flow_ends_after_a_pause(pause: float, expected: int) -> None:
    assert len(counted(packet(10), packet(10 + pause))) == expected


@pytest.mark.parametrize(("after", "expected"), [(0, [19]), (1, [18, 1])])
def test_a_flow_ends_some_time_after_its_first_packet(after: int, expected: list[int]) -> None:
    times = [*range(0, ACTIVE, 100), ACTIVE + after]
    found = counted(*(packet(time) for time in times))
    assert [flow.packets[0] for flow in found] == expected


@pytest.mark.parametrize("end", [FIN | ACK, RST])
def test_a_new_connection_between_the_same_ports_is_a_new_flow(end: int) -> None:
    found = counted(packet(1, SYN), packet(2, end, back=True), packet(3), packet(4, SYN), packet(5))
    assert [flow.packets for flow in found] == [[2, 1], [2, 0]]


def test_a_repeated_request_to_connect_is_the_same_flow() -> None:
    (flow,) = counted(packet(1, SYN), packet(2, SYN), packet(4, SYN))
    assert flow.packets == [3, 0]


def test_flows_come_as_they_end() -> None:
    later = (THING[0], "50001")
    given = [packet(0), packet(1, source=later), packet(2), packet(200, source=later)]
    assert [flow.first for flow in counted(*given)] == [10**9, 0, 200 * 10**9]


def test_the_flow_that_was_idle_longest_ends_early_if_too_many_are_open() -> None:
    counts: Counter[str] = Counter()
    ports = [(THING[0], str(port)) for port in range(4)]
    given = [packet(n, source=ports[n]) for n in range(3)]
    given[2:2] = [packet(1.5, source=ports[0])]
    found = list(flows.flows(given, counts, most=2))
    assert counts["early"] == 1
    assert [flow.source for flow in found] == [ports[1], ports[0], ports[2]]


def whole(path: Path) -> pd.DataFrame:
    batches = [batch.records for batch in flows.read(path) if len(batch.records)]
    return pd.concat(batches, ignore_index=True)


def notice(path: Path) -> str:
    (found,) = [notice for batch in flows.read(path) for notice in batch.notices]
    return found


MIXED = [
    ip(6, "10.0.0.9", segment((50000, 1883), SYN), source="10.0.0.5"),
    ip(6, "10.0.0.5", segment((1883, 50000), SYN | ACK), source="10.0.0.9"),
    arp(1, "10.0.0.5", "10.0.0.1"),
    arp(2, "10.0.0.1", "10.0.0.5"),
    ip(17, "10.0.0.1", datagram((40000, 53), b"query"), source="10.0.0.5"),
    # An error of ICMP carries the head of the packet above; its ports are not those of the error.
    ip(
        1,
        "10.0.0.5",
        bytes([3, 3, 0, 0, 0, 0, 0, 0])
        + ip(17, "10.0.0.1", datagram((40000, 53)), source="10.0.0.5")[14:],
        source="10.0.0.1",
    ),
    ipv6(17, datagram((5353, 5353), b"mdns"), last=0xFB),
    # A report of multicast listeners: the protocol is behind a hop-by-hop header.
    ipv6(0, bytes([58, 0, 5, 2, 0, 0, 1, 0]) + bytes([143, 0, 0, 0, 0, 0, 0, 0])),
    ethernet(0x88CC, bytes(46)),
    ip(6, "10.0.0.9", segment((50000, 1883), ACK, b"hello"), source="10.0.0.5"),
]
TIMES = [100, 100.0005, 101, 101.25, 102, 103, 104, 105, 106, 107.000001]
TABLE = """\
row host        destination protocol source_port destination_port time duration \
forward_packets backward_packets forward_bytes backward_bytes
3   10.0.0.5    10.0.0.1    arp      -           -                101  0.25     1 1 28 28
5   10.0.0.5    10.0.0.1    udp      40000       53               102  0        1 0 33 0
6   10.0.0.1    10.0.0.5    icmp     -           -                103  0        1 0 56 0
7   fe80::1     fe80::fb    udp      5353        5353             104  0        1 0 52 0
8   fe80::1     fe80::2     icmp     -           -                105  0        1 0 56 0
1   10.0.0.5    10.0.0.9    tcp      50000       1883             100  7.000001 2 1 85 40
"""


def expected() -> pd.DataFrame:
    head, *rows = (line.split() for line in TABLE.splitlines())
    return pd.DataFrame(rows, columns=head).replace("-", None)


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    for name in wanted:
        kind = "str" if name in ("host", "destination", "protocol") else "Float64"
        pd.testing.assert_series_equal(
            found[name].astype(kind), wanted[name].astype(kind), check_exact=True
        )


@pytest.mark.tshark
def test_a_capture_has_the_flows_that_are_counted_by_hand(file: Any) -> None:
    same(whole(file(pcap(*MIXED, times=TIMES), "mixed.pcap")), expected())


def ipv4(frame: bytes) -> bool:
    return frame[12:14] == b"\x08\x00"


@pytest.mark.tshark
def test_a_compressed_capture_and_one_of_bare_ip_have_the_same_flows(file: Any) -> None:
    packed = file(gzip.compress(pcap(*MIXED, times=TIMES)), "mixed.pcap.gz")
    same(whole(packed), expected())
    inner = [(time, frame[14:]) for time, frame in zip(TIMES, MIXED, strict=True) if ipv4(frame)]
    times, frames = zip(*inner, strict=True)
    bare = file(pcap(*frames, times=times, link=101), "bare.pcap")
    columns = ["host", "destination", "duration", "forward_bytes", "backward_bytes"]
    only = expected()[expected()["row"].isin(["1", "5", "6"])].reset_index(drop=True)
    same(whole(bare)[columns], only[columns])


@pytest.mark.tshark
def test_pcapng_is_read_too(file: Any) -> None:
    found = whole(file(pcapng(*MIXED), "mixed.pcapng"))
    assert sorted(found["row"]) == [1, 3, 5, 6, 7, 8]


@pytest.mark.tshark
def test_a_packet_that_is_older_than_the_one_before_makes_no_negative_duration(file: Any) -> None:
    found = whole(file(pcap(*MIXED[:2], times=[100, 99]), "turned.pcap"))
    assert found["duration"].tolist() == [0.0]


@pytest.mark.tshark
def test_the_notice_names_tool_version_timeouts_and_packets_that_are_left_out(file: Any) -> None:
    said = notice(file(pcap(*MIXED), "mixed.pcap"))
    assert said.startswith("mixed.pcap: 10 packets read with TShark")
    assert packets.TSHARK.version() in said
    assert "1 of them neither IP nor ARP" in said
    assert f"{IDLE} s after its last packet, {ACTIVE:,} s after its first" in said


def failure(path: Path) -> str:
    with pytest.raises(InputError) as error:
        whole(path)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.tshark
@pytest.mark.parametrize("missing", [1, 30, 80])
def test_a_truncated_capture_is_an_error(file: Any, missing: int) -> None:
    path = file(pcap(*MIXED)[:-missing], "cut.pcap")
    said = failure(path)
    assert said.startswith(f"{path}: tshark fails: ")
    assert said.endswith("keep its whole packets with editcap")


@pytest.mark.tshark
@pytest.mark.parametrize(("frames", "number"), [([], 0), ([ethernet(0x88CC, bytes(46))] * 3, 3)])
def test_a_capture_without_ip_is_an_error(file: Any, frames: list[bytes], number: int) -> None:
    assert f"none of its {number} packets is IP or ARP" in failure(file(pcap(*frames), "a.pcap"))


def test_what_is_no_capture_is_an_error(file: Any) -> None:
    assert "is not a pcap or pcapng file" in failure(file("ts,uid\n", "a.pcap"))


@pytest.mark.parametrize(
    ("script", "wanted"),
    [
        (r"printf '1.0\t60\t10.0'; kill -SEGV $$", "it crashed: SIGSEGV"),
        ("echo 'tshark: out of memory' >&2; exit 1", "tshark fails: out of memory (status 1)"),
    ],
)
def test_a_tshark_that_crashes_is_one_line(
    file: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, wanted: str
) -> None:
    fake_tshark(tmp_path / "bin", script)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    path = file(pcap(*MIXED), "mixed.pcap")
    assert failure(path).startswith(f"{path}: tshark fails: ")
    assert wanted in failure(path)


@pytest.mark.tshark
def test_a_tshark_without_enough_memory_is_one_line(
    file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows, "_MEMORY", 1 << 25)
    assert "tshark fails: " in failure(file(pcap(*MIXED), "mixed.pcap"))


@pytest.mark.tshark
def test_a_reader_that_is_closed_early_ends_its_process(
    file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    popen = packets.subprocess.Popen
    monkeypatch.setattr(
        packets.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1]
    )
    monkeypatch.setattr(flows, "_BLOCK", 1)
    frames = [ip(17, f"10.0.{n}.1", datagram((1, 2))) for n in range(200)] * 30
    found = flows.read(file(pcap(*frames, times=[n * 1000 for n in range(6000)]), "long.pcap"))
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert started[0].poll() is not None


@pytest.mark.mirror
@pytest.mark.tshark
@pytest.mark.parametrize("name", ["benign.pcap", "bruteforce.pcapng", "malformed.pcap"])
def test_each_packet_of_a_real_capture_is_in_one_flow(mirror: Path, name: str) -> None:
    mqttset = datasets.load("mqttset").format("pcap")
    path = mirror / "mqttset" / name
    wanted = sum(len(batch.records) for batch in read(path, mqttset, mqttset.source(name)))
    found = whole(path)
    assert found[["forward_packets", "backward_packets"]].sum().sum() == wanted
    assert found["row"].is_unique
    assert (found["protocol"] == "tcp").all()
