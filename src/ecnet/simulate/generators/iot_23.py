"""IoT-23: flows of single captures as Zeek logs, with both labels in the last field.

ip_bytes follows from the payload bytes, the packets and the overhead per packet; duration and
payload are unset together. Hosts, times and identifiers are assumed.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.datasets.iot_23 import DATASET
from ecnet.simulate import formatting
from ecnet.simulate.distributions import ABSENT, MIN_RECORDS, FloatArray, IntArray
from ecnet.simulate.generator import (
    Drawn,
    FidelityCase,
    FitSpec,
    Generator,
    Mask,
    RecordSource,
    address,
)

_SUFFIX = ".conn.log.labeled"
_FORMAT = DATASET.format("zeek")
# The last field of a log contains three values.
_LAST_FIELD = "   ".join((_FORMAT.columns[-1].header, *_FORMAT.labels))
_FIELDS = (*(column.header for column in _FORMAT.columns[:-1]), _LAST_FIELD)
_TYPES = (
    *("time", "string", "addr", "port", "addr", "port", "enum", "string", "interval", "count"),
    *("count", "string", "bool", "bool", "count", "string", "count", "count", "count", "count"),
    "set[string]   string   string",
)
_ORDER = (
    *("proto", "conn_state", "service", "history", "orig_pkts", "resp_pkts", "missed_bytes"),
    *("duration", "orig_bytes", "resp_bytes", "orig_overhead", "resp_overhead", "resp_p", "orig_p"),
)
_ONLY_IN_CAPTURES = ("history", "orig_p")
_DECIMALS = {
    **dict.fromkeys(("orig_pkts", "resp_pkts", "missed_bytes", "orig_bytes", "resp_bytes"), 0),
    **dict.fromkeys(("resp_p", "orig_p"), 0),
    **dict.fromkeys(("orig_overhead", "resp_overhead"), 3),
    "duration": 6,
}
_BY_CLASS = "derived/iot23_by_class.csv.gz"
_BASE = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PAIRS = [first + second for first in _BASE for second in _BASE]
_DEVICES = 4
_LAST_PORT = 65_535
_OWN_LAW = 50
"""The minimum number of flows for a distribution of a class in one capture; with fewer, the
distribution of the class over all captures is used."""


def _header(_: str) -> str:
    return "\n".join(
        [
            "#separator \\x09",
            "#set_separator\t,",
            "#empty_field\t(empty)",
            "#unset_field\t-",
            "#path\tconn",
            "#open\t2019-01-01-00-00-00",
            "#fields\t" + "\t".join(_FIELDS),
            "#types\t" + "\t".join(_TYPES),
            "",
        ]
    )


def _native(drawn: Drawn) -> Sequence[pa.Array]:
    column = drawn.columns
    missing = column["duration"] == ABSENT
    benign = drawn.is_class("Benign")
    orig_bytes, resp_bytes = (
        np.where(missing, ABSENT, np.maximum(column[name], 0))
        for name in ("orig_bytes", "resp_bytes")
    )
    # A benign flow may come from any device, an attack only from the infected one.
    device = np.where(benign, drawn.spare[:, 1], 0.0)
    unset = pa.array(["-"]).take(pa.array(np.zeros(len(drawn), dtype=np.int64)))
    return [
        formatting.number(drawn.time, 6),
        _uid(drawn),
        address("192.168.1", device, _DEVICES, first=195),
        formatting.number(np.clip(column["orig_p"], 0, _LAST_PORT)),
        _responder(drawn, benign),
        formatting.number(np.clip(column["resp_p"], 0, _LAST_PORT)),
        drawn.category("proto"),
        drawn.category("service", "-"),
        formatting.number(column["duration"], 6, "-"),
        formatting.number(orig_bytes, missing="-"),
        formatting.number(resp_bytes, missing="-"),
        drawn.category("conn_state"),
        unset,
        unset,
        formatting.number(column["missed_bytes"]),
        drawn.category("history", "-"),
        formatting.number(column["orig_pkts"]),
        formatting.number(_ip_bytes(orig_bytes, column["orig_overhead"], column["orig_pkts"])),
        formatting.number(column["resp_pkts"]),
        formatting.number(_ip_bytes(resp_bytes, column["resp_overhead"], column["resp_pkts"])),
        _labels(drawn, benign),
    ]


def _ip_bytes(payload: FloatArray, overhead: FloatArray, packets: FloatArray) -> FloatArray:
    total = np.where(payload == ABSENT, 0.0, payload) + overhead * packets
    return np.where(packets > 0, np.maximum(np.rint(total), 0), 0.0)


def _labels(drawn: Drawn, benign: Mask) -> pa.Array:
    """Return tunnel parents, label and detailed label in one field, separated by three blanks."""
    honeypot = "Honeypot" in drawn.file
    kind = np.where(benign, "benign" if honeypot else "Benign", "Malicious")
    parents = "-" if honeypot else "(empty)"
    detailed = drawn.by_class({name: "-" if name == "Benign" else name for name in drawn.classes})
    return formatting.joined([pa.scalar(parents), pa.array(kind), detailed], "   ")


def _responder(drawn: Drawn, benign: Mask) -> pa.Array:
    """Return one of a few servers, or for a scan one of many addresses."""
    share = drawn.spare[:, 2]
    few = address("203.0.113", share, 8, first=10)
    scan = np.array(["Scan" in name or name == "Okiru" for name in drawn.classes])[drawn.label]
    third, fourth = np.floor(share * 256), np.floor(share * 65536) % 256
    many = formatting.joined(
        [pa.scalar("198.18"), formatting.number(third), formatting.number(fourth)], "."
    )
    return pc.if_else(pa.array(scan & ~benign), many, few)


def _uid(drawn: Drawn) -> pa.Array:
    """Return identifiers that look like Zeek's; they are unique up to 62^10."""
    lanes = drawn.spare[:, 3]
    parts: list[pa.Scalar | pa.Array] = [pa.scalar("C")]
    for _ in range(4):
        lanes = lanes * len(_PAIRS)
        parts.append(formatting.category(np.floor(lanes), _PAIRS))
        lanes = lanes - np.floor(lanes)
    number: IntArray = drawn.before + drawn.record
    for power in (2, 1, 0):
        parts.append(formatting.category(number // len(_PAIRS) ** power % len(_PAIRS), _PAIRS))
    return formatting.joined(parts)


def _fit_specs(records: RecordSource) -> Iterable[FitSpec]:
    captures = {
        name: _columns(records.typed("zeek", f"{name}{_SUFFIX}.gz"))
        for name in (
            *(f"CTU-IoT-Malware-Capture-{number}-1" for number in (8, 20, 21, 34, 42)),
            *(f"CTU-Honeypot-Capture-{number}-1" for number in (4, 7)),
        )
    }
    for name, table in captures.items():
        for label, part in table.groupby("label", sort=True):
            if len(part) >= _OWN_LAW:
                short = name.removeprefix("CTU-").replace("IoT-Malware-Capture-", "")
                yield FitSpec(
                    distribution=f"{short}/{label}",
                    basis=f"{name}: {len(part)} flows",
                    tables={"capture": part},
                    order=dict.fromkeys(_ORDER, "capture"),
                )
    pooled = pd.concat(captures.values(), ignore_index=True)
    for label, part in _columns(records.plain(_BY_CLASS, missing="-")).groupby("label", sort=True):
        if len(part) >= MIN_RECORDS:
            yield FitSpec(
                distribution=str(label),
                basis=(
                    f"{len(part)} flows of the class from many captures, but history and source "
                    f"port, which are those of like flows in the {len(pooled)} of seven captures"
                ),
                tables={"class": part, "captures": pooled},
                order={n: "captures" if n in _ONLY_IN_CAPTURES else "class" for n in _LAST},
            )


# Columns that only the captures have are drawn last, given all other columns.
_LAST = sorted(_ORDER, key=lambda name: name in _ONLY_IN_CAPTURES)


def _columns(flows: pd.DataFrame) -> pd.DataFrame:
    """Return typed flows as the columns of the distributions."""
    flows = flows.rename(columns={"id.resp_p": "resp_p", "detailed-label": "label"})
    for way in ("orig", "resp"):
        packets = flows[f"{way}_pkts"]
        added = flows[f"{way}_ip_bytes"] - flows[f"{way}_bytes"].fillna(0)
        flows[f"{way}_overhead"] = (added / packets.where(packets > 0)).fillna(0)
    return flows


def _case(title: str, drop: Sequence[str] = ()) -> FidelityCase:
    log = f"CTU-IoT-Malware-Capture-34-1{_SUFFIX}"
    classes = ("Benign", "C&C", "DDoS", "PartOfAHorizontalPortScan")
    return FidelityCase(
        title=title,
        format="zeek",
        files=(f"{log}.gz",),
        native=log,
        classes={name: name for name in classes},
        drop=drop,
    )


GENERATOR = Generator(
    format=_FORMAT.name,
    native=_native,
    decimals=_DECIMALS,
    separator="\t",
    header=_header,
    footer=lambda _: "#close\t2019-01-01-00-00-00\n",
    fit_specs=_fit_specs,
    fidelity_cases=(
        _case("IoT-23, capture 34-1"),
        _case("IoT-23, 34-1, without ports", drop=("orig_p_kind", "resp_p_kind")),
    ),
)
