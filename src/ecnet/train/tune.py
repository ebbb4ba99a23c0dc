"""Step `tune`: a search of one variant's hyperparameters, judged on the validation set alone.

Every variant that is searched gets the same number of trials from the same sampler, the
tree-structured Parzen estimator (Bergstra et al. 2011) of Optuna. One configuration serves all
datasets. The test set is never opened here.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import optuna
from tqdm import tqdm

from ecnet import files, models, seeds
from ecnet.errors import InputError
from ecnet.models.score import macro_f1
from ecnet.prepare import records
from ecnet.train.train import fitting

Values = dict[str, Any]


@dataclass(frozen=True)
class Split:
    """One split of one dataset, without its test set. path: of its encoder.json."""

    path: Path
    dataset: str
    seed: int
    encoder: dict[str, Any]
    train: records.Records
    validation: records.Records


@dataclass(frozen=True)
class Trial:
    """One configuration, and its macro-F1 on the validation set of each dataset.

    scores: dataset -> mean over its splits; empty if the trial failed, and `reason` says why.
    """

    number: int
    values: Values
    scores: dict[str, float]
    reason: str = ""

    @property
    def mean(self) -> float:
        """The mean over the datasets: what the search maximises."""
        return fmean(self.scores.values())


def run(
    *,
    encoders: list[Path],
    fits: list[Path],
    table: Path,
    record: Path,
    settings: dict[str, Any],
) -> None:
    """Search the space of a variant; write nothing before all trials are done.

    encoders, fits: what `encode` wrote for each dataset.
    table: written, CSV: one row for each trial, with `source`.
    record: written, JSON: the values chosen, and the budget, space and data they come from.
    settings: task, variant, family, hyperparameters (those outside the space hold in every
        trial), space, datasets, trials, seed, splits, and threads, which `ecnet.runtime.process`
        has set.

    Raises:
        InputError: an encoded file is not as it must be, or no trial could be trained.
    """
    splits = list(_load(encoders, fits, settings))
    trials = list(search(splits, settings))
    done = [trial for trial in trials if trial.scores]
    if not done:
        raise InputError(f"{record}: every trial failed, the last with: {trials[-1].reason}")
    best = max(done, key=lambda trial: trial.mean)  # of equals the first
    files.write_csv(table, *_rows(trials, splits, settings))
    files.write_json(record, _record(best, trials, splits, settings))


def search(splits: Sequence[Split], settings: Mapping[str, Any]) -> Iterator[Trial]:
    """Yield `settings["trials"]` trials; one that cannot be trained counts as one."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=settings["seed"])
    study = optuna.create_study(sampler=sampler, direction="maximize")
    kinds = models.schema(settings["family"])
    for number in tqdm(range(1, settings["trials"] + 1), disable=None, leave=False):
        drawn = study.ask()
        values = {
            name: _draw(drawn, name, law, integer=kinds[name].get("type") == "integer")
            for name, law in settings["space"].items()
        }
        try:
            trial = Trial(number, values, score(splits, settings, values))
            study.tell(drawn, trial.mean)
        except InputError as error:
            trial = Trial(number, values, {}, str(error))
            study.tell(drawn, state=optuna.trial.TrialState.FAIL)
        _report(trial, settings)
        yield trial


def score(splits: Sequence[Split], settings: Mapping[str, Any], values: Values) -> dict[str, float]:
    """Return the macro-F1 of `values` on validation: dataset -> mean over its splits.

    Raises:
        InputError: the values rule each other out, or training diverges.
    """
    family = models.family(settings["family"])
    hyperparameters = {**settings["hyperparameters"], **values}
    scores: dict[str, list[float]] = {}
    for split in splits:
        key = seeds.key(split.seed, split.dataset, settings["task"], "weights")
        model = family.fit(split.train, split.validation, hyperparameters, key)
        predicted = model.predict(split.validation).argmax(axis=1).astype(np.int32)
        found = macro_f1(split.validation.label, predicted, len(split.validation.classes))
        scores.setdefault(split.dataset, []).append(found)
    return {dataset: fmean(found) for dataset, found in scores.items()}


def rounded(value: float) -> float:
    """Return `value` with two significant digits, as it is written in params.yaml."""
    return float(f"{value:.1e}")


def _draw(trial: optuna.Trial, name: str, law: Mapping[str, Any], *, integer: bool) -> Any:
    """Draw one hyperparameter; a fraction is rounded before it is used, not after."""
    if "choice" in law:
        return trial.suggest_categorical(name, law["choice"])
    low, high, log = law["low"], law["high"], law.get("log", False)
    if integer:
        return trial.suggest_int(name, low, high, log=log)
    return min(max(rounded(trial.suggest_float(name, low, high, log=log)), low), high)


def _load(
    encoders: Sequence[Path], fits: Sequence[Path], settings: Mapping[str, Any]
) -> Iterator[Split]:
    given = zip(settings["datasets"], encoders, fits, strict=True)
    for dataset, path, fit in given:
        encoder = records.read_encoder(path, dataset)
        for seed in settings["splits"]:
            subsets = fitting(path, fit, encoder, seed, settings["task"])
            yield Split(path, dataset, seed, encoder, *subsets)


def _rows(
    trials: Sequence[Trial], splits: Sequence[Split], settings: Mapping[str, Any]
) -> tuple[list[str], list[list[object]]]:
    """Return header and rows of the table of trials."""
    source = " and ".join(sorted({split.encoder["source"] for split in splits}))
    header = ["trial", *settings["space"], *settings["datasets"], "mean", "reason", "source"]
    rows = [
        [
            trial.number,
            *trial.values.values(),
            *(trial.scores.get(dataset, "") for dataset in settings["datasets"]),
            trial.mean if trial.scores else "",
            trial.reason,
            source,
        ]
        for trial in trials
    ]
    return header, rows


def _record(
    best: Trial, trials: Sequence[Trial], splits: Sequence[Split], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what was chosen, out of what, and on which data."""
    described = ("variant", "family", "task", "seed", "splits", "space")
    others = {k: v for k, v in settings["hyperparameters"].items() if k not in settings["space"]}
    return {
        **{name: settings[name] for name in described},
        "trials": len(trials),
        "failed": sum(not trial.scores for trial in trials),
        "fixed": others,
        "chosen": best.values,
        "trial": best.number,
        "mean": best.mean,
        "scores": best.scores,
        "data": [
            {
                "dataset": split.dataset,
                "split": split.seed,
                "format": split.encoder["format"],
                "source": split.encoder["source"],
                "train": len(split.train),
                "validation": len(split.validation),
                "encoder_sha256": files.sha256(split.path),
            }
            for split in splits
        ],
    }


def _report(trial: Trial, settings: Mapping[str, Any]) -> None:
    values = ", ".join(f"{name} {value}" for name, value in trial.values.items())
    found = f"mean macro-F1 {trial.mean:.4f}" if trial.scores else f"failed: {trial.reason}"
    print(
        f"{settings['variant']} trial {trial.number} of {settings['trials']}: {values}: {found}",
        file=sys.stderr,
        flush=True,
    )
