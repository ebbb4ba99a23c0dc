"""Parquet files that one step writes and another reads."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ecnet.errors import InputError
from ecnet.files import atomic


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
    """Write batches as Parquet, atomically; the schema is the one of the first."""
    with atomic(path) as temporary:
        first = next(batches)
        schema = first.schema.with_metadata({"ecnet": json.dumps(metadata or {})})
        # Few numbers are equal: a dictionary would double the time. No reader uses statistics.
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        given = {"compression": compression, "use_dictionary": texts, "write_statistics": False}
        with closing(pq.ParquetWriter(temporary, schema, **given)) as writer:
            writer.write_table(first.cast(schema))
            for batch in batches:
                if len(batch):
                    writer.write_table(batch.cast(schema))


@contextmanager
def damage(path: Path, step: str) -> Iterator[None]:
    """Turn the error that a damaged file causes into an InputError that names the file."""
    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: cannot be read ({reason}); run the {step} step again") from error
