"""UNSW IoT traces: device-hours as JSON lines, as a public re-implementation writes them.

A device's distribution has a column for each word that it uses often: how often the word occurs in
an hour, missing where it does not. Words of a few hours alone, such as most dynamic ports, are not
simulated.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from ecnet.datasets.unsw_iot import DATASET, DEVICES, OTHER
from ecnet.readers.bags import words
from ecnet.simulate import formatting
from ecnet.simulate.distributions import MIN_RECORDS
from ecnet.simulate.generator import Drawn, FitSpec, Generator, RecordSource

_FORMAT = DATASET.format("hourly")
_NUMBERS = tuple(column.name for column in _FORMAT.columns if column.kind == "number")
_BAGS = tuple(column.name for column in _FORMAT.columns if column.kind == "bag")
_MOST = {"ports": 16, "domains": 12, "ciphers": 4}
"""The words of a bag that are kept of each device, those of most hours."""
_FILE = "hourly_features.jsonl"
_MAC = {name: mac.replace(":", "_") for mac, name in DEVICES.items()}


def _native(drawn: Drawn) -> Sequence[pa.Array]:
    time = pd.DatetimeIndex(pd.to_datetime(drawn.time, unit="s"))
    fields = {name: formatting.number(drawn.columns[name]) for name in _NUMBERS}
    fields |= {name: pa.array(_bags(drawn, name), pa.string()) for name in _BAGS}
    fields["day"] = _quoted(pa.array(time.strftime("%y-%m-%d"), pa.string()))
    fields["mac"] = _quoted(drawn.by_class(_MAC))
    fields["h"] = formatting.number(time.hour.to_numpy(float))
    first, last = next(iter(fields)), "h"
    return [
        formatting.joined(
            ["{" * (name == first) + f'"{name}":', values, "}" * (name == last)],
        )
        for name, values in fields.items()
    ]


def _bags(drawn: Drawn, bag: str) -> list[str]:
    """Return the bag of each record as JSON."""
    columns = [name for name in drawn.columns if name.startswith(f"{bag}:")]
    counts = np.stack([drawn.columns[name] for name in columns], axis=1)
    found: list[dict[str, int]] = [{} for _ in range(len(drawn))]
    for row, place in np.argwhere(counts > 0):
        found[row][columns[place].removeprefix(f"{bag}:")] = int(counts[row, place])
    return [json.dumps(one, separators=(",", ":")) for one in found]


def _quoted(text: pa.Array) -> pa.Array:
    return formatting.joined(['"', text, '"'])


def _fit_specs(records: RecordSource) -> Iterable[FitSpec]:
    hours = records.typed(_FORMAT.name, f"{_FILE}.gz")
    for label, part in hours[hours["label"] != OTHER].groupby("label", sort=True):
        counts = pd.concat([_counts(part[bag], _MOST[bag]) for bag in _BAGS], axis=1)
        yield FitSpec(
            distribution=str(label),
            basis=f"{_FILE}: {len(part)} device-hours",
            tables={"device": pd.concat([part[list(_NUMBERS)], counts], axis=1)},
            order=dict.fromkeys((*_NUMBERS, *counts.columns), "device"),
            decimals=dict.fromkeys(counts.columns, 0),
        )


def _counts(bag: "pd.Series[str]", most: int) -> pd.DataFrame:
    """Return the counts of frequent words, a column each; missing where a bag lacks the word."""
    given: list[Mapping[str, int]] = [words(text) for text in bag]
    hours = Counter(word for one in given for word in one)
    ranked = sorted(hours, key=lambda word: (-hours[word], word))[:most]
    return pd.DataFrame(
        {
            f"{bag.name}:{word}": [float(one.get(word, np.nan)) for one in given]
            for word in ranked
            if hours[word] >= MIN_RECORDS
        },
        index=bag.index,
    )


GENERATOR = Generator(
    format=_FORMAT.name,
    native=_native,
    decimals=dict.fromkeys(_NUMBERS, 0),
    fit_specs=_fit_specs,
)
