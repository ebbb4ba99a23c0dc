"""Buffer records that are read twice, in memory or in a temporary file.

The first pass determines which records are kept, the second one keeps them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ecnet import tables

BatchReader = Callable[[list[str] | None], Iterator[pa.Table]]
"""Yields all batches, or only some columns of them, each time it is called."""

_HELD = 128 << 20
"""The maximum size of records in memory in bytes; above it, all of them go to a file."""


@contextmanager
def buffered(path: Path, batches: Iterator[pa.Table], shares: int = 1) -> Iterator[BatchReader]:
    """Buffer all batches; large ones in a file at `path`, which is removed at the end.

    shares: how many buffers share the memory.
    """
    held: list[pa.Table] = []
    size = 0
    for batch in batches:
        held.append(batch)
        size += batch.nbytes
        if size > _HELD // shares:
            break
    else:
        yield lambda columns: (batch.select(columns) if columns else batch for batch in held)
        return
    try:
        tables.write(path, chain(held, batches), compression="none")
        held.clear()
        yield parquet_files([path])
    finally:
        path.unlink(missing_ok=True)


def parquet_files(paths: Sequence[Path]) -> BatchReader:
    """Return a reader of the row groups of Parquet files."""

    def read(columns: list[str] | None) -> Iterator[pa.Table]:
        for path in paths:
            with tables.damage(path, "sample"), pq.ParquetFile(path) as file:
                if file.num_row_groups == 0:
                    empty = file.schema_arrow.empty_table()
                    yield empty.select(columns) if columns else empty
                for group in range(file.num_row_groups):
                    yield file.read_row_group(group, columns=columns)

    return read
