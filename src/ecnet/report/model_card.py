"""The model card of an exported model: Markdown, with front matter as Hugging Face reads it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from jinja2 import UndefinedError

from ecnet import files, paths
from ecnet.errors import InputError
from ecnet.evaluate import results
from ecnet.evaluate.interval import MeanInterval, says_something
from ecnet.evaluate.measures import ACCURACY, BALANCED_ACCURACY, ECE, F1, MCC, Measure
from ecnet.evaluate.results import Metrics
from ecnet.evaluate.scoring import trained
from ecnet.evaluate.scoring.trained import Trained
from ecnet.models import CONTROLS
from ecnet.prepare import records
from ecnet.render.sources import is_simulated, words
from ecnet.report import markdown

SHOWN = (ACCURACY, F1, BALANCED_ACCURACY, MCC, ECE)
UNIT, AVERAGE = "vector", "macro"
"""How measures count and average: each distinct record once, every class alike."""

C_FOLDER = "c"
"""Where an exported model is in C."""

FEW = 30
"""Test records of a class below which its own scores say little."""

_LISTED = 12
"""The most categories that are named; of more, the number."""

_LICENCES = {"CC BY 4.0": "cc-by-4.0", "CC BY-NC-SA 4.0": "cc-by-nc-sa-4.0"}
"""Licences of datasets that have an identifier in front matter."""


@dataclass(frozen=True)
class Checked:
    """How far an ONNX file is from its model.

    difference: the largest of a probability. test, probes: the records compared: test records, and
    made-up ones with missing, infinite and unseen values.
    """

    difference: float
    test: int
    probes: int

    def __str__(self) -> str:
        """Return it in words."""
        return (
            f"probabilities differ from those of the model by at most {self.difference:.1e}, over "
            f"{self.test:,} test records and {self.probes:,} made-up ones with missing, infinite "
            "and unseen values"
        )


def controls(model: Trained) -> list[Metrics]:
    """Return the metrics of the controls beside a model in its project; none elsewhere.

    Raises:
        InputError: metrics there are not what `evaluate` writes.
    """
    own = trained.metrics_file(model)
    if own is None or own.name == trained.METRICS:
        return []
    found = results.read(sorted(own.parent.glob("*.json")))
    return [metrics for metrics in found.values() if metrics.family in CONTROLS]


def text(exported: Trained, controls: Sequence[Metrics], checked: Checked | None) -> str:
    """Return the card of an exported model.

    controls: the metrics of models that any useful one must beat. checked: of model.onnx, if it
    was written.

    Raises:
        InputError: model.json or metrics.json is not what its step writes.
    """
    try:
        return _rendered(exported, controls, checked)
    except (UndefinedError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{exported.described['variant']}: model.json or metrics.json cannot be described "
            f"({type(error).__name__}: {error}); export a model that the train step wrote"
        ) from error


def _rendered(exported: Trained, controls: Sequence[Metrics], checked: Checked | None) -> str:
    described, folder = exported.described, exported.folder
    path = trained.metrics_file(exported)
    metrics = results.parse(path, files.read_json(path)) if path else None
    sources = words(described["source"])
    tested = metrics.view(exported.run.name, UNIT)["per_class"] if metrics else {}
    known = {name: tested[name]["support"] for name in exported.classes if name in tested}
    rendered: str = _template().render(
        front=yaml.safe_dump(
            _front(exported, metrics, checked), sort_keys=False, allow_unicode=True, width=100
        ),
        model=exported,
        described=described,
        origin=described["exported"],
        simulated="all" if sources == ["simulated"] else is_simulated(described["source"]),
        size=next(iter(described["runs"])),
        features=list(_features(exported)),
        classes=[
            (name, _counted(exported).get(name), known.get(name)) for name in exported.classes
        ],
        few=[name for name, n in known.items() if n < FEW],
        measures=[measure.title for measure in SHOWN],
        measured=list(_measured(exported, metrics, controls)),
        files=[
            (path.relative_to(folder).as_posix(), path.stat().st_size, files.sha256(path))
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        ],
        checked=checked,
        in_c=(folder / C_FOLDER).is_dir(),
    )
    return rendered


def _front(exported: Trained, metrics: Metrics | None, checked: Checked | None) -> dict[str, Any]:
    """Return the front matter."""
    described, dataset = exported.described, exported.dataset
    simulated = is_simulated(described["source"])
    tags = ["tabular-classification", "intrusion-detection", "iot", "network-traffic"]
    found: dict[str, Any] = {
        **_licence(exported),
        "library_name": "ecnet",
        "pipeline_tag": "tabular-classification",
        "tags": tags + ["simulated-data"] * simulated + ["onnx"] * (checked is not None),
        "metrics": [ACCURACY.key, F1.key],
    }
    if metrics:
        values = {m: _value(metrics, m, exported.run.name) for m in (ACCURACY, F1)}
        title = f"{dataset.title} (simulated)" if simulated else dataset.title
        result = {
            "task": {"type": "tabular-classification", "name": f"{described['task']} detection"},
            "dataset": {"type": dataset.name, "name": title, "split": "test"},
            "metrics": [
                {"type": m.key, "value": v, "name": m.title}
                for m, v in values.items()
                if v is not None
            ],
        }
        found["model-index"] = [{"name": described["variant"], "results": [result]}]
    return found


def _licence(exported: Trained) -> dict[str, str]:
    """Return the licence in front matter: that of the data, or ours if all of it is simulated."""
    if words(exported.described["source"]) == ["simulated"]:
        return {"license": "mit"}
    dataset = exported.dataset
    if dataset.licence in _LICENCES:
        return {"license": _LICENCES[dataset.licence]}
    link = {"license_link": dataset.page} if dataset.page.startswith("http") else {}
    return {"license": "other", "license_name": dataset.licence, **link}


def _features(exported: Trained) -> Iterator[tuple[str, str, str]]:
    """Yield each feature: its name, its kind, and what the model knows of it."""
    columns = {column.name for column in exported.format.columns}
    for feature in exported.fitted["numerical"]:
        known = "mean and spread of train"
        if knots := feature.get("knots"):
            ends = np.sign(knots) * np.expm1(np.abs(knots))
            known = f"from {ends[0]:g} to {ends[-1]:g} on train"
        yield feature["name"], "number", known
    for feature in exported.fitted["categorical"]:
        name, values = feature["name"], feature["vocabulary"]
        kind = "category" if name in columns else "kind of port"
        if name.endswith(trained.STATE):
            kind = "whether the number is there"
        listed = ", ".join(values) if len(values) <= _LISTED else f"{len(values)} values on train"
        yield name, kind, listed


def _counted(exported: Trained) -> dict[str, int]:
    """Return the distinct train records of each class; empty if they are not in the folder."""
    fit = exported.folder / Path(paths.FIT).name
    if not fit.is_file():
        return {}
    task = exported.described["task"]
    train = records.load(fit, exported.run.split, "train", task, exported.fitted)
    counts = np.bincount(train.label, minlength=len(train.classes))
    return dict(zip(train.classes, counts.tolist(), strict=True))


def _measured(
    exported: Trained, metrics: Metrics | None, controls: Sequence[Metrics]
) -> Iterator[tuple[str, list[str]]]:
    """Yield the rows of the table of measures: of this run, its mean over splits, the controls."""
    if metrics is None:
        return
    name, run = exported.described["variant"], exported.run.name
    values = [(measure, _value(metrics, measure, run)) for measure in SHOWN]
    yield f"{name}, this run", [_number(m, v and v * m.scale) for m, v in values]
    for of in [metrics, *(control for control in controls if control.variant != name)]:
        cells = [interval(m, of.interval(m, unit=UNIT, average=AVERAGE)) for m in SHOWN]
        yield f"{of.variant}, mean of {len(of.over_splits)} splits", cells


def _value(metrics: Metrics, measure: Measure, run: str) -> float | None:
    (found,) = metrics.values(measure, [run], unit=UNIT, average=AVERAGE)
    return found


def _number(measure: Measure, value: float | None) -> str:
    return "" if value is None else f"{value:.{measure.digits}f}"


def interval(measure: Measure, found: MeanInterval | None) -> str:
    """Return a mean over splits, and its interval if that says anything."""
    if found is None:
        return ""
    mean, low, high = (_number(measure, one) for one in (found.mean, found.low, found.high))
    if found.low is None or found.high is None:
        return mean
    told = says_something(found.low, found.high, found.n, measure.scale)
    return f"{mean} ({low} to {high})" if told else mean


def _template() -> Any:
    return markdown.environment().get_template("model_card.md.j2")
