"""Errors of JSON Schema as messages, and conversion of values to the types of a schema."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import reduce
from operator import getitem
from typing import Any

import jsonschema
import yaml

_SHOWN = 80
"""Characters of a value that a message shows."""

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "keys with values",
    "string": "text",
}
_WORDS = {
    "const": "must be",
    "enum": "must be one of",
    "minimum": "must be at least",
    "maximum": "must be at most",
    "exclusiveMinimum": "must be more than",
    "exclusiveMaximum": "must be less than",
    "pattern": "must match",
    "minItems": "must hold at least this many items:",
    "minLength": "must have at least this many characters:",
    "minProperties": "must hold at least this many keys:",
}
_ALL_TEXT = "without quotes, in params.yaml or a --configfile (in braces of --config all is text)"


def errors(value: Any, schema: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """Yield one line for each violation of a schema; `at` is the place of `value`."""
    validator = jsonschema.Draft202012Validator(schema)
    for error in sorted(validator.iter_errors(value), key=lambda error: str(error.json_path)):
        place = at + ".".join(str(part) for part in error.absolute_path)
        if error.validator == "additionalProperties":
            known = list(error.schema.get("properties", {}))
            for key in sorted(set(error.instance) - set(known)):
                yield unknown(join(place, key), key, known)
        elif error.validator == "required":
            missing = str(error.message).split("'")[1]
            yield f"{join(place, missing)} is missing"
        else:
            shown = json.dumps(error.instance)
            if len(shown) > _SHOWN:
                shown = f"{shown[:_SHOWN]}..."
            yield f"{place or 'the whole'} is {shown}: {_wanted(error)}"


def typed(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return `value` with each number converted to the type in the schema, if it stays equal.

    1.0 becomes 1 where the schema has integer, and 1 becomes 1.0 where it has number, so that equal
    settings give equal text. Nothing else is changed.
    """
    whole: Any = [deepcopy(value)]
    for error in _Strict(schema).iter_errors(value):
        if error.validator != "type":
            continue
        number = _as_type(error.instance, error.validator_value)
        if number is not None:
            place = [0, *error.absolute_path]
            reduce(getitem, place[:-1], whole)[place[-1]] = number
    return whole[0]


def unknown(place: str, value: str, known: Iterable[str]) -> str:
    """Return the error for an unknown name, with a hint."""
    known = list(known)
    near = difflib.get_close_matches(value, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known) or 'none'}"
    return f"{place}: {value!r} is not known; {hint}"


def join(place: str, key: str) -> str:
    """Return the place of a key of the mapping at `place`."""
    return f"{place.rstrip('.')}.{key}" if place else key


_Strict: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
            "number": lambda _, value: isinstance(value, float),
        }
    ),
)
"""A validator for which 1.0 is not an integer, and 1 is not a floating-point number."""


def _as_type(value: Any, wanted: str | list[str]) -> int | float | None:
    """Return a number converted to one of the wanted types; None if that changes it."""
    types = {"integer": int, "number": float}
    for name in [wanted] if isinstance(wanted, str) else wanted:
        if name in types and isinstance(value, int | float) and not isinstance(value, bool):
            number: int | float = types[name](value)
            return number if number == value else None
    return None


def _wanted(error: jsonschema.ValidationError) -> str:
    """Return what a value must be, and how to write it."""
    return f"{_rule(error)}{_hint(error.instance, error)}"


def _rule(error: jsonschema.ValidationError) -> str:
    wanted: Any = error.validator_value
    schema: Any = error.schema
    if described := schema.get("description"):
        return f"must be {described}"
    if error.validator == "type":
        names = [wanted] if isinstance(wanted, str) else wanted
        return f"must be {' or '.join(_TYPES[name] for name in names)}"
    if error.validator == "uniqueItems":
        return "holds a value twice; keep one"
    if known := _WORDS.get(str(error.validator)):
        values = ", ".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted)
        return f"{known} {values}"
    return str(error.message)[:200]


def _hint(value: Any, error: jsonschema.ValidationError) -> str:
    """Return how to write what was probably meant; empty if that is unclear."""
    wanted: Any = error.validator_value
    if "a list" in _rule(error) and not isinstance(value, list | dict):
        return f": {yaml.safe_dump([value], default_flow_style=True).strip()}"
    if error.validator == "enum" and isinstance(value, bool):
        return " (YAML reads yes, no, on and off as true and false: put the word in quotes)"
    if error.validator != "type" or not isinstance(value, str):
        return ""
    meant = _meant(value, {wanted} if isinstance(wanted, str) else set(wanted))
    if not meant:
        return ""
    exponent = " as YAML reads a number with e and no point" if "e" in value.lower() else ""
    is_number = meant not in ("true", "false", "null")
    return f", and this is text{exponent if is_number else ''}: write {meant} {_ALL_TEXT}"


def _meant(text: str, types: set[str]) -> str:
    """Return the value that a text means, written as YAML; empty if it has none of the types."""
    if "boolean" in types and text.lower() in ("true", "false"):
        return text.lower()
    if "null" in types and text.lower() in ("null", "none", "~"):
        return "null"
    if types.isdisjoint(("integer", "number")):
        return ""
    try:
        number = float(text)
        number = int(number) if number.is_integer() and "integer" in types else number
    except (ValueError, OverflowError):
        return ""
    dumped: str = yaml.safe_dump(number).split("\n")[0]
    return dumped
