"""What render reads: the settings of the tables, metrics, counts and audits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from ecnet.errors import InputError
from ecnet.files import read_object


@dataclass(frozen=True)
class Asked:
    """A dataset of params.yaml.

    absent: why its data are not at hand; empty if they are. lacking: the datasets that it is made
    without, of those that it could be made of.
    """

    name: str
    title: str
    absent: str
    lacking: str = ""

    @property
    def remark(self) -> str:
        """The footnote that says what of it is absent, and why; empty if nothing is."""
        if self.absent:
            return f"Absent: {self.absent}."
        return f"Made without {self.lacking}." if self.lacking else ""


def words(*sources: str) -> list[str]:
    """Return the sources that are named, each once; records of several have `mirror, simulated`."""
    return sorted({word for source in sources for word in source.split(", ")})


def is_simulated(source: str) -> bool:
    """Tell whether some of the records are simulated."""
    return "simulated" in words(source)


@dataclass(frozen=True)
class Variant:
    """A variant of params.yaml. paper: its row in the paper's table, empty if it has none."""

    name: str
    title: str
    paper: str
    family: str
    shown: tuple[str, ...]
    cell: str
    branches: str


@dataclass(frozen=True)
class Settings:
    """What is to be shown, in which order and how.

    average, unit: as in the metrics. figure: width (inches), dpi and colours, for figures alone.
    """

    datasets: tuple[Asked, ...]
    variants: tuple[Variant, ...]
    control: str
    runs: tuple[str, ...]
    protocol_runs: tuple[str, ...]
    splits: int
    confidence: float
    average: str
    unit: str
    figure: dict[str, Any]

    @property
    def over_splits(self) -> str:
        """What stands beside a mean, in words."""
        if self.splits == 1:
            return "a single split"
        return f"mean ± half of its {self.confidence:.0%} interval over {self.splits} splits"

    def shown(self, place: str) -> tuple[Variant, ...]:
        """Return the variants of the table or figure `place`, the control in any case."""
        return tuple(v for v in self.variants if place in v.shown or v.name == self.control)

    @property
    def other_unit(self) -> str:
        """The unit that stands beside: `record` for `vector` and the reverse."""
        return "record" if self.unit == "vector" else "vector"


def settings_of(raw: dict[str, Any]) -> Settings:
    """Return the settings that the command line passes on as plain values."""
    return Settings(
        datasets=tuple(
            Asked(
                d["name"],
                d["title"],
                raw["absent"].get(d["name"], ""),
                raw["lacking"].get(d["name"], ""),
            )
            for d in raw["datasets"]
        ),
        variants=tuple(
            Variant(
                name=v["name"],
                title=v["title"],
                paper=v["paper"],
                family=v["family"],
                shown=tuple(v["shown"]),
                # Under another protocol it is a control, and has no place among cells.
                cell="" if v["protocol"] else v["hyperparameters"].get("cell", ""),
                branches=v["hyperparameters"].get("branches", ""),
            )
            for v in raw["variants"]
        ),
        control=raw["control"],
        runs=tuple(raw["runs"]),
        protocol_runs=tuple(raw["protocol_runs"]),
        splits=raw["splits"],
        confidence=raw["confidence"],
        average=raw["average"],
        unit=raw["unit"],
        figure=raw.get("figure", {}),
    )


@dataclass(frozen=True)
class Spread:
    """A mean over splits: standard deviation and interval are None for a single split."""

    mean: float
    n: int
    sd: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def half(self) -> float | None:
        """Half the width of the interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


def spread(values: Iterable[float]) -> Spread:
    """Return the mean and number of `values` (one at least) that are counted, not scored."""
    values = list(values)
    return Spread(fmean(values), len(values))


def spread_of(found: dict[str, Any], scale: float) -> Spread:
    """Return a score of a summary, times `scale`."""
    sd, low, high = (
        None if found[key] is None else scale * found[key] for key in ("sd", "low", "high")
    )
    return Spread(scale * found["mean"], found["n"], sd, low, high)


@dataclass(frozen=True)
class Scores:
    """The metrics of one variant on one dataset.

    runs: one for each split, run -> unit -> metrics. summary: unit -> score -> mean and interval.
    """

    source: str
    format: str
    classes: tuple[str, ...]
    parameters: dict[str, int]
    runs: dict[str, dict[str, Any]]
    summary: dict[str, Any]

    def views(self, unit: str) -> list[dict[str, Any]]:
        """Return the metrics of every split by `unit`, in order."""
        return [run[unit] for run in self.runs.values()]

    def percent(self, metric: str, *, average: str, unit: str) -> list[float]:
        """Return `metric` of every split, in percent."""
        return [100 * _score(view, metric, average) for view in self.views(unit)]

    def spread(self, metric: str, *, average: str, unit: str) -> Spread:
        """Return the mean of `metric` over the splits and its interval, in percent."""
        return spread_of(_score(self.summary[unit], metric, average), 100)

    def without_test_record(self) -> dict[str, list[str]]:
        """Return the classes that a test set lacks -> the runs where it does."""
        found: dict[str, list[str]] = {}
        for run, view in self.runs.items():
            for cls in view["vector"]["absent"]:
                found.setdefault(cls, []).append(run)
        return found


def _score(view: dict[str, Any], metric: str, average: str) -> Any:
    return view["accuracy"] if metric == "accuracy" else view[average][metric]


class Measured:
    """All metrics of one task, by dataset and variant."""

    def __init__(self, paths: list[Path], *, task: str, settings: Settings) -> None:
        """Read the metrics files of `paths` that belong to `task`.

        Raises:
            InputError: a file is no metrics file, two say the same or contradict each other, or
                the runs are not those of the settings.
        """
        self._scores: dict[tuple[str, str], Scores] = {}
        origin: dict[str, tuple[str, str]] = {}
        for path, raw in _objects(
            paths, "evaluate", ("dataset", "protocol", "task", "variant", "runs")
        ):
            if raw["task"] != task:
                continue
            key = raw["dataset"], raw["variant"]
            if key in self._scores:
                raise InputError(f"{path}: {key[0]}, {key[1]} is given twice; name each file once")
            scores = _scores(
                path, raw, settings.protocol_runs if raw["protocol"] else settings.runs
            )
            found = scores.source, scores.format
            if origin.setdefault(key[0], found) != found:
                raise InputError(
                    f"{path}: {key[0]} is {'/'.join(found)} here and "
                    f"{'/'.join(origin[key[0]])} in other files; run the pipeline again"
                )
            self._scores[key] = scores
        self._task = task

    def scores(self, dataset: str, variant: str) -> Scores:
        """Return the metrics of `variant` on `dataset` (InputError where no file holds them)."""
        if (dataset, variant) not in self._scores:
            raise InputError(
                f"results/metrics: none for {dataset}, task {self._task}, variant {variant}; "
                "run the evaluate step"
            )
        return self._scores[dataset, variant]


def by_dataset(paths: list[Path], step: str, keys: tuple[str, ...]) -> dict[str, list[Any]]:
    """Return the JSON objects of `paths` by their `dataset`; each must have `keys`.

    Raises:
        InputError: a file cannot be read or is not what `step` writes.
    """
    found: dict[str, list[Any]] = {}
    for _, raw in _objects(paths, step, ("dataset", *keys)):
        found.setdefault(raw["dataset"], []).append(raw)
    return found


def split_audits(paths: list[Path], keys: tuple[str, ...]) -> dict[str, list[Any]]:
    """Return by dataset the audits of its splits, one for each seed; each must have `keys`.

    Raises:
        InputError: a file cannot be read or is not what `split` writes.
    """
    found: dict[str, list[Any]] = {}
    for path, raw in _objects(paths, "split", ("dataset", "rule", "seeds")):
        audits = [{"rule": raw["rule"]} | audit for audit in raw["seeds"].values()]
        for key in keys:
            if any(key not in audit for audit in audits):
                raise InputError(f"{path}: lacks the key {key}; run the split step again")
        found[raw["dataset"]] = audits
    return found


def one_of(found: dict[str, list[Any]], dataset: str, step: str) -> Any:
    """Return the first object of `dataset` (InputError where `step` has written none)."""
    if dataset not in found:
        raise InputError(f"{dataset}: no file of the {step} step was given; run it for {dataset}")
    return found[dataset][0]


def _objects(
    paths: list[Path], step: str, keys: tuple[str, ...]
) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in paths:
        yield path, read_object(path, step, keys)


def _scores(path: Path, raw: dict[str, Any], runs: tuple[str, ...]) -> Scores:
    if set(raw["runs"]) != set(runs):
        raise InputError(
            f"{path}: holds runs {', '.join(raw['runs'])}, params.yaml asks for "
            f"{', '.join(runs)}; run the train, predict and evaluate steps again"
        )
    try:
        return Scores(
            source=raw["source"],
            format=raw["format"],
            classes=tuple(raw["classes"]),
            parameters={run: raw["parameters"][run] for run in raw["over_splits"]},
            runs={run: raw["runs"][run] for run in raw["over_splits"]},
            summary=raw["summary"],
        )
    except KeyError as error:
        raise InputError(f"{path}: lacks the key {error}; run the evaluate step again") from error
