"""Protocols other than the default one: what each changes, and where it does not apply.

The sections of params.yaml are the default protocol. In file names it is empty; any other one is
its name after a dot: `iot-23.random`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ecnet.config.params import Params
from ecnet.datasets.declaration import Format

DEFAULT = ""

RIVALS = ".rivals"
"""What file names have in place of a protocol for other systems: the default one, fewer splits."""

PORTS, SINGLE_COLUMN = "ports", "single-column"

_FEWEST_CAPTURES = 3
"""One for each subset."""

_NOTHING_DROPPED = {
    PORTS: "its records have no ports",
    "flawed": "none of its features is known to be wrong",
    "neighbours": "none of its features is computed over neighbouring records",
    SINGLE_COLUMN: "none of its features alone predicts the class",
}
"""`drop` of a protocol: the features that it leaves out -> why it does not apply without any."""


def suffix(name: str) -> str:
    """Return a protocol as written in file names; an empty name stays empty."""
    return f".{name}" if name else DEFAULT


def under(params: Params, protocol: str) -> Params:
    """Return params.yaml under a protocol, which is given as written in file names."""
    if protocol in (DEFAULT, RIVALS):
        return params
    return _merged(params, changes(params, protocol))


def changes(params: Params, protocol: str) -> dict[str, Any]:
    """Return what a protocol changes of params.yaml; nothing for the default one."""
    own = {} if protocol in (DEFAULT, RIVALS) else params["protocols"][protocol.removeprefix(".")]
    return {key: value for key, value in own.items() if key not in ("title", "shown")}


def changes_data(params: Params, protocol: str) -> bool:
    """Return whether a protocol changes the split or the encoding."""
    return bool(changes(params, protocol).keys() - {"models"})


def refusal(
    changed: Mapping[str, Any],
    formats: Sequence[Format],
    captures: int,
    dropped: Collection[str] = (),
) -> str:
    """Return why a protocol does not apply to a dataset; empty if it does.

    formats: of the dataset, or of its parts if it is a union.
    captures: their number. dropped: the features that the protocol leaves out.
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
    if changed.get("view") and not any(_other_views(changed, format) for format in formats):
        return "its records are not bytes of packets"
    if changed.get("keep") and not any(shortcuts(format) for format in formats):
        return "its records have no shortcuts"
    if "drop" in changed and not dropped:
        return _NOTHING_DROPPED[changed["drop"]]
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
    learn from them. So are bytes of packets, of which `view` chooses.
    """
    return [
        column.name
        for column in format.columns
        if not (column.feature or column.view)
        and (column.kind not in ("text", "bag") or column.name == format.host)
    ]


def features(
    changed: Mapping[str, Any], format: Format, choice: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """Return the shortcuts that are features under a protocol, and the features that are left out.

    `keep`: all shortcuts. `view`: the bytes of this view of a packet, and of no other one. Else
    what params.yaml chooses for the dataset. What `drop` leaves out: see `dropped`.
    """
    keep, drop = list(choice["keep"]), list(choice["drop"])
    if view := changed.get("view"):
        keep = [column.name for column in format.columns if column.view == view]
        drop += _other_views(changed, format)
    elif "keep" in changed:
        keep = shortcuts(format)
    return keep, drop


def is_careless(changed: Mapping[str, Any]) -> bool:
    """Return whether a protocol makes shortcuts features on purpose."""
    return not changed.keys().isdisjoint({"keep", "view"})


def by_audit(params: Params) -> bool:
    """Return whether a table shows a protocol that leaves features out by the audits."""
    return any(
        line.get("drop") == SINGLE_COLUMN and line["shown"] for line in params["protocols"].values()
    )


def dropped(
    changed: Mapping[str, Any], format: Format, predictors: Iterable[str] = ()
) -> list[str]:
    """Return the features that a protocol leaves out: `drop` says which.

    `ports`: the kinds of ports. `single-column`: the predictors, which are those that the audit
    finds to predict the class alone. Else those with this caveat (`declaration.Column`).
    """
    drop = changed.get("drop")
    if drop == PORTS:
        return [f"{column.name}_kind" for column in format.columns if column.kind == "port"]
    if drop == SINGLE_COLUMN:
        return list(predictors)
    return [column.name for column in format.columns if column.caveat and column.caveat == drop]


def _other_views(changed: Mapping[str, Any], format: Format) -> list[str]:
    """Return the features that are bytes of another view of a packet than a protocol names."""
    return [c.name for c in format.columns if c.feature and c.view not in ("", changed["view"])]


def _merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        inner = isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
        merged[key] = _merged(base[key], value) if inner else value
    return merged
