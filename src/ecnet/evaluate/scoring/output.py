"""Answers as a table, one row for each record, written as Parquet, CSV or JSON lines."""

import csv
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import compress
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ecnet.datasets.declaration import Format
from ecnet.errors import InputError
from ecnet.evaluate.scoring.native import Batch
from ecnet.evaluate.scoring.trained import Scored, Trained, distinct
from ecnet.files import atomic

Write = Callable[[pa.Table], None]

PARQUET, CSV, JSON_LINES = ".parquet", ".csv", ".jsonl"
_OF_UNION = ("source_port", "destination", "destination_port", "protocol")


def schema(format: Format) -> pa.Schema:
    """Return the columns of the answers for records of a format.

    capture, row (line in its file), time (seconds since the epoch) and host (source), where the
    format has them; of a union what else names a flow; class and probability; unseen, the columns
    with a value that training did not see, separated by blanks; label, where the file has one.
    """
    columns = {
        "capture": pa.string(),
        "row": pa.int64(),
        "time": pa.float64(),
        "host": pa.string(),
        "source_port": pa.int32(),
        "destination": pa.string(),
        "destination_port": pa.int32(),
        "protocol": pa.string(),
        "class": pa.string(),
        "probability": pa.float32(),
        "unseen": pa.string(),
        "label": pa.string(),
    }
    lacking = {"time": not format.time, "host": not format.host}
    lacking |= dict.fromkeys(_OF_UNION, format.reader != "union")
    return pa.schema([pair for pair in columns.items() if not lacking.get(pair[0])])


def table(batch: Batch, scored: Scored, trained: Trained) -> pa.Table:
    """Return one row for each record of a batch, with the columns of `schema`."""
    given, columns = batch.records, schema(trained.format)
    made = {
        "class": pa.array(trained.classes).take(pa.array(scored.probabilities.argmax(axis=1))),
        "probability": scored.probabilities.max(axis=1, initial=0),
        "unseen": _unseen(scored, len(given)),
    }
    named = {"time": trained.format.time, "host": trained.format.host}
    arrays = [
        pa.array(made.get(field.name, given.get(named.get(field.name, field.name))), field.type)
        for field in columns
    ]
    return pa.Table.from_arrays(arrays, schema=columns)


def alarming(answers: pa.Table, normal: str, at_least: float) -> pa.Table:
    """Return the answers that are not of the normal class, and at least so probable."""
    least = pa.scalar(at_least, pa.float32())
    return answers.filter((pc.field("class") != normal) & (pc.field("probability") >= least))


@contextmanager
def writer(path: Path | None, format: Format, *, stream: bool) -> Iterator[Write]:
    """Yield a function that writes answers: to a file by its suffix, or of a stream to stdout.

    path: the file; None: nothing is written of files. format: of the records.

    Raises:
        InputError: the suffix is none of the three.
    """
    if path is None:
        yield _to_lines(sys.stdout) if stream else _nowhere
        return
    if path.suffix not in (PARQUET, CSV, JSON_LINES):
        raise InputError(
            f"--output {path}: has no known suffix; end it with {PARQUET}, {CSV} or {JSON_LINES}"
        )
    with atomic(path) as temporary:
        if path.suffix == PARQUET:
            with pq.ParquetWriter(temporary, schema(format), compression="zstd") as parquet:
                yield parquet.write_table
            return
        with temporary.open("w", encoding="utf-8", newline="") as file:
            yield _to_lines(file) if path.suffix == JSON_LINES else _to_csv(file, format)


def _nowhere(_: pa.Table) -> None:
    """Write nothing."""


def _to_lines(file: IO[str]) -> Write:
    def write(found: pa.Table) -> None:
        for row in found.to_pylist():
            row["probability"] = _shortest(row["probability"])
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        file.flush()

    return write


def _to_csv(file: IO[str], format: Format) -> Write:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(schema(format).names)

    def write(found: pa.Table) -> None:
        for row in found.to_pylist():
            row["probability"] = _shortest(row["probability"])
            rows.writerow(row.values())

    return write


def _shortest(probability: float) -> float:
    """Return the decimal number with the fewest digits that is the same float32."""
    return float(str(np.float32(probability)))


def _unseen(scored: Scored, n: int) -> pa.Array:
    """Return for each record the names of its columns with an unseen value."""
    names, masks = list(scored.unseen), np.array([*scored.unseen.values(), np.zeros(n, bool)])
    first, of = distinct(masks.T)
    texts = [" ".join(compress(names, masks[:, place])) for place in first]
    return pa.array(texts, pa.string()).take(pa.array(of))
