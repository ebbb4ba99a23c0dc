"""Keys of params.yaml that have a new name; a file with an old one stops with the new one."""

from collections.abc import Iterator
from typing import Any

_SPLIT = {
    "copies": "max_duplicates",
    "labels": "shuffle_labels (own: false, shuffled: true)",
}
_RENAMED = {
    ("datasets", "*"): {"form": "format"},
    ("sampling",): {"own": "per_class"},
    ("split",): _SPLIT,
    ("protocols", "*", "split"): _SPLIT,
    ("variants", "*"): {"paper": "a model in tables of src/ecnet/papers/ecnet/paper.yaml"},
    ("audit",): {
        "twins": "duplicates",
        "reachable": "best_accuracy",
        "depth": "max_depth",
        "tells": "single_column_f1",
        "smallest": "min_records",
    },
    ("encode",): {"fit": "fit_on"},
    ("protocols", "*", "encode"): {"fit": "fit_on"},
    ("statistics",): {"chance": "leak_alpha"},
}
"""The section (`*`: of any name), and in it the old key and the new one."""


def errors(params: Any) -> Iterator[str]:
    """Yield one line for each old key, with its place and its new name."""
    for section, keys in _RENAMED.items():
        for place, held in _sections(params, section):
            for old, new in keys.items():
                if old in held:
                    yield f"{place}.{old}: is called {new} now"


def _sections(
    values: Any, section: tuple[str, ...], place: str = ""
) -> Iterator[tuple[str, dict[Any, Any]]]:
    """Yield each mapping that stands at `section`, with its place in dots."""
    if not isinstance(values, dict):
        return
    if not section:
        yield place, values
        return
    head, *rest = section
    for key in [key for key in values if head in ("*", key)]:
        yield from _sections(values[key], tuple(rest), f"{place}.{key}" if place else str(key))
