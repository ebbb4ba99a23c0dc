"""Step `predict`: the trained models of several variants on the test set of their splits."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ecnet import files
from ecnet import models as families
from ecnet.errors import InputError
from ecnet.models import weights as stored
from ecnet.prepare import records
from ecnet.seeds import Run

MODEL = (
    *("dataset", "format", "source", "protocol", "task", "variant", "family", "hyperparameters"),
    *("classes", "weights_sha256", "encoder_sha256", "runs"),
)
"""The keys that model.json must have."""


def run(
    *,
    encoder: Path,
    test: Path,
    models: list[Path],
    weights: list[Path],
    outputs: list[Path],
    settings: dict[str, Any],  # noqa: ARG001 - `ecnet.runtime.process` reads it
) -> None:
    """Write, for each variant and run, one row for each test record, in the order of the test set.

    Columns: run, capture and row (where the record comes from), count (how many equal records it
    stands for), true, predicted, and for each class `p:<class>`, its probability (float32). The
    file's metadata name classes, dataset, format, source, protocol, task and variant.

    encoder, test: what `encode` wrote.
    models, weights: what `train` wrote for each variant.
    outputs: written, one Parquet file for each variant.
    settings: threads, which are set before this module is imported.

    Raises:
        InputError: a file is missing, altered, or does not go with the others.
    """
    for model, path, output in zip(models, weights, outputs, strict=True):
        described = files.read_object(model, "train", MODEL)
        fitted = records.read_encoder(encoder, described["dataset"])
        verify(encoder, described["encoder_sha256"], model)
        verify(path, described["weights_sha256"], model)
        table = pa.concat_tables(_tables(described, encoder, fitted, test, path))
        with files.atomic(output) as temporary:
            pq.write_table(table, temporary)


def _tables(
    described: dict[str, Any], encoder: Path, fitted: dict[str, Any], test: Path, weights: Path
) -> Iterator[pa.Table]:
    """Yield the predictions of each run of a variant. fitted: the content of `encoder`."""
    family = families.family(described["family"])
    runs = [Run(trained["split"], trained["weights"]) for trained in described["runs"]]
    for place, run in enumerate(runs):
        of_seed = records.of_seed(encoder, fitted, run.split)
        given = records.load(test, run.split, "test", described["task"], of_seed)
        hyperparameters = described["hyperparameters"]
        model = stored.load(weights, run.name, family, hyperparameters, given)
        identity = {
            "run": _names(np.full(len(given), place), [run.name for run in runs]),
            **_places(test, run.split, fitted["captures"]),
        }
        yield _table(given, model.predict(given), identity, described)


def verify(path: Path, sha256: str, model: Path) -> None:
    """Stop unless a file has the digest that model.json names.

    Raises:
        InputError: it has another one, or is missing.
    """
    if not path.is_file():
        raise InputError(f"{path}: is missing; run the train step again")
    found = files.sha256(path)
    if found != sha256:
        raise InputError(
            f"{path}: SHA-256 is {found}, {model} says {sha256}; run the train step again"
        )


def _places(path: Path, split: int, captures: list[str]) -> dict[str, pa.Array]:
    """Return where each test record comes from: the capture, and the row in its raw file."""
    capture, row = records.places(path, split)
    return {"capture": _names(capture, captures), "row": _array(row.astype(np.int64))}


def _table(
    test: records.Records,
    probabilities: records.FloatArray,
    identity: dict[str, pa.Array],
    described: dict[str, Any],
) -> pa.Table:
    columns = {
        **identity,
        "count": _array(test.count.astype(np.int32)),
        "true": _names(test.label, test.classes),
        "predicted": _names(probabilities.argmax(axis=1), test.classes),
    }
    for name, column in zip(test.classes, probabilities.T, strict=True):
        columns[f"p:{name}"] = _array(np.ascontiguousarray(column, dtype=np.float32))
    metadata = {"classes": json.dumps(test.classes, ensure_ascii=False)}
    for name in ("dataset", "format", "source", "protocol", "task", "variant"):
        metadata[name] = str(described[name])
    return pa.table(columns).replace_schema_metadata(metadata)


def _names(index: npt.NDArray[Any], names: tuple[str, ...] | list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(_array(index.astype(np.int32)), _texts(names))


# Both do what pa.array does, which imports pandas to look for its types.
def _array(values: npt.NDArray[Any]) -> pa.Array:
    """Return the numbers of a contiguous array, (n,), as an Arrow array of the same bytes."""
    data = pa.py_buffer(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, data])


def _texts(texts: tuple[str, ...] | list[str]) -> pa.Array:
    encoded = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    data = pa.py_buffer(b"".join(encoded))
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(offsets), data)
