"""NSL-KDD: the official two files, without header, with CRLF, no line end after the last record.

Each rate is a count divided by one of four totals, with two decimals: it is drawn, then rounded to
the nearest such fraction. The name of the attack is a column of the distribution of its class.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from ecnet.datasets.nsl_kdd import DATASET
from ecnet.simulate import formatting
from ecnet.simulate.distributions import MIN_RECORDS, FloatArray
from ecnet.simulate.generator import Drawn, FidelityCase, FitSpec, Generator, RecordSource

_TOTALS = {
    "serror_rate": "same_host_count",
    "srv_serror_rate": "srv_count",
    "rerror_rate": "same_host_count",
    "srv_rerror_rate": "srv_count",
    "same_srv_rate": "same_host_count",
    "diff_srv_rate": "same_host_count",
    "srv_diff_host_rate": "srv_count",
    "dst_host_same_srv_rate": "dst_host_count",
    "dst_host_diff_srv_rate": "dst_host_count",
    "dst_host_same_src_port_rate": "dst_host_count",
    "dst_host_srv_diff_host_rate": "dst_host_srv_count",
    "dst_host_serror_rate": "dst_host_count",
    "dst_host_srv_serror_rate": "dst_host_srv_count",
    "dst_host_rerror_rate": "dst_host_count",
    "dst_host_srv_rerror_rate": "dst_host_srv_count",
}
_CATEGORIES = (
    *("attack", "protocol_type", "service", "flag", "logged_in", "land", "root_shell"),
    *("su_attempted", "is_host_login", "is_guest_login"),
)
_RELATION = "srv_count_is"
# Rates that equal the ratio of two totals in most connections; an extra column says in which.
_RATIOS = {
    "same_srv_rate": ("srv_count", "same_host_count"),
    "dst_host_same_srv_rate": ("dst_host_srv_count", "dst_host_count"),
}
_DERIVED = tuple(f"{rate}_is" for rate in _RATIOS)
_COUNTS = (
    *("wrong_fragment", "urgent", "hot", "num_failed_logins", "num_compromised", "num_root"),
    *("num_file_creations", "num_shells", "num_access_files", "num_outbound_cmds"),
)
_ORDER = (
    *_CATEGORIES,
    *("dst_host_count", "dst_host_srv_count", "same_host_count", _RELATION, "srv_count"),
    *_DERIVED,
    *_TOTALS,
    *_COUNTS,
    *("src_bytes", "dst_bytes", "duration", "difficulty"),
)
_FORMAT = DATASET.format("full")
_OUR_NAMES = {column.header: column.name for column in _FORMAT.columns}
_LAYOUT = tuple(_OUR_NAMES.get(name, name) for name in _FORMAT.layout)
_TEXT = (*_CATEGORIES, _RELATION, *_DERIVED)
_DECIMALS = {name: 2 if name in _TOTALS else 0 for name in _ORDER if name not in _TEXT}
_FILES = {"train": "KDDTrain+_20Percent.txt.gz", "test": "KDDTest+.txt.gz"}
_RATIO, _TOLERANCE = "ratio", 0.006
_ACCESS = ("R2L", "U2R")


def _native(drawn: Drawn) -> Sequence[pa.Array]:
    column = dict(drawn.columns)
    equal = drawn.level(_RELATION) == "equal"
    column["srv_count"] = np.where(equal, column["same_host_count"], column["srv_count"])
    for rate, total in _TOTALS.items():
        column[rate] = _fraction(column[rate], column[total])
    for rate, (part, total) in _RATIOS.items():
        ratio = np.round(column[part] / np.maximum(column[total], 1), 2)
        derived = (drawn.level(f"{rate}_is") == _RATIO) & (ratio <= 1)
        column[rate] = np.where(derived, ratio, column[rate])
    return [
        drawn.category(name)
        if name in _CATEGORIES
        else formatting.number(column[name], _DECIMALS[name])
        for name in _LAYOUT
    ]


def _fraction(rate: FloatArray, total: FloatArray) -> FloatArray:
    """Return the nearest fraction of `total`, rounded to two decimals."""
    whole = np.maximum(total, 1)
    nearest = np.clip(np.rint(rate * whole) / whole, 0.0, 1.0)
    return np.asarray(np.round(nearest, 2), dtype=np.float64)


def _fit_specs(records: RecordSource) -> Iterable[FitSpec]:
    for subset, file in _FILES.items():
        connections = records.typed("20percent", file)
        plain = records.plain(f"nsl-kdd/{file}", names=_LAYOUT)
        connections["attack"] = plain["attack"].to_numpy()[connections["row"] - 1]
        access = _columns(connections[connections["label"].isin(_ACCESS)])
        for label, part in connections.groupby("label", sort=True):
            own = _columns(part)
            rare = [name for name in _TEXT if own[name].value_counts().max() < MIN_RECORDS]
            yield FitSpec(
                distribution=f"{subset}/{label}",
                basis=f"{file.removesuffix('.gz')}: {len(part)} connections{_but(rare)}",
                tables={"class": own, "access": access},
                order={name: "access" if name in rare else "class" for name in _ORDER},
            )


def _but(rare: Sequence[str]) -> str:
    """Return the note on columns of a small class in which no value is frequent enough."""
    return f", but {', '.join(rare)}: as in like ones of R2L and U2R" if rare else ""


def _columns(connections: pd.DataFrame) -> pd.DataFrame:
    """Return typed connections of one class as the columns of the distributions."""
    count, service = connections["same_host_count"], connections["srv_count"]
    relation = np.select([service < count, service == count], ["less", "equal"], "more")
    counts = connections["attack"].value_counts()
    frequent = counts.index[counts >= MIN_RECORDS]
    # An attack too rare to be stored gets the name of the most frequent one of its class.
    name = connections["attack"].where(connections["attack"].isin(frequent), counts.index[0])
    derived = {}
    for rate, (part, total) in _RATIOS.items():
        ratio = connections[part] / connections[total].clip(lower=1)
        near = (ratio - connections[rate]).abs() < _TOLERANCE
        derived[f"{rate}_is"] = np.where(near, _RATIO, "other")
    return connections.assign(attack=name, **{_RELATION: relation}, **derived)


def _case(title: str, classes: Sequence[str]) -> FidelityCase:
    return FidelityCase(
        title=title,
        format="20percent",
        files=(_FILES["train"],),
        native="KDDTrain+.txt",
        classes={name: name for name in classes},
        test_files=(_FILES["test"],),
        test_native="KDDTest+.txt",
    )


GENERATOR = Generator(
    format=_FORMAT.name,
    native=_native,
    decimals=_DECIMALS,
    end="\r\n",
    last_end=False,
    fit_specs=_fit_specs,
    fidelity_cases=(
        _case("NSL-KDD, official split", _FORMAT.classes),
        # U2R has 11 training records: too few for a distribution beyond their mean.
        _case("NSL-KDD without U2R", [name for name in _FORMAT.classes if name != "U2R"]),
    ),
)
