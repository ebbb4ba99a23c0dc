"""params.yaml checked as a whole, with all errors at once."""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from ecnet import datasets, models
from ecnet.config import params_file, protocols, renamed, schema
from ecnet.config.params import Params, dataset_choice, hyperparameters, needed, source
from ecnet.config.schema import unknown
from ecnet.errors import InputError
from ecnet.simulate import simulator


def checked(params: Mapping[str, Any], file: str = "params.yaml") -> Params:
    """Return `params` if they are valid, with each number converted to the type in the schemas.

    file: the name in error messages. A top-level `source` or `mirror`, from `--config source=...`,
    replaces that of `data`; a `mirror` without a `source` is also the source of every dataset.

    Raises:
        InputError: one line for each error, with the key, the value and what is allowed.
    """
    if not isinstance(params, Mapping):
        raise InputError(
            f"{file}: is not a mapping of keys to values; see git show HEAD:params.yaml"
        )
    params_file.bounded(params)
    stop(file, params_file.errors(params))
    stop(file, renamed.errors(params))
    merged: Params = json.loads(json.dumps(params))
    given = {key: merged.pop(key) for key in ("source", "mirror") if key in merged}
    if "mirror" in given:
        given.setdefault("source", "mirror")
    if given and isinstance(merged.get("data"), dict):
        merged["data"].update(given)
    stop(file, _mirror_errors(merged))
    stop(file, schema.errors(merged, _schema()))
    unnamed = list(_dataset_errors(merged))
    errors = [
        *(unnamed or _source_errors(merged)),
        *_variant_errors(merged),
        *_protocol_errors(merged),
        *_tuning_errors(merged),
    ]
    stop(file, errors)
    found: Params = schema.typed(merged, _schema())
    for place, kinds in _hyperparameters(found):
        place.update(schema.typed(place, kinds))
    return found


def _mirror_errors(params: Params) -> Iterator[str]:
    """Yield an error for a mirror that is a number: YAML reads a folder named 2020 as one."""
    data = params.get("data")
    given = data.get("mirror") if isinstance(data, dict) else None
    if isinstance(given, int | float):
        yield (
            f"data.mirror is {json.dumps(given)}, which is a number or truth value and not text; "
            "for a folder of such a name write ./ before it: --config mirror=./NAME"
        )


def stop(file: str, errors: Iterable[str]) -> None:
    """Raise an InputError with one line for each error, if there are any."""
    if lines := [f"{file}: {error}" for error in errors]:
        raise InputError("\n".join(lines))


@functools.cache
def _schema() -> dict[str, Any]:
    """Return the schema of params.yaml, without hyperparameters and names."""
    text = resources.files(__package__).joinpath("params.schema.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def _hyperparameters(params: Params) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each mapping of hyperparameters, or of their bounds, and its schema."""
    kinds = {family: models.schema(family) for family in models.names()}
    variants = params["variants"]
    held = [*params["models"].items(), *((line["family"], line) for line in variants.values())]
    for line in params["protocols"].values():
        held += line.get("models", {}).items()
    for family, place in held:
        yield place, {"properties": kinds.get(family, {})}
    for variant, space in params["tuning"]["space"].items():
        known = kinds.get(variants.get(variant, {}).get("family"), {})
        for name, bounds in space.items():
            kind = known.get(name, {})
            yield bounds, {"properties": {"choice": {"items": kind}, "low": kind, "high": kind}}


def _dataset_errors(params: Params) -> Iterator[str]:
    """Yield an error for each unknown name of a dataset, class, format or column."""
    known = datasets.names()
    if isinstance(params["data"]["include"], list):
        for name in params["data"]["include"]:
            if name not in known:
                yield unknown("data.include", name, known)
    for name in params["protocol_check"]["datasets"]:
        if name not in simulator.names():
            yield unknown("protocol_check.datasets", name, simulator.names())
    for name, own in params["sampling"]["per_class"].items():
        if name not in known:
            yield unknown("sampling.per_class", name, known)
            continue
        classes = {label for format in datasets.load(name).formats for label in format.classes}
        for label in own:
            if label not in classes:
                yield unknown(f"sampling.per_class.{name}", label, sorted(classes))
    for name in params["datasets"]:
        if name not in known:
            yield unknown(f"datasets.{name}", name, known)
            continue
        choice, formats = dataset_choice(params, name), datasets.load(name).formats
        for format in choice["format"]:
            if format not in [known.name for known in formats]:
                yield unknown(f"datasets.{name}.format", format, [known.name for known in formats])
        columns = {column.name for format in formats for column in format.columns}
        kinds = {f"{column}_kind" for column in columns}
        for key in ("keep", "drop"):
            for column in choice[key]:
                if column not in columns | kinds:
                    yield unknown(f"datasets.{name}.{key}", column, sorted(columns))


def _source_errors(params: Params) -> Iterator[str]:
    """Yield an error for each dataset whose source is missing or incomplete."""
    chosen, wanted = params["data"]["source"], needed(params)
    yield from _unsourced("simulator.records", params["simulator"]["records"])
    if isinstance(chosen, dict):
        yield from _unsourced("data.source", chosen)
        for name in wanted:
            if name not in chosen:
                yield f"data.source.{name} is missing; name a source for every dataset"
        wanted = [name for name in wanted if name in chosen]
    for name in wanted:
        if source(params, name) == "simulated":
            yield from _simulator_errors(params, name)
    mirrored = [name for name in wanted if source(params, name) == "mirror"]
    if mirrored and params["data"]["mirror"] is None:
        yield (
            f"data.mirror is null, and data.source is mirror for {', '.join(mirrored)}; "
            "give a folder or an address: --config mirror=DIR"
        )


def _unsourced(place: str, names: Iterable[str]) -> Iterator[str]:
    """Yield an error for each name that is not a dataset's, or a union's, which has no source."""
    known = datasets.names()
    for name in names:
        if name not in known:
            yield unknown(place, name, known)
        elif datasets.load(name).union:
            yield f"{place}.{name}: it is made of other datasets and has no source; leave it out"


def _simulator_errors(params: Params, name: str) -> Iterator[str]:
    if simulator.format(name) is not None and name not in params["simulator"]["records"]:
        yield f"simulator.records.{name} is missing; say how many records to simulate"


def _variant_errors(params: Params) -> Iterator[str]:
    """Yield an error for each hyperparameter that is unknown to its family or out of range."""
    families = models.names()
    for family in params["models"]:
        if family not in families:
            yield unknown(f"models.{family}", family, families)
    for name, line in params["variants"].items():
        if line["family"] not in families:
            yield unknown(f"variants.{name}.family", line["family"], families) + _left_out()
            continue
        properties = models.schema(line["family"])
        whole = {
            "type": "object",
            "properties": properties,
            "required": sorted(properties),
            "additionalProperties": False,
        }
        yield from schema.errors(hyperparameters(params, name), whole, at=f"variants.{name}.")


def _left_out() -> str:
    """Return why the file of a family may be missing: DVC's copies hold only what git tracks."""
    in_copy = ".dvc/tmp" in Path(models.__file__).as_posix()
    return (
        "; this copy of DVC's holds only what git tracks: git add its file, run again"
        if in_copy
        else ""
    )


def _protocol_errors(params: Params) -> Iterator[str]:
    """Yield an error for each unknown protocol, and for each unknown key that one changes."""
    seeds = params["seeds"]
    for seed in seeds["protocols"]:
        if seed not in seeds["split"]:
            yield f"seeds.protocols: {seed} is not among seeds.split; a protocol is compared there"
    for variant, line in params["variants"].items():
        if line.get("protocol", "") not in ("", *params["protocols"]):
            yield unknown(f"variants.{variant}.protocol", line["protocol"], params["protocols"])
        elif _own_protocol(params, line).get("drop") == protocols.SINGLE_COLUMN:
            yield (
                f"variants.{variant}.protocol is {line['protocol']}, which leaves features out by "
                "the audits; only the tables that compare protocols can show it"
            )
    for name, line in params["protocols"].items():
        for family, own in line.get("models", {}).items():
            place = f"protocols.{name}.models.{family}"
            if family not in models.names():
                yield unknown(place, family, models.names())
                continue
            properties = models.schema(family)
            some = {"type": "object", "properties": properties, "additionalProperties": False}
            yield from schema.errors(own, some, at=f"{place}.")


def _own_protocol(params: Params, line: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the protocol of a variant changes; nothing for the default one."""
    found: Mapping[str, Any] = params["protocols"].get(line.get("protocol", ""), {})
    return found


def _tuning_errors(params: Params) -> Iterator[str]:
    """Yield an error for each search space that is invalid."""
    tuning, variants = params["tuning"], params["variants"]
    for split in sorted(set(tuning["splits"]) & set(params["seeds"]["split"])):
        yield f"tuning.splits: {split} is one of seeds.split; choose a split that no result uses"
    for variant, space in tuning["space"].items():
        if variant not in variants:
            yield unknown(f"tuning.space.{variant}", variant, variants)
        elif variants[variant]["family"] in models.names():
            known = models.schema(variants[variant]["family"])
            for name, bounds in space.items():
                yield from _bounds_errors(f"tuning.space.{variant}.{name}", name, bounds, known)


def _bounds_errors(
    place: str, name: str, bounds: dict[str, Any], known: Mapping[str, Any]
) -> Iterator[str]:
    """Yield an error for a hyperparameter that is not `known`, and for values out of its range."""
    if name not in known:
        yield unknown(place, name, known)
        return
    for value in bounds.get("choice", [bounds.get("low"), bounds.get("high")]):
        yield from schema.errors(value, known[name], at=place)
    if "choice" in bounds:
        return
    if known[name].get("type") not in ("integer", "number"):
        yield f"{place}: {name} is not a number; give a choice: [...]"
    elif bounds["low"] >= bounds["high"]:
        yield f"{place}.low is {bounds['low']}: must be less than high, {bounds['high']}"
    elif bounds.get("log") and bounds["low"] <= 0:
        yield f"{place}.low is {bounds['low']}: must be more than 0 on a log scale"
