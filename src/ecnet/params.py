"""params.yaml: checked whole, with all errors at once, and cut to what each step reads."""

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from ecnet import datasets, models, params_file, simulator
from ecnet.errors import InputError

Params = dict[str, Any]

_VARIANT_KEYS = ("family", "title", "paper", "protocol", "shown")


def checked(params: Mapping[str, Any], schema: Path) -> Params:
    """Return `params` if they are valid.

    `schema` is the JSON Schema (as YAML). A top-level `source` or `mirror`, as `--config
    source=...` gives it, replaces that of `data`; a `mirror` without a `source` is also the source
    of every dataset, for nobody names one who does not want it.

    Raises:
        InputError: one line for each error, with the key, the value and what is allowed.
    """
    if not isinstance(params, Mapping) or not isinstance(params.get("data", {}), Mapping):
        raise InputError(
            "params.yaml: is no mapping of keys to values; see git show HEAD:params.yaml"
        )
    params_file.bounded(params)
    if odd := list(params_file.errors(params)):
        raise InputError("\n".join(f"params.yaml: {error}" for error in odd))
    merged: Params = json.loads(json.dumps(params))
    asked = {key: merged.pop(key) for key in ("source", "mirror") if key in merged}
    if "mirror" in asked:
        asked.setdefault("source", "mirror")
    merged.get("data", {}).update(asked)
    if isinstance(given := merged.get("data", {}).get("mirror"), int | float):
        raise InputError(
            f"params.yaml: data.mirror is {json.dumps(given)}, which is no text but a number or "
            "truth value; for a folder of such a name write ./ before it: --config mirror=./NAME"
        )
    errors = list(_schema_errors(merged, yaml.safe_load(schema.read_text(encoding="utf-8"))))
    if not errors:
        unknown = list(_dataset_errors(merged))
        errors = [
            *(unknown or _source_errors(merged)),
            *_variant_errors(merged),
            *_protocol_errors(merged),
            *_tuning_errors(merged),
        ]
    if errors:
        raise InputError("\n".join(f"params.yaml: {error}" for error in errors))
    return merged


def canonical(**settings: Any) -> str:
    """Return settings as JSON that is the same for the same settings.

    Snakemake remembers params as a set of values without names: two that are swapped look the
    same to it. One string with the names inside does not.
    """
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    # A brace in a text (the others stand before `"` or `}`) would name a wildcard to Snakemake.
    return re.sub(r'\{(?!["}])', r"\\u007b", text)


def digest(section: Any) -> str:
    """Return a short digest of a part of params.yaml, whatever the order of its keys."""
    return hashlib.sha256(canonical(section=section).encode()).hexdigest()[:16]


def dataset_choice(params: Params, name: str) -> dict[str, Any]:
    """Return form, keep and drop of a dataset; what params.yaml leaves out is the adapter's."""
    forms = [form.name for form in datasets.load(name).forms]
    return {"form": forms, "keep": [], "drop": [], **params["datasets"].get(name, {})}


def included(params: Params) -> list[str]:
    """Return the names of the datasets that are asked for."""
    include = params["data"]["include"]
    return datasets.names() if include == "all" else sorted(include)


def needed(params: Params) -> list[str]:
    """Return the names of the datasets that are read from files: those of a union among them."""
    asked = {name for name in included(params) if not datasets.load(name).union}
    unions = len(asked) < len(included(params))
    return sorted(asked.union(datasets.parts() if unions else ()))


def source(params: Params, name: str) -> str:
    """Return where a dataset is to come from: `simulated`, `mirror` or `official`."""
    chosen = params["data"]["source"]
    word: str = chosen if isinstance(chosen, str) else chosen[name]
    return word


def audit(params: Params, name: str) -> dict[str, Any]:
    """Return what an audit of a dataset reads: its limits, the features, the shares of a split."""
    choice = dataset_choice(params, name)
    return {
        **params["audit"],
        "keep": choice["keep"],
        "drop": choice["drop"],
        "validation": params["split"]["validation"],
        "test": params["split"]["test"],
        "max_rejected": params["data"]["max_rejected"],
    }


def hyperparameters(params: Params, variant: str) -> dict[str, Any]:
    """Return a variant's hyperparameters: those of its family, with its own in their place."""
    line = params["variants"][variant]
    own = {key: value for key, value in line.items() if key not in _VARIANT_KEYS}
    return {**params["models"].get(line["family"], {}), **own}


def shown(params: Params, place: str) -> list[str]:
    """Return the variants that a table or figure shows (`table-6`), in order."""
    return [name for name, line in params["variants"].items() if place in line["shown"]]


def described(params: Params, variants: Iterable[str]) -> list[dict[str, Any]]:
    """Return what a table must know of variants."""
    return [
        {
            "name": name,
            "title": params["variants"][name].get("title", name),
            "paper": params["variants"][name].get("paper", ""),
            "protocol": params["variants"][name].get("protocol", ""),
            "family": params["variants"][name]["family"],
            "shown": params["variants"][name]["shown"],
            "hyperparameters": hyperparameters(params, name),
        }
        for name in variants
    ]


def _schema_errors(value: Any, schema: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """Yield one line for each violation of a schema."""
    validator = jsonschema.Draft202012Validator(schema)
    for error in sorted(validator.iter_errors(value), key=lambda error: str(error.json_path)):
        place = at + ".".join(str(part) for part in error.absolute_path)
        if error.validator == "additionalProperties":
            known = list(error.schema.get("properties", {}))
            for key in sorted(set(error.instance) - set(known)):
                yield _unknown(_join(place, key), key, known)
        elif error.validator == "required":
            missing = str(error.message).split("'")[1]
            yield f"{_join(place, missing)} is missing"
        else:
            yield f"{place} is {json.dumps(error.instance)}: {_wanted(error)}"


def _wanted(error: jsonschema.ValidationError) -> str:
    """Return in words what a value must be."""
    words = {
        "enum": "must be one of",
        "type": "must be of type",
        "minimum": "must be at least",
        "maximum": "must be at most",
        "exclusiveMinimum": "must be more than",
        "exclusiveMaximum": "must be less than",
        "pattern": "must match",
        "minItems": "must hold at least this many items:",
    }
    wanted = error.validator_value
    values = ", ".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted)
    known = words.get(str(error.validator))
    return f"{known} {values}" if known else error.message


def _dataset_errors(params: Params) -> Iterator[str]:
    """Yield an error for each name of a dataset, form or column that does not exist."""
    known = datasets.names()
    if isinstance(params["data"]["include"], list):
        for name in params["data"]["include"]:
            if name not in known:
                yield _unknown("data.include", name, known)
    for name, own in params["sampling"]["own"].items():
        if name not in known:
            yield _unknown("sampling.own", name, known)
            continue
        classes = {label for form in datasets.load(name).forms for label in form.classes}
        for label in own:
            if label not in classes:
                yield _unknown(f"sampling.own.{name}", label, sorted(classes))
    for name in params["datasets"]:
        if name not in known:
            yield _unknown(f"datasets.{name}", name, known)
            continue
        choice, forms = dataset_choice(params, name), datasets.load(name).forms
        for form in choice["form"]:
            if form not in [known.name for known in forms]:
                yield _unknown(f"datasets.{name}.form", form, [known.name for known in forms])
        columns = {column.name for form in forms for column in form.columns}
        kinds = {f"{column}_kind" for column in columns}
        for key in ("keep", "drop"):
            for column in choice[key]:
                if column not in columns | kinds:
                    yield _unknown(f"datasets.{name}.{key}", column, sorted(columns))


def _source_errors(params: Params) -> Iterator[str]:
    """Yield an error for each dataset whose source is not said, or lacks what it needs."""
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
    """Yield an error for each name that is that of no dataset, or of one without a source."""
    known = datasets.names()
    for name in names:
        if name not in known:
            yield _unknown(place, name, known)
        elif datasets.load(name).union:
            yield f"{place}.{name}: it is made of other datasets and has no source; leave it out"


def _simulator_errors(params: Params, name: str) -> Iterator[str]:
    if simulator.form(name) is not None and name not in params["simulator"]["records"]:
        yield f"simulator.records.{name} is missing; say how many records to simulate"


def _variant_errors(params: Params) -> Iterator[str]:
    """Yield an error for each hyperparameter that its family does not know or allow."""
    families = models.names()
    for family in params["models"]:
        if family not in families:
            yield _unknown(f"models.{family}", family, families)
    for name, line in params["variants"].items():
        if line["family"] not in families:
            yield _unknown(f"variants.{name}.family", line["family"], families)
            continue
        properties = models.schema(line["family"])
        schema = {
            "type": "object",
            "properties": properties,
            "required": sorted(properties),
            "additionalProperties": False,
        }
        yield from _schema_errors(hyperparameters(params, name), schema, at=f"variants.{name}.")


def _protocol_errors(params: Params) -> Iterator[str]:
    """Yield an error for each protocol that does not exist, or changes what does not."""
    seeds = params["seeds"]
    for seed in seeds["protocols"]:
        if seed not in seeds["split"]:
            yield f"seeds.protocols: {seed} is not among seeds.split; a protocol is compared there"
    for variant, line in params["variants"].items():
        if line.get("protocol", "") not in ("", *params["protocols"]):
            yield _unknown(f"variants.{variant}.protocol", line["protocol"], params["protocols"])
    for name, line in params["protocols"].items():
        for family, own in line.get("models", {}).items():
            place = f"protocols.{name}.models.{family}"
            if family not in models.names():
                yield _unknown(place, family, models.names())
                continue
            properties = models.schema(family)
            schema = {"type": "object", "properties": properties, "additionalProperties": False}
            yield from _schema_errors(own, schema, at=f"{place}.")


def _tuning_errors(params: Params) -> Iterator[str]:
    """Yield an error for each space that cannot be searched."""
    tuning, variants = params["tuning"], params["variants"]
    for split in sorted(set(tuning["splits"]) & set(params["seeds"]["split"])):
        yield f"tuning.splits: {split} is one of seeds.split; choose a split that no result uses"
    for variant, space in tuning["space"].items():
        if variant not in variants:
            yield _unknown(f"tuning.space.{variant}", variant, variants)
        elif variants[variant]["family"] in models.names():
            known = models.schema(variants[variant]["family"])
            for name, law in space.items():
                yield from _law_errors(f"tuning.space.{variant}.{name}", name, law, known)


def _law_errors(
    place: str, name: str, law: dict[str, Any], known: Mapping[str, Any]
) -> Iterator[str]:
    """Yield an error for a hyperparameter that is not `known`, or values that it may not have."""
    if name not in known:
        yield _unknown(place, name, known)
        return
    for value in law.get("choice", [law.get("low"), law.get("high")]):
        yield from _schema_errors(value, known[name], at=place)
    if "choice" in law:
        return
    if known[name].get("type") not in ("integer", "number"):
        yield f"{place}: {name} is no number; give a choice: [...]"
    elif law["low"] >= law["high"]:
        yield f"{place}.low is {law['low']}: must be less than high, {law['high']}"
    elif law.get("log") and law["low"] <= 0:
        yield f"{place}.low is {law['low']}: must be more than 0 on a log scale"


def _unknown(place: str, value: str, known: Iterable[str]) -> str:
    """Return the error for a name that does not exist, with a hint."""
    known = list(known)
    near = difflib.get_close_matches(value, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
    return f"{place}: {value!r} is not known; {hint}"


def _join(place: str, key: str) -> str:
    return f"{place.rstrip('.')}.{key}" if place else key
