"""Union: the samples of several datasets of flows to one sample, on the features they share."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ecnet import datasets, tables
from ecnet.datasets.declaration import Shared
from ecnet.errors import InputError
from ecnet.files import sha256
from ecnet.prepare import sample
from ecnet.readers import priority, spill


def union(
    *,
    parts: Sequence[Path],
    output: Path,
    counts: Path,
    rejected: Path,
    settings: Mapping[str, Any],
) -> None:
    """Put the samples of the parts together, keep as many of each class, account for every record.

    parts: what `merge` wrote for each dataset. output, counts, rejected: as of `merge`; the files
    of the accounts are the parts. settings: dataset, format, seed, rule, targets.

    Raises:
        InputError: a part has a format without shared features, or no record is left.
    """
    dataset = datasets.load(settings["dataset"])
    format = dataset.format(settings["format"])
    origins = {path: _origin(path) for path in parts}
    ordered = sorted(parts, key=lambda path: origins[path]["dataset"])
    source = ", ".join(sorted({word for o in origins.values() for word in o["source"].split(", ")}))
    by_rule = settings["rule"] == "priority"
    targets = settings["targets"] if by_rule else dict.fromkeys(format.classes)
    read: Counter[str] = Counter()
    of_part: Counter[Path] = Counter()

    def records() -> Iterator[pa.Table]:
        for path in ordered:
            name, how = origins[path]["dataset"], _shared(path, origins[path])
            for group in spill.parquet_files([path])(None):
                shared = share(group.to_pandas(), name, how)
                read.update(shared["label"])
                of_part[path] += len(shared)
                shared["priority"] = priorities(shared, settings["seed"])
                yield pa.Table.from_pandas(shared, preserve_index=False)

    origin = {"dataset": dataset.name, "format": format.name, "source": source}
    waiting = output.with_name(f".{output.name}.spill")
    with spill.buffered(waiting, priority.candidates(records(), targets)) as all_records:
        kept = sample.write_sample(output, all_records, targets, origin)
    sample.write_rejected(rejected, [])
    sample.write_counts(
        counts,
        dataset,
        format,
        source=source,
        files=[_facts(path, of_part[path]) for path in ordered],
        read=read,
        targets=targets,
        kept=kept,
    )


def share(records: pd.DataFrame, dataset: str, how: Shared) -> pd.DataFrame:
    """Return records of a dataset as those of the union: shared features, class and origin.

    The row stays that of the raw file; the capture is named after the dataset as well.
    """
    return how.flows(records).assign(
        label=records["label"].map(how.classes).astype("str"),
        row=records["row"],
        capture=dataset + "/" + records["capture"],
        subset="",
    )


def priorities(records: pd.DataFrame, seed: int) -> npt.NDArray[np.uint64]:
    """Return the priority of each record, by its capture and row alone.

    Not those of the parts' samples: where a part kept a few of many records these are all low,
    and would crowd out the records of a part that kept all it had.
    """
    found = np.zeros(len(records), dtype=np.uint64)
    for capture, members in records.groupby("capture").indices.items():
        rows = records["row"].to_numpy(np.int64)[members]
        found[members] = priority.priorities(seed, str(capture), rows)
    return found


def _origin(path: Path) -> dict[str, str]:
    """Return which dataset, format and source the records of a sample are of."""
    origin: dict[str, str] = json.loads(tables.described(path, "sample").metadata[b"ecnet"])
    return origin


def _shared(path: Path, origin: Mapping[str, str]) -> Shared:
    how = datasets.load(origin["dataset"]).format(origin["format"]).shared
    if how is None:
        raise InputError(
            f"{path}: the format {origin['format']} lacks the shared features; choose another one "
            f"in datasets.{origin['dataset']}.format of params.yaml"
        )
    return how


def _facts(path: Path, records: int) -> dict[str, Any]:
    """Return what is known of a part, as of a raw file."""
    return {
        "file": path.name,
        "sha256": sha256(path),
        "bytes": path.stat().st_size,
        "records": records,
        "rejected": 0,
        "notices": [],
    }
