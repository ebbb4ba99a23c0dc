"""MQTT-IoT-IDS2020 as biflows: assumed distributions, based on how MQTT, SSH and Nmap work.

No labelled records are available. Each direction of a flow consists of a few kinds of packets, each
with a length and a count: connection set-up, bare acknowledgements, and messages. Lengths, bytes
and PSH flags follow from them. Of the gaps between packets the mean is drawn, then the extremes as
its multiples, and the standard deviation as a share of the maximum that these three allow.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.simulate import formatting
from ecnet.simulate.distributions import FloatArray
from ecnet.simulate.generator import Drawn, Generator

_WAYS = ("fwd", "bwd")
_KINDS = {"open": False, "ack": False, "close": True, "small": True, "large": True}
"""Kinds of packets, and whether they have the flag PSH. Columns of a distribution give their
number, `<way>_<kind>`, and their length in bytes, `<way>_<kind>_len`."""

_MEASURES = (
    *("num_pkts", "mean_iat", "std_iat", "min_iat", "max_iat", "mean_pkt_len", "std_pkt_len"),
    *("min_pkt_len", "max_pkt_len", "num_bytes", "num_psh_flags", "num_rst_flags"),
    "num_urg_flags",
)
_COLUMNS = (
    *("ip_src", "ip_dst", "prt_src", "prt_dst", "proto"),
    *(f"{way}_{measure}" for measure in _MEASURES for way in _WAYS),
    "is_attack",
)
_SHAPE = ("least", "peak", "spread")
_LEAST_DECIMAL = 1e-4
"""Smaller numbers are written with three digits and an exponent, others in eleven characters."""

_DEVICES = tuple(f"10.0.0.{host}" for host in range(5, 25))
_BROKER, _ATTACKER = "192.168.1.7", "192.168.2.5"


def _native(drawn: Drawn) -> Sequence[pa.Array]:
    attack = ~drawn.is_class("Normal")
    shown = {"proto": drawn.category("proto"), "is_attack": formatting.number(attack.astype(float))}
    shown["ip_src"], shown["ip_dst"] = _hosts(drawn, attack)
    for name in ("prt_src", "prt_dst"):
        shown[name] = formatting.number(drawn.columns[name])
    for way in _WAYS:
        shown |= {f"{way}_{name}": _general(of) for name, of in _measures(drawn, way).items()}
    return [shown[name] for name in _COLUMNS]


def _measures(drawn: Drawn, way: str) -> dict[str, FloatArray]:
    """Return the measures of one direction of flows, by name."""
    counts = _packets(drawn, way)
    parts = [(_of(drawn, f"{way}_{kind}_len"), count) for kind, count in counts.items()]
    pushed = sum(count for kind, count in counts.items() if _KINDS[kind])
    packets = _total(counts)
    gaps = np.maximum(packets - 1, 0)
    seconds = _seconds(drawn) * (1 if way == "fwd" else _of(drawn, "back"))
    return {
        "num_pkts": packets,
        **_gaps(gaps, seconds, *(_of(drawn, f"{way}_{name}") for name in _SHAPE)),
        **_lengths(parts, packets),
        "num_psh_flags": np.where(drawn.level("proto") == "6", pushed, 0),
        "num_rst_flags": _of(drawn, f"{way}_rst"),
        "num_urg_flags": np.zeros_like(packets),
    }


def _of(drawn: Drawn, name: str) -> FloatArray:
    """Return a column; 0 for distributions that lack it."""
    return np.maximum(drawn.columns.get(name, np.zeros(len(drawn))), 0)


def _packets(drawn: Drawn, way: str) -> dict[str, FloatArray]:
    """Return the number of packets of each kind: those of one attempt times the attempts."""
    return {kind: _of(drawn, f"{way}_{kind}") * drawn.columns["attempts"] for kind in _KINDS}


def _total(counts: Mapping[str, FloatArray]) -> FloatArray:
    total: FloatArray = np.sum(list(counts.values()), axis=0)
    return total


def _seconds(drawn: Drawn) -> FloatArray:
    """Return the time from the first to the last forward packet, in seconds."""
    gaps = np.maximum(_total(_packets(drawn, "fwd")) - 1, 0)
    return gaps * _of(drawn, "mean_iat")


def _lengths(
    parts: Sequence[tuple[FloatArray, FloatArray]], packets: FloatArray
) -> dict[str, FloatArray]:
    total = np.sum([length * count for length, count in parts], axis=0)
    mean = total / np.maximum(packets, 1)
    squares = np.sum([count * (length - mean) ** 2 for length, count in parts], axis=0)
    least = np.min([np.where(count > 0, length, np.inf) for length, count in parts], axis=0)
    return {
        "mean_pkt_len": mean,
        "std_pkt_len": np.sqrt(squares / np.maximum(packets, 1)),
        "min_pkt_len": np.where(packets > 0, least, 0),
        "max_pkt_len": np.max([np.where(count > 0, length, 0) for length, count in parts], axis=0),
        "num_bytes": total,
    }


def _gaps(
    gaps: FloatArray, seconds: FloatArray, least: FloatArray, peak: FloatArray, spread: FloatArray
) -> dict[str, FloatArray]:
    """Return the statistics of gaps in seconds; 0 if there are no gaps.

    Args:
        gaps: their number. seconds: their sum. least, peak: the shortest and the longest gap, as
            multiples of the mean. spread: the standard deviation, as a share of the largest one
            that the mean and the extremes allow.
    """
    mean = np.where(gaps > 0, seconds / np.maximum(gaps, 1), 0)
    shortest = np.where(gaps > 1, np.minimum(least, 1), 1)
    most = gaps - (gaps - 1) * shortest
    longest = np.clip(peak, (gaps - shortest) / np.maximum(gaps - 1, 1), most)
    longest = np.where(gaps > 1, longest, 1)
    share = np.where(gaps > 2, np.minimum(spread, 1), 1)
    return {
        "mean_iat": mean,
        "std_iat": mean * share * np.sqrt((longest - 1) * (1 - shortest)),
        "min_iat": mean * shortest,
        "max_iat": mean * longest,
    }


def _general(values: FloatArray) -> pa.Array:
    """Return numbers as a spreadsheet prints them, in at most eleven characters."""
    small = (values > 0) & (values < _LEAST_DECIMAL)
    digits = np.floor(np.log10(np.maximum(values, 1)))
    unit = 10.0 ** (9 - np.maximum(digits, 0))
    plain = formatting.shortest(np.rint(values * unit) / unit)
    exponent = -np.floor(np.log10(np.where(small, values, 1)))
    mantissa = formatting.number(np.where(small, values * 10.0**exponent, 0), 2)
    power = formatting.category(exponent, [f"E-{number:02d}" for number in range(20)])
    return pc.if_else(pa.array(small), formatting.joined([mantissa, power]), plain)


def _hosts(drawn: Drawn, attack: np.ndarray) -> tuple[pa.Array, pa.Array]:
    """Return source and destination: devices or the attacker to the broker; scans to devices."""
    device = formatting.category(np.floor(drawn.spare[:, 1] * len(_DEVICES)), _DEVICES)
    scan = pa.array(drawn.is_class("Aggressive scan", "UDP scan"))
    return (
        pc.if_else(pa.array(attack), _ATTACKER, device),
        pc.if_else(scan, device, _BROKER),
    )


GENERATOR = Generator(
    format="biflow",
    native=_native,
    header=lambda _: ",".join(_COLUMNS) + "\n",
)
