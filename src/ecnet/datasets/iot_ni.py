"""IoT-NI: the IoT Network Intrusion Dataset, as the flows of IoTID20 and as packet captures."""

from collections.abc import Iterable

import pandas as pd

from ecnet.datasets import _issues
from ecnet.datasets._flows import flows
from ecnet.datasets._labels import named
from ecnet.datasets.declaration import Column, Dataset, Format, Kind, Shared, Source

_NORMAL = "Normal"

_COUNTED_FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG")
_FLAGS = (
    *("Fwd_PSH_Flags", "Bwd_PSH_Flags", "Fwd_URG_Flags", "Bwd_URG_Flags"),
    *(f"{flag}_Flag_Cnt" for flag in _COUNTED_FLAGS),
    *("CWE_Flag_Count", "ECE_Flag_Cnt"),
)
_MEASURES = (
    *("Flow_Duration", "Tot_Fwd_Pkts", "Tot_Bwd_Pkts", "TotLen_Fwd_Pkts", "TotLen_Bwd_Pkts"),
    *(f"Fwd_Pkt_Len_{what}" for what in ("Max", "Min", "Mean", "Std")),
    *(f"Bwd_Pkt_Len_{what}" for what in ("Max", "Min", "Mean", "Std")),
    *("Flow_Byts/s", "Flow_Pkts/s"),
    *(f"Flow_IAT_{what}" for what in ("Mean", "Std", "Max", "Min")),
    *(f"Fwd_IAT_{what}" for what in ("Tot", "Mean", "Std", "Max", "Min")),
    *(f"Bwd_IAT_{what}" for what in ("Tot", "Mean", "Std", "Max", "Min")),
    *("Fwd_Header_Len", "Bwd_Header_Len", "Fwd_Pkts/s", "Bwd_Pkts/s"),
    *(f"Pkt_Len_{what}" for what in ("Min", "Max", "Mean", "Std", "Var")),
    *("Down/Up_Ratio", "Pkt_Size_Avg", "Fwd_Seg_Size_Avg", "Bwd_Seg_Size_Avg"),
    *("Fwd_Byts/b_Avg", "Fwd_Pkts/b_Avg", "Fwd_Blk_Rate_Avg"),
    *("Bwd_Byts/b_Avg", "Bwd_Pkts/b_Avg", "Bwd_Blk_Rate_Avg"),
    *("Subflow_Fwd_Pkts", "Subflow_Fwd_Byts", "Subflow_Bwd_Pkts", "Subflow_Bwd_Byts"),
    *("Init_Fwd_Win_Byts", "Init_Bwd_Win_Byts", "Fwd_Act_Data_Pkts", "Fwd_Seg_Size_Min"),
    *(f"Active_{what}" for what in ("Mean", "Std", "Max", "Min")),
    *(f"Idle_{what}" for what in ("Mean", "Std", "Max", "Min")),
)

# What each holds instead. [E] is corrected in the tool of Engelen et al., the numbers are issues of
# CICFlowMeter (`_issues.CICFLOWMETER_FEATURES`); "here" is seen in the published records.
_FLAWED = (
    # Always 0 here. [E], 41, 124.
    *("Fwd_Byts/b_Avg", "Fwd_Pkts/b_Avg", "Fwd_Blk_Rate_Avg"),
    *("Bwd_Byts/b_Avg", "Bwd_Pkts/b_Avg", "Bwd_Blk_Rate_Avg"),
    # Subflows are not counted: here the totals of the flow. [E], 41, 111.
    *("Subflow_Fwd_Pkts", "Subflow_Fwd_Byts", "Subflow_Bwd_Pkts", "Subflow_Bwd_Byts"),
    # Updated several times for each packet: here idle times are the gaps between packets. [E], 76.
    *(f"{time}_{what}" for time in ("Active", "Idle") for what in ("Mean", "Std", "Max", "Min")),
    # Of the first packet alone, so at most 1 in flows of hundreds of packets. [E], 41.
    *_FLAGS,
    # The first packet counts twice. [E], 94.
    *("Pkt_Len_Mean", "Pkt_Len_Std", "Pkt_Len_Var", "Pkt_Size_Avg"),
    # The window of the last packet, not of the first. [E].
    "Init_Bwd_Win_Byts",
    # The quotient of whole numbers, without its fraction. [E], 125.
    "Down/Up_Ratio",
)


def _columns(names: Iterable[str], kind: Kind = "number") -> tuple[Column, ...]:
    """Return columns of CICFlowMeter."""
    return tuple(Column(name, kind, caveat="flawed" if name in _FLAWED else "") for name in names)


# Table III is a subset of BoT-IoT (it has Theft, which IoT-NI lacks): no row is one of our classes.

# Sub_Cat, spelled as in the file.
_SUB_CATEGORIES = (
    _NORMAL,
    "DoS-Synflooding",
    "MITM ARP Spoofing",
    "Mirai-Ackflooding",
    "Mirai-HTTP Flooding",
    "Mirai-Hostbruteforceg",
    "Mirai-UDP Flooding",
    "Scan Hostport",
    "Scan Port OS",
)

# The attacks of the authors' labelling rules: category and sub-category.
_RULED = {
    ("Man in the Middle (MITM)", "ARP Spoofing"): "MITM ARP Spoofing",
    ("Denial of Service (DoS)", "SYN Flooding"): "DoS SYN Flooding",
    ("Scanning", "Host Discovery"): "Scan Host Discovery",
    ("Scanning", "Port Scanning"): "Scan Port",
    ("Scanning", "OS/Version Detection"): "Scan OS and Version",
    ("Mirai Botnet", "UDP Flooding"): "Mirai UDP Flooding",
    ("Mirai Botnet", "ACK Flooding"): "Mirai ACK Flooding",
    ("Mirai Botnet", "HTTP Flooding"): "Mirai HTTP Flooding",
    ("Mirai Botnet", "Host Discovery"): "Mirai Host Discovery",
    ("Mirai Botnet", "Telnet Bruteforce"): "Mirai Telnet Bruteforce",
}
_PARTING = ": "
_RULES = Source("labelling_rules.csv", companion=True)


def _sub_category(labels: pd.DataFrame, _: Source) -> "pd.Series[str]":
    """Return Sub_Cat; missing if the binary label contradicts it."""
    label = named(labels["Sub_Cat"], _SUB_CATEGORIES)
    binary = named(labels["Label"], (_NORMAL, "Anomaly"))
    return label.where(binary.notna() & ((binary == _NORMAL) == (label == _NORMAL)))


def _binary(labels: pd.DataFrame, _: Source) -> "pd.Series[str]":
    return labels["Label"].map({"0": _NORMAL, "1": "Anomaly"})


def _ruled(labels: pd.DataFrame, source: Source) -> "pd.Series[str]":
    """Return the attack of the rule that matched the packet, or the normal class."""
    if source.label:
        return pd.Series(source.label, index=labels.index)
    pairs = labels["Category"] + _PARTING + labels["Sub-category"]
    attack = named(pairs, {_PARTING.join(pair): name for pair, name in _RULED.items()})
    return attack.mask(labels["Sub-category"].isna(), _NORMAL)


_MICROSECONDS = 1e6
_IP_HEADER = 20


def _flows(records: pd.DataFrame) -> pd.DataFrame:
    """Return shared features. CICFlowMeter counts payload and TCP and UDP headers, not IP's."""

    def ip_bytes(way: str) -> "pd.Series[float]":
        packets: pd.Series[float] = records[f"Tot_{way}_Pkts"]
        return records[f"TotLen_{way}_Pkts"] + records[f"{way}_Header_Len"] + _IP_HEADER * packets

    return flows(
        protocol=records["Protocol"],
        host=records["Src_IP"],
        time=records["Timestamp"],
        source_port=records["Src_Port"],
        destination_port=records["Dst_Port"],
        duration=records["Flow_Duration"] / _MICROSECONDS,
        forward_packets=records["Tot_Fwd_Pkts"],
        backward_packets=records["Tot_Bwd_Pkts"],
        forward_bytes=ip_bytes("Fwd"),
        backward_bytes=ip_bytes("Bwd"),
    )


# Mirai's floods come from bots, like IoT-23's DDoS; the other flood is from a single tool.
_SHARED_CLASSES = {
    _NORMAL: "Normal",
    "DoS-Synflooding": "DoS",
    "MITM ARP Spoofing": "MITM",
    "Mirai-Ackflooding": "DDoS",
    "Mirai-HTTP Flooding": "DDoS",
    "Mirai-Hostbruteforceg": "Bruteforce",
    "Mirai-UDP Flooding": "DDoS",
    "Scan Hostport": "Scan",
    "Scan Port OS": "Scan",
}

_IOTID20 = Format(
    name="iotid20",
    title="IoT-NI as flows (IoTID20)",
    reader="delimited",
    sources=(Source("IoT Network Intrusion Dataset.csv", records=625_783),),
    columns=(
        Column("Flow_ID", "text"),
        Column("Src_IP", "text"),
        Column("Src_Port", "port"),
        Column("Dst_IP", "text"),
        Column("Dst_Port", "port"),
        Column("Protocol", "category"),
        # The time zone is unknown; only differences of times are used.
        Column("Timestamp", "time", format="%d/%m/%Y %I:%M:%S %p"),
        *_columns(_MEASURES),
        *_columns(_FLAGS, "category"),
    ),
    labels=("Label", "Sub_Cat"),
    classify=_sub_category,
    classes=_SUB_CATEGORIES,
    host="Src_IP",
    time="Timestamp",
    shared=Shared(_flows, _SHARED_CLASSES),
)

_SAMPLE_31 = Format(
    name="sample-31",
    title="IoT-NI, 1% of IoTID20 in 31 columns",
    reader="delimited",
    sources=(Source("iotid20_31_columns_binary.csv", records=6_252),),
    columns=(
        # Codes for the values of these columns, assigned by the authors of this subset.
        Column("Flow_ID", "text"),
        Column("Src_IP", "text"),
        Column("Src_Port", "port"),
        Column("Dst_IP", "text"),
        Column("Dst_Port", "port"),
        Column("Timestamp", "text"),
        *_columns(
            (
                *("Flow_Duration", "TotLen_Fwd_Pkts", "TotLen_Bwd_Pkts", "Bwd_Pkt_Len_Max"),
                *("Flow_Byts/s", "Flow_Pkts/s"),
                *("Flow_IAT_Mean", "Flow_IAT_Std", "Flow_IAT_Max", "Flow_IAT_Min"),
                *("Fwd_IAT_Tot", "Bwd_IAT_Tot"),
                *("Bwd_IAT_Mean", "Bwd_IAT_Std", "Bwd_IAT_Max"),
                *("Bwd_Header_Len", "Fwd_Pkts/s", "Bwd_Pkts/s", "Pkt_Len_Std"),
            )
        ),
        *_columns(("FIN_Flag_Cnt",), "category"),
        *_columns(
            ("Pkt_Size_Avg", "Init_Bwd_Win_Byts", "Idle_Mean", "Idle_Max", "Idle_Min"),
        ),
    ),
    labels=("Label",),
    classify=_binary,
    classes=(_NORMAL, "Anomaly"),
    host="Src_IP",
)

_PCAP = Format(
    name="pcap",
    title="IoT-NI captures",
    reader="packets",
    sources=(
        Source("benign-dec.pcap", label=_NORMAL),
        Source("mitm-arpspoofing-[1-6]-dec.pcap", several=True),
        Source("dos-synflooding-[1-6]-dec.pcap", several=True),
        Source("scan-hostport-[1-6]-dec.pcap", several=True),
        Source("scan-portos-[1-6]-dec.pcap", several=True),
        Source("mirai-udpflooding-[1-4]-dec.pcap", several=True),
        Source("mirai-ackflooding-[1-4]-dec.pcap", several=True),
        Source("mirai-httpflooding-[1-4]-dec.pcap", several=True),
        Source("mirai-hostbruteforce-[1-5]-dec.pcap", several=True),
        _RULES,
    ),
    columns=(
        Column("frame.time_epoch", "time"),
        Column("frame.len"),
        Column("eth.src", "text"),
        Column("eth.dst", "text"),
        Column("eth.type", "category", hexadecimal=4),
        Column("arp.opcode", "category"),
        Column("ip.src", "text"),
        Column("ip.dst", "text"),
        Column("ip.proto", "category"),
        Column("ip.len"),
        Column("ip.flags", "category", hexadecimal=2),
        # It reveals which machine sent the packet, and its distance.
        Column("ip.ttl", shortcut=True),
        Column("tcp.srcport", "port"),
        Column("tcp.dstport", "port"),
        Column("tcp.flags", "category", hexadecimal=4),
        Column("tcp.len"),
        Column("tcp.hdr_len"),
        # The labelling rules use it: they identify scans by the value 1024.
        Column("tcp.window_size", shortcut=True),
        Column("tcp.time_delta"),
        Column("udp.srcport", "port"),
        Column("udp.dstport", "port"),
        Column("udp.length"),
        Column("icmp.type", "category"),
        Column("http.request.method", "category"),
        Column("dns.flags.response", "category"),
    ),
    labels=("Category", "Sub-category"),
    classify=_ruled,
    classes=(_NORMAL, *_RULED.values()),
    host="ip.src",
    time="frame.time_epoch",
)

DATASET = Dataset(
    name="iot-ni",
    title="IoT-NI",
    page="https://ieee-dataport.org/open-access/iot-network-intrusion-dataset",
    size="42 captures; as flows (IoTID20) one file of 625,783 records",
    licence="free, with citation",
    citation=(
        "H. Kang, D. H. Ahn, G. M. Lee, J. D. Yoo, K. H. Park, H. K. Kim: IoT network intrusion "
        "dataset, IEEE DataPort, 2019, doi:10.21227/q70p-q449; as flows: I. Ullah, "
        "Q. H. Mahmoud: A scheme for generating a dataset for anomalous activity detection in IoT "
        "networks, Canadian AI 2020, doi:10.1007/978-3-030-47358-7_52"
    ),
    normal=_NORMAL,
    formats=(_IOTID20, _PCAP, _SAMPLE_31),
    steps=(
        "Format iotid20: open https://sites.google.com/view/iot-network-intrusion-dataset and "
        "take `IoT Network Intrusion Dataset.csv`.",
        "Format pcap: sign in at IEEE DataPort (free), open doi:10.21227/q70p-q449 and take the 42 "
        "files that end in -dec.pcap.",
        "Format pcap: put the authors' filters beside them as labelling_rules.csv, with the "
        "columns File Name, Category, Sub-category and Rule.",
    ),
    known_issues=(
        _issues.CICFLOWMETER,
        _issues.CICFLOWMETER_FEATURES,
        _issues.LAB_ONLY,
        _issues.SMELLS,
    ),
)
