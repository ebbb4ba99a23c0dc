"""How models of tables answer: class probabilities, of so many records at once."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ecnet.models.inputs import one_hot
from ecnet.prepare.records import FloatArray, Records

_BLOCK = 4096
Matrix = npt.NDArray[np.float64]
_Number = TypeVar("_Number", bound=np.floating[Any])


def softmax(scores: Matrix) -> FloatArray:
    """Return the softmax of each row, (n, C); a score of -inf has probability 0."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: FloatArray = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return probabilities


def by_blocks(
    predict: Callable[[Matrix], npt.NDArray[_Number]], records: Records, size: int = _BLOCK
) -> npt.NDArray[_Number]:
    """Return what `predict` makes of the one-hot inputs of all records, `size` of them at once.

    This bounds the memory of a prediction.
    """
    starts = range(0, len(records), size)
    return np.concatenate([predict(one_hot(records, i, i + size)) for i in starts])
