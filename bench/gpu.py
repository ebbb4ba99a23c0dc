"""How fast networks are trained on a GPU and on one core of the CPU, and whether they score alike.

Reads the tensors of a dataset, which `snakemake --cores all data/encoded` makes. Each variant is
trained with some seeds of weights: on the CPU with the engine of params.yaml, on the GPU, and there
with products in bfloat16. Writes results/bench/gpu.csv: seconds of an epoch (median over the
seeds), their ratio to those of the CPU, macro-F1 on validation (mean), its difference to the CPU's,
and the standard deviation of the CPU's over the seeds, within which the difference should be.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import measure
import numpy as np
import yaml

from ecnet import models, paths
from ecnet.config import params
from ecnet.errors import InputError
from ecnet.models import ON_CPU, engines
from ecnet.models.score import macro_f1
from ecnet.prepare import records
from ecnet.prepare.records import Records
from ecnet.train.train import fitting

WAYS: dict[str, dict[str, Any]] = {
    "cpu": ON_CPU,
    "cuda": {"device": "cuda", "precision": "float32"},
    "cuda-bfloat16": {"device": "cuda", "precision": "bfloat16"},
}
HEADER = (
    *("variant", "way", "batch", "seconds_per_epoch", "ratio"),
    *("macro_f1", "difference", "spread_of_cpu", "seeds", "records", "source"),
)


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--dataset", default="nsl-kdd", help="one of data/encoded (nsl-kdd)")
    parser.add_argument("--variants", nargs="*", default=["ecnet", "lstm", "cnn-2d", "tabm"])
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--seeds", type=int, default=5, help="of weights (5, at least 2)")
    parser.add_argument("--batch", type=int, help="records of a step (that of params.yaml)")
    options = parser.parse_args()
    try:
        measure.write("gpu", HEADER, list(rows(options)))
    except InputError as error:
        sys.exit(f"bench/gpu.py: {error}")


def rows(options: argparse.Namespace) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the table.

    Raises:
        InputError: torch sees no GPU, or the tensors are missing.
    """
    if any(WAYS[way]["device"] == "cuda" for way in options.ways) and not engines.sees_gpu():
        raise InputError(engines.NO_GPU)
    given = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    names = {"dataset": options.dataset, "protocol": ""}
    encoder, fit = (Path(path.format(**names)) for path in (paths.ENCODER, paths.FIT))
    described = records.read_encoder(encoder, options.dataset)
    split = int(next(iter(described["seeds"])))
    train, validation = fitting(encoder, fit, described, split, "multiclass")
    for variant in options.variants:
        settings = params.hyperparameters(given, variant)
        settings |= {"batch": options.batch} if options.batch else {}
        family = given["variants"][variant]["family"]
        found = {
            way: trained(family, settings | WAYS[way], train, validation, options.seeds)
            for way in options.ways
        }
        for way in found:
            of = (options.seeds, len(train), described["source"])
            yield (variant, way, settings["batch"], *shown(found, way), *of)


def trained(
    family: str, settings: Mapping[str, Any], train: Records, validation: Records, seeds: int
) -> list[tuple[float, float]]:
    """Return for each seed the seconds of an epoch, and macro-F1 on validation."""
    fit = models.family(family).fit
    fit(train, validation, {**settings, "epochs": 1}, 0)  # the first call on a device sets it up
    found = []
    for seed in range(1, seeds + 1):
        start = time.perf_counter()
        model = fit(train, validation, settings, seed)
        took = time.perf_counter() - start
        predicted = model.predict(validation).argmax(axis=1).astype(np.int32)
        score = macro_f1(validation.label, predicted, len(train.classes))
        found.append((took / len(model.history), score))
    return found


def shown(found: Mapping[str, list[tuple[float, float]]], way: str) -> tuple[str, ...]:
    """Return seconds, ratio to the CPU, macro-F1, its difference and spread, as text.

    Those that compare are empty if the CPU was not measured.
    """
    seconds, scores = (list(column) for column in zip(*found[way], strict=True))
    middle, mean = statistics.median(seconds), statistics.fmean(scores)
    if "cpu" not in found:
        return f"{middle:.4f}", "", f"{mean:.4f}", "", ""
    base, spread = (list(column) for column in zip(*found["cpu"], strict=True))
    return (
        f"{middle:.4f}",
        f"{statistics.median(base) / middle:.2f}",
        f"{mean:.4f}",
        f"{mean - statistics.fmean(spread):+.4f}",
        f"{statistics.stdev(spread):.4f}",
    )


if __name__ == "__main__":
    main()
