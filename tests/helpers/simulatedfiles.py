"""The first records of a simulated native file, as the project reads them and as plain text."""

from pathlib import Path

import pandas as pd

from ecnet import datasets
from ecnet.readers import read
from ecnet.simulate import formatting, simulator


def write(folder: Path, dataset: str, file: str, *, first: int, of: int) -> Path:
    """Write the first `first` records of a file of a dataset with `of` records in total."""
    generator = simulator.generator(dataset)
    sampler = simulator.sampler(dataset, file, records=of, seed=1)
    drawn = sampler.draw(0, min(first, sampler.allocation.records))
    lines = formatting.lines(generator.native(drawn), generator.separator, generator.end)
    path = folder / file
    path.write_bytes(generator.header(file).encode() + lines)
    return path


def typed(path: Path, dataset: str) -> tuple[pd.DataFrame, int]:
    """Return the typed records of a file of a dataset, and how many rows were rejected."""
    format = datasets.load(dataset).format(simulator.generator(dataset).format)
    batches = list(read(path, format, format.source(path.name)))
    records = pd.concat([batch.records for batch in batches], ignore_index=True)
    return records, sum(len(batch.rejected) for batch in batches)


def plain(path: Path) -> pd.DataFrame:
    """Return the cells of a CSV file as text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)
