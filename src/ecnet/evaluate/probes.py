"""Records on which an exported model is compared with the model itself, from raw fields."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecnet import files, paths, seeds
from ecnet.datasets.declaration import Format
from ecnet.evaluate.scoring import trained as scored
from ecnet.evaluate.scoring.trained import Trained
from ecnet.prepare import assignment, features

_PROBES = 2000


def fields(fitted: dict[str, Any], format: Format) -> dict[str, bool]:
    """Return the columns of a format that an encoder reads, and whether each holds text."""
    columns = {column.name for column in format.columns}
    numbers, categories = scored.inputs(fitted)
    ports = [name.removesuffix("_kind") for name in categories if name not in columns]
    texts = [name for name in categories if name in columns]
    return dict.fromkeys([*numbers, *ports], False) | dict.fromkeys(texts, True)


def held_out(trained: Trained) -> pd.DataFrame | None:
    """Return the typed test records of the run, if the model's project holds them.

    Raises:
        InputError: what it holds is not what its steps write.
    """
    folder = trained.folder.resolve()
    names = {"dataset": trained.dataset.name, "protocol": ""}
    divided = {"dataset": trained.encoder.resolve().parent.name, "protocol": ""}
    root = scored.project(folder)
    sample = root / paths.SAMPLE.format(**names)
    report, subsets = (root / p.format(**divided) for p in (paths.SPLIT, paths.ASSIGNMENT))
    if not all(path.is_file() for path in (sample, report, subsets)):
        return None
    split = files.read_object(report, "split", ("features",))
    given = assignment.sampled(sample, report, split["features"])
    ((_, found),) = assignment.read(subsets, [trained.run.split], given)
    return given.rows(found["test"])


def made_up(trained: Trained) -> pd.DataFrame:
    """Return made-up records of which each value is one that training saw, unseen or missing.

    Numbers are those between which the encoder scales, some of them moved; zero, missing and
    infinite ones; and far ones.
    """
    random = seeds.generator("probes of an exported model")
    known = {one["name"]: one for one in trained.fitted["numerical"]}
    vocabularies = {one["name"]: one["vocabulary"] for one in trained.fitted["categorical"]}
    columns = {}
    for name, text in fields(trained.fitted, trained.format).items():
        if text:
            values = {*vocabularies[name], "never seen"} - {features.MISSING}
            chosen = random.choice([*sorted(values), None], _PROBES)
            columns[name] = pd.Series(chosen, dtype="str")
        else:
            columns[name] = pd.Series(_numbers(known.get(name), random))
    return pd.DataFrame(columns)


def _numbers(fitted: dict[str, Any] | None, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return numbers about those that a feature was fitted on; of any size if it was not."""
    logs = random.uniform(-3, 12, _PROBES)
    if fitted and "knots" in fitted:
        logs = random.choice(fitted["knots"], _PROBES)
    elif fitted:
        logs = random.normal(fitted["mean"], 2 * fitted["std"], _PROBES)
    numbers = np.sign(logs) * np.expm1(np.abs(logs))
    moved = numbers * random.uniform(0, 2, _PROBES)
    odd = random.choice([0.0, np.nan, np.inf, -np.inf, -1.0, 1e-300, 1e300], _PROBES)
    return np.choose(random.choice(3, _PROBES, p=[0.4, 0.4, 0.2]), [numbers, moved, odd])
