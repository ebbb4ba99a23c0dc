"""The metrics and the provenance of a run, read from an untrusted results folder."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from ecnet.errors import InputError
from ecnet.evaluate import results
from ecnet.evaluate.measures import AVERAGED, AVERAGES, PLAIN, UNITS, Measure
from ecnet.evaluate.results import Metrics
from ecnet.files import read_json
from ecnet.provenance.compare.archive import unpacked

# Text from the files must not break the Markdown of the summary.
_WORD = r"^[\w.+-]{1,80}\Z"
_WORDS = r"^[\w .,()@/+-]{0,120}\Z"
_DATASET = r"[a-z0-9-]{1,80}(\.[a-z0-9-]{1,80})?"  # with the protocol, if it is another one
_METRICS = re.compile(rf"(multiclass|binary)/{_DATASET}/[a-z0-9-]{{1,80}}\.json")


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _any_of_names(pattern: str, values: Mapping[str, Any]) -> dict[str, Any]:
    names = {"type": "string", "pattern": pattern}
    return {"type": "object", "propertyNames": names, "additionalProperties": values}


def _scores(measures: tuple[Measure, ...]) -> dict[str, Any]:
    score = {"type": "number", "minimum": -1, "maximum": 1}
    return dict.fromkeys((measure.key for measure in measures), score)


_VIEW = _object(
    {"n": {"type": "integer"}}
    | _scores(PLAIN)
    | dict.fromkeys(AVERAGES, _object(_scores(AVERAGED)))
)
_RUNS = _any_of_names(r"^\d{1,20}-\d{1,20}\Z", _object(dict.fromkeys(UNITS, _VIEW)))
_METRICS_SCHEMA = _object(
    {
        "format": {},
        "source": {},
        "classes": {},
        "parameters": {},
        "runs": _RUNS | {"minProperties": 1},
    }
)
_TEXT = {"type": "string", "pattern": _WORDS}
_PROVENANCE_SCHEMA = _object(
    {
        "params": _any_of_names(_WORD, _TEXT),
        "code": _any_of_names(_WORD, _TEXT),
        "lock": _TEXT,
        "datasets": _any_of_names(_WORD, {}),
        "processor": _object({"model": _TEXT}),
        "libraries": _any_of_names(_WORD, _TEXT),
    }
)


@dataclass(frozen=True)
class Results:
    """The metrics of a run, and its provenance.

    provenance: as `ecnet provenance` writes it. metrics: task/dataset/variant -> the metrics.
    """

    provenance: Mapping[str, Any]
    metrics: Mapping[str, Metrics]


def read(path: Path) -> Results:
    """Read the results in a folder, or in the .tar.gz of one.

    Raises:
        InputError: a file is missing or invalid, or there are no metrics.
    """
    with unpacked(path) as folder:
        root = folder / "metrics"
        paths = sorted(path for path in root.rglob("*") if not path.is_dir())
        if not paths:
            raise InputError(f"{root}: holds no metrics; run snakemake results/tables")
        return Results(
            _valid(folder / "provenance.json", _PROVENANCE_SCHEMA),
            {
                _name(path, root): results.parse(path, _valid(path, _METRICS_SCHEMA))
                for path in paths
            },
        )


def _name(path: Path, root: Path) -> str:
    name = path.relative_to(root).as_posix()
    if not _METRICS.fullmatch(name):
        raise InputError(
            f"{root}: {name!r} is not named <task>/<dataset>/<variant>.json; remove it"
        )
    return name.removesuffix(".json")


def _valid(path: Path, schema: Mapping[str, Any]) -> Any:
    """Return the JSON in `path` if it is of `schema`; the first violation is the error."""
    value = read_json(path)
    for error in jsonschema.Draft202012Validator(schema).iter_errors(value):
        where = error.json_path.removeprefix("$").lstrip(".") or "the whole"
        raise InputError(f"{path}: {where!r}: {error.message[:200]}; run the pipeline again")
    return value
