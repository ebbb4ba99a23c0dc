"""What is chosen in params.yaml: what each dataset, variant and table reads of it."""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from ecnet import datasets

Params = dict[str, Any]

_VARIANT_KEYS = ("family", "title", "paper", "protocol", "shown")


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
    """Return format, keep and drop of a dataset; what params.yaml leaves out is the adapter's."""
    formats = [format.name for format in datasets.load(name).formats]
    return {"format": formats, "keep": [], "drop": [], **params["datasets"].get(name, {})}


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
