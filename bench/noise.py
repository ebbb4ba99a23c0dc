"""Records of random numbers: training on them takes as long as on any others."""

import numpy as np

from ecnet.models.parameters import DataShape
from ecnet.prepare.records import Records


def noise(size: int, data: DataShape) -> Records:
    """Return `size` records of a data."""
    random = np.random.default_rng(1)
    ids = [random.integers(0, number, size, dtype=np.int32) for number in data.cardinalities]
    return Records(
        numerical=random.standard_normal((size, data.numerical), dtype=np.float32),
        categorical=np.array(ids, np.int32).reshape(-1, size).T.copy(),
        label=random.integers(0, data.classes, size, dtype=np.int32),
        count=np.ones(size, np.int32),
        window=None,
        cardinalities=data.cardinalities,
        classes=tuple(map(str, range(data.classes))),
    )
