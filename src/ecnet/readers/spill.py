"""Records that are read twice: once to find out which of them are kept, and once to keep them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ecnet import tables

Spool = Callable[[list[str] | None], Iterator[pa.Table]]
"""Yields all batches, or some columns of them, as often as it is asked."""

_HELD = 128 << 20
"""Bytes of records that are kept in memory; with more of them, all go to a file."""


@contextmanager
def of(path: Path, batches: Iterator[pa.Table]) -> Iterator[Spool]:
    """Take all batches, into a file at `path` if they are too many; it is removed at the end."""
    held: list[pa.Table] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += batch.nbytes
        if size > _HELD:
            break
    else:
        yield lambda columns: (batch.select(columns) if columns else batch for batch in held)
        return
    try:
        tables.write(path, chain(held, batches), compression="none")
        held.clear()
        yield files([path])
    finally:
        path.unlink(missing_ok=True)


def files(paths: Sequence[Path]) -> Spool:
    """Return the row groups of Parquet files, as batches."""

    def read(columns: list[str] | None) -> Iterator[pa.Table]:
        for path in paths:
            with tables.damage(path, "sample"), pq.ParquetFile(path) as file:
                if file.num_row_groups == 0:
                    empty = file.schema_arrow.empty_table()
                    yield empty.select(columns) if columns else empty
                for group in range(file.num_row_groups):
                    yield file.read_row_group(group, columns=columns)

    return read
