"""Parquet files that one step writes and another reads."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ecnet.errors import InputError
from ecnet.files import atomic

_GROUP = 1 << 16
"""The number of records in a row group."""


def read(path: Path, step: str, columns: Collection[str]) -> pd.DataFrame:
    """Return the records of a file that `step` wrote; they must have `columns`.

    Raises:
        InputError: the file cannot be read, or lacks a column.
    """
    with damage(path, step):
        names = pq.read_schema(path).names
        for name in sorted(columns):
            if name not in names:
                raise InputError(f"{path}: lacks the column {name}; run the {step} step again")
        return pd.read_parquet(path)


def described(path: Path, step: str) -> pa.Schema:
    """Return the schema of a file that `step` wrote; its metadata names the records' origin.

    Raises:
        InputError: the file cannot be read, or has no such metadata.
    """
    with damage(path, step):
        schema = pq.read_schema(path)
    if b"ecnet" not in (schema.metadata or {}):
        raise InputError(f"{path}: does not say where it comes from; run the {step} step again")
    return schema


def write(
    path: Path,
    batches: Iterator[pa.Table],
    metadata: Mapping[str, str] | None = None,
    compression: str = "zstd",
) -> None:
    """Write batches as Parquet, atomically; the schema is the one of the first.

    The bytes depend on the records alone, not on the batches in which they come.
    """
    with atomic(path) as temporary:
        first = next(batches)
        schema = first.schema.with_metadata({"ecnet": json.dumps(metadata or {})})
        # Few numbers are equal: a dictionary would double the time. No reader uses statistics.
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        given = {"compression": compression, "use_dictionary": texts, "write_statistics": False}
        with closing(pq.ParquetWriter(temporary, schema, **given)) as writer:
            for group in _groups(chain([first], batches), schema):
                writer.write_table(group)


def _groups(batches: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the records in row groups: all full but the last, which is empty if there is none."""
    held, count = [schema.empty_table()], 0
    for batch in batches:
        held.append(batch.cast(schema))
        count += len(batch)
        if count > _GROUP:
            records = pa.concat_tables(held)
            full = (count - 1) // _GROUP * _GROUP
            for start in range(0, full, _GROUP):
                yield records.slice(start, _GROUP).combine_chunks()
            held, count = [records.slice(full).combine_chunks()], count - full
    yield pa.concat_tables(held).combine_chunks()


@contextmanager
def damage(path: Path, step: str) -> Iterator[None]:
    """Turn the error that a damaged file causes into an InputError that names the file."""
    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: cannot be read ({reason}); run the {step} step again") from error
