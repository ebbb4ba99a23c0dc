"""The files that tables and figures are made of, read when they are needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from ecnet.errors import InputError
from ecnet.evaluate import results
from ecnet.evaluate.results import Key, Metrics
from ecnet.files import read_object
from ecnet.render.settings import Settings


def words(*sources: str) -> list[str]:
    """Return the sources that are named, each once; records of several have `mirror, simulated`."""
    return sorted({word for source in sources for word in source.split(", ")})


def is_simulated(source: str) -> bool:
    """Tell whether some of the records are simulated."""
    return "simulated" in words(source)


class Measured:
    """The metrics of one task under the protocols that variants have, by dataset and variant."""

    def __init__(self, found: dict[Key, Metrics], *, task: str, settings: Settings) -> None:
        """Choose the metrics of a task.

        Raises:
            InputError: two files contradict each other, or the runs are not those of the settings.
        """
        self._task = task
        self._found: dict[tuple[str, str], Metrics] = {}
        origin: dict[str, tuple[str, str]] = {}
        for metrics in found.values():
            if metrics.task != task:
                continue
            runs = settings.protocol_runs if metrics.protocol else settings.runs
            metrics.require(runs, exactly=True)
            own = metrics.source, metrics.format
            if (first := origin.setdefault(metrics.dataset, own)) != own:
                raise InputError(
                    f"{metrics.path}: {metrics.dataset} is {'/'.join(own)} here and "
                    f"{'/'.join(first)} in other files; run the pipeline again"
                )
            self._found[metrics.dataset, metrics.variant] = metrics

    def of(self, dataset: str, variant: str) -> Metrics:
        """Return the metrics of a variant on a dataset (InputError if no file holds them)."""
        if (dataset, variant) not in self._found:
            raise InputError(
                f"results/metrics: none for {dataset}, task {self._task}, variant {variant}; "
                "run the evaluate step"
            )
        return self._found[dataset, variant]


@dataclass(frozen=True, eq=False)
class Sources:
    """The files of one job. Each kind is what one step writes.

    metrics: evaluate. splits: split, its audits. counts: sample. audits: audit-dataset.
    transfers: transfer. devices: devices. statistics,
    claims, protocols: the steps of the same names.
    """

    settings: Settings
    metrics: Sequence[Path] = ()
    splits: Sequence[Path] = ()
    counts: Sequence[Path] = ()
    audits: Sequence[Path] = ()
    transfers: Sequence[Path] = ()
    statistics: Path | None = None
    claims: Path | None = None
    protocols: Path | None = None
    devices: Sequence[Path] = ()

    @cached_property
    def _metrics(self) -> dict[Key, Metrics]:
        return results.read(self.metrics)

    @cache  # noqa: B019 - a job has one of these, and ends with it
    def measured(self, task: str) -> Measured:
        """Return the metrics of a task (InputError: see `Measured`)."""
        return Measured(self._metrics, task=task, settings=self.settings)

    def under(self, task: str, dataset: str, protocol: str, variant: str) -> Metrics:
        """Return the metrics under a protocol (InputError: there are none, or of other runs)."""
        key = (task, dataset, protocol, variant)
        if key not in self._metrics:
            raise InputError(f"results/metrics: none for {'/'.join(key)}; run the evaluate step")
        self._metrics[key].require(self.settings.protocol_runs, exactly=True)
        return self._metrics[key]

    def of_splits(self, *keys: str) -> dict[str, list[dict[str, Any]]]:
        """Return the audits of each dataset's splits, one for each seed; each must have `keys`.

        Raises:
            InputError: a file cannot be read or is not what `split` writes.
        """
        found = {}
        for path in self.splits:
            raw = read_object(path, "split", ("dataset", "rule", "seeds"))
            audits = [{"rule": raw["rule"]} | audit for audit in raw["seeds"].values()]
            for key in keys:
                if any(key not in audit for audit in audits):
                    raise InputError(f"{path}: lacks the key {key}; run the split step again")
            found[raw["dataset"]] = audits
        return found


def by_dataset(paths: Sequence[Path], step: str, keys: Sequence[str]) -> dict[str, list[Any]]:
    """Return the JSON objects of files by their `dataset`; each must have `keys`.

    Raises:
        InputError: a file cannot be read or is not what `step` writes.
    """
    found: dict[str, list[Any]] = {}
    for path in paths:
        raw = read_object(path, step, ("dataset", *keys))
        found.setdefault(raw["dataset"], []).append(raw)
    return found


def first_of(found: dict[str, list[Any]], dataset: str, step: str) -> Any:
    """Return the first object of a dataset (InputError if `step` has written none)."""
    if dataset not in found:
        raise InputError(f"{dataset}: no file of the {step} step was given; run it for {dataset}")
    return found[dataset][0]


def object_of(path: Path | None, step: str, *keys: str) -> dict[str, Any]:
    """Return the JSON object that a step has written (InputError if it is something else)."""
    if path is None:
        raise InputError(f"no file of the {step} step was given; run it")
    return read_object(path, step, keys)
