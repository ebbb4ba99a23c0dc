"""Sampling: raw files to one bounded, typed sample per dataset, with a count of every record."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ecnet import datasets, tables
from ecnet.datasets.declaration import Dataset, Format, Source
from ecnet.datasets.papers import LabelCount
from ecnet.errors import InputError
from ecnet.fetch import refetch
from ecnet.files import read_json, write_json
from ecnet.prepare import reading, rejected_rows
from ecnet.prepare.reading import RawFile
from ecnet.readers import describe, spill
from ecnet.readers.priority import keep_lowest
from ecnet.readers.spill import BatchReader


def shard(
    *, raw: Path, provenance: Path, folder: Path, settings: Mapping[str, Any], ranges: int = 1
) -> None:
    """Sample one raw file into folder/<file>.{parquet,json,rejected.csv}.

    raw: a native file. provenance: what it is and where it is from, as `fetch` wrote it.
    ranges: into how many parts a large Zeek log is cut, which are read at the same time; the sample
        does not depend on it.

    Raises:
        InputError: the file is damaged, has no records, more rejected rows than `max_rejected`
            allows, or a different number of records than published; or it is from another source
            than the configured one.
    """
    companions = map(Path, settings["companions"])
    with refetch.with_remedy(provenance.parent, raw, *companions):
        _shard(raw, provenance, folder, ranges, settings)


def _shard(
    raw: Path, provenance: Path, folder: Path, ranges: int, settings: Mapping[str, Any]
) -> None:
    format = datasets.load(settings["dataset"]).format(settings["format"])
    source, facts = format.source(raw.name), _facts(provenance, settings["source"])
    by_rule = settings["rule"] == "priority"
    targets: dict[str, int | None] = (
        settings["targets"] if by_rule else dict.fromkeys(format.classes)
    )
    file = RawFile(
        path=raw,
        format=format,
        source=source,
        companions={
            format.source(path.name).pattern: path for path in map(Path, settings["companions"])
        },
        targets=targets,
        seed=settings["seed"],
        head=None if by_rule else settings["head"],
    )
    folder.mkdir(parents=True, exist_ok=True)
    with reading.read(file, folder / f".{raw.name}.spill", ranges) as found:
        aside = pd.concat(
            [pd.DataFrame(columns=rejected_rows.COLUMNS[1:]), *found.rejected], ignore_index=True
        )
        _check(raw, source, records=found.counts.total(), aside=aside, settings=settings)
        kept = keep_lowest(found.kept, targets)
        tables.write(folder / f"{raw.name}.parquet", kept, _origin(settings))
    aside.insert(0, "file", raw.name)
    rejected_rows.write(folder / f"{raw.name}.rejected.csv", [aside])
    write_json(
        folder / f"{raw.name}.json",
        {
            "file": raw.name,
            "sha256": facts["sha256"],
            "bytes": facts["bytes"],
            "records": found.counts.total(),
            "rejected": len(aside),
            "read": {label: found.counts[label] for label in format.classes},
            "notices": sorted(found.notices),
        },
    )


def merge(
    *,
    shards: Sequence[Path],
    output: Path,
    counts: Path,
    rejected: Path,
    settings: Mapping[str, Any],
) -> None:
    """Merge the shards of a dataset into its sample, and count every record.

    shards: the samples of the dataset's files, as `shard` wrote them.
    output: written, Parquet: the sample.
    counts: written, JSON: how many records were read, kept and set aside, by class and file.
    rejected: written, CSV: the rows that do not parse.

    Raises:
        InputError: no record is kept.
    """
    dataset = datasets.load(settings["dataset"])
    format = dataset.format(settings["format"])
    ordered = sorted(shards)
    by_rule = settings["rule"] == "priority"
    targets = settings["targets"] if by_rule else dict.fromkeys(format.classes)
    kept = write_sample(output, spill.parquet_files(ordered), targets, _origin(settings))
    facts = [read_json(shard.with_suffix(".json")) for shard in ordered]
    rejected_rows.write(rejected, [rejected_rows.read(shard) for shard in ordered])
    write_counts(
        counts,
        dataset,
        format,
        source=settings["source"],
        files=facts,
        read={label: sum(fact["read"][label] for fact in facts) for label in format.classes},
        targets=targets,
        kept=kept,
        label_counts=settings["label_counts"],
    )


def write_sample(
    output: Path,
    records: BatchReader,
    targets: Mapping[str, int | None],
    origin: Mapping[str, str],
) -> Counter[str]:
    """Write the records of a dataset that are kept; return their numbers by class.

    Raises:
        InputError: no record is kept.
    """
    kept: Counter[str] = Counter()

    def selected() -> Iterator[pa.Table]:
        for batch in keep_lowest(records, targets):
            for pair in pc.value_counts(batch["label"]).to_pylist():
                kept[pair["values"]] += pair["counts"]
            yield batch.drop_columns(["priority"])

    tables.write(output, selected(), origin)
    if not +kept:
        raise InputError(
            f"{origin['dataset']}: no record is kept; give more files or change sampling in "
            "params.yaml"
        )
    return kept


def write_counts(
    path: Path,
    dataset: Dataset,
    format: Format,
    *,
    source: str,
    files: Sequence[Mapping[str, Any]],
    read: Mapping[str, int],
    targets: Mapping[str, int | None],
    kept: Mapping[str, int],
    label_counts: Sequence[Mapping[str, Any]],
) -> None:
    """Write the counts of a sample.

    files: the facts about each file. read, targets, kept: class -> number of records.
    label_counts: those that the paper reports, each with the fields of a `LabelCount`.
    """
    write_json(
        path,
        {
            "dataset": dataset.name,
            "title": dataset.title,
            "format": format.name,
            "format_title": format.title,
            "source": source,
            "published_files": _published(format),
            "files": [
                {key: file[key] for key in ("file", "sha256", "bytes", "records", "rejected")}
                for file in files
            ],
            "classes": {
                label: {"read": read[label], "target": targets[label], "kept": kept[label]}
                for label in format.classes
            },
            "paper": list(label_counts),
            "rejected": sum(file["rejected"] for file in files),
            "notices": [notice for file in files for notice in file["notices"]],
        },
    )


def targets(
    format: Format, label_counts: Sequence[LabelCount], settings: Mapping[str, Any]
) -> dict[str, int | None]:
    """Return the maximum number of records of each class; None for no limit.

    label_counts: those that the paper reports of the dataset, for this format.
    `settings` is the section `sampling` of params.yaml. The limit is the smaller one of the paper's
    count and the cap. A class that is not in the paper's table gets the cap, or is dropped.
    """
    cap: int | None = settings["cap"]
    paper = {row.label: row.count for row in label_counts if row.label}
    if settings["targets"] == "none" or not paper:
        return dict.fromkeys(format.classes, cap)
    unlisted = 0 if settings["unlisted"] == "drop" else cap
    return {
        label: unlisted
        if label not in paper
        else paper[label]
        if cap is None
        else min(paper[label], cap)
        for label in format.classes
    }


def _check(
    raw: Path, source: Source, *, records: int, aside: pd.DataFrame, settings: Mapping[str, Any]
) -> None:
    """Check the number of rejected rows, and the published number of records."""
    if len(aside) > settings["max_rejected"] * (records + len(aside)):
        raise InputError(
            f"{raw}: {describe(aside)}; {len(aside)} of {records + len(aside)} rows do not parse, "
            f"more than data.max_rejected = {settings['max_rejected']} allows; correct the file, "
            "or raise the limit in params.yaml"
        )
    expected = source.records
    if settings["check_facts"] and expected is not None and records + len(aside) != expected:
        raise InputError(
            f"{raw}: has {records + len(aside)} records, the published file has {expected}; get "
            "the file again, or set data.check_facts: false in params.yaml for a subset of it"
        )


def _published(format: Format) -> int | None:
    """Return the number of published files of the format; None if it is unknown."""
    sources = [source for source in format.sources if not source.companion]
    if format.reader == "union" or any(
        set(source.pattern) & set("*?[") and not source.stems for source in sources
    ):
        return None
    return sum(max(1, len(source.stems)) for source in sources)


def _facts(provenance: Path, source: str) -> dict[str, Any]:
    """Return the facts about a raw file, after checking that it came from `source`."""
    facts: dict[str, Any] = read_json(provenance)
    if facts["source"] != source:
        raise InputError(
            f"{provenance}: source is {facts['source']!r}, but data.source in params.yaml is "
            f"{source!r}; delete it and run again"
        )
    return facts


def _origin(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the origin of records, which is written into their file."""
    return {key: settings[key] for key in ("dataset", "format", "source")}
