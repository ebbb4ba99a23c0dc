"""Records of noise: what is computed from them takes as long as from any others."""

import numpy as np

from ecnet.models._layout import Shape
from ecnet.prepare.records import Records


def noise(size: int, shape: Shape) -> Records:
    """Return `size` records of a shape."""
    random = np.random.default_rng(1)
    ids = [random.integers(0, number, size, dtype=np.int32) for number in shape.cardinalities]
    return Records(
        numerical=random.standard_normal((size, shape.numerical), dtype=np.float32),
        categorical=np.array(ids, np.int32).reshape(-1, size).T.copy(),
        label=random.integers(0, shape.classes, size, dtype=np.int32),
        count=np.ones(size, np.int32),
        window=None,
        cardinalities=shape.cardinalities,
        classes=tuple(map(str, range(shape.classes))),
    )
