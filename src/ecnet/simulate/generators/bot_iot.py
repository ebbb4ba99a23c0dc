"""BoT-IoT: flows as Argus prints them, 35 columns without a header line.

Argus aggregates the active periods of a flow. Their number N is drawn; `sum` and `mean` follow from
it, and for N = 0 and 1 `stddev`, `min` and `max` too. Rates follow from packets and duration.
Hosts, hardware addresses, times and counters are assumed.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.simulate import formatting
from ecnet.simulate.distributions import ABSENT, FloatArray
from ecnet.simulate.generator import (
    Drawn,
    FidelityCase,
    FitSpec,
    Generator,
    Mask,
    RecordSource,
    address,
)

_SERVER = 3
_ATTACKERS, _DEVICES = 4, 5
_FLOW = (
    *("proto", "flgs", "periods", "pkts", "packet_bytes"),
    *("dur", "max", "min", "middle", "spread"),
)
_WAYS = ("state", "reply_packets", "reply_bytes")
_DECIMALS = {
    **dict.fromkeys(("periods", "pkts", "sport", "dport"), 0),
    **dict.fromkeys(("dur", "max", "min", "rate"), 6),
    **dict.fromkeys(("packet_bytes", "middle", "spread", "reply_packets", "reply_bytes"), 4),
}
# Ports for distributions without ports: those that the attack tools use.
_FLOODED, _FIRST_DYNAMIC, _DYNAMIC = 80, 32_768, 28_232
_BLANKS = 0.01
_HEXADECIMAL = ("icmp", "ipv6-icmp")
_CATEGORIES = ("DDoS", "DoS")


def _native(drawn: Drawn) -> Sequence[pa.Array]:
    column, count = drawn.columns, len(drawn)
    blank = pa.array([""]).take(pa.array(np.zeros(count, dtype=np.int64)))
    packets = np.maximum(column["pkts"], 1)
    duration = _duration(column, packets)
    periods = _periods(column, duration)
    size = np.maximum(np.rint(column["packet_bytes"] * packets), 60 * packets)
    replies = np.minimum(np.rint(column["reply_packets"] * packets), packets - 1)
    reply_bytes = np.where(replies > 0, np.rint(column["reply_bytes"] * size), 0)
    attack = ~drawn.is_class("Normal")
    dynamic = _FIRST_DYNAMIC + np.floor(drawn.spare[:, 2] * _DYNAMIC)
    source = 147 + np.floor(drawn.spare[:, 1] * _ATTACKERS)
    return [
        formatting.number(drawn.before + drawn.record + 1.0),
        formatting.number(drawn.time, 6),
        drawn.category("flgs"),
        drawn.category("proto"),
        _hosts(attack, source, drawn.spare[:, 1]),
        _port(drawn, np.where(column["sport"] == ABSENT, dynamic, column["sport"])),
        address("192.168.100", np.zeros(count), 1, first=_SERVER),
        _port(drawn, np.where(column["dport"] == ABSENT, _FLOODED, column["dport"])),
        formatting.number(packets),
        formatting.number(size),
        drawn.category("state"),
        formatting.number(drawn.time + duration, 6),
        formatting.number((drawn.before + drawn.record) % 262_212 + 1.0),
        formatting.number(duration, 6),
        formatting.number(periods["mean"], 6),
        formatting.number(periods["stddev"], 6),
        blank,
        blank,
        formatting.number(periods["sum"], 6),
        formatting.number(periods["min"], 6),
        formatting.number(periods["max"], 6),
        blank,
        blank,
        blank,
        blank,
        formatting.number(packets - replies),
        formatting.number(replies),
        formatting.number(size - reply_bytes),
        formatting.number(reply_bytes),
        formatting.number(_rate(packets, duration), 6),
        formatting.number(_rate(packets - replies, duration), 6),
        formatting.number(_rate(replies, duration), 6),
        pa.array(np.where(attack, "1", "0")),
        _category_column(drawn),
        drawn.by_class({name: _category(name)[1] for name in drawn.classes}),
    ]


def _duration(column: Mapping[str, FloatArray], packets: FloatArray) -> FloatArray:
    """Return the duration; it follows from the rate where a distribution has a rate instead."""
    drawn = column["dur"]
    rate = column.get("rate", np.full(len(drawn), ABSENT))
    following = (packets - 1) / np.where(rate > 0, rate, 1.0)
    return np.where(packets > 1, np.round(np.where(drawn == ABSENT, following, drawn), 6), 0.0)


def _periods(column: Mapping[str, FloatArray], duration: FloatArray) -> dict[str, FloatArray]:
    """Return mean, deviation, sum and bounds of the active periods of each flow.

    `middle`: the position of the mean between the bounds, 0 to 1. `spread`: the deviation as a
    share of the maximum that mean and bounds allow.
    """
    number, high = column["periods"], column["max"]
    low = np.minimum(column["min"], high)
    mean = low + np.clip(column["middle"], 0, 1) * (high - low)
    deviation = column["spread"] * np.sqrt((high - mean) * (mean - low))
    several = {"mean": mean, "stddev": deviation, "sum": number * mean, "min": low, "max": high}
    found = {}
    for name, values in several.items():
        single = np.zeros(len(number)) if name == "stddev" else duration
        found[name] = np.select([number == 0, number == 1], [0.0, single], np.round(values, 6))
    return found


def _rate(packets: FloatArray, duration: FloatArray) -> FloatArray:
    return np.where(
        duration > 0, np.maximum(packets - 1, 0) / np.where(duration > 0, duration, 1), 0
    )


def _hosts(attack: Mask, source: FloatArray, share: FloatArray) -> pa.Array:
    devices = address("192.168.100", share, _DEVICES, first=_SERVER)
    attackers = formatting.joined([pa.scalar("192.168.100"), formatting.number(source)], ".")
    return pc.if_else(pa.array(attack), attackers, devices)


def _port(drawn: Drawn, port: FloatArray) -> pa.Array:
    """Return ports as Argus prints them: hexadecimal for ICMP, empty for ARP."""
    decimal = formatting.number(port)
    protocol = drawn.level("proto")
    codes = [f"0x{code:04x}" for code in range(4096)]
    hexadecimal = formatting.category(np.clip(port, 0, 65535) % len(codes), codes)
    decimal = pc.if_else(pa.array(np.isin(protocol, _HEXADECIMAL)), hexadecimal, decimal)
    return pc.if_else(pa.array(protocol == "arp"), "", decimal)


def _category_column(drawn: Drawn) -> pa.Array:
    """Return the categories; some start with a blank, as in the published files."""
    blank = pa.array(np.where(drawn.spare[:, 3] < _BLANKS, " ", ""))
    return formatting.joined([blank, drawn.by_class({n: _category(n)[0] for n in drawn.classes})])


def _category(name: str) -> tuple[str, str]:
    """Return the category and subcategory of a class."""
    category, _, protocol = name.partition("-")
    if category in _CATEGORIES:
        return category, protocol
    return category, {"Reconnaissance": "Service_Scan", "Theft": "Keylogging"}.get(name, name)


def _fit_specs(records: RecordSource) -> Iterable[FitSpec]:
    flows = _columns(records.typed("columns-12", "bot_iot_12_columns.csv.gz"))
    argus = _ways(_columns(records.typed("columns-35", "bot_iot_35_columns.csv.gz")))
    flood = argus[argus["label"] == "DDoS-TCP"]
    normal = argus[argus["label"] == "Normal"]
    dos = flows[flows["label"] == "DoS"]
    one_way = dos[dos["proto"] == "udp"].assign(state="INT", reply_packets=0.0, reply_bytes=0.0)
    yield _fit("Normal", flows[flows["label"] == "Normal"], normal, "normal flows")
    yield _fit("DoS-TCP", dos[dos["proto"] == "tcp"], flood, "flows of DDoS over TCP")
    yield FitSpec(
        distribution="DoS-UDP",
        basis=(
            f"{len(one_way)} flows of the cut of 12 columns; that no packet comes back is what "
            "the 10-best cut shows of DDoS over UDP; ports assumed"
        ),
        tables={"flows": one_way},
        order=dict.fromkeys((*_FLOW, *_WAYS), "flows"),
    )
    scans = flows[flows["label"] == "Reconnaissance"]
    yield _fit("Reconnaissance", scans, argus, "all flows")
    yield FitSpec(
        distribution="DDoS-TCP",
        basis=f"{len(flood)} flows of the cut of 35 columns",
        tables={"argus": flood},
        order=dict.fromkeys((*_FLOW, *_WAYS, "sport", "dport"), "argus"),
    )
    yield _distributed(records, one_way)


def _fit(distribution: str, part: pd.DataFrame, argus: pd.DataFrame, which: str) -> FitSpec:
    """Return a FitSpec for flows of 12 columns, which lack direction, state and ports."""
    return FitSpec(
        distribution=distribution,
        basis=(
            f"{len(part)} flows of the cut of 12 columns; state, direction and ports as in like "
            f"ones of the {len(argus)} {which} of the cut of 35 columns"
        ),
        tables={"flows": part, "argus": argus},
        order=dict.fromkeys(_FLOW, "flows") | dict.fromkeys((*_WAYS, "sport", "dport"), "argus"),
    )


def _distributed(records: RecordSource, like: pd.DataFrame) -> FitSpec:
    """Return the FitSpec of DDoS over UDP: its own periods and rate, the rest from DoS."""
    best = records.typed("10best", "10best/training_attack.csv.gz")
    best = best[best["label"] == "DDoS-UDP"].assign(rate=lambda flow: flow["srate"])
    first = ("max", "min", "middle", "spread", "rate")
    rest = [name for name in (*_FLOW, *_WAYS) if name not in (*first, "dur")]
    return FitSpec(
        distribution="DDoS-UDP",
        basis=(
            f"periods and rate: {len(best)} flows of the 10-best cut; packets, bytes and flags as "
            f"in like ones of the {len(like)} flows of DoS over UDP; ports assumed"
        ),
        tables={"best": _periods_as_drawn(best), "like": like},
        order=dict.fromkeys(first, "best") | dict.fromkeys(rest, "like"),
    )


def _columns(flows: pd.DataFrame) -> pd.DataFrame:
    """Return typed flows as the columns of the distributions."""
    mean = flows["mean"]
    periods = (flows["sum"] / mean.where(mean > 0)).round().fillna(0)
    return _periods_as_drawn(
        flows.assign(periods=periods, packet_bytes=flows["bytes"] / flows["pkts"])
    )


def _periods_as_drawn(flows: pd.DataFrame) -> pd.DataFrame:
    """Add `middle` and `spread`, as `_periods` defines them."""
    low, width = flows["min"], flows["max"] - flows["min"]
    middle = (flows["mean"] - low) / width.where(width > 0)
    most = np.sqrt((flows["max"] - flows["mean"]) * (flows["mean"] - low))
    spread = flows["stddev"] / most.where(most > 0)
    return flows.assign(middle=middle.clip(0, 1).fillna(0), spread=spread.clip(0, 2).fillna(0))


def _ways(flows: pd.DataFrame) -> pd.DataFrame:
    """Add the share of packets and bytes in the reply direction."""
    return flows.assign(
        reply_packets=flows["dpkts"] / flows["pkts"], reply_bytes=flows["dbytes"] / flows["bytes"]
    )


GENERATOR = Generator(
    format="argus",
    native=_native,
    decimals=_DECIMALS,
    fit_specs=_fit_specs,
    fidelity_cases=(
        FidelityCase(
            title="BoT-IoT, 12 columns",
            format="columns-12",
            files=("bot_iot_12_columns.csv.gz",),
            native="UNSW_2018_IoT_Botnet_Dataset_{number}.csv",
            classes={
                "Normal": "Normal",
                "DoS-TCP": "DoS",
                "DoS-UDP": "DoS",
                "Reconnaissance": "Reconnaissance",
            },
        ),
    ),
)
