"""What papers report on the datasets: numbers of their tables, label counts, and their claims.

A paper is a folder `src/ecnet/papers/NAME` with one file, paper.yaml; `papers/paper.schema.yaml`
says what that holds. `ecnet.config.papers` checks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ecnet.datasets.declaration import Dataset, Format
from ecnet.errors import InputError

FOLDER = Path(__file__).parents[1] / "papers"
REPRODUCED = "ecnet"
"""The paper whose tables and figures this project reproduces."""

_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""That of libyaml, where PyYAML has it: eight times as fast."""


class Reported(NamedTuple):
    """One number of a table of results.

    dataset, model: the paper's names. variant: ours of the model. percent: as printed.
    """

    table: str
    dataset: str
    model: str
    variant: str
    measure: str
    percent: float


@dataclass(frozen=True)
class LabelCount:
    """A row of a table of label counts. label: the class here; empty if the format has none."""

    paper: str
    count: int
    label: str


@dataclass(frozen=True)
class Paper:
    """A paper: the content of its file."""

    path: Path
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.path.parent.name

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.content["title"])

    @property
    def subject(self) -> str:
        """The variant that it proposes; empty if none."""
        return str(self.content.get("subject", ""))

    @property
    def datasets(self) -> dict[str, str]:
        """Its name of a dataset -> ours, in its order."""
        return dict(self.content["datasets"])

    @property
    def label_tables(self) -> dict[str, str]:
        """The number of a table of label counts -> our name of its dataset."""
        tables = self.content.get("label_counts", {})
        return {number: table["dataset"] for number, table in tables.items()}

    @cached_property
    def models(self) -> dict[str, str]:
        """Our name of a variant -> its name in the first table that has it."""
        found: dict[str, str] = {}
        for table in self.content["tables"].values():
            for model, variant in table["models"].items():
                found.setdefault(variant, model)
        return found

    @cached_property
    def numbers(self) -> tuple[Reported, ...]:
        """All numbers of its tables of results, in its order."""
        return tuple(
            Reported(number, dataset, model, table["models"][model], measure, float(percent))
            for number, table in self.content["tables"].items()
            for dataset, models in table["percent"].items()
            for model, percents in models.items()
            for measure, percent in zip(table["measures"], percents, strict=True)
        )

    @cached_property
    def percent(self) -> dict[tuple[str, str, str, str], float]:
        """Table, our dataset, variant and measure -> the number, in percent."""
        return {
            (n.table, self.datasets[n.dataset], n.variant, n.measure): n.percent
            for n in self.numbers
        }

    def label_counts(self, dataset: str, format: Format) -> list[LabelCount]:
        """Return its label counts of a dataset, for a format of it; empty if it has none."""
        return [
            LabelCount(row["label"], row["records"], cls if cls in format.classes else "")
            for row in self._rows(dataset)
            for cls in [row.get("class", "")]
        ]

    def unknown_labels(self, dataset: Dataset) -> list[str]:
        """Return the labels of its table that no format of the dataset has."""
        known = {cls for format in dataset.formats for cls in format.classes}
        return [
            row["label"]
            for row in self._rows(dataset.name)
            if row["label"] not in known and row.get("class") not in known
        ]

    def _rows(self, dataset: str) -> list[dict[str, Any]]:
        tables = self.content.get("label_counts", {}).values()
        return [row for table in tables if table["dataset"] == dataset for row in table["labels"]]


def file_of(paper: str) -> Path:
    """Return the file of a paper: a name in this package, or the path of a folder (with a slash).

    Raises:
        InputError: there is none.
    """
    folder = Path(paper) if "/" in paper else FOLDER / paper
    path = folder / "paper.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.parent.name for file in FOLDER.glob("*/paper.yaml")))
        raise InputError(f"{path}: is missing; papers here: {known}; or give the path of a folder")
    return path


@cache
def read(path: Path) -> Paper:
    """Return the paper in a file (InputError if it is not YAML)."""
    try:
        content = _SafeLoader(path.read_text(encoding="utf-8")).get_single_data()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: does not hold keys with values")
    return Paper(path, content)


def reproduced() -> Paper:
    """Return the paper that this project reproduces."""
    return read(FOLDER / REPRODUCED / "paper.yaml")
