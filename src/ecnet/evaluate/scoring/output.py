"""Answers as a table, one row for each record, written as Parquet, CSV or JSON lines."""

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ecnet.errors import InputError
from ecnet.evaluate.scoring.native import Batch
from ecnet.evaluate.scoring.trained import Scored, Trained
from ecnet.files import atomic

Write = Callable[[pa.Table], None]

PARQUET, CSV, JSON_LINES = ".parquet", ".csv", ".jsonl"


def table(batch: Batch, scored: Scored, trained: Trained) -> pa.Table:
    """Return one row for each record of a batch.

    Columns: capture, row (line in its file), time (seconds since the epoch) and host (source),
    where the format has them; class and probability; unseen, the columns with a value that
    training did not see, separated by blanks; label, where the file has one.
    """
    given, format = batch.records, trained.format
    best = scored.probabilities.argmax(axis=1)
    columns: dict[str, Any] = {
        "capture": pa.array(given["capture"], pa.string()),
        "row": pa.array(given["row"].to_numpy(np.int64)),
    }
    if format.time:
        columns["time"] = pa.array(given[format.time].to_numpy("float64"), from_pandas=True)
    if format.host:
        columns["host"] = pa.array(given[format.host], pa.string(), from_pandas=True)
    columns["class"] = pa.array(np.array(trained.classes, dtype=object)[best], pa.string())
    columns["probability"] = pa.array(scored.probabilities.max(axis=1, initial=0))
    columns["unseen"] = pa.array(_unseen(scored, len(given)), pa.string())
    columns["label"] = pa.array(given["label"], pa.string(), from_pandas=True)
    return pa.table(columns)


@contextmanager
def writer(path: Path | None, stream: bool) -> Iterator[Write]:
    """Yield a function that writes tables: to a file by its suffix, or of a stream to stdout.

    Without a path, and of files, nothing is written.

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
            with _Parquet(temporary) as parquet:
                yield parquet.write
            return
        with temporary.open("w", encoding="utf-8", newline="") as file:
            yield _to_lines(file) if path.suffix == JSON_LINES else _to_csv(file)


class _Parquet:
    """A Parquet file that is opened with the first table; it has no row group without one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None

    def __enter__(self) -> "_Parquet":
        return self

    def write(self, table: pa.Table) -> None:
        """Write one table."""
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table)

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()


def _nowhere(_: pa.Table) -> None:
    """Write nothing."""


def _to_lines(file: IO[str]) -> Write:
    def write(found: pa.Table) -> None:
        for row in found.to_pylist():
            row["probability"] = _shortest(row["probability"])
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        file.flush()

    return write


def _to_csv(file: IO[str]) -> Write:
    headed = False

    def write(found: pa.Table) -> None:
        nonlocal headed
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        if not headed:
            rows.writerow(found.column_names)
            headed = True
        for row in found.to_pylist():
            row["probability"] = _shortest(row["probability"])
            rows.writerow(row.values())
        file.write(text.getvalue())

    return write


def _shortest(probability: float) -> float:
    """Return the decimal number with the fewest digits that is the same float32."""
    return float(str(np.float32(probability)))


def _unseen(scored: Scored, n: int) -> list[str]:
    """Return for each record the names of its columns with an unseen value."""
    found: list[list[str]] = [[] for _ in range(n)]
    for name, mask in scored.unseen.items():
        for place in np.flatnonzero(mask).tolist():
            found[place].append(name)
    return [" ".join(names) for names in found]
