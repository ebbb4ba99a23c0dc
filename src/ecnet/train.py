"""Step `train`: one variant of one model family on one dataset and task, for all its seeds.

The test side is never opened here. A model's randomness is keyed by seed, dataset and task, but
not by variant, so that compared variants share what the seed decides.
"""

import sys
import time
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from ecnet import files, models, records, seeds
from ecnet.errors import InputError


def run(
    *,
    encoded: list[Path],
    model: Path,
    history: Path,
    weights: list[Path],
    settings: dict[str, Any],
) -> None:
    """Train a model for each seed; write nothing before all are trained.

    encoded: for each seed the folder that `encode` wrote.
    model: written, JSON: what was trained on what, and the SHA-256 of each file of weights.
    history: written, CSV: `seed`, each model's epochs or rounds, and `source`.
    weights: written, one file for each seed.
    settings: dataset, task, variant, family, hyperparameters, seeds, and threads.

    Raises:
        InputError: an encoded file or a hyperparameter is not as it must be.
    """
    family = models.family(settings["family"])  # loads the libraries whose threads are limited
    fitted = {}
    with threadpool_limits(settings["threads"]):
        for seed, source in zip(settings["seeds"], encoded, strict=True):
            encoder = read_encoder(source, settings["dataset"], seed)
            train = records.load(source, "train", settings["task"], encoder)
            validation = records.load(source, "validation", settings["task"], encoder)
            check_sides(source, train, validation)
            start = time.monotonic()
            fitted[seed] = family.fit(
                train,
                validation,
                settings["hyperparameters"],
                seeds.key(seed, settings["dataset"], settings["task"], "weights"),
            )
            _report(settings, seed, fitted[seed], time.monotonic() - start)
    for path, trained in zip(weights, fitted.values(), strict=True):
        trained.save(path)
    described = ("dataset", "task", "variant", "family", "hyperparameters")
    files.write_json(
        model,
        {
            **{name: settings[name] for name in described},
            "form": encoder["form"],
            "source": encoder["source"],
            "classes": list(train.classes),
            "runs": [
                {
                    "seed": seed,
                    "sha256": files.sha256(path),
                    "parameters": fitted[seed].parameters,
                    "encoder_sha256": files.sha256(source / "encoder.json"),
                }
                for seed, source, path in zip(fitted, encoded, weights, strict=True)
            ],
        },
    )
    named = {"source": encoder["source"]}
    rows = [{"seed": seed, **entry, **named} for seed, of in fitted.items() for entry in of.history]
    header = list(rows[0]) if rows else ["seed", "step", "validation", "source"]
    files.write_csv(history, header, ([row[name] for name in header] for row in rows))


def read_encoder(source: Path, dataset: str, seed: int) -> dict[str, Any]:
    """Return the encoder.json of the folder `source`.

    Raises:
        InputError: it cannot be read, or is of another dataset or seed.
    """
    path = source / "encoder.json"
    encoder: dict[str, Any] = files.read_json(path)
    found, wanted = (encoder["dataset"], encoder["seed"]), (dataset, seed)
    if found != wanted:
        raise InputError(f"{path}: is of (dataset, seed) {found}, not {wanted}; check the order")
    return encoder


def check_sides(source: Path, train: records.Records, validation: records.Records) -> None:
    """Raise an InputError if a side of the folder `source` is empty."""
    for side, found in (("train", train), ("validation", validation)):
        if not len(found):
            raise InputError(f"{source}: the {side} side has no records; sample more records")


def _report(settings: dict[str, Any], seed: int, model: models.Model, seconds: float) -> None:
    name = " ".join((settings["dataset"], settings["task"], settings["variant"]))
    print(
        f"{name} seed {seed}: {model.parameters} parameters, {len(model.history)} steps of "
        f"history, {seconds:.1f} s",
        file=sys.stderr,
    )
