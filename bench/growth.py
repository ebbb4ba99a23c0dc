"""How the time and memory of training grow with records, features, classes and runs.

One of them is varied and the others stay; each point is one epoch of EcNet on noise, in a process
of its own, so that its memory is its own. Writes results/bench/growth.csv, each series with its
exponents: 1 is linear growth. Attention looks from each feature at every other one, so that with
many features time must grow faster than that; memory need not. A small network keeps it short.
"""

import argparse
import multiprocessing
import resource
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import measure
import yaml
from noise import noise
from threadpoolctl import threadpool_limits

from ecnet.config import params
from ecnet.models import family
from ecnet.models.parameters import DataShape

SERIES: dict[str, tuple[int, ...]] = {
    "records": (10_000, 100_000, 1_000_000, 10_000_000),
    "features": (8, 16, 32, 64, 128),
    "classes": (2, 8, 32, 128),
    "runs": (1, 2, 4, 8),
}
STEADY = {"records": 20_000, "features": 8, "classes": 5, "runs": 1}
HEADER = (
    *("series", "size", "seconds", "megabytes", "exponent_of_seconds", "exponent_of_megabytes"),
    "source",
)


def point(size: dict[str, int]) -> tuple[float, float]:
    """Train at a size; return the seconds, and the megabytes over those before the records."""
    text = Path("params.yaml").read_text(encoding="utf-8")
    small = {"embedding": 8, "hidden": 16, "dense": 16, "epochs": 1}
    settings = params.hyperparameters(yaml.safe_load(text), "ecnet") | small
    data = DataShape(size["features"], (), size["classes"])
    fit = family("ecnet").fit
    with threadpool_limits(1):
        fit(noise(300, data), noise(300, data), settings, 1)  # compiles the kernels
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        train, validation = noise(size["records"], data), noise(1000, data)
        seconds = sum(
            measure.seconds(lambda run=run: fit(train, validation, settings, run))
            for run in range(size["runs"])
        )
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def series(name: str, largest: int) -> list[tuple[Any, ...]]:
    """Return the rows of one series, up to the size `largest`."""
    sizes = [size for size in SERIES[name] if size <= largest]
    found = []
    for size in sizes:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            found.append(pool.submit(point, STEADY | {name: size}).result())
        print(name, size, *(f"{value:.2f}" for value in found[-1]), flush=True)
    grown = [
        f"{measure.exponent(sizes[-3:], [max(value, 0.01) for value in values][-3:]):.2f}"
        for values in zip(*found, strict=True)
    ]
    return [
        (name, size, f"{seconds:.3f}", f"{megabytes:.1f}", *grown, "noise")
        for size, (seconds, megabytes) in zip(sizes, found, strict=True)
    ]


def main() -> None:
    """Measure every series, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--series", nargs="*", choices=SERIES, default=list(SERIES))
    parser.add_argument("--largest", type=int, default=10**7, help="leave out larger sizes")
    options = parser.parse_args()
    rows = [row for name in options.series for row in series(name, options.largest)]
    measure.write("growth", HEADER, rows)


if __name__ == "__main__":
    main()
