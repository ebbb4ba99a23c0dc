"""Protocols other than the default one: what each changes, and where it does not apply.

The sections of params.yaml are the default protocol. In file names it is empty; any other one is
its name after a dot: `iot-23.random`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ecnet.config.params import Params
from ecnet.datasets.declaration import Format

DEFAULT = ""

_FEWEST_CAPTURES = 3
"""One for each subset."""


def suffix(name: str) -> str:
    """Return a protocol as written in file names; an empty name stays empty."""
    return f".{name}" if name else DEFAULT


def under(params: Params, protocol: str) -> Params:
    """Return params.yaml under a protocol, which is given as written in file names."""
    if protocol == DEFAULT:
        return params
    return _merged(params, changes(params, protocol))


def changes(params: Params, protocol: str) -> dict[str, Any]:
    """Return the sections that a protocol changes, with their new values."""
    own = params["protocols"][protocol.removeprefix(".")]
    return {key: value for key, value in own.items() if key not in ("title", "shown")}


def changes_data(params: Params, protocol: str) -> bool:
    """Return whether a protocol changes the split or the encoding."""
    return protocol != DEFAULT and set(changes(params, protocol)) != {"models"}


def refusal(changed: Mapping[str, Any], formats: Sequence[Format], captures: int) -> str:
    """Return why a protocol does not apply to a dataset; empty if it does.

    formats: of the dataset, or of its parts if it is a union.
    captures: their number.
    """
    split = changed.get("split", {})
    rule = split.get("rule")
    if rule and split.get("official", True) and any(official(format) for format in formats):
        return "it keeps its official split"
    if rule == "temporal" and not all(format.time for format in formats):
        return "not all its records have a time"
    if rule == "capture":
        if any(source.label for format in formats for source in format.sources):
            return "a capture holds one class"
        if captures < _FEWEST_CAPTURES:
            return f"it has {captures} capture{'s' if captures != 1 else ''}"
    if changed.get("keep") and not any(shortcuts(format) for format in formats):
        return "its records have no shortcuts"
    flows = any(own.get("sequence") == "flows" for own in changed.get("models", {}).values())
    if flows and not all(format.host and format.time for format in formats):
        return "not all its records name a host and a time"
    return ""


def official(format: Format) -> bool:
    """Return whether the format has an official split."""
    return any(source.subset for source in format.sources)


def shortcuts(format: Format) -> list[str]:
    """Return the columns that a careless study uses as features: ports, times, addresses, ids.

    Texts other than the source host are left out: most are unique to a record, and no model can
    learn from them.
    """
    return [
        column.name
        for column in format.columns
        if not column.feature and (column.kind != "text" or column.name == format.host)
    ]


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        inner = isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
        merged[key] = _merged(base[key], value) if inner else value
    return merged
