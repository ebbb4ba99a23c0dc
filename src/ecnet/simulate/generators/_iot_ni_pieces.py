"""IoT-NI: a 1% sample of IoTID20 as the columns of distributions, divided into pieces.

The sample has 31 columns; inverting CICFlowMeter's computations recovers the others.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ecnet.simulate.distributions import FloatArray
from ecnet.simulate.generator import FitSpec, RecordSource

ORDER = (
    *("protocol", "dst_port", "src_port", "bwd_pkts", "fwd_pkts", "header", "window", "syn"),
    *("bwd_long", "bwd_longs", "bwd_short", "first_long", "fwd_long", "fwd_longs", "fwd_short"),
    *("iat_max", "iat_min", "iat_other", "lead"),
)
DECIMALS = dict.fromkeys(ORDER[1:], 0) | {"header": 3, "iat_other": 2}
_READ = (
    *("Src_Port", "Dst_Port", "Flow_Duration", "TotLen_Fwd_Pkts", "TotLen_Bwd_Pkts"),
    *("Bwd_Pkt_Len_Max", "Pkt_Len_Std", "Pkt_Size_Avg", "Fwd_Pkts/s", "Bwd_Pkts/s"),
    *("Flow_IAT_Max", "Flow_IAT_Min", "Fwd_IAT_Tot", "Bwd_Header_Len", "Init_Bwd_Win_Byts"),
)
_SAMPLE = "iotid20_31_columns_binary.csv.gz"
_LONGEST = 1464
"""The maximum length of a packet in bytes."""

VIDEO = 10101
SYN_FLOODED = (554, 19604)
UDP_FLOODED = (8899, 9988, 8011, 8043)
"""Destination ports that distinguish flows."""


def fit_specs(records: RecordSource) -> Iterable[FitSpec]:
    """Yield what the distribution of each piece is fitted on."""
    sample = columns(records.typed("sample-31", _SAMPLE))
    for piece, part in sample.groupby("piece", sort=True):
        yield FitSpec(
            distribution=str(piece),
            basis=(
                f"{len(part)} of 6,252 flows, a hundredth of IoTID20; assumed: how packets lie "
                "between first and last, two lengths each way, SYN in floods to ports 554 and 19604"
            ),
            tables={"sample": part},
            order=dict.fromkeys(ORDER, "sample"),
        )


def columns(sample: pd.DataFrame) -> pd.DataFrame:
    """Return the flows of the sample as the columns of the distributions, and their pieces."""
    numbers = {name: sample[name].to_numpy("float64") for name in _READ}
    seconds = numbers["Flow_Duration"] / 1e6
    bwd = np.rint(numbers["Bwd_Pkts/s"] * seconds)
    fwd = np.rint(numbers["Fwd_Pkts/s"] * seconds)
    header = numbers["Bwd_Header_Len"] / bwd
    protocol = np.select([header == 0, header == 8], ["0", "17"], "6")
    table = pd.DataFrame(
        {
            "protocol": protocol,
            "dst_port": numbers["Dst_Port"],
            "src_port": numbers["Src_Port"],
            "bwd_pkts": bwd,
            "fwd_pkts": fwd,
            "header": header,
            "window": numbers["Init_Bwd_Win_Byts"],
            **_lengths(numbers, bwd, fwd),
            "iat_max": numbers["Flow_IAT_Max"],
            "iat_min": numbers["Flow_IAT_Min"],
            "iat_other": _other_gap(numbers, bwd + fwd),
            "lead": _lead(numbers),
        }
    )
    table["piece"] = _pieces(table, (sample["label"] == "Normal").to_numpy())
    table["syn"] = (table["piece"] == "syn flood").astype("float64")
    return table


def _lengths(
    numbers: dict[str, FloatArray], bwd: FloatArray, fwd: FloatArray
) -> dict[str, FloatArray]:
    """Recover at most two lengths per direction from total, maximum, mean and deviation."""
    total = numbers["TotLen_Bwd_Pkts"]
    long = numbers["Bwd_Pkt_Len_Max"]
    longs = np.clip(np.floor(total / np.maximum(long, 1)), 1, bwd)
    shorts = bwd - longs
    short = np.where(shorts > 0, (total - longs * long) / np.maximum(shorts, 1), long)
    every = total + numbers["TotLen_Fwd_Pkts"]
    # The tool adds the first packet's length twice.
    first = numbers["Pkt_Size_Avg"] * (bwd + fwd) - every
    mean = (every + first) / (bwd + fwd + 1)
    squares = numbers["Pkt_Len_Std"] ** 2 * (bwd + fwd) + mean**2 * (bwd + fwd + 1)
    squares -= first**2 + longs * long**2 + shorts * short**2
    found = [
        two_lengths(int(n), *of)
        for n, *of in zip(fwd, numbers["TotLen_Fwd_Pkts"], squares, strict=True)
    ]
    fwd_long, fwd_longs, fwd_short = np.array(found, dtype=float).T
    return {
        "bwd_long": long,
        "bwd_longs": longs,
        "bwd_short": short,
        "first_long": (np.abs(first - long) < 1).astype(float),
        "fwd_long": fwd_long,
        "fwd_longs": fwd_longs,
        "fwd_short": fwd_short,
    }


def two_lengths(count: int, total: float, squares: float) -> tuple[float, float, float]:
    """Return a long length, its count, and a short length with the given sum and sum of squares."""
    if count == 0:
        return 0.0, 0.0, 0.0
    mean = total / count
    spread = max(squares / count - mean**2, 0.0) ** 0.5
    if count == 1 or spread < 1:
        return round(mean), float(count), round(mean)
    ways = []
    for longs in range(1, count):
        odds = ((count - longs) / longs) ** 0.5
        long, short = mean + spread * odds, mean - spread / odds
        error = abs(long - round(long)) + abs(short - round(short))
        error += max(long - _LONGEST, 0.0) - min(short, 0.0)
        ways.append((error, round(long), float(longs), max(round(short), 0)))
    return min(ways)[1:]


def _other_gap(numbers: dict[str, FloatArray], packets: FloatArray) -> FloatArray:
    """Return the mean of the gaps except the longest and the shortest; 0 if there are none."""
    between = numbers["Flow_Duration"] - numbers["Flow_IAT_Max"] - numbers["Flow_IAT_Min"]
    return np.where(packets > 3, between / np.maximum(packets - 3, 1), 0)


def _lead(numbers: dict[str, FloatArray]) -> FloatArray:
    """Return whether the gap before the first forward packet is the longest, shortest, or other."""
    gap = numbers["Flow_Duration"] - numbers["Fwd_IAT_Tot"]
    longest, shortest = gap == numbers["Flow_IAT_Max"], gap == numbers["Flow_IAT_Min"]
    return np.select([longest, shortest], [0.0, 1.0], 2.0)


def _pieces(table: pd.DataFrame, normal: np.ndarray) -> np.ndarray:
    """Return the name of the piece that each flow belongs to."""
    protocol, long = table["protocol"], table["bwd_long"]
    to, of = table["dst_port"], table["src_port"]
    video = (protocol == "17") & (to == VIDEO)
    web = to.isin((80, 443)) | of.isin((80, 443))
    choices: dict[str, pd.Series | np.ndarray] = {
        "normal": normal,
        "no protocol": protocol == "0",
        "syn flood": (protocol == "6") & to.isin(SYN_FLOODED) & (long == 0),
        "udp burst": (protocol == "17") & to.isin(UDP_FLOODED),
        "video, pairs": video & (long >= 1400) & (table["fwd_pkts"] <= 2),
        "video, others": video,
        "from 443": (protocol == "6") & (of == 443),
        "stream": (protocol == "6") & ((to == 9020) | (of == 9020)),
        "web": (protocol == "6") & web,
    }
    return np.select(list(choices.values()), list(choices), "other")
