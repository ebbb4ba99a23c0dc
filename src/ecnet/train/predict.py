"""Step `predict`: the trained models of one variant on the test set of their splits."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import safe_open
from threadpoolctl import threadpool_limits

from ecnet import files, models
from ecnet.errors import InputError
from ecnet.models import weights as stored
from ecnet.prepare import records
from ecnet.seeds import Run
from ecnet.train.train import read_encoder

_MODEL = (
    *("dataset", "format", "source", "protocol", "task", "variant", "family", "hyperparameters"),
    *("classes", "runs"),
)
"""What a model must say of itself."""


def run(
    *,
    encoded: list[Path],
    model: Path,
    weights: list[Path],
    outputs: list[Path],
    settings: dict[str, Any],
) -> None:
    """Write, for each run, one row for each test record, in the order of the test set.

    Columns: capture and row (where the record comes from), count (how many equal records it
    stands for), true, predicted, and for each class `p:<class>`, its probability (float32). The
    file's metadata name classes, dataset, format, source, protocol, task,
    variant and run.

    encoded: for each run of `model`, in its order, the folder that `encode` wrote for its split.
    model, weights: what `train` wrote, a file of weights for each run.
    outputs: written, one Parquet file for each run.
    settings: threads.

    Raises:
        InputError: a file is missing, altered, or does not go with the others.
    """
    described = files.read_object(model, "train", _MODEL)
    given = zip(described["runs"], encoded, weights, outputs, strict=True)
    family = models.family(described["family"])  # loads the libraries whose threads are limited
    with threadpool_limits(settings["threads"]):
        for trained, source, path, output in given:
            encoder = read_encoder(source, described["dataset"], trained["split"])
            _verify(source / "encoder.json", trained["encoder_sha256"], model)
            _verify(path, trained["sha256"], model)
            test = records.load(source, "test", described["task"], encoder)
            name = Run(trained["split"], trained["weights"]).name
            fitted = stored.load(path, name, family, described["hyperparameters"], test)
            table = _table(
                test,
                fitted.predict(test),
                _places(source / "test.safetensors", encoder["captures"]),
                {**described, "run": name},
            )
            with files.atomic(output) as temporary:
                pq.write_table(table, temporary)


def _verify(path: Path, sha256: str, model: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path}: is missing; run the train step again")
    found = files.sha256(path)
    if found != sha256:
        raise InputError(
            f"{path}: SHA-256 is {found}, {model} says {sha256}; run the train step again"
        )


def _places(path: Path, captures: list[str]) -> dict[str, pa.Array]:
    """Return where each test record comes from: the capture, and the row in its raw file."""
    with safe_open(path, framework="numpy") as file:
        capture, row = file.get_tensor("capture"), file.get_tensor("row")
    return {"capture": _names(capture, captures), "row": _array(row.astype(np.int64))}


def _table(
    test: records.Records,
    probabilities: records.FloatArray,
    places: dict[str, pa.Array],
    described: dict[str, Any],
) -> pa.Table:
    columns = {
        **places,
        "count": _array(test.count.astype(np.int32)),
        "true": _names(test.label, test.classes),
        "predicted": _names(probabilities.argmax(axis=1), test.classes),
    }
    for name, column in zip(test.classes, probabilities.T, strict=True):
        columns[f"p:{name}"] = _array(np.ascontiguousarray(column, dtype=np.float32))
    metadata = {"classes": json.dumps(test.classes, ensure_ascii=False)}
    for name in ("dataset", "format", "source", "protocol", "task", "variant", "run"):
        metadata[name] = str(described[name])
    return pa.table(columns).replace_schema_metadata(metadata)


def _names(index: npt.NDArray[Any], names: tuple[str, ...] | list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(_array(index.astype(np.int32)), _texts(names))


# Both do what pa.array does, which imports pandas to look for its types: half the job's time.
def _array(values: npt.NDArray[Any]) -> pa.Array:
    """Return the numbers of a contiguous array, (n,), as an Arrow array of the same bytes."""
    data = pa.py_buffer(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, data])


def _texts(texts: tuple[str, ...] | list[str]) -> pa.Array:
    encoded = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    data = pa.py_buffer(b"".join(encoded))
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(offsets), data)
