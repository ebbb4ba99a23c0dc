"""Records as integer codes: a column of n rows takes 4n bytes and each distinct value once.

Codes count the distinct values in their order, so that they depend neither on the order of rows
nor on the size of batches.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ecnet.datasets.declaration import Format
from ecnet.prepare import features
from ecnet.prepare.split_checks import IntArray, Mask

Codes = npt.NDArray[np.int32]

_TYPES = {"number": pa.float64(), "time": pa.float64(), "port": pa.int32()}
CAPTURE = "capture"
LABEL = "label"


@dataclass(frozen=True)
class Coded:
    """One column. codes: (n,) places in `values`; a missing value has the place after the last.

    values: the distinct values, ascending. ordered: whether distances between values mean
    something, as of numbers and times.
    """

    name: str
    codes: Codes
    values: pa.Array
    ordered: bool = False

    @property
    def size(self) -> int:
        """How many codes there can be, that of a missing value included."""
        return len(self.values) + 1

    @property
    def missing(self) -> int:
        """How many rows have no value."""
        return int((self.codes == len(self.values)).sum())


@dataclass(frozen=True)
class Records:
    """Records of a format, coded. columns: those that the file has, in the format's order.

    labels: (n,) places in `classes`, which holds the classes met, in the format's order.
    """

    columns: dict[str, Coded]
    labels: Codes
    classes: tuple[str, ...]
    capture: Coded

    def __len__(self) -> int:
        """How many records there are."""
        return len(self.labels)

    def of(self, names: Iterable[str]) -> list[Coded]:
        """Return columns by name; `<port>_kind` is derived from the column of the port."""
        return [self.columns.get(name) or self._kind(name) for name in names]

    def _kind(self, name: str) -> Coded:
        """Return the kinds of ports as a column (features.port_kind)."""
        port = self.columns[name.removesuffix("_kind")]
        numbers = pd.Series([*port.values.to_pylist(), None], dtype="Int32")
        kinds = pa.array(features.port_kind(numbers), pa.string()).dictionary_encode()
        return _ascending(Coded(name, kinds.indices.to_numpy()[port.codes], kinds.dictionary))


class Coder:
    """Takes batches of typed records, as `readers.read` gives them, and codes them."""

    def __init__(self, format: Format) -> None:
        """Begin without a record."""
        self._format = format
        self._chunks: dict[str, list[pa.DictionaryArray]] = {}

    def add(self, records: pd.DataFrame, capture: "str | pd.Series[Any]") -> None:
        """Take a batch. capture: the name of the file that it is from, or that of each record."""
        for column in self._format.columns:
            if column.name in records:
                kind = _TYPES.get(column.kind, pa.string())
                self._add(column.name, records[column.name], kind)
        self._add(LABEL, records["label"], pa.string())
        captures = pd.Series(capture, index=records.index, dtype="str")
        self._add(CAPTURE, captures, pa.string())

    def records(self) -> Records:
        """Return all records taken."""
        label = self._coded(LABEL)
        met = label.values.to_pylist()
        classes = tuple(name for name in self._format.classes if name in met)
        place = np.array([classes.index(name) for name in met], dtype=np.int32)
        return Records(
            columns={
                column.name: replace(
                    self._coded(column.name), ordered=column.kind in ("number", "time")
                )
                for column in self._format.columns
                if column.name in self._chunks
            },
            labels=place[label.codes],
            classes=classes,
            capture=self._coded(CAPTURE),
        )

    def _add(self, name: str, values: "pd.Series[Any]", kind: pa.DataType) -> None:
        if kind == pa.float64():
            # -0.0 and 0.0 are equal numbers, and would be two entries.
            array = pa.array(values.to_numpy("float64") + 0.0, kind, from_pandas=True)
        else:
            array = pa.array(values, kind, from_pandas=True)
        encoded = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        self._chunks.setdefault(name, []).append(encoded.dictionary_encode())

    def _coded(self, name: str) -> Coded:
        chunks = pa.chunked_array(self._chunks.pop(name)).unify_dictionaries()
        values = chunks.chunk(0).dictionary
        missing = len(values)
        codes = np.concatenate(
            [pc.fill_null(c.indices, missing).to_numpy() for c in chunks.chunks]
        ).astype(np.int32)
        return _ascending(Coded(name, codes, values))


def vectors(columns: Sequence[Coded], rows: int) -> IntArray:
    """Return (rows,) numbers such that rows are equal if and only if their numbers are.

    They count the distinct rows in the order of their codes, whatever the order of the rows.
    """
    if not columns:
        return np.zeros(rows, dtype=np.int64)
    ids = features.vectors(pd.DataFrame({place: c.codes for place, c in enumerate(columns)}))
    first = first_rows(ids)
    order = np.lexsort([column.codes[first] for column in reversed(columns)])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    numbers: IntArray = rank[ids]
    return numbers


def twins(vector: IntArray, labels: Codes, classes: int) -> tuple[IntArray, IntArray]:
    """Return a number for each record by vector and label, and the vector of each such number.

    vector: (n,) numbers of the features. labels: (n,). Both results are ascending in the vector.
    """
    codes, pairs = pd.factorize(vector * classes + labels, sort=True)
    return codes.astype(np.int64), np.asarray(pairs, dtype=np.int64) // classes


def first_rows(ids: IntArray) -> IntArray:
    """Return the first row of each number of `ids`, which count from 0 without a gap."""
    first = np.full(int(ids.max(initial=-1)) + 1, len(ids), dtype=np.int64)
    np.minimum.at(first, ids, np.arange(len(ids)))
    return first


def first_copies(ids: IntArray) -> Mask:
    """Return (n,) whether a row is the first of its number."""
    kept = np.zeros(len(ids), dtype=bool)
    kept[first_rows(ids)] = True
    return kept


def _ascending(column: Coded) -> Coded:
    """Return the same column with its values in ascending order."""
    order = pc.sort_indices(column.values).to_numpy()
    rank = np.full(len(order) + 1, len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return replace(column, codes=rank[column.codes], values=column.values.take(pa.array(order)))
