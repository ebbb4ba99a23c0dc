"""Many simulated records of a dataset, as numbers, from which small studies are drawn."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecnet import datasets
from ecnet.errors import InputError
from ecnet.evaluate.metrics import IntArray
from ecnet.prepare import encode, features
from ecnet.readers import read
from ecnet.simulate import raw_file, simulator

_LEAST_SHARE = 0.02
"""Classes with fewer of the records are left out: without a record of a class in every test set, an
average over classes is another measure in each study, and none of them has a true value."""


@dataclass(frozen=True)
class Population:
    """The distinct (N,) records of a simulated dataset, but for those of small classes.

    features: (N, L) float32. label: (N,) indices of classes. test: (N,) whether a record is in an
    official test set; none is where the dataset has no such set. draw: (N,) a number in [0, 1) for
    each record, which does not depend on anything else.
    """

    features: npt.NDArray[np.float32]
    label: IntArray
    test: npt.NDArray[np.bool_]
    draw: npt.NDArray[np.float64]
    classes: list[str]

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.label)


def simulated(dataset: str, records: int, random: np.random.Generator, seed: int) -> Population:
    """Return the distinct ones of `records` simulated records, as the pipeline reads them.

    Numbers are scaled by the quantiles of all records, categories are ids: here the features are
    given, and what is fitted on train are models alone.

    Raises:
        InputError: the dataset cannot be simulated.
    """
    if (name := simulator.format(dataset)) is None:
        raise InputError(
            f"params.yaml: protocol_check.datasets: {dataset} cannot be simulated; choose among "
            f"{', '.join(simulator.names())}"
        )
    format = datasets.load(dataset).format(name)
    table, test = _records(dataset, records, seed)
    numbers, categories = features.select(table, format, keep=(), drop=())
    vectors = pd.Series(features.vectors(numbers, categories, table["label"]))
    shares = table["label"][~vectors.duplicated()].value_counts(normalize=True)
    classes = [label for label in format.classes if shares.get(label, 0) >= _LEAST_SHARE]
    kept = (~vectors.duplicated() & table["label"].isin(classes)).to_numpy()
    encoded = encode.transform(encode.fit(numbers, categories, "quantile"), numbers, categories)
    both = [encoded[kind][kept].astype(np.float32) for kind in ("numerical", "categorical")]
    label = pd.Index(classes).get_indexer(pd.Index(table["label"][kept]))
    return Population(
        np.hstack(both), label.astype(np.int64), test[kept], random.random(len(label)), classes
    )


def _records(dataset: str, records: int, seed: int) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Return simulated records as typed, and whether each is in an official test set."""
    format = datasets.load(dataset).format(str(simulator.format(dataset)))
    parts: list[pd.DataFrame] = []
    test: list[bool] = []
    with TemporaryDirectory() as folder:
        for name in simulator.files(dataset, records):
            path = Path(folder) / name
            raw_file.write(path, dataset, name, records=records, seed=seed)
            source = format.source(name)
            for batch in read(path, format, source):
                parts.append(batch.table.to_pandas())
                test += [source.subset == "test"] * len(parts[-1])
            path.unlink()
    return pd.concat(parts, ignore_index=True), np.array(test)
