"""Step `check-studies`: many small studies of one size on a simulated dataset.

Each is evaluated as the pipeline's results are: the same splits, measures, covariances and standard
errors. What differs is that the true differences are known, from many fresh records.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

from threadpoolctl import threadpool_limits

from ecnet import seeds
from ecnet.claims.protocol_check import models
from ecnet.claims.protocol_check.population import Population, simulated
from ecnet.claims.protocol_check.study import Study, draw
from ecnet.errors import InputError
from ecnet.evaluate.covariance import Answers, covariances
from ecnet.evaluate.estimate import Estimate, corrected_t
from ecnet.evaluate.measures import PAPER
from ecnet.evaluate.metrics import metrics
from ecnet.evaluate.resampling import difference, pooled, records_and_training
from ecnet.files import write_json

AVERAGE = "macro"

Comparison = tuple[str, str, str]
"""Two models and a measure."""


def run(*, output: Path, settings: dict[str, Any]) -> None:
    """Write what studies of one size find on a simulated dataset, and what is true there.

    output: written, JSON: dataset, records, splits, source; `comparisons`, a list of: a, b and
        measure; `truth`, the mean difference on fresh records, 0 for models that differ by their
        seeds alone; and for each study `mean`, and by method `se`. All in points. `df` by method,
        None for the normal distribution.
    settings: dataset, records, studies, seed; population, how many records to draw studies from;
        fresh, how many show what is true; splits; validation and test, the shares of subsets.

    Raises:
        InputError: the dataset cannot be simulated, or has too few distinct records.
    """
    dataset, records, seed = (settings[key] for key in ("dataset", "records", "seed"))
    purpose = ("protocol-check", seed, dataset)
    population = simulated(
        dataset, settings["population"], seeds.generator(*purpose, "planted"), seed
    )
    if len(population) < 2 * records:
        raise InputError(
            f"params.yaml: protocol_check.population is {settings['population']}, which gives "
            f"{len(population)} distinct records of {dataset}; studies of {records} need "
            f"{2 * records}"
        )
    with threadpool_limits(1):  # how many there are may change the last bits
        found = [
            dict(_compared(_study(population, settings, number), population.classes))
            for number in range(settings["studies"])
        ]
    write_json(
        output,
        {
            **{key: settings[key] for key in ("dataset", "records", "splits")},
            "source": "simulated",
            "df": {"corrected-t": settings["splits"] - 1, "records-and-training": None},
            "comparisons": [_together(key, [one[key] for one in found]) for key in found[0]],
        },
    )


def _study(population: Population, settings: Mapping[str, Any], number: int) -> Study:
    names = ("seed", "dataset", "records")
    random = seeds.generator("protocol-check", *(settings[name] for name in names), number)
    shares = settings["validation"], settings["test"]
    sizes = [settings[name] for name in ("records", "splits", "fresh")]
    return draw(population, sizes[0], sizes[1], shares, sizes[2], random)


def _compared(
    study: Study, classes: list[str]
) -> Iterator[tuple[Comparison, dict[str, Estimate | float]]]:
    """Yield for each pair of models and measure the estimates by method, and `truth`."""
    of_splits, of_fresh = (_scores(sets, classes) for sets in (study.splits, study.fresh))
    of_records = covariances(study.splits, classes, AVERAGE)
    for measure in PAPER:
        covariance = of_records[measure.key] or {}
        pairs = {}
        for a, b in combinations(range(len(models.NAMES)), 2):
            values = _differences(of_splits[measure.key], a, b)
            pairs[a, b] = difference(values, covariance, a, b, study.trained)
        # A planted model is trained as the one that it copies: it tells nothing more of training.
        training = pooled(one for (_, b), one in pairs.items() if models.NAMES[b] in models.FITTED)
        for (a, b), one in pairs.items():
            yield (
                (models.NAMES[a], models.NAMES[b], measure.key),
                {
                    "records-and-training": records_and_training(one, training).scaled(100),
                    "corrected-t": corrected_t(one.values, study.ratio).scaled(100),
                    "truth": 100 * fmean(_differences(of_fresh[measure.key], a, b)),
                },
            )


def _scores(sets: Sequence[Answers], classes: list[str]) -> dict[str, list[list[float]]]:
    """Return for each measure the scores of all models on each test set."""
    found = [
        [metrics(one.true, predicted, one.weight, classes) for predicted in one.predicted]
        for one in sets
    ]
    return {
        measure.key: [[float(measure.of(view, AVERAGE)) for view in views] for views in found]
        for measure in PAPER
    }


def _differences(scores: list[list[float]], a: int, b: int) -> list[float]:
    return [of_split[a] - of_split[b] for of_split in scores]


def _together(key: Comparison, found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one comparison of all studies, as `run` writes it."""
    a, b, measure = key
    methods = ("corrected-t", "records-and-training")
    return {
        **{"a": a, "b": b, "measure": measure},
        "truth": 0.0 if (a, b) in models.EQUAL else fmean(one["truth"] for one in found),
        "mean": [one[methods[0]].mean for one in found],
        "se": {method: [one[method].se for one in found] for method in methods},
    }
