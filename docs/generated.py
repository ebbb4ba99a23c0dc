"""The pages of the reference that repeat nothing: they are made from what the code states."""

import argparse
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ecnet import config, models
from ecnet.runtime import arguments
from ecnet.runtime import commands as command_line

Schema = Mapping[str, Any]

ROOT = Path(__file__).parents[1]
SCHEMA: Schema = yaml.safe_load(
    (Path(config.__path__[0]) / "params.schema.yaml").read_text(encoding="utf-8")
)
SECTION = re.compile(r"(?:^#.*\n)*^(?P<name>\w+):.*\n(?:(?: .*)?\n)*", re.MULTILINE)
BOUNDS = {
    "minimum": "from {}",
    "exclusiveMinimum": "above {}",
    "maximum": "to {}",
    "exclusiveMaximum": "below {}",
}
TYPES = {"boolean": "true or false", "string": "text", "null": "null", "object": "keys"}


def commands(_: str) -> str:
    """Return a section for each command of the parser, with its arguments as a table."""
    return "".join(map(_command, command_line.COMMANDS))


def _command(name: str) -> str:
    words = command_line.COMMANDS[name][1]
    parser = argparse.ArgumentParser(prog=f"ecnet {name}", add_help=False)
    arguments.add(parser, command_line.function(name))
    rows = [
        (f"`{' '.join(action.option_strings) or action.metavar}`", _help(action))
        for action in parser._actions
    ]
    return f"\n## {name}\n\n{words[0].upper()}{words[1:]}.\n{_table('argument', 'meaning', rows)}"


def _help(action: argparse.Action) -> str:
    """Return what the help says of an argument, and which values it can have."""
    text = (action.help or "").replace("%%", "%")
    chosen = ", ".join(f"`{value}`" for value in action.choices or ())
    return "; ".join(filter(None, (text, chosen and f"one of {chosen}", _needed(action))))


def _needed(action: argparse.Action) -> str:
    return "required" if action.option_strings and action.required else ""


def parameters(_: str) -> str:
    """Return a section for each key of params.yaml: its text, and what each key may be."""
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    return "".join(
        f"\n## {found['name']}\n\n```yaml\n{found[0].strip()}\n```\n"
        f"{_table('key', 'may be', _allowed(found['name'], SCHEMA['properties'][found['name']]))}"
        for found in SECTION.finditer(text)
    )


def _allowed(path: str, schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield the path of each key below a schema, and in words what it may be."""
    schema = _resolved(schema)
    below = schema.get("additionalProperties")
    if path == "models":
        for family in models.names():
            for key, value in models.schema(family).items():
                yield f"`models.{family}.{key}`", _words(value)
    elif "properties" in schema:
        for key, value in schema["properties"].items():
            yield from _allowed(f"{path}.{key}", value)
    elif isinstance(below, Mapping):
        yield from _allowed(f"{path}.NAME", below)
    else:
        yield f"`{path}`", _words(schema)


def _words(schema: Schema) -> str:
    """Return in words what a value may be."""
    schema = _resolved(schema)
    if "if" in schema:
        return f"{_words(schema['then'])}; or {_words(schema['else'])}"
    if values := schema.get("enum", [schema["const"]] if "const" in schema else []):
        return ", ".join(f"`{value}`" for value in values)
    if "properties" in schema:
        return ", ".join(f"`{key}`: {_words(value)}" for key, value in schema["properties"].items())
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"for each name {_words(schema['additionalProperties'])}"
    if "items" in schema:
        return f"a list of: {_words(schema['items'])}"
    types = schema.get("type", "string")
    named = " or ".join(TYPES.get(t, t) for t in ([types] if isinstance(types, str) else types))
    bounds = (text.format(schema[key]) for key, text in BOUNDS.items() if key in schema)
    return " ".join((named, *bounds))


def _resolved(schema: Schema) -> Schema:
    """Return a schema with the definition that it refers to."""
    name = schema.get("$ref", "").removeprefix("#/$defs/")
    return {**SCHEMA["$defs"][name], **schema} if name else schema


def _table(left: str, right: str, rows: Iterable[tuple[str, str]]) -> str:
    """Return a table of two columns; nothing if there is no row."""
    lines = [f"| {name} | {text.replace('|', '&#124;')} |" for name, text in rows]
    return "\n".join(("", f"| {left} | {right} |", "| --- | --- |", *lines, "")) if lines else ""


def modules(text: str) -> str:
    """Return the documentation of each module that a list of the page names."""
    blocks = (
        f"\n## {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n   :members:\n```\n"
        for name in re.findall(r"^- `(ecnet[\w.]*)`", text, flags=re.MULTILINE)
    )
    return "".join(blocks)


def fields(_: object, __: str, ___: str, described: Any, ____: object, lines: list[str]) -> None:
    """Write what a docstring says of parameters (`name: text`) as fields, which Sphinx lists."""
    try:
        names = inspect.signature(described).parameters
    except (TypeError, ValueError):  # no function and no class
        return
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines))
    kept = [part for part in paragraphs if not arguments.described(part, names)]
    said = arguments.described("\n".join(lines), names)
    listed = "\n".join(f":param {name}: {words}." for name, words in said.items())
    lines[:] = "\n\n".join((*kept, listed)).split("\n")


PAGES: dict[str, Callable[[str], str]] = {
    "docs/reference/commands": commands,
    "docs/reference/parameters": parameters,
    "docs/reference/modules": modules,
}
"""What is added to the Markdown of a page, by its name."""
