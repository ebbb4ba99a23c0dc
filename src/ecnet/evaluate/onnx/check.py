"""Compare an ONNX file with the model that it was made of, from raw fields to probabilities."""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pandas as pd

from ecnet.evaluate import probes
from ecnet.evaluate.scoring.trained import Trained

LIMIT = 1e-5
"""The largest difference of a probability that rounding explains."""

_BATCH = 4096


def difference(file: bytes, trained: Trained, records: pd.DataFrame) -> float:
    """Return the largest difference of a probability over typed records; 0 without any."""
    run = session(file)
    largest = 0.0
    for start in range(0, len(records), _BATCH):
        batch = records.iloc[start : start + _BATCH]
        (found,) = run.run(["probabilities"], inputs(batch, trained))
        wanted = trained.score(batch).probabilities
        largest = max(largest, float(np.abs(found - wanted).max()))
    return largest


def session(file: bytes) -> Any:
    """Return ONNX Runtime with a file, on one core."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # not which constants it folds
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def inputs(records: pd.DataFrame, trained: Trained) -> dict[str, npt.NDArray[Any]]:
    """Return (n,) typed records as the inputs of the file."""
    found = {}
    for name, text in probes.fields(trained.fitted, trained.format).items():
        column = records[name]
        found[name] = (
            column.astype("str").fillna("").to_numpy(object)
            if text
            else column.to_numpy("float64", na_value=np.nan)
        )
    return found
