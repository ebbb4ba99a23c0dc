"""The shared features of the flows of all datasets, in common units, so that they can be merged."""

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
"""Protocol names and IANA numbers -> our names; all others are `other`."""

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
    """Return the columns of IoT-DS2 from (n,) columns of a dataset.

    protocol: names or numbers as text. time: seconds since the epoch; None if unknown. duration:
    seconds. packets, bytes: sent by the originator of the flow (forward) and to it (backward);
    bytes of whole IP packets, including headers. Ports are only used for TCP and UDP: for other
    protocols they are an ICMP type or 0.
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
