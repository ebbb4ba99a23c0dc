"""What the benchmarks share: ways measured by turns, their spread, and what machine it was."""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ecnet import files
from ecnet.runtime import process

# As every step does. threadpoolctl alone misses the BLAS of numba, which is loaded with the first
# product: with two threads on a busy machine it is 20 times slower.
os.environ.update(process.threads(None))

ROOT = Path(__file__).parents[1]
FOLDER = Path("results/bench")
_MEASURE = (
    "import resource, subprocess, sys; status = subprocess.run(sys.argv[1:]).returncode; "
    "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss); sys.exit(status)"
)
"""Started by a small process: on Linux a child's peak is at least the memory of its parent."""


def processor() -> str:
    """Return the name of the processor, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


class Cost(NamedTuple):
    """What a command takes: seconds by the clock and of processors, and peak memory in MiB."""

    seconds: float
    processor: float
    mebibytes: float


def command(arguments: Sequence[str | Path]) -> Cost:
    """Return what a command takes in this repository."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *arguments],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    processor, kibibytes = map(float, done.stdout.splitlines()[-1].split())
    return Cost(time.perf_counter() - start, processor, kibibytes / 1024)


def by_turns(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each way in each round; the first round, which warms up, is left out.

    In each round every way has its turn, so that what else the machine does meets all of them.
    """
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, call in ways.items():
            took = seconds(call)
            if turn:
                taken[name].append(took)
    return taken


def ratio(of: list[float], to: list[float]) -> tuple[float, float, float]:
    """Return the median, least and largest ratio of two ways' seconds, round by round."""
    ratios = sorted(b / a for a, b in zip(of, to, strict=True))
    return statistics.median(ratios), ratios[0], ratios[-1]


def matrix_peak() -> float:
    """Return the billions of operations a second of the best of some products of matrices."""
    size = 1024
    matrix = np.random.default_rng(1).normal(size=(size, size)).astype(np.float32)
    return 2 * size**3 / min(seconds(lambda: matrix @ matrix) for _ in range(20)) / 1e9


def exponent(sizes: list[float], costs: list[float]) -> float:
    """Return b of cost = a size^b, fitted on logarithms: 1 is linear growth."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def save(figure: Any, name: str) -> None:
    """Write a figure to results/bench/NAME.{svg,pdf,png}."""
    for suffix in ("svg", "pdf", "png"):
        figure.savefig(FOLDER / f"{name}.{suffix}")


def write(name: str, header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Print the rows and write them to results/bench/NAME.csv, with the processor.

    The numbers hold for this machine alone; no table reads them.
    """
    named = [(*row, processor()) for row in rows]
    print(*header, sep="\t")
    for row in rows:
        print(*row, sep="\t")
    FOLDER.mkdir(parents=True, exist_ok=True)
    files.write_csv(FOLDER / f"{name}.csv", [*header, "processor"], named)
