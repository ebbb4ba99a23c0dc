"""The audit of a dataset of the pipeline, from its sample and the counts of the sample."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ecnet import datasets, tables
from ecnet.audit import report
from ecnet.audit.checks import audit
from ecnet.audit.codes import Coder
from ecnet.files import read_json


def run(*, sample: Path, counts: Path, output: Path, settings: Mapping[str, Any]) -> None:
    """Audit the sample of a dataset into output.{json,csv,md}.

    output: the path of the files that are written, without their suffix.
    """
    dataset, accounts = datasets.load(settings["dataset"]), read_json(counts)
    format = dataset.format(settings["format"])
    coder = Coder(format)
    tables.described(sample, "sample")
    with tables.damage(sample, "sample"), pq.ParquetFile(sample) as file:
        for batch in file.iter_batches():
            records = batch.to_pandas()
            coder.add(records, records["capture"])
    found = audit(
        coder.records(),
        dataset,
        format,
        read={name: held["read"] for name, held in accounts["classes"].items()},
        aside=accounts["rejected"],
        settings=settings,
    )
    origin = report.origin(
        dataset,
        format,
        source=accounts["source"],
        files=[file["file"] for file in accounts["files"]],
        settings=settings,
    )
    report.write(origin | found, output)
