"""Typed records of a project, with values that are missing, infinite or unseen."""

from typing import Any

import numpy as np
import pandas as pd
import variants

from ecnet import paths, tables
from ecnet.evaluate import probes
from ecnet.evaluate.scoring.trained import Trained

ODD = (np.nan, np.inf, -np.inf, -1.0, 0.0, 1e-300, 1e300)


def raw(project: variants.Project, model: Trained) -> pd.DataFrame:
    """Return the sample, and a copy in which many values are missing, infinite or unseen."""
    sample = tables.read(project.place(paths.SAMPLE), "sample", ())
    odd, random = sample.copy(), np.random.default_rng(4)
    for name, text in probes.fields(model.fitted, model.format).items():
        changed = random.random(len(odd)) < 0.3
        choices: Any = ["carp", None] if text else ODD
        values = random.choice(choices, len(odd))
        kept = odd[name].astype("str" if text else "float64")
        odd[name] = kept.where(~changed, pd.Series(values, dtype=kept.dtype))
    return pd.concat([sample.astype(odd.dtypes.to_dict()), odd], ignore_index=True)
