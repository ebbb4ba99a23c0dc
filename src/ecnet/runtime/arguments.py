"""The arguments of a command, from its function's signature and docstring.

Positional parameters become positional arguments, keyword-only parameters become options. A
parameter without a default is required. Its help is the text of the docstring after `name: ` or
`name, other: `, up to the next parameter or empty line.
"""

import argparse
import inspect
import json
import re
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

SHARED = {
    "settings": "what the step reads of params.yaml, as JSON",
    "output": "the file that is written",
    "folder": "where the files are written",
    "sample": "the sample of a dataset, as `merge` or `union` wrote it",
    "counts": "what `merge` or `union` counted, a file for each dataset",
    "metrics": "what `evaluate` wrote, a file for each variant",
}
"""The help of parameters that mean the same in many steps; a docstring can replace it."""


def add(parser: argparse.ArgumentParser, function: Callable[..., Any]) -> None:
    """Add the arguments that a function takes.

    Raises:
        TypeError: a parameter has a type that cannot be read from text.
    """
    parameters = inspect.signature(function).parameters
    kinds, texts = get_type_hints(function), described(function.__doc__ or "", parameters)
    for name, parameter in parameters.items():
        named = parameter.kind is parameter.KEYWORD_ONLY
        required = parameter.default is parameter.empty
        options = _reading(kinds[name], empty=named and required)
        text = texts.get(name, SHARED.get(name, ""))
        if not required:
            options["default"] = parameter.default
            text += _default(parameter.default)
        options["help"] = text.replace("%", "%%")
        if named:
            flag = f"--{name.replace('_', '-')}"
            parser.add_argument(flag, dest=name, required=required, **options)
        else:
            parser.add_argument(name, metavar=name.upper(), **options)


def described(docstring: str, names: Sequence[str] | Mapping[str, Any]) -> dict[str, str]:
    """Return the text of a docstring for each parameter, on one line, without its full stop."""
    name = "|".join(map(re.escape, names))
    pattern = re.compile(rf"(?:^|(?<=\. ))((?:{name})(?:, (?:{name}))*): ", re.MULTILINE)
    found: dict[str, str] = {}
    body = inspect.cleandoc(docstring).split("\nRaises:\n")[0]
    for paragraph in re.split(r"\n\s*\n", body) if names else ():
        _, *pieces = pattern.split(paragraph)
        for of, text in zip(pieces[::2], pieces[1::2], strict=True):
            found |= dict.fromkeys(of.split(", "), " ".join(text.split()).removesuffix("."))
    return found


def _default(value: Any) -> str:
    """Return a default as help shows it; empty for one that means `not given`."""
    if value in (None, "", False, ()):
        return ""
    shown = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f" ({shown})"


def _reading(kind: Any, *, empty: bool) -> dict[str, Any]:
    """Return how argparse reads a value of a type.

    empty: whether a list may be empty, for a rule without input files.
    """
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        (kind,) = (member for member in get_args(kind) if member is not type(None))
        return _reading(kind, empty=empty)
    if kind is bool:
        return {"action": "store_true"}
    if origin is Literal:
        return {"choices": get_args(kind)}
    if origin in (list, Sequence):
        (item, *_) = get_args(kind)
        return {"nargs": "*" if empty else "+"} | _reading(item, empty=empty)
    if origin in (dict, Mapping):
        return {"type": _json, "metavar": "JSON"}
    if kind not in _READERS:
        raise TypeError(
            f"{kind} cannot be read from text; these can: {', '.join(map(str, _READERS))}"
        )
    return {"type": _READERS[kind]}


def _path(text: str) -> Path:
    """Return a path; an empty one would be the folder that this runs in."""
    if not text:
        raise argparse.ArgumentTypeError("a path must not be empty; . is this folder")
    return Path(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"is not JSON ({error})") from error


_READERS: dict[Any, Callable[[str], Any]] = {Path: _path, str: str, int: int, float: float}
