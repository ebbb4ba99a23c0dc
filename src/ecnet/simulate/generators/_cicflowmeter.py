"""Compute the features of CICFlowMeter from the few columns that determine all others.

Model of a flow: the first packet is a backward packet, and so is the last if there are several
backward packets; the forward packets come together before it. Packets of one direction have one or
two lengths. The gaps between packets are the longest, the shortest, and others of equal length.
Like the tool, the first packet's length is counted twice.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ecnet.simulate.distributions import FloatArray

_MICROSECONDS = 1e6
_ACTIVITY_TIMEOUT = 1.0
"""In microseconds; a longer gap is idle time."""

LONGEST = 99_984.0
"""The maximum duration of a flow in microseconds."""

Parts = Sequence[tuple[FloatArray, FloatArray]]
"""Pairs of values and their counts, (n,) both."""


class _Summary(NamedTuple):
    total: FloatArray
    mean: FloatArray
    std: FloatArray
    max: FloatArray
    min: FloatArray

    def columns(self, prefix: str, *names: str) -> dict[str, FloatArray]:
        """Return the statistics `names` as columns called `<prefix>_<name>`."""
        return {f"{prefix}_{name}": getattr(self, name.lower()) for name in names}


class _Flow(NamedTuple):
    """The number of packets in each direction, and their lengths in bytes with counts."""

    bwd: FloatArray
    fwd: FloatArray
    bwd_lengths: Parts
    fwd_lengths: Parts
    first: FloatArray


def features(column: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Return the numeric columns of IoTID20 by name, except ports and flags.

    Args:
        column: (n,) each. bwd_pkts, fwd_pkts: raised to at least two in total, one of them
            backward. bwd_long, bwd_short, fwd_long, fwd_short: packet lengths in bytes.
            bwd_longs, fwd_longs: how many packets are long. first_long: whether the first one is.
            header: header bytes of a backward packet. window: bytes, -1 for none.
            iat_max, iat_min, iat_other: gaps in microseconds. lead: 0 if the gap before the first
            forward packet is the longest, 1 if it is the shortest, 2 otherwise.
    """
    flow = _flow(column)
    gaps = _gaps(flow, column)
    duration = np.rint(_summary(gaps).total)
    return {
        "Flow_Duration": duration,
        **_lengths(flow),
        **_rates(flow, duration),
        **_times(flow, duration, column["lead"], gaps),
        **_headers(flow, column),
    }


def _flow(column: Mapping[str, FloatArray]) -> _Flow:
    fwd = np.maximum(np.rint(column["fwd_pkts"]), 0)
    # A flow has at least two packets, and at least one of them is backward.
    packets = {"bwd": np.maximum(np.rint(column["bwd_pkts"]), np.maximum(2 - fwd, 1)), "fwd": fwd}
    lengths = {}
    for way, count in packets.items():
        longs = np.clip(np.rint(column[f"{way}_longs"]), np.minimum(count, 1), count)
        long = np.maximum(np.rint(column[f"{way}_long"]), 0)
        short = np.clip(np.rint(column[f"{way}_short"]), 0, long)
        lengths[way] = [(long, longs), (short, count - longs)]
    (long, longs), (short, shorts) = lengths["bwd"]
    first = np.where((column["first_long"] > 0) | (shorts == 0), long, short)
    return _Flow(packets["bwd"], packets["fwd"], lengths["bwd"], lengths["fwd"], first)


def _lengths(flow: _Flow) -> dict[str, FloatArray]:
    fwd, bwd = _summary(flow.fwd_lengths), _summary(flow.bwd_lengths)
    first_again = (flow.first, np.ones_like(flow.first))
    every = _summary([*flow.fwd_lengths, *flow.bwd_lengths, first_again])
    with_payload = sum(np.where(length > 0, count, 0) for length, count in flow.fwd_lengths)
    return {
        "Tot_Fwd_Pkts": flow.fwd,
        "Tot_Bwd_Pkts": flow.bwd,
        "TotLen_Fwd_Pkts": fwd.total,
        "TotLen_Bwd_Pkts": bwd.total,
        **fwd.columns("Fwd_Pkt_Len", "Max", "Min", "Mean", "Std"),
        **bwd.columns("Bwd_Pkt_Len", "Max", "Min", "Mean", "Std"),
        **every.columns("Pkt_Len", "Min", "Max", "Mean", "Std"),
        "Pkt_Len_Var": every.std**2,
        "Pkt_Size_Avg": every.total / (flow.fwd + flow.bwd),
        "Down/Up_Ratio": np.where(flow.fwd > 0, flow.bwd // np.maximum(flow.fwd, 1), 0),
        "Fwd_Seg_Size_Avg": fwd.mean,
        "Bwd_Seg_Size_Avg": bwd.mean,
        "Subflow_Fwd_Pkts": flow.fwd,
        "Subflow_Fwd_Byts": fwd.total,
        "Subflow_Bwd_Pkts": flow.bwd,
        "Subflow_Bwd_Byts": bwd.total,
        "Fwd_Act_Data_Pkts": np.asarray(with_payload),
    }


def _rates(flow: _Flow, duration: FloatArray) -> dict[str, FloatArray]:
    """Return rates per second; for a duration of 0: infinite for the flow, 0 per direction."""
    bytes_ = sum(length * count for length, count in (*flow.fwd_lengths, *flow.bwd_lengths))
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds = duration / _MICROSECONDS
        return {
            "Flow_Byts/s": bytes_ / seconds,
            "Flow_Pkts/s": (flow.fwd + flow.bwd) / seconds,
            "Fwd_Pkts/s": np.where(duration > 0, flow.fwd / seconds, 0),
            "Bwd_Pkts/s": np.where(duration > 0, flow.bwd / seconds, 0),
        }


def _times(
    flow: _Flow, duration: FloatArray, lead: FloatArray, gaps: Parts
) -> dict[str, FloatArray]:
    every = _summary(gaps)
    fwd = _summary(_forward_gaps(flow, lead, gaps))
    bwd = _summary(_backward_gaps(flow, duration, gaps))
    idle = _summary([(gap, np.where(gap > _ACTIVITY_TIMEOUT, n, 0)) for gap, n in gaps])
    active = sum(np.where(gap <= _ACTIVITY_TIMEOUT, gap * n, 0) for gap, n in gaps)
    # Active time counts only if an idle gap ends it.
    active = np.where(idle.max > 0, active, 0)
    return {
        **every.columns("Flow_IAT", "Mean", "Std", "Max", "Min"),
        "Fwd_IAT_Tot": fwd.total,
        **fwd.columns("Fwd_IAT", "Mean", "Std", "Max", "Min"),
        "Bwd_IAT_Tot": bwd.total,
        **bwd.columns("Bwd_IAT", "Mean", "Std", "Max", "Min"),
        **dict.fromkeys(("Active_Mean", "Active_Max", "Active_Min"), np.asarray(active)),
        "Active_Std": np.zeros_like(duration),
        **idle.columns("Idle", "Mean", "Std", "Max", "Min"),
    }


def _gaps(flow: _Flow, column: Mapping[str, FloatArray]) -> Parts:
    """Return the longest gap, the shortest gap, and the others, which are equal."""
    gaps = flow.fwd + flow.bwd - 1
    others = np.maximum(gaps - 2, 0)
    shortest = np.clip(np.rint(column["iat_min"]), 0, np.floor(LONGEST / gaps))
    longest = np.clip(np.rint(column["iat_max"]), shortest, LONGEST - (gaps - 1) * shortest)
    shortest = np.where(gaps == 1, longest, shortest)
    ends = longest + np.where(gaps > 1, shortest, 0)
    other = np.clip(column["iat_other"], shortest, longest)
    total = np.minimum(np.rint(other * others), LONGEST - ends)
    one = np.ones_like(gaps)
    return [
        (longest, one),
        (shortest, np.where(gaps > 1, one, 0)),
        (total / np.maximum(others, 1), others),
    ]


def _forward_gaps(flow: _Flow, lead: FloatArray, parts: Parts) -> Parts:
    """Return the gaps between forward packets."""
    (longest, _), (shortest, _), (other, _) = parts
    inside = np.maximum(flow.fwd - 1, 0)
    # Of the longest and the shortest gap, the one that does not lead comes last: before a backward
    # packet if there is one, otherwise before the last forward packet.
    last = np.where((flow.bwd == 1) & (inside > 0), 1.0, 0)
    neither = (lead > 1) & (inside > 1)
    longests = np.where(neither, 1, np.where(lead == 1, last, 0))
    shortests = np.where(neither, 1, np.where(lead == 1, 0, last))
    return [(longest, longests), (shortest, shortests), (other, inside - longests - shortests)]


def _backward_gaps(flow: _Flow, duration: FloatArray, parts: Parts) -> Parts:
    """Return the gaps between backward packets; the last gap spans all forward packets."""
    bridged = (flow.fwd > 0) & (flow.bwd > 1)
    early = np.where(bridged, flow.bwd - 2, 0)
    bridge = duration - early * parts[2][0]
    own = [(gap, np.where(flow.fwd > 0, 0, count)) for gap, count in parts]
    return [*own, (parts[2][0], early), (bridge, np.where(bridged, 1.0, 0))]


def _headers(flow: _Flow, column: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    header = column["header"]
    # The first packet of a handshake has options that later packets lack.
    plain = np.select([header >= 32, header >= 20, header >= 8], [32.0, 20.0, 8.0], 0.0)
    return {
        "Fwd_Header_Len": flow.fwd * plain,
        "Bwd_Header_Len": np.rint(flow.bwd * header),
        "Init_Bwd_Win_Byts": column["window"],
    }


def _summary(parts: Parts) -> _Summary:
    """Return the statistics of values with counts; 0 if there are no values."""
    count = np.asarray(sum(n for _, n in parts))
    total = np.asarray(sum(value * n for value, n in parts))
    mean = total / np.maximum(count, 1)
    squares = np.asarray(sum(n * (value - mean) ** 2 for value, n in parts))
    high = np.max([np.where(n > 0, value, -np.inf) for value, n in parts], axis=0)
    low = np.min([np.where(n > 0, value, np.inf) for value, n in parts], axis=0)
    return _Summary(
        total=total,
        mean=mean,
        std=np.sqrt(squares / np.maximum(count - 1, 1)),
        max=np.where(count > 0, high, 0),
        min=np.where(count > 0, low, 0),
    )
