"""Draw what the other benchmarks have written: results/bench/{sampling,jobs,growth}.csv.

Each becomes a figure beside its table (SVG, PDF and PNG); a table that is not there is left out,
and said to be.
"""

import csv
import sys
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import measure
import numpy as np

mpl.use("agg")
from matplotlib import pyplot
from matplotlib.ticker import EngFormatter, NullFormatter, NullLocator

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
Rows = list[dict[str, str]]


def sampling(rows: Rows) -> Any:
    """Draw the megabytes a second of each way, for each number of cores."""
    ways = list(dict.fromkeys(row["way"] for row in rows))
    cores = list(dict.fromkeys(row["cores"] for row in rows))
    figure, axes = pyplot.subplots(figsize=(7, 3.6), layout="constrained")
    height = 0.8 / len(cores)
    for place, number in enumerate(cores):
        of = {
            r["way"]: 1e3 * float(r["gigabytes_per_second"]) for r in rows if r["cores"] == number
        }
        at = np.arange(len(ways)) + (place - (len(cores) - 1) / 2) * height
        label = f"{number} core{'s' if number != '1' else ''}"
        axes.barh(at, [of[way] for way in ways], height, label=label, color=COLOURS[place])
    axes.set_yticks(range(len(ways)), [_job(way) for way in ways])
    axes.invert_yaxis()
    axes.set_xlabel("MB/s of simulated BoT-IoT, files of CSV")
    axes.legend(frameon=False)
    return figure


def _job(way: str) -> str:
    library, _, job = way.partition(", ")
    return f"{library}, {'sampling' if job or library == 'ecnet' else 'merely parsing'}"


def jobs(rows: Rows) -> Any:
    """Draw the seconds of a dry run against the number of jobs, and Snakemake's own."""
    figure, axes = pyplot.subplots(figsize=(4.5, 3.2), layout="constrained")
    number = [int(row["jobs"]) for row in rows]
    for place, (name, label) in enumerate(
        (
            ("seconds", "this project"),
            ("seconds_alike", "as many files, nothing else"),
            ("seconds_least", "jobs of one file each"),
        )
    ):
        seconds = [float(row[name]) for row in rows]
        axes.plot(number, seconds, "o-", color=COLOURS[place], label=label)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("jobs")
    axes.set_ylabel("seconds of a dry run")
    axes.legend(frameon=False)
    return figure


def growth(rows: Rows) -> Any:
    """Draw time and memory of training against each size, with the exponents."""
    series = list(dict.fromkeys(row["series"] for row in rows))
    figure, grid = pyplot.subplots(
        2, len(series), figsize=(2.3 * len(series), 4), layout="constrained", sharey="row"
    )
    for column, name in enumerate(series):
        of = [row for row in rows if row["series"] == name]
        sizes = [int(row["size"]) for row in of]
        for axes, what, colour in zip(
            grid[:, column], ("seconds", "megabytes"), COLOURS[:2], strict=True
        ):
            axes.loglog(sizes, [max(float(row[what]), 0.1) for row in of], "o-", color=colour)
            _mark(axes, sizes)
            axes.set_title(f"exponent {of[0][f'exponent_of_{what}']}", fontsize="small")
        grid[1, column].set_xlabel(name)
    grid[0, 0].set_ylabel("seconds of an epoch")
    grid[1, 0].set_ylabel("megabytes")
    return figure


def _mark(axes: Any, sizes: list[int]) -> None:
    """Mark the sizes below a logarithmic axis, and powers of ten beside one."""
    labels = [EngFormatter(sep="", places=0)(size) for size in sizes]
    axes.set_xticks(sizes, labels, rotation=60, fontsize="small")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())


FIGURES: dict[str, Callable[[Rows], Any]] = {"sampling": sampling, "jobs": jobs, "growth": growth}


def main() -> None:
    """Draw each table that is there."""
    for name, draw in FIGURES.items():
        path = measure.FOLDER / f"{name}.csv"
        if not path.exists():
            print(f"{path} is not there: run bench/{name}.py", file=sys.stderr)
            continue
        with path.open(newline="") as file:
            measure.save(draw(list(csv.DictReader(file))), name)


if __name__ == "__main__":
    main()
