"""Parquet files that one step has written and another reads."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ecnet.errors import InputError


def read(path: Path, step: str, columns: Collection[str]) -> pd.DataFrame:
    """Return the records of a file that `step` has written; they must have `columns`.

    Raises:
        InputError: the file cannot be read, or is something else.
    """
    with damage(path, step):
        names = pq.read_schema(path).names
        for name in sorted(columns):
            if name not in names:
                raise InputError(f"{path}: lacks the column {name}; run the {step} step again")
        return pd.read_parquet(path)


def described(path: Path, step: str) -> pa.Schema:
    """Return the schema of a file that `step` has written, which says where its records come from.

    Raises:
        InputError: the file cannot be read, or does not say so.
    """
    with damage(path, step):
        schema = pq.read_schema(path)
    if b"ecnet" not in (schema.metadata or {}):
        raise InputError(f"{path}: does not say where it comes from; run the {step} step again")
    return schema


@contextmanager
def damage(path: Path, step: str) -> Iterator[None]:
    """Turn what a damaged file raises into an InputError that names it."""
    try:
        yield
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: cannot be read ({reason}); run the {step} step again") from error
