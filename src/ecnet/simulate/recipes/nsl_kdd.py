"""NSL-KDD: the official two files without header, CRLF, no line end after the last record.

Each rate is a count over one of four totals, in two decimals: it is drawn, then moved to the
nearest such fraction. The attack's name is a column within its category.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from ecnet.datasets.nsl_kdd import DATASET
from ecnet.simulate import text
from ecnet.simulate.law import LEAST, FloatArray
from ecnet.simulate.recipe import Drawn, Fit, Judged, Recipe, Records

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
# Rates that are, of most connections, the ratio of two totals; a column each says of which.
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
_SPOKEN = (*_CATEGORIES, _RELATION, *_DERIVED)
_DECIMALS = {name: 2 if name in _TOTALS else 0 for name in _ORDER if name not in _SPOKEN}
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
        drawn.category(name) if name in _CATEGORIES else text.number(column[name], _DECIMALS[name])
        for name in _LAYOUT
    ]


def _fraction(rate: FloatArray, total: FloatArray) -> FloatArray:
    """Return the nearest fraction of `total`, in two decimals."""
    whole = np.maximum(total, 1)
    nearest = np.clip(np.rint(rate * whole) / whole, 0.0, 1.0)
    return np.asarray(np.round(nearest, 2), dtype=np.float64)


def _fits(records: Records) -> Iterable[Fit]:
    for side, file in _FILES.items():
        connections = records.typed("20percent", file)
        plain = records.plain(f"nsl-kdd/{file}", names=_LAYOUT)
        connections["attack"] = plain["attack"].to_numpy()[connections["row"] - 1]
        access = _columns(connections[connections["label"].isin(_ACCESS)])
        for label, part in connections.groupby("label", sort=True):
            own = _columns(part)
            rare = [name for name in _SPOKEN if own[name].value_counts().max() < LEAST]
            yield Fit(
                law=f"{side}/{label}",
                basis=f"{file.removesuffix('.gz')}: {len(part)} connections{_but(rare)}",
                tables={"class": own, "access": access},
                order={name: "access" if name in rare else "class" for name in _ORDER},
            )


def _but(rare: Sequence[str]) -> str:
    """Say which columns of a small class hold no value that is frequent enough."""
    return f", but {', '.join(rare)}: as in like ones of R2L and U2R" if rare else ""


def _columns(connections: pd.DataFrame) -> pd.DataFrame:
    """Return typed connections of one class as the columns of the laws."""
    count, service = connections["same_host_count"], connections["srv_count"]
    relation = np.select([service < count, service == count], ["less", "equal"], "more")
    counts = connections["attack"].value_counts()
    frequent = counts.index[counts >= LEAST]
    # An attack too rare to be spoken of takes the name of the class's most frequent one.
    name = connections["attack"].where(connections["attack"].isin(frequent), counts.index[0])
    derived = {}
    for rate, (part, total) in _RATIOS.items():
        ratio = connections[part] / connections[total].clip(lower=1)
        near = (ratio - connections[rate]).abs() < _TOLERANCE
        derived[f"{rate}_is"] = np.where(near, _RATIO, "other")
    return connections.assign(attack=name, **{_RELATION: relation}, **derived)


def _judged(title: str, classes: Sequence[str]) -> Judged:
    return Judged(
        title=title,
        format="20percent",
        files=(_FILES["train"],),
        native="KDDTrain+.txt",
        classes={name: name for name in classes},
        test_files=(_FILES["test"],),
        test_native="KDDTest+.txt",
    )


RECIPE = Recipe(
    format=_FORMAT.name,
    native=_native,
    decimals=_DECIMALS,
    end="\r\n",
    last_end=False,
    fits=_fits,
    judged=(
        _judged("NSL-KDD, official split", _FORMAT.classes),
        # U2R has 11 records to train on: too few for a law that shows more than their mean.
        _judged("NSL-KDD without U2R", [name for name in _FORMAT.classes if name != "U2R"]),
    ),
)
