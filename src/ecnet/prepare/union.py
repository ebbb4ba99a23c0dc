"""Union: merge the samples of several datasets of flows into one, on their shared features."""

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
from ecnet.prepare import rejected_rows, sample
from ecnet.readers import priority, spill


def union(
    *,
    parts: Sequence[Path],
    output: Path,
    counts: Path,
    rejected: Path,
    settings: Mapping[str, Any],
) -> None:
    """Merge the samples of the parts, sample each class, and count every record.

    parts: the samples of datasets, as `merge` wrote them. output, counts, rejected: as in `merge`;
    the files in the counts are the parts. settings: dataset, format, seed, rule, targets,
    label_counts.

    Raises:
        InputError: a part has a format without shared features, or no record is kept.
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
    rejected_rows.write(rejected, [])
    sample.write_counts(
        counts,
        dataset,
        format,
        source=source,
        files=[_facts(path, of_part[path]) for path in ordered],
        read=read,
        targets=targets,
        kept=kept,
        label_counts=settings["label_counts"],
    )


def share(records: pd.DataFrame, dataset: str, how: Shared) -> pd.DataFrame:
    """Return records of a dataset as records of the union: shared features, class and origin.

    The row is that of the raw file; the capture gets the name of the dataset as a prefix.
    """
    return how.flows(records).assign(
        label=records["label"].map(how.classes).astype("str"),
        row=records["row"],
        capture=dataset + "/" + records["capture"],
        subset="",
    )


def priorities(records: pd.DataFrame, seed: int) -> npt.NDArray[np.uint64]:
    """Return the priority of each record, from its capture and row alone.

    The priorities of the parts' samples are not used: if a part kept few of many records, these
    are all low, and would displace the records of a part that kept all.
    """
    found = np.zeros(len(records), dtype=np.uint64)
    for capture, members in records.groupby("capture").indices.items():
        rows = records["row"].to_numpy(np.int64)[members]
        found[members] = priority.priorities(seed, str(capture), rows)
    return found


def _origin(path: Path) -> dict[str, str]:
    """Return the dataset, format and source of the records of a sample."""
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
    """Return the facts about a part, like those about a raw file."""
    return {
        "file": path.name,
        "sha256": sha256(path),
        "bytes": path.stat().st_size,
        "records": records,
        "rejected": 0,
        "notices": [],
    }
