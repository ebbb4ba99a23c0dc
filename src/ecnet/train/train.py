"""Step `train`: one variant of one model family on one dataset and task, for all its runs.

The test set is never opened here. A model's randomness is keyed by run, dataset and task, but not
by variant, so that compared variants share what the seeds decide.
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from ecnet import files, models, seeds
from ecnet.errors import InputError
from ecnet.models import weights as stored
from ecnet.prepare import records

_ENCODER = (
    *("dataset", "seed", "format", "source", "classes", "normal", "captures", "fitted_on"),
    *("numerical", "categorical"),
)
"""What an encoder must say."""

_ROUNDING = 1e-4
"""How far rounding to float32 may move the mean of a scaled feature."""


def run(
    *,
    encoded: list[Path],
    model: Path,
    history: Path,
    weights: list[Path],
    settings: dict[str, Any],
) -> None:
    """Train a model for each run; write nothing before all are trained.

    encoded: for each run the folder that `encode` wrote for its split.
    model: written, JSON: what was trained on what, and the SHA-256 of each file of weights.
    history: written, CSV: `run`, each model's epochs or rounds, and `source`.
    weights: written, one file for each run.
    settings: dataset, protocol, task, variant, family, hyperparameters, threads, and runs: pairs
        of the seed of a split and that of the weights.

    Raises:
        InputError: an encoded file or a hyperparameter is not as it must be.
    """
    family = models.family(settings["family"])  # loads the libraries whose threads are limited
    runs = [seeds.Run(*pair) for pair in settings["runs"]]
    fitted, sizes = {}, {}
    with threadpool_limits(settings["threads"]):
        for run, source in zip(runs, encoded, strict=True):
            encoder = read_encoder(source, settings["dataset"], run.split)
            train = records.load(source, "train", settings["task"], encoder)
            validation = records.load(source, "validation", settings["task"], encoder)
            check_subsets(source, train, validation)
            if encoder["fitted_on"] == ["train"]:
                _fitted_on_train(source, train)
            start = time.monotonic()
            fitted[run] = family.fit(
                train,
                validation,
                settings["hyperparameters"],
                seeds.key(run.weights, run.split, settings["dataset"], settings["task"], "weights"),
            )
            sizes[run] = {"train": len(train), "validation": len(validation)}
            _report(settings, run, fitted[run], time.monotonic() - start)
    tensors = {run: trained.tensors() for run, trained in fitted.items()}
    for path, run in zip(weights, runs, strict=True):
        stored.write(path, {run.name: tensors[run]})
    described = ("dataset", "protocol", "task", "variant", "family", "hyperparameters")
    files.write_json(
        model,
        {
            **{name: settings[name] for name in described},
            "format": encoder["format"],
            "source": encoder["source"],
            "classes": list(train.classes),
            "runs": [
                {
                    **run._asdict(),
                    "sha256": files.sha256(path),
                    "bytes": stored.size(tensors[run]),
                    "parameters": fitted[run].parameters,
                    "records": sizes[run],
                    "encoder_sha256": files.sha256(source / "encoder.json"),
                }
                for run, source, path in zip(runs, encoded, weights, strict=True)
            ],
        },
    )
    named = {"source": encoder["source"]}
    rows = [
        {"run": run.name, **entry, **named} for run, of in fitted.items() for entry in of.history
    ]
    header = list(rows[0]) if rows else ["run", "step", "validation", "source"]
    files.write_csv(history, header, ([row[name] for name in header] for row in rows))


def read_encoder(source: Path, dataset: str, seed: int) -> dict[str, Any]:
    """Return the encoder.json of the folder `source`.

    Raises:
        InputError: it cannot be read, or is of another dataset or seed.
    """
    path = source / "encoder.json"
    encoder = files.read_object(path, "encode", _ENCODER)
    found, wanted = (encoder["dataset"], encoder["seed"]), (dataset, seed)
    if found != wanted:
        raise InputError(f"{path}: is of (dataset, seed) {found}, not {wanted}; check the order")
    return encoder


def check_subsets(source: Path, train: records.Records, validation: records.Records) -> None:
    """Raise an InputError if a subset of the folder `source` is empty."""
    for subset, found in (("train", train), ("validation", validation)):
        if not len(found):
            raise InputError(f"{source}: the {subset} subset has no records; sample more records")


def _fitted_on_train(source: Path, train: records.Records) -> None:
    """Stop if the encoder has seen more than train, as it was told not to.

    What is scaled by its own mean has a mean of zero, and an id that no train record has was
    learned elsewhere. What is missing counts as the mean, and so moves nothing.
    """
    means = train.numerical.mean(axis=0, dtype=np.float64)
    if (far := np.abs(means) > _ROUNDING).any():
        place = int(far.argmax())
        raise InputError(
            f"{source}: numerical feature {place} has the mean {means[place]:.3g} on train: it "
            "was scaled on other records as well; run the encode step again"
        )
    for place, size in enumerate(train.cardinalities):
        unknown = np.setdiff1d(np.arange(1, size), train.categorical[:, place])
        if len(unknown):
            raise InputError(
                f"{source}: categorical feature {place} knows the id {unknown[0]}, which no train "
                "record has: it was fitted on other records as well; run the encode step again"
            )


def _report(settings: dict[str, Any], run: seeds.Run, model: models.Model, seconds: float) -> None:
    name = " ".join((settings["dataset"], settings["task"], settings["variant"]))
    print(
        f"{name} run {run.name}: {model.parameters} parameters, {len(model.history)} steps of "
        f"history, {seconds:.2f} s",
        file=sys.stderr,
    )
