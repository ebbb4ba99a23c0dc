"""The settings of tables and figures, as the plan passes them on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecnet.evaluate.interval import FEWEST
from ecnet.evaluate.measures import UNITS


@dataclass(frozen=True)
class DatasetSpec:
    """A dataset of params.yaml.

    absent: why it has no results; empty if it has. lacking: the datasets that a union is made
    without, of those that it could be made of.
    """

    name: str
    title: str
    absent: str = ""
    lacking: str = ""

    @property
    def remark(self) -> str:
        """The footnote that says what is absent, and why; empty if nothing is."""
        if self.absent:
            return f"Absent: {self.absent}."
        return f"Made without {self.lacking}." if self.lacking else ""


@dataclass(frozen=True)
class Variant:
    """A variant of params.yaml. paper: its row in the paper's table; empty if it has none.

    cell, branches: its hyperparameters; empty where the family has none.
    """

    name: str
    title: str
    paper: str
    family: str
    shown: tuple[str, ...]
    cell: str
    branches: str


@dataclass(frozen=True)
class Shown:
    """A table or figure to make.

    name: of its files. function: `module.function` of this package. task: that it is about; empty
    for both. place: the variants that it shows, as in `shown` of params.yaml. dataset: the only
    one that it is about; empty for all.
    """

    name: str
    function: str
    task: str = "multiclass"
    place: str = ""
    dataset: str = ""


@dataclass(frozen=True)
class Settings:
    """What to show, in which order and how.

    titles: of all datasets and variants. listed: name and title of the datasets of params.yaml.
    absent: task -> dataset -> why. runs, protocol_runs: of the default and of other protocols.
    average, unit, bins, detection_rates: section `tables` of params.yaml. figure: section
    `figures`, for figures only. compared: what the tables of protocols read besides. transfer:
    variants and splits of transfer, and its false_alarms, equivalence and min_test_records.
    rivals: what `plan.rivals.Rivals.rivals_shown` returns. devices: the variants that are measured
    on a board, and the bounds of `claims/devices.yaml`.
    """

    shown: tuple[Shown, ...]
    titles: Mapping[str, str]
    listed: tuple[tuple[str, str], ...]
    absent: Mapping[str, Mapping[str, str]]
    lacking: Mapping[str, str]
    variants: tuple[Variant, ...]
    control: str
    runs: tuple[str, ...]
    protocol_runs: tuple[str, ...]
    splits: int
    confidence: float
    average: str
    unit: str
    bins: int
    detection_rates: tuple[float, ...]
    figure: Mapping[str, Any]
    compared: Mapping[str, Any]
    transfer: Mapping[str, Any]
    rivals: Mapping[str, Any]
    devices: Mapping[str, Any]

    @property
    def over_splits(self) -> str:
        """What a mean is of, in words."""
        if self.splits == 1:
            return "a single split"
        if self.splits < FEWEST:
            return f"mean over {self.splits} splits, which are too few for an interval"
        return f"mean ± half of its {self.confidence:.0%} interval over {self.splits} splits"

    @property
    def other_unit(self) -> str:
        """The unit that is shown beside the chosen one."""
        return next(unit for unit in UNITS if unit != self.unit)

    @property
    def absences(self) -> str:
        """A sentence for each absent dataset, or task of one, with the reason."""
        both = dict(self.absent["multiclass"])
        for name, why in self.absent["binary"].items():
            both.setdefault(name, f"from the binary task: {why}")
        return " ".join(f"Absent: {self.title(name)}, {why}." for name, why in both.items())

    def absences_of(self, task: str) -> str:
        """A clause for each dataset that is absent from a task, with the reason."""
        absent = self.absent[task].items()
        return "; ".join(f"{self.title(name)} is absent: {why}" for name, why in absent)

    def title(self, name: str) -> str:
        """Return the title of a dataset or variant; its name if it has none."""
        return self.titles.get(name, name)

    def datasets(self, task: str = "multiclass") -> tuple[DatasetSpec, ...]:
        """Return the datasets of params.yaml, absent or not, in order."""
        absent = self.absent[task]
        return tuple(
            DatasetSpec(name, title, absent.get(name, ""), self.lacking.get(name, ""))
            for name, title in self.listed
        )

    def variants_of(self, place: str) -> tuple[Variant, ...]:
        """Return the variants of a table or figure, with the control in any case."""
        found = tuple(v for v in self.variants if place in v.shown)
        control = tuple(v for v in self.variants if v.name == self.control)
        return found if set(control) <= set(found) else (*control, *found)


def settings_of(raw: Mapping[str, Any]) -> Settings:
    """Return the settings that the command line passes on as plain values."""
    lists = ("runs", "protocol_runs", "detection_rates")
    same = (
        *("titles", "absent", "lacking", "control", "splits", "confidence"),
        *("average", "unit", "bins"),
    )
    plain: dict[str, Any] = {key: raw[key] for key in same}
    plain |= {key: tuple(raw[key]) for key in lists}
    return Settings(
        shown=tuple(Shown(**shown) for shown in raw["shown"]),
        listed=tuple((dataset["name"], dataset["title"]) for dataset in raw["datasets"]),
        variants=tuple(map(_variant, raw["variants"])),
        figure=raw.get("figure", {}),
        compared=raw.get("compared", {}),
        transfer=raw.get("transfer", {}),
        rivals=raw.get("rivals", {}),
        devices=raw.get("devices", {}),
        **plain,
    )


def _variant(raw: Mapping[str, Any]) -> Variant:
    own = raw["hyperparameters"]
    return Variant(
        **{key: raw[key] for key in ("name", "title", "paper", "family")},
        shown=tuple(raw["shown"]),
        # Under another protocol it is a control, and has no place among the cells.
        cell="" if raw["protocol"] else own.get("cell", ""),
        branches=own.get("branches", ""),
    )
