"""params.yaml as a file: read with limits, before Snakemake reads it.

Snakemake passes a file with a certain key to a template engine, which runs Python code in the file;
YAML takes the last of two equal keys; and a few lines of YAML can expand to more values than fit
into memory. All of these are refused.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ecnet.config import renamed
from ecnet.errors import InputError

_MOST_BYTES = 1_000_000
_MOST_VALUES = 100_000
_DEEPEST = 20
_LONGEST = 10_000
"""Characters of one text."""
_LARGEST = 2**63 - 1
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_MISTAKEN = re.compile(r"[-+]?(0_*[0-9][0-9_]*$|[^:]*:)")
"""Octal numbers and numbers of base 60 in YAML 1.1."""
_TEMPLATE = "__use_yte__"
"""The key that makes Snakemake run code in the file."""


def read(path: Path) -> dict[str, Any]:
    """Return the content of a file of params.

    Raises:
        InputError: it cannot be read, is too large, is not YAML with plain values, has a key
            twice, has the key of the template engine, or has a key that was renamed.
    """
    text = _text(path)
    try:
        _check(path, yaml.compose(text, Loader=yaml.SafeLoader))
        values = yaml.safe_load(text)
    except RecursionError as error:
        raise InputError(f"{path}: is nested too deep to be read") from error
    except (yaml.YAMLError, ValueError) as error:
        why = " ".join(str(error).split())[:300]
        raise InputError(f"{path}: is not YAML with plain values ({why})") from error
    if not isinstance(values, dict):
        raise InputError(f"{path}: holds no keys with values")
    if old := [f"{path}: {error}" for error in renamed.errors(values)]:
        raise InputError("\n".join(old))
    return values


def errors(values: Any, place: str = "", depth: int = 0) -> Iterator[str]:
    """Yield an error for each value that no key may have: unknown to JSON, or too large."""
    if depth > _DEEPEST:
        yield f"{place[:80]}: is nested more than {_DEEPEST} deep"
    elif isinstance(values, dict):
        for key, value in values.items():
            if not isinstance(key, str):
                yield f"{place or 'the file'}: the key {key!r:.80} is not text; put it in quotes"
            else:
                yield from errors(key, f"{place or 'the file'}: a key")
                yield from errors(value, f"{place}.{key}" if place else key, depth + 1)
    elif isinstance(values, list):
        for number, value in enumerate(values):
            yield from errors(value, f"{place}.{number}", depth + 1)
    elif why := _odd(values):
        shown = place if place.isprintable() else repr(place)
        yield f"{shown[:200]} is {values!r:.80}: {why}"


def bounded(values: Any) -> None:
    """Check the number of values; a value in several places counts several times.

    Raises:
        InputError: there are too many.
    """
    left, waiting = _MOST_VALUES, [values]
    while waiting:
        value = waiting.pop()
        held = [*value, *value.values()] if isinstance(value, dict) else value
        if isinstance(held, list):
            left -= len(held)
            waiting += held
        if left < 0:
            raise InputError(f"params.yaml: holds more than {_MOST_VALUES} values")


def _odd(value: Any) -> str:
    """Return why a single value is not allowed; empty if it is."""
    if isinstance(value, str):
        if len(value) > _LONGEST:
            return f"has more than {_LONGEST} characters"
        return "" if value.isprintable() else "holds a character that cannot be shown"
    if isinstance(value, float) and not math.isfinite(value):
        return "must be a finite number"
    if isinstance(value, int | float):
        return "" if abs(value) <= _LARGEST else "must fit into 64 bits"
    return "" if value is None else "must be text or a number; put it in quotes"


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise InputError(f"{path}: is not a file")
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) > _MOST_BYTES:
        raise InputError(f"{path}: has more than {_MOST_BYTES} bytes, too many for params")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8") from error


def _check(path: Path, root: yaml.Node | None) -> None:
    """Raise an InputError for equal keys in one mapping, or for too many values."""
    left, waiting = _MOST_VALUES, [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        held: list[Any] = []
        if isinstance(node, yaml.ScalarNode):
            _check_number(path, node)
        if isinstance(node, yaml.MappingNode):
            _check_keys(path, [key for key, _ in node.value])
            held = [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            held = node.value
        left -= len(held)
        if left < 0 or depth > _DEEPEST:
            raise InputError(
                f"{path}: holds more than {_MOST_VALUES} values, or is nested more than "
                f"{_DEEPEST} deep"
            )
        waiting += [(part, depth + 1) for part in held]


def _check_number(path: Path, node: yaml.ScalarNode) -> None:
    """Raise an InputError for a number that YAML reads otherwise than most people: 010 is 8."""
    if node.tag not in _NUMBERS or not _MISTAKEN.match(node.value):
        return
    taken = yaml.safe_load(node.value)
    raise InputError(
        f"{path}: line {node.start_mark.line + 1}: {node.value[:80]} is {taken} to YAML, by a zero "
        f"in front or a colon; write {taken}, or the number that is meant, or put it in quotes"
    )


def _check_keys(path: Path, keys: list[yaml.Node]) -> None:
    seen: set[str] = set()
    for key in keys:
        place = f"{path}: line {key.start_mark.line + 1}"
        if not isinstance(key, yaml.ScalarNode):
            raise InputError(f"{place}: a key must be text")
        if key.value in seen:
            raise InputError(f"{place}: the key {key.value[:80]!r} is there twice; keep one")
        if key.value == _TEMPLATE:
            raise InputError(f"{place}: {_TEMPLATE} would run code in the file; delete it")
        seen.add(key.value)
