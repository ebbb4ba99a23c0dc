"""Measure how long other systems take to train and to classify, beside XGBoost, on one core.

Reads data/encoded, so run `snakemake data/encoded` first. Each system is fitted on train and
validation of the first split, and classifies its test records, as in the pipeline; the libraries
are imported before. Writes results/bench/rivals.csv.
"""

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

import measure
import numpy as np
import yaml
from threadpoolctl import threadpool_limits

from ecnet import models, paths
from ecnet.config import params
from ecnet.prepare import records
from ecnet.train.train import fitting

BESIDE = "xgboost"
HEADER = (
    *("dataset", "source", "task", "system", "train_records", "test_records", "parameters"),
    *(
        "seconds_to_train",
        "times_of_xgboost",
        "seconds_per_million",
        "times_of_xgboost_to_classify",
    ),
)


def measured(dataset: str, task: records.Task, place: str, rounds: int) -> list[tuple[Any, ...]]:
    """Return the rows of the systems that a table shows, on one dataset."""
    given = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    encoder, fit, test = (
        Path(pattern.format(dataset=dataset, protocol=""))
        for pattern in (paths.ENCODER, paths.FIT, paths.TEST)
    )
    described, split = records.read_encoder(encoder, dataset), given["seeds"]["split"][0]
    train, validation = fitting(encoder, fit, described, split, task)
    held = records.load(test, split, "test", task, records.of_seed(encoder, described, split))
    fitted: dict[str, models.Model] = {}

    def fit_one(name: str) -> None:
        family = models.family(given["variants"][name]["family"])
        own = params.hyperparameters(given, name)
        fitted[name] = family.fit(train, validation, own, seed=1)

    def classify(name: str) -> None:
        fitted[name].predict(held)

    shown = params.shown(given, place)
    with threadpool_limits(1):
        training = measure.by_turns({name: partial(fit_one, name) for name in shown}, rounds)
        classifying = measure.by_turns({name: partial(classify, name) for name in shown}, rounds)
    seconds = {name: float(np.median(taken)) for name, taken in training.items()}
    each = {name: float(np.median(taken)) / len(held) for name, taken in classifying.items()}
    return [
        (
            *(dataset, described["source"], task, name, len(train), len(held)),
            model.parameters,
            *(round(seconds[name], 3), round(seconds[name] / seconds[BESIDE], 2)),
            *(round(1e6 * each[name], 2), round(each[name] / each[BESIDE], 2)),
        )
        for name, model in fitted.items()
    ]


def main() -> None:
    """Measure; print and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("datasets", nargs="+", help="names, as in data/encoded")
    parser.add_argument("--rounds", type=int, default=1, help="of which medians are taken")
    options = parser.parse_args()
    for name in options.datasets:
        if not Path(paths.ENCODER.format(dataset=name, protocol="")).is_file():
            sys.exit(f"data/encoded/{name}: is missing; run first: snakemake data/encoded")
    rows = [
        row
        for name in options.datasets
        for task, place in (("multiclass", "rivals"), ("binary", "rivals-binary"))
        for row in measured(name, task, place, options.rounds)  # type: ignore[arg-type]
    ]
    measure.write("rivals", HEADER, rows)


if __name__ == "__main__":
    main()
