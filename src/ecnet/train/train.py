"""Step `train`: one variant of one model family on one dataset and task, for all its runs.

The test set is never opened here. A model's randomness is keyed by run, dataset and task, but not
by variant, so that compared variants share what the seeds decide.
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from ecnet import files, models, seeds
from ecnet.errors import InputError
from ecnet.models import weights as stored
from ecnet.prepare import records

_ROUNDING = 1e-4
"""How far rounding to float32 may move the mean of a scaled feature."""


def run(
    *,
    encoder: Path,
    fit: Path,
    model: Path,
    history: Path,
    weights: Path,
    settings: dict[str, Any],
) -> None:
    """Train a model for each run; write nothing before all are trained.

    encoder, fit: what `encode` wrote.
    model: written, JSON: what was trained on what, with the SHA-256 of the weights and of the
        encoder; and for each run the bytes that its weights take in a file of their own.
    history: written, CSV: `run`, each model's epochs or rounds, and `source`.
    weights: written, safetensors: the weights of all runs.
    settings: dataset, protocol, task, variant, family, hyperparameters, runs: pairs of the seed of
        a split and that of the weights; and threads, which `ecnet.runtime.process` has set.

    Raises:
        InputError: an encoded file or a hyperparameter is not as it must be.
    """
    family = models.family(settings["family"])
    runs = [seeds.Run(*pair) for pair in settings["runs"]]
    described = records.read_encoder(encoder, settings["dataset"])
    fitted, sizes = {}, {}
    for run in runs:
        train, validation = fitting(encoder, fit, described, run.split, settings["task"])
        sizes[run] = {"train": len(train), "validation": len(validation)}
        start = time.monotonic()
        fitted[run] = family.fit(
            train,
            validation,
            settings["hyperparameters"],
            seeds.key(run.weights, run.split, settings["dataset"], settings["task"], "weights"),
        )
        _report(settings, run, fitted[run], time.monotonic() - start)
    tensors = {run.name: trained.tensors() for run, trained in fitted.items()}
    stored.write(weights, tensors)
    asked = ("dataset", "protocol", "task", "variant", "family", "hyperparameters")
    files.write_json(
        model,
        {
            **{name: settings[name] for name in asked},
            "format": described["format"],
            "source": described["source"],
            "classes": list(train.classes),
            "weights_sha256": files.sha256(weights),
            "encoder_sha256": files.sha256(encoder),
            "runs": [
                {
                    **run._asdict(),
                    "bytes": stored.size(tensors[run.name]),
                    "parameters": fitted[run].parameters,
                    "records": sizes[run],
                }
                for run in runs
            ],
        },
    )
    named = {"source": described["source"]}
    rows = [
        {"run": run.name, **entry, **named} for run, of in fitted.items() for entry in of.history
    ]
    header = list(rows[0]) if rows else ["run", "step", "validation", "source"]
    files.write_csv(history, header, ([row[name] for name in header] for row in rows))


_FITTING: tuple[records.Subset, records.Subset] = ("train", "validation")


def fitting(
    path: Path, fit: Path, encoder: dict[str, Any], split: int, task: records.Task
) -> tuple[records.Records, records.Records]:
    """Return train and validation of one split.

    path: of the encoder.json whose content is `encoder`. fit: the file of both subsets.

    Raises:
        InputError: a subset is empty or not what the encoder says, or the encoder was fitted on
            more than it says.
    """
    of_seed = records.of_seed(path, encoder, split)
    train, validation = (records.load(fit, split, name, task, of_seed) for name in _FITTING)
    for name, subset in zip(_FITTING, (train, validation), strict=True):
        if not len(subset):
            raise InputError(
                f"{fit}: seed {split}: the {name} subset has no records; sample more records"
            )
    if encoder["fitted_on"] == ["train"]:
        _fitted_on_train(fit, train)
    return train, validation


def _fitted_on_train(source: Path, train: records.Records) -> None:
    """Stop if the encoder was fitted on more than train.

    Features scaled on train have a mean of zero there, and an id that no train record has was
    learned elsewhere. A missing number counts as the mean, and so does not move it.
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
        f"history, {seconds:.2f} s on {settings['hyperparameters'].get('device', 'cpu')}",
        file=sys.stderr,
    )
