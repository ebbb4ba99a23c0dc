"""What models of tables read of records: one matrix of numbers."""

import numpy as np
import numpy.typing as npt

from ecnet.prepare.records import Records


def one_hot(records: Records, start: int = 0, stop: int | None = None) -> npt.NDArray[np.float64]:
    """Return the numerical features and the one-hot ids of rows `start` to `stop`, (n, d).

    Id 0, a value that train does not contain, is all zeros.
    """
    numerical, categorical = records.numerical[start:stop], records.categorical[start:stop]
    columns = [numerical.astype(np.float64)]
    for ids, cardinality in zip(categorical.T, records.cardinalities, strict=True):
        columns.append(np.eye(cardinality)[ids, 1:])
    return np.hstack(columns)
