"""IoT-NI as flows (IoTID20): classes mix distributions that are fitted to pieces of real records.

No records with the names of their attacks are available. A 1% sample, labelled normal or attack, is
divided into ten pieces, and a distribution is fitted to each. The weights of the pieces in each
class are solved from published precision and recall: each class is the most frequent one in its own
piece, so the classes overlap where the best published model confuses them. See
`distributions-classes.json`.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.simulate import formatting
from ecnet.simulate.distributions import FloatArray
from ecnet.simulate.generator import Drawn, Generator, address
from ecnet.simulate.generators import _cicflowmeter
from ecnet.simulate.generators._iot_ni_pieces import (
    DECIMALS,
    SYN_FLOODED,
    UDP_FLOODED,
    VIDEO,
    fit_specs,
)

_LENGTHS = ("Max", "Min", "Mean", "Std")
_TIMES = ("Mean", "Std", "Max", "Min")
_COLUMNS = (
    *("Flow_ID", "Src_IP", "Src_Port", "Dst_IP", "Dst_Port", "Protocol", "Timestamp"),
    *("Flow_Duration", "Tot_Fwd_Pkts", "Tot_Bwd_Pkts", "TotLen_Fwd_Pkts", "TotLen_Bwd_Pkts"),
    *(f"{way}_Pkt_Len_{what}" for way in ("Fwd", "Bwd") for what in _LENGTHS),
    *("Flow_Byts/s", "Flow_Pkts/s"),
    *(f"Flow_IAT_{what}" for what in _TIMES),
    *(f"{way}_IAT_{what}" for way in ("Fwd", "Bwd") for what in ("Tot", *_TIMES)),
    *("Fwd_PSH_Flags", "Bwd_PSH_Flags", "Fwd_URG_Flags", "Bwd_URG_Flags"),
    *("Fwd_Header_Len", "Bwd_Header_Len", "Fwd_Pkts/s", "Bwd_Pkts/s"),
    *(f"Pkt_Len_{what}" for what in ("Min", "Max", "Mean", "Std", "Var")),
    *(f"{flag}_Flag_Cnt" for flag in ("FIN", "SYN", "RST", "PSH", "ACK", "URG")),
    *("CWE_Flag_Count", "ECE_Flag_Cnt", "Down/Up_Ratio", "Pkt_Size_Avg"),
    *("Fwd_Seg_Size_Avg", "Bwd_Seg_Size_Avg"),
    *(f"{way}_{what}_Avg" for way in ("Fwd", "Bwd") for what in ("Byts/b", "Pkts/b", "Blk_Rate")),
    *(f"Subflow_{way}_{what}" for way in ("Fwd", "Bwd") for what in ("Pkts", "Byts")),
    *("Init_Fwd_Win_Byts", "Init_Bwd_Win_Byts", "Fwd_Act_Data_Pkts", "Fwd_Seg_Size_Min"),
    *(f"{state}_{what}" for state in ("Active", "Idle") for what in ("Mean", "Std", "Max", "Min")),
    *("Label", "Cat", "Sub_Cat"),
)
_CONSTANTS = {
    **dict.fromkeys(("Fwd_PSH_Flags", "Fwd_URG_Flags", "Fwd_Seg_Size_Min"), "0"),
    **{name: "0" for name in _COLUMNS if name.endswith(("/b_Avg", "Blk_Rate_Avg"))},
    "Init_Fwd_Win_Byts": "-1",
}
_FAMILIES = ("Mirai", "Scan", "DoS")
_RARE_FLAGS = {
    "FIN_Flag_Cnt": 0.000527,
    "RST_Flag_Cnt": 0.000486,
    "URG_Flag_Cnt": 0.000051,
    "CWE_Flag_Count": 0.000206,
    "ECE_Flag_Cnt": 0.000067,
}
"""Published shares of flows with each flag."""

_INSTANT = 0.0055
"""The share of UDP flows of two packets that have a duration of 0. The sample was taken from 0.1%
more records and has no such flow."""

_PUSHED = 0.0425
"""The share of TCP flows with the flag PSH; published: 2.64% of all flows."""


def _native(drawn: Drawn) -> Sequence[pa.Array]:
    flow = _cicflowmeter.features(_with_instants(drawn))
    shown = {name: formatting.shortest(np.round(values, 9), "NaN") for name, values in flow.items()}
    shown |= _flags(drawn) | _endpoints(drawn)
    shown |= {name: _constant(value, len(drawn)) for name, value in _CONSTANTS.items()}
    normal = drawn.is_class("Normal")
    shown["Label"] = pa.array(np.where(normal, "Normal", "Anomaly"))
    shown["Cat"] = drawn.by_class({name: _category(name) for name in drawn.classes})
    shown["Sub_Cat"] = drawn.by_class({name: name for name in drawn.classes})
    return [shown[name] for name in _COLUMNS]


def _with_instants(drawn: Drawn) -> dict[str, FloatArray]:
    """Return the columns, with a duration of 0 in a few UDP flows: their rates are infinite."""
    column = dict(drawn.columns)
    two = (column["bwd_pkts"] == 1) & (column["fwd_pkts"] == 1)
    instant = (drawn.level("protocol") == "17") & two & (drawn.spare[:, 2] < _INSTANT)
    for gap in ("iat_max", "iat_min"):
        column[gap] = np.where(instant, 0, column[gap])
    return column


def _category(name: str) -> str:
    """Return the Cat of a Sub_Cat: the family of the attack, or the same name."""
    return next((family for family in _FAMILIES if name.startswith(family)), name)


def _constant(value: str, count: int) -> pa.Array:
    return formatting.category(np.zeros(count), [value])


def _flags(drawn: Drawn) -> dict[str, pa.Array]:
    """Return flags, 0 or 1: SYN or ACK in TCP flows; the others at published rates."""
    tcp = drawn.level("protocol") == "6"
    syn = tcp & (drawn.columns["syn"] > 0)
    share = drawn.spare[:, 3]
    flags = {
        "SYN_Flag_Cnt": syn,
        "ACK_Flag_Cnt": tcp & ~syn,
    }
    end = 0.0
    for name, rate in {**_RARE_FLAGS, "PSH_Flag_Cnt": _PUSHED}.items():
        flags[name] = tcp & (share >= end) & (share < end + rate)
        end += rate
    shown = {
        name: formatting.category(set_.astype(np.int64), ["0", "1"]) for name, set_ in flags.items()
    }
    return {
        **shown,
        "Bwd_PSH_Flags": shown["PSH_Flag_Cnt"],
        "Bwd_URG_Flags": shown["URG_Flag_Cnt"],
    }


def _endpoints(drawn: Drawn) -> dict[str, pa.Array]:
    source, destination = _hosts(drawn)
    ports = {name: formatting.number(drawn.columns[name]) for name in ("src_port", "dst_port")}
    protocol = drawn.category("protocol")
    seconds = pa.array(np.floor(drawn.time).astype("datetime64[s]"))
    return {
        "Flow_ID": formatting.joined(
            [source, destination, ports["src_port"], ports["dst_port"], protocol], "-"
        ),
        "Src_IP": source,
        "Src_Port": ports["src_port"],
        "Dst_IP": destination,
        "Dst_Port": ports["dst_port"],
        "Protocol": protocol,
        "Timestamp": pc.strftime(seconds, format="%d/%m/%Y %I:%M:%S %p"),
    }


def _hosts(drawn: Drawn) -> tuple[pa.Array, pa.Array]:
    """Return addresses: forged sources for SYN floods, else flows between device and server."""
    port = drawn.columns["dst_port"]
    share = drawn.spare[:, 1]
    forged = formatting.joined(
        [
            pa.array(np.where(share < 0.5, "111", "222")),
            *(formatting.number(np.floor(share * 256**power) % 256) for power in (1, 2, 3)),
        ],
        ".",
    )
    device = formatting.category(
        np.floor(share * 3), [f"192.168.0.{host}" for host in (13, 24, 16)]
    )
    server = address("203.0.113", drawn.spare[:, 2], 8, first=10)
    syn = np.isin(port, SYN_FLOODED)
    victim = np.where(port == SYN_FLOODED[0], "192.168.0.13", "192.168.0.24")
    destination = np.select(
        [syn, port == VIDEO, np.isin(port, UDP_FLOODED)],
        [victim, "192.168.0.16", "210.89.164.90"],
        "",
    )
    named = pa.array(destination)
    source = pc.if_else(pa.array(port == VIDEO), "192.168.0.13", device)
    return (
        pc.if_else(pa.array(syn), forged, source),
        pc.if_else(pc.equal(named, ""), server, named),
    )


GENERATOR = Generator(
    format="iotid20",
    native=_native,
    decimals=DECIMALS,
    header=lambda _: ",".join(_COLUMNS) + "\n",
    fit_specs=fit_specs,
)
