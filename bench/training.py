"""How many records a second each engine trains on, compared with a plain loop, on one core.

Every network of params.yaml is trained for some epochs by the plain loop of bench/plain.py, by the
engines `torch` and `tiles`, in turn, at the same batch size. The records are noise with
as many features and classes as NSL-KDD has; the values do not change the time. Writes
results/bench/training.csv: the rate of each, its ratio to the plain loop (median, least and largest
of the rounds), and its share of the peak that matrix products reach here. A figure beside it shows
them. No compiler is needed.
"""

import argparse
import dataclasses
from pathlib import Path

import measure
import numpy as np
import yaml
from noise import noise
from plain import Loop
from threadpoolctl import threadpool_limits

from ecnet import seeds
from ecnet.config import params
from ecnet.models import engines
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.parameters import GATES, DataShape, initial, width
from ecnet.models.training import AdamW, train_epoch
from ecnet.prepare.records import Records

DATA = DataShape(34, (4, 71, 12, 3, 3, 3, 3), 5)
WAYS = ("plain", "torch", "tiles")
HEADER = (
    *("variant", "way", "records_per_second", "ratio", "ratio_least", "ratio_largest"),
    *("peak_share", "operations", "batch", "source"),
)


class Engine:
    """One of the project's engines in the loop that trains it."""

    def __init__(self, name: str, records: Records, hyper: Hyperparameters) -> None:
        """Make the network and its optimiser."""
        self._hyper, self._size = dataclasses.replace(hyper, engine=name), len(records)
        tensors = initial(DATA, self._hyper, np.random.default_rng(1))
        self._engine = engines.create(DATA, self._hyper, tensors)
        self._engine.hold(records)
        parameters = self._engine.parameters
        self._optimiser = AdamW(parameters, hyper.learning_rate, hyper.weight_decay)

    def epoch(self) -> None:
        """Train on every record once."""
        random = seeds.generator(1, "bench")
        order = random.permutation(self._size)
        train_epoch(self._engine, self._optimiser, order, self._hyper, random)


def operations(hyper: Hyperparameters) -> int:
    """Return the operations in the matrix products of one record, forward and backward.

    Only those that every way needs: from states to gates, and attention with pooled values.
    """
    h, steps = width(DATA, hyper), DATA.numerical + len(DATA.cardinalities)
    forward = 2 * steps * h * GATES[hyper.cell] * h
    if hyper.attention:
        forward += 2 * steps * h * 2 * h + 2 * steps * steps * h + 2 * steps * h
    return 3 * forward


def main() -> None:
    """Measure, and write the table and the figure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--records", type=int, default=4096, help="of an epoch (4096)")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median is taken (5)")
    parser.add_argument("--variants", nargs="*", help="all networks of params.yaml")
    options = parser.parse_args()
    given = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    networks = [name for name, line in given["variants"].items() if line["family"] == "ecnet"]
    default = [name for name in networks if not given["variants"][name].get("protocol")]
    with threadpool_limits(1):
        rows = measured(
            given, options.variants or default, noise(options.records, DATA), options.rounds
        )
    measure.write("training", HEADER, rows)
    draw(rows)


def measured(given: dict, variants: list[str], records: Records, rounds: int) -> list[tuple]:
    """Return the rows of the table."""
    rows = []
    for variant in variants:
        hyper = Hyperparameters.of(params.hyperparameters(given, variant))
        loops = {"plain": Loop(records, hyper)} | {
            name: Engine(name, records, hyper) for name in WAYS[1:]
        }
        peak = measure.matrix_peak()
        taken = measure.by_turns({name: loop.epoch for name, loop in loops.items()}, rounds)
        for name, times in taken.items():
            rate = len(records) / float(np.median(times))
            share = rate * operations(hyper) / peak / 1e9
            ratios = measure.ratio(times, taken["plain"])
            row = (variant, name, round(rate), *(f"{value:.2f}" for value in (*ratios, share)))
            rows.append((*row, operations(hyper), hyper.batch, "noise"))
            print(*rows[-1], sep="\t", flush=True)
    return rows


def draw(rows: list[tuple]) -> None:
    """Write the figure: the rate of each way as a multiple of the plain loop, with its range."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    variants = list(dict.fromkeys(row[0] for row in rows))
    figure, axes = pyplot.subplots(figsize=(7, 0.45 * len(variants) + 1.2), layout="constrained")
    for place, (name, colour) in enumerate(
        zip(WAYS, ("#999999", "#0072B2", "#D55E00"), strict=True)
    ):
        of = {row[0]: [float(value) for value in row[3:6]] for row in rows if row[1] == name}
        middle = [of[variant][0] for variant in variants]
        below = [of[variant][0] - of[variant][1] for variant in variants]
        above = [of[variant][2] - of[variant][0] for variant in variants]
        at = np.arange(len(variants)) + (place - 1) * 0.27
        axes.barh(at, middle, 0.25, xerr=[below, above], label=name, color=colour)
    axes.set_yticks(range(len(variants)), variants)
    axes.invert_yaxis()
    axes.set_xlabel(
        "records a second in training, as a multiple of the plain loop (one core, noise)"
    )
    axes.legend(frameon=False)
    measure.save(figure, "training")


if __name__ == "__main__":
    main()
