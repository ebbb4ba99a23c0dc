"""Records as integer codes: a column of n rows takes 4n bytes plus its distinct values.

Codes are indices into the sorted distinct values, so they depend neither on the order of rows nor
on the size of batches.
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
class CodedColumn:
    """One column.

    codes: (n,) indices into `values`; len(values) for a missing value. values: the distinct values,
    ascending. ordered: whether the values are numbers or times.
    """

    name: str
    codes: Codes
    values: pa.Array
    ordered: bool = False

    @property
    def size(self) -> int:
        """The number of codes, including the one for a missing value."""
        return len(self.values) + 1

    @property
    def missing(self) -> int:
        """The number of rows without a value."""
        return int((self.codes == len(self.values)).sum())


@dataclass(frozen=True)
class CodedRecords:
    """Records of a format as codes. columns: those that the file has, in the format's order.

    labels: (n,) indices into `classes`, the classes that occur, in the format's order.
    """

    columns: dict[str, CodedColumn]
    labels: Codes
    classes: tuple[str, ...]
    capture: CodedColumn

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.labels)

    def of(self, names: Iterable[str]) -> list[CodedColumn]:
        """Return columns by name; `<port>_kind` is derived from the column of the port."""
        return [self.columns.get(name) or self._kind(name) for name in names]

    def _kind(self, name: str) -> CodedColumn:
        """Return the kinds of ports as a column (features.port_kind)."""
        port = self.columns[name.removesuffix("_kind")]
        numbers = pd.Series([*port.values.to_pylist(), None], dtype="Int32")
        kinds = pa.array(features.port_kind(numbers), pa.string()).dictionary_encode()
        return _ascending(CodedColumn(name, kinds.indices.to_numpy()[port.codes], kinds.dictionary))


class Coder:
    """Converts batches of typed records, as from `readers.read`, to codes."""

    def __init__(self, format: Format) -> None:
        """Start without records."""
        self._format = format
        self._chunks: dict[str, list[pa.DictionaryArray]] = {}

    def add(self, records: pd.DataFrame, capture: "str | pd.Series[Any]") -> None:
        """Add a batch. capture: the name of its file, or the name for each record."""
        for column in self._format.columns:
            if column.name in records:
                kind = _TYPES.get(column.kind, pa.string())
                self._add(column.name, records[column.name], kind)
        self._add(LABEL, records["label"], pa.string())
        captures = pd.Series(capture, index=records.index, dtype="str")
        self._add(CAPTURE, captures, pa.string())

    def records(self) -> CodedRecords:
        """Return all added records."""
        label = self._coded(LABEL)
        met = label.values.to_pylist()
        classes = tuple(name for name in self._format.classes if name in met)
        place = np.array([classes.index(name) for name in met], dtype=np.int32)
        return CodedRecords(
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
            # -0.0 and 0.0 are equal, but would be two dictionary entries.
            array = pa.array(values.to_numpy("float64") + 0.0, kind, from_pandas=True)
        else:
            array = pa.array(values, kind, from_pandas=True)
        encoded = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        self._chunks.setdefault(name, []).append(encoded.dictionary_encode())

    def _coded(self, name: str) -> CodedColumn:
        chunks = pa.chunked_array(self._chunks.pop(name)).unify_dictionaries()
        values = chunks.chunk(0).dictionary
        missing = len(values)
        codes = np.concatenate(
            [pc.fill_null(c.indices, missing).to_numpy() for c in chunks.chunks]
        ).astype(np.int32)
        return _ascending(CodedColumn(name, codes, values))


def vectors(columns: Sequence[CodedColumn], rows: int) -> IntArray:
    """Return (rows,) ids that are equal if and only if the rows are equal.

    They number the distinct rows in the order of their codes, independent of the order of rows.
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


def record_ids(vector: IntArray, labels: Codes, classes: int) -> tuple[IntArray, IntArray]:
    """Return (n,) ids of records by vector and label, and the vector of each id.

    vector: (n,) ids of the features. labels: (n,). Both results are ascending in the vector.
    """
    codes, pairs = pd.factorize(vector * classes + labels, sort=True)
    return codes.astype(np.int64), np.asarray(pairs, dtype=np.int64) // classes


def first_rows(ids: IntArray) -> IntArray:
    """Return the first row of each id; ids are consecutive numbers from 0."""
    first = np.full(int(ids.max(initial=-1)) + 1, len(ids), dtype=np.int64)
    np.minimum.at(first, ids, np.arange(len(ids)))
    return first


def first_copies(ids: IntArray) -> Mask:
    """Return (n,) whether a row is the first with its id."""
    kept = np.zeros(len(ids), dtype=bool)
    kept[first_rows(ids)] = True
    return kept


def _ascending(column: CodedColumn) -> CodedColumn:
    """Return the column with its values in ascending order."""
    order = pc.sort_indices(column.values).to_numpy()
    rank = np.full(len(order) + 1, len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return replace(column, codes=rank[column.codes], values=column.values.take(pa.array(order)))
