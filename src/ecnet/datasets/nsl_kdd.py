"""NSL-KDD: the KDD Cup 1999 connections without their duplicates; the official split is kept."""

import pandas as pd

from ecnet.datasets import _issues
from ecnet.datasets._labels import named
from ecnet.datasets.declaration import Column, Dataset, Format, Source

_ATTACKS = {
    "Normal": "normal",
    "DoS": ("apache2 back land mailbomb neptune pod processtable smurf teardrop udpstorm worm"),
    "Probe": "ipsweep mscan nmap portsweep saint satan",
    "R2L": (
        "ftp_write guess_passwd httptunnel imap multihop named phf sendmail snmpgetattack "
        "snmpguess spy warezclient warezmaster xlock xsnoop"
    ),
    "U2R": "buffer_overflow loadmodule perl ps rootkit sqlattack xterm",
}
_CLASS = {attack: name for name, attacks in _ATTACKS.items() for attack in attacks.split()}

# Computed over the connections of the past two seconds, and over the last hundred to the same host
# (`_issues.KDD_WINDOWS`); so is `count`.
_OVER_WINDOWS = (
    *("srv_count", "serror_rate", "srv_serror_rate", "rerror_rate", "srv_rerror_rate"),
    *("same_srv_rate", "diff_srv_rate", "srv_diff_host_rate"),
    *("dst_host_count", "dst_host_srv_count", "dst_host_same_srv_rate", "dst_host_diff_srv_rate"),
    *("dst_host_same_src_port_rate", "dst_host_srv_diff_host_rate"),
    *("dst_host_serror_rate", "dst_host_srv_serror_rate"),
    *("dst_host_rerror_rate", "dst_host_srv_rerror_rate"),
)
_COLUMNS = (
    Column("duration"),
    Column("protocol_type", "category"),
    Column("service", "category"),
    Column("flag", "category"),
    Column("src_bytes"),
    Column("dst_bytes"),
    Column("land", "category"),
    Column("wrong_fragment"),
    Column("urgent"),
    Column("hot"),
    Column("num_failed_logins"),
    Column("logged_in", "category"),
    Column("num_compromised"),
    Column("root_shell", "category"),
    Column("su_attempted", "category"),
    Column("num_root"),
    Column("num_file_creations"),
    Column("num_shells"),
    Column("num_access_files"),
    Column("num_outbound_cmds"),
    Column("is_host_login", "category"),
    Column("is_guest_login", "category"),
    Column("same_host_count", native="count", caveat="neighbours"),
    *(Column(name, caveat="neighbours") for name in _OVER_WINDOWS),
    # How many of 21 trained models classified the record correctly, which depends on its label.
    # Copies made for training lack it.
    Column("difficulty", shortcut=True, optional=True),
)
_LAYOUT = (*(column.header for column in _COLUMNS[:-1]), "attack", "difficulty")

_TRAIN = Source("KDDTrain+.txt", records=125_973, subset="train")
_TEST = Source("KDDTest+.txt", records=22_544, subset="test")
_HARD_TEST = Source("KDDTest-21.txt", records=11_850, subset="test")
"""The test records that not all of the authors' 21 trained models classified correctly."""


def _classify(labels: pd.DataFrame, _: Source) -> "pd.Series[str]":
    """Return the class of an attack; the files of KDD Cup 1999 have a full stop after its name."""
    return named(labels["attack"].str.removesuffix("."), _CLASS)


def _format(name: str, train: Source, test: Source = _TEST) -> Format:
    return Format(
        name=name,
        title=f"NSL-KDD ({name})",
        reader="delimited",
        sources=(train, test),
        columns=_COLUMNS,
        labels=("attack",),
        classify=_classify,
        classes=tuple(_ATTACKS),
        layout=_LAYOUT,
        headerless=True,
    )


DATASET = Dataset(
    name="nsl-kdd",
    title="NSL-KDD",
    page="https://www.unb.ca/cic/datasets/nsl.html",
    size="125,973 records to train and 22,544 to test; about 22 MB",
    licence="free for research, with citation",
    citation=(
        "M. Tavallaee, E. Bagheri, W. Lu, A. A. Ghorbani: A detailed analysis of the KDD CUP 99 "
        "data set, IEEE CISDA 2009, doi:10.1109/CISDA.2009.5356528"
    ),
    normal="Normal",
    formats=(
        _format("full", _TRAIN),
        _format("20percent", Source("KDDTrain+_20Percent.txt", records=25_192, subset="train")),
        _format("test-21", _TRAIN, _HARD_TEST),
    ),
    steps=(
        "Open https://www.unb.ca/cic/datasets/nsl.html in a browser and ask for the download.",
        "Unpack NSL-KDD.zip.",
        "Take KDDTrain+.txt (or KDDTrain+_20Percent.txt) and KDDTest+.txt (or KDDTest-21.txt), "
        "as they are.",
    ),
    known_issues=(
        _issues.KDD_COPIES,
        _issues.KDD_WINDOWS,
        _issues.DARPA,
        _issues.LAB_ONLY,
        _issues.SMELLS,
    ),
)
