"""What the flows of all datasets share, in one set of units, so that they can be put together."""

import numpy as np
import pandas as pd

_PROTOCOLS = {
    "tcp": "tcp",
    "6": "tcp",
    "udp": "udp",
    "17": "udp",
    "icmp": "icmp",
    "1": "icmp",
    "ipv6-icmp": "icmp",
    "58": "icmp",
    "arp": "arp",
}
"""Names, and the numbers that IANA gave to protocols over IP -> our names; all others: other."""

_WITH_PORTS = ("tcp", "udp")


def flows(
    *,
    protocol: "pd.Series[str]",
    host: "pd.Series[str]",
    time: "pd.Series[float] | None",
    source_port: "pd.Series[int]",
    destination_port: "pd.Series[int]",
    duration: "pd.Series[float]",
    forward_packets: "pd.Series[float]",
    backward_packets: "pd.Series[float]",
    forward_bytes: "pd.Series[float]",
    backward_bytes: "pd.Series[float]",
) -> pd.DataFrame:
    """Return (n,) columns side by side as the columns of IoT-DS2.

    protocol: names or numbers as text. time: seconds since the epoch; None if it is not known.
    duration: seconds. packets, bytes: from the originator of the flow (forward) and to it; bytes
    are those of whole IP packets, headers included. A port counts for TCP and UDP alone: where
    others have one, it is a type of ICMP or 0.
    """
    name = protocol.str.lower().map(_PROTOCOLS).fillna("other").where(protocol.notna())
    ports = name.isin(_WITH_PORTS)
    return pd.DataFrame(
        {
            "host": host,
            "time": np.nan if time is None else time,
            "protocol": name.astype("str"),
            "source_port": source_port.where(ports).astype("Int32"),
            "destination_port": destination_port.where(ports).astype("Int32"),
            "duration": duration,
            "forward_packets": forward_packets,
            "backward_packets": backward_packets,
            "forward_bytes": forward_bytes,
            "backward_bytes": backward_bytes,
        }
    )
