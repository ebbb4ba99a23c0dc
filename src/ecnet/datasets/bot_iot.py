"""BoT-IoT: Argus flows of a simulated IoT network, in the authors' subsets and smaller ones."""

from dataclasses import replace

import pandas as pd

from ecnet.datasets import _issues
from ecnet.datasets._flows import flows
from ecnet.datasets._labels import named
from ecnet.datasets.declaration import Column, Dataset, Format, Shared, Source

_FLOW = {
    column.name: column
    for column in (
        # The records are sorted by attack, so record numbers, sequence numbers and times reveal it.
        Column("pkSeqID", shortcut=True),
        Column("stime", "time"),
        Column("flgs", "category"),
        Column("proto", "category"),
        Column("saddr", "text"),
        Column("sport", "port"),
        Column("daddr", "text"),
        Column("dport", "port"),
        Column("pkts"),
        Column("bytes"),
        Column("state", "category"),
        Column("ltime", "time"),
        Column("seq", shortcut=True),
        Column("dur"),
        Column("mean"),
        Column("stddev"),
        # Hardware addresses, their makers and the countries of addresses; mostly empty.
        Column("smac", "text"),
        Column("dmac", "text"),
        Column("sum"),
        Column("min"),
        Column("max"),
        Column("soui", "text"),
        Column("doui", "text"),
        Column("sco", "text"),
        Column("dco", "text"),
        Column("spkts"),
        Column("dpkts"),
        Column("sbytes"),
        Column("dbytes"),
        Column("rate"),
        Column("srate"),
        Column("drate"),
    )
}

# Computed by the authors over each 100 records in their order (`_issues.BOT_IOT_REVIEW`).
_OVER_WINDOWS = (
    *("TnBPSrcIP", "TnBPDstIP", "TnP_PSrcIP", "TnP_PDstIP", "TnP_PerProto", "TnP_Per_Dport"),
    *("AR_P_Proto_P_SrcIP", "AR_P_Proto_P_DstIP", "N_IN_Conn_P_DstIP", "N_IN_Conn_P_SrcIP"),
    *("AR_P_Proto_P_Sport", "AR_P_Proto_P_Dport"),
)
_DERIVED = {
    **{name: Column(name, caveat="neighbours") for name in _OVER_WINDOWS},
    **{
        name: Column(name, optional=True, caveat="neighbours")
        for name in ("Pkts_P_State_P_Protocol_P_DestIP", "Pkts_P_State_P_Protocol_P_SrcIP")
    },
}

# Not in the 5% subset. Its flgs_number, proto_number and state_number repeat flgs, proto and state,
# and are not read.
_ABSENT_IN_5PC = ("smac", "dmac", "soui", "doui", "sco", "dco")

_LABELS = ("attack", "category", "subcategory")
_PROTOCOLS = ("TCP", "UDP", "HTTP")
_FLOODS = ("DoS", "DDoS")
_NORMAL = "Normal"
_CATEGORIES = (_NORMAL, *_FLOODS, "Reconnaissance", "Theft")
_CLASSES = (
    _NORMAL,
    *(f"{flood}-{protocol}" for flood in _FLOODS for protocol in _PROTOCOLS),
    "Reconnaissance",
    "Theft",
)


def _classify(labels: pd.DataFrame, _: Source) -> "pd.Series[str]":
    """Return the category, for floods with the protocol; missing if `attack` contradicts it."""
    category = _category(labels, _)
    protocol = named(labels["subcategory"], _PROTOCOLS)
    label = category.mask(category.isin(_FLOODS), category + "-" + protocol)
    attack = labels["attack"].map({"0": False, "1": True})
    return label.where(attack == (category != _NORMAL))


def _category(labels: pd.DataFrame, _: Source) -> "pd.Series[str]":
    return named(labels["category"], _CATEGORIES)


_ETHERNET_HEADER = 14


def _flows(records: pd.DataFrame) -> pd.DataFrame:
    """Return shared features. Argus counts frames: headers are subtracted, padding remains."""
    return flows(
        protocol=records["proto"],
        host=records["saddr"],
        time=records["stime"],
        source_port=records["sport"],
        destination_port=records["dport"],
        duration=records["dur"],
        forward_packets=records["spkts"],
        backward_packets=records["dpkts"],
        forward_bytes=(records["sbytes"] - _ETHERNET_HEADER * records["spkts"]).clip(lower=0),
        backward_bytes=(records["dbytes"] - _ETHERNET_HEADER * records["dpkts"]).clip(lower=0),
    )


_SHARED = Shared(
    _flows,
    {
        _NORMAL: "Normal",
        **{f"{flood}-{protocol}": flood for flood in _FLOODS for protocol in _PROTOCOLS},
        "Reconnaissance": "Scan",
        "Theft": "Theft",
    },
)


def _format(
    name: str,
    title: str,
    sources: tuple[Source, ...],
    columns: tuple[Column, ...],
    partial: bool = False,
    shared: Shared | None = None,
) -> Format:
    names = [column.name for column in columns]
    return Format(
        name=name,
        title=title,
        reader="delimited",
        sources=sources,
        columns=columns,
        labels=_LABELS,
        classify=_classify,
        classes=_CLASSES,
        partial=partial,
        host="saddr",
        time="stime" if "stime" in names else "",
        shared=shared,
    )


_FULL5PC = _format(
    "full5pc",
    "BoT-IoT 5% cut",
    (Source("UNSW_2018_IoT_Botnet_Full5pc_[1-4].csv", several=True),),
    (*(column for name, column in _FLOW.items() if name not in _ABSENT_IN_5PC), *_DERIVED.values()),
    shared=_SHARED,
)

_BEST = "UNSW_2018_IoT_Botnet_Final_10_[bB]est.csv"
_BEST_TRAINING = "UNSW_2018_IoT_Botnet_Final_10_[bB]est_Training.csv"
_BEST_TESTING = "UNSW_2018_IoT_Botnet_Final_10_[bB]est_Testing.csv"
_BEST_SAMPLE = "sample.tsv"  # it is not known from which of the two
_BEST_PIECES = ("training_attack.csv", "training_normal.csv", _BEST_SAMPLE)

_10BEST = _format(
    "10best",
    "BoT-IoT 10-best cut",
    (
        # One file, or the authors' split of it into two, or pieces of these.
        Source(_BEST, holds=(_BEST_TRAINING, _BEST_TESTING, *_BEST_PIECES)),
        Source(_BEST_TRAINING, holds=_BEST_PIECES),
        Source(_BEST_TESTING, holds=(_BEST_SAMPLE,)),
        *map(Source, _BEST_PIECES),
    ),
    (
        _FLOW["pkSeqID"],
        _FLOW["proto"],
        _FLOW["saddr"],
        _FLOW["sport"],
        _FLOW["daddr"],
        _FLOW["dport"],
        _FLOW["seq"],
        _FLOW["stddev"],
        _DERIVED["N_IN_Conn_P_SrcIP"],
        _FLOW["min"],
        Column("state_number", "category"),
        _FLOW["mean"],
        _DERIVED["N_IN_Conn_P_DstIP"],
        _FLOW["drate"],
        _FLOW["srate"],
        _FLOW["max"],
    ),
    partial=True,
)

_COLUMNS_35 = _format(
    "columns-35",
    "BoT-IoT, all 35 columns with a header",
    (Source("bot_iot_35_columns.csv"),),
    tuple(_FLOW.values()),
    shared=_SHARED,
)

# The 74 files have those columns and no header.
_ARGUS = replace(
    _COLUMNS_35,
    name="argus",
    title="BoT-IoT Argus flows",
    sources=(
        Source(
            "UNSW_2018_IoT_Botnet_Dataset_[1-9].csv",
            also=("UNSW_2018_IoT_Botnet_Dataset_[1-7][0-9].csv",),
            several=True,
        ),
    ),
    layout=(*_FLOW, *_LABELS),
    headerless=True,
)

_COLUMNS_12 = Format(
    name="columns-12",
    title="BoT-IoT, 12 columns",
    reader="delimited",
    sources=(Source("bot_iot_12_columns.csv"),),
    columns=tuple(
        _FLOW[name]
        for name in (
            *("flgs", "proto", "pkts", "bytes", "dur", "mean"),
            *("stddev", "sum", "min", "max", "rate"),
        )
    ),
    labels=("category",),
    classify=_category,
    classes=_CATEGORIES,
)

DATASET = Dataset(
    name="bot-iot",
    title="BoT-IoT",
    page="https://research.unsw.edu.au/projects/bot-iot-dataset",
    size="73,370,443 records in 74 files, 16.7 GB; the 5% cut 1.07 GB",
    licence="free for academic research",
    citation=(
        "N. Koroniotis, N. Moustafa, E. Sitnikova, B. Turnbull: Towards the development of "
        "realistic botnet dataset in the Internet of Things for network forensic analytics: "
        "Bot-IoT dataset, Future Generation Computer Systems 100:779-796, 2019, "
        "doi:10.1016/j.future.2019.05.041"
    ),
    normal=_NORMAL,
    formats=(_ARGUS, _FULL5PC, _10BEST, _COLUMNS_35, _COLUMNS_12),
    steps=(
        "Open https://research.unsw.edu.au/projects/bot-iot-dataset in a browser and follow the "
        "link to the data.",
        "Format argus: take UNSW_2018_IoT_Botnet_Dataset_1.csv to _74.csv, all of them.",
        "Format full5pc: take UNSW_2018_IoT_Botnet_Full5pc_1.csv to _4.csv.",
        "Format 10best: take UNSW_2018_IoT_Botnet_Final_10_best_Training.csv and _Testing.csv, or "
        "UNSW_2018_IoT_Botnet_Final_10_Best.csv, which holds the records of both.",
    ),
    known_issues=(_issues.BOT_IOT_REVIEW, _issues.LAB_ONLY, _issues.SMELLS),
)
