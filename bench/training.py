"""How many records a second each engine trains on, against the plain way, on one core.

Every variant of params.yaml that is a network is trained for some epochs by the plain loop of
bench/plain.py, by the engine `torch` and by the engine `tiles`, by turns, at the same batch. The
records are noise with as many features and classes as NSL-KDD has; values do not change the time.
Writes results/bench/training.csv: the rate of each way, its ratio to the plain one (median, least
and largest of the rounds), and its share of the processor's peak, which is what products of
matrices reach here. A figure beside it shows them. No compiler is needed.
"""

import argparse
from pathlib import Path

import measure
import numpy as np
import yaml
from noise import noise
from plain import Loop
from threadpoolctl import threadpool_limits

from ecnet import seeds
from ecnet.config import params
from ecnet.models import Settings, _training, family
from ecnet.models._adamw import AdamW
from ecnet.models._initial import initial
from ecnet.models._layout import GATES, Shape, layout, width
from ecnet.prepare.records import Records

SHAPE = Shape(34, (4, 71, 12, 3, 3, 3, 3), 5)
WAYS = ("plain", "torch", "tiles")
HEADER = (
    *("variant", "way", "records_per_second", "ratio", "ratio_least", "ratio_largest"),
    *("peak_share", "operations", "batch", "source"),
)


class Engine:
    """One of the project's engines in the loop that trains it."""

    def __init__(self, name: str, records: Records, settings: Settings) -> None:
        """Make the network and its optimiser."""
        self._settings, self._size = {**settings, "engine": name}, len(records)
        random = np.random.default_rng(1)
        weights = initial(layout(SHAPE, self._settings), settings["cell"], random)
        self._engine = family("ecnet").EcNet(SHAPE, self._settings, weights).engine
        self._engine.hold(records)
        rate, decay = settings["learning_rate"], settings["weight_decay"]
        self._optimiser = AdamW(self._engine.parameters, rate, decay)

    def epoch(self) -> None:
        """Train on every record once."""
        random = seeds.generator(1, "bench")
        order = random.permutation(self._size)
        _training._epoch(self._engine, self._optimiser, order, self._settings, random)


def operations(settings: Settings) -> int:
    """Return the operations in products of matrices that a record takes, there and back.

    Those that no way can do without: states to gates, and the attention with its values pooled.
    """
    h, steps = width(SHAPE, settings), SHAPE.numerical + len(SHAPE.cardinalities)
    forward = 2 * steps * h * GATES[settings["cell"]] * h
    if settings["attention"]:
        forward += 2 * steps * h * 2 * h + 2 * steps * steps * h + 2 * steps * h
    return 3 * forward


def main() -> None:
    """Measure, and write the table and the figure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--records", type=int, default=4096, help="of an epoch (4096)")
    parser.add_argument("--rounds", type=int, default=5, help="of which the spread is taken (5)")
    parser.add_argument("--variants", nargs="*", help="all networks of params.yaml")
    options = parser.parse_args()
    given = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    networks = [name for name, line in given["variants"].items() if line["family"] == "ecnet"]
    default = [name for name in networks if not given["variants"][name].get("protocol")]
    with threadpool_limits(1):
        rows = measured(
            given, options.variants or default, noise(options.records, SHAPE), options.rounds
        )
    measure.write("training", HEADER, rows)
    draw(rows)


def measured(given: dict, variants: list[str], records: Records, rounds: int) -> list[tuple]:
    """Return the rows of the table."""
    rows = []
    for variant in variants:
        settings = params.hyperparameters(given, variant)
        loops = {"plain": Loop(records, settings)} | {
            name: Engine(name, records, settings) for name in WAYS[1:]
        }
        peak = measure.matrix_peak()
        taken = measure.by_turns({name: loop.epoch for name, loop in loops.items()}, rounds)
        for name, times in taken.items():
            rate = len(records) / float(np.median(times))
            share = rate * operations(settings) / peak / 1e9
            ratios = measure.ratio(times, taken["plain"])
            row = (variant, name, round(rate), *(f"{value:.2f}" for value in (*ratios, share)))
            rows.append((*row, operations(settings), settings["batch"], "noise"))
            print(*rows[-1], sep="\t", flush=True)
    return rows


def draw(rows: list[tuple]) -> None:
    """Write the figure: each variant's ways, as multiples of the plain one, with their spread."""
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
    axes.set_xlabel("records a second trained on, as a multiple of the plain way (one core, noise)")
    axes.legend(frameon=False)
    measure.save(figure, "training")


if __name__ == "__main__":
    main()
