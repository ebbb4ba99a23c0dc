"""Native files as batches of records that a model takes, with labels where the file has them.

For a model of a union, packet captures too: they are turned into flows.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

import pandas as pd

from ecnet.audit.detect_format import Detected, detect
from ecnet.datasets.declaration import Format, Source
from ecnet.errors import InputError
from ecnet.evaluate.scoring.trained import Trained
from ecnet.files import plain_name
from ecnet.prepare import union
from ecnet.readers import RecordBatch, flows, packets, read

OTHER = "(other)"
"""Stands for a label that the format does not have."""


@dataclass(frozen=True)
class Batch:
    """Some records of a file.

    records: columns of the model's format; `label`, missing where it is unknown; `row`; `capture`.
    rejected: the rows that do not parse: row, column, value, reason.
    labelled: whether the file has labels. notices: what to know about how the file was read.
    """

    records: pd.DataFrame
    rejected: pd.DataFrame
    labelled: bool
    notices: tuple[str, ...] = ()


def batches(path: Path, trained: Trained, asked: str = "") -> Iterator[Batch]:
    """Yield the records of a native file, in blocks and in its order.

    asked: for a model of a union, the format of the file as `dataset/format`; empty: it is
    detected. For any other model the format is the model's.

    Raises:
        InputError: the file is not of the model's format, or is damaged.
    """
    if not asked and not trained.format.captured and packets.is_capture(path):
        yield from captured(path, trained)
        return
    what = format_of(path, trained, asked)
    blocks, labelled = _blocks(path, what)
    for batch in blocks:
        yield for_model(batch, trained, what, path.name, labelled)


def captured(path: Path, trained: Trained) -> Iterator[Batch]:
    """Yield the flows of a packet capture, for a model of a union.

    Raises:
        InputError: the model takes no flows of any tool, or the capture cannot be read.
    """
    if trained.format.reader != "union":
        raise InputError(
            f"{path}: is a packet capture, and the model in {trained.folder} takes "
            f"{trained.format.title} only; make such a file of it with the tool of that dataset, "
            "or name a model of iot-ds2"
        )
    for batch in flows.read(path):
        records = batch.records.assign(capture=plain_name(path.name))
        yield Batch(records, batch.rejected, labelled=False, notices=batch.notices)


def format_of(path: Path, trained: Trained, asked: str) -> Detected:
    """Return what a file is: of the model's format, or for a union of one that it can contain."""
    if trained.format.reader != "union":
        own = f"{trained.dataset.name}/{trained.format.name}"
        if asked not in ("", own):
            raise InputError(f"--format {asked}: the model in {trained.folder} takes {own} only")
        return detect(path, own)
    what = detect(path, asked)
    _check_shared(path, what)
    return what


def tolerant(format: Format) -> Format:
    """Return a format that takes any label; one that it does not have is `OTHER`."""

    def classify(values: pd.DataFrame, source: Source) -> "pd.Series[str]":
        found = format.classify(values, source).astype("str")
        return found.where(found.isin(format.classes), OTHER)

    return replace(format, classify=classify, classes=(*format.classes, OTHER))


def without_labels(format: Format) -> Format:
    """Return a format of files that lack the label columns; every label is `OTHER`."""
    return replace(
        format,
        labels=(),
        layout=tuple(name for name in format.layout if name not in format.labels),
        classify=lambda values, _: pd.Series(OTHER, index=values.index, dtype="str"),
        classes=(OTHER,),
    )


def for_model(
    batch: RecordBatch, trained: Trained, what: Detected, name: str, labelled: bool
) -> Batch:
    """Return a batch of a file as the model takes it. name: of the file."""
    records = batch.records.assign(capture=plain_name(name))
    if trained.format.reader == "union" and (how := what.format.shared):
        records = union.share(records, what.dataset.name, how).assign(destination=None)
    known = records["label"].isin(trained.format.classes)
    records["label"] = records["label"].where(known)
    return Batch(records, batch.rejected, labelled)


def _blocks(path: Path, what: Detected) -> tuple[Iterator[RecordBatch], bool]:
    """Return the blocks of a file with labels, or without where it has none, and whether it has.

    Raises:
        InputError: the file can be read in neither way.
    """
    try:
        return _begun(path, tolerant(what.format), what), True
    except InputError:
        blocks = _begun(path, without_labels(what.format), what)
    print(f"{path}: has no labels of {what.format.title}", file=sys.stderr)
    return blocks, False


def _begun(path: Path, format: Format, what: Detected) -> Iterator[RecordBatch]:
    """Return the blocks of a file, of which the first is read: a wrong format is refused here."""
    blocks = read(path, format, what.source, companions=what.companions)
    return chain(list(islice(blocks, 1)), blocks)


def _check_shared(path: Path, what: Detected) -> None:
    if what.format.shared is None:
        of_packets = what.format.captured
        raise InputError(
            f"{path}: the format {what.dataset.name}/{what.format.name} lacks the shared features "
            "of flows that the model takes; "
            + ("leave --format out to score its flows" if of_packets else "give another file")
        )
