"""Settings of params.yaml, as each dataset, variant and table reads them."""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from ecnet import datasets, models
from ecnet.datasets import papers

Params = dict[str, Any]

_VARIANT_KEYS = ("family", "title", "protocol", "shown")


def canonical(**settings: Any) -> str:
    """Return settings as canonical JSON: equal settings give equal text.

    Snakemake records params as a set of values without names, and does not see that two are
    swapped. One string that holds the names shows it.
    """
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    # Snakemake would read a brace within a text (not before `"` or `}`) as a wildcard.
    return re.sub(r'\{(?!["}])', r"\\u007b", text)


def digest(section: Any) -> str:
    """Return a short digest of a part of params.yaml, independent of the order of its keys."""
    return hashlib.sha256(canonical(section=section).encode()).hexdigest()[:16]


def dataset_choice(params: Params, name: str) -> dict[str, Any]:
    """Return format, keep and drop of a dataset; the adapter gives what params.yaml omits."""
    formats = [format.name for format in datasets.load(name).formats]
    return {"format": formats, "keep": [], "drop": [], **params["datasets"].get(name, {})}


def included(params: Params) -> list[str]:
    """Return the names of the requested datasets that are in all tables."""
    return [name for name in _requested(params) if not datasets.load(name).place]


def placed(params: Params) -> list[str]:
    """Return the names of the requested datasets that are in one table alone.

    Where `data.source` names a source for each dataset, those that it names none for are left out.
    """
    named = params["data"]["source"]
    return [
        name
        for name in _requested(params)
        if datasets.load(name).place and (isinstance(named, str) or name in named)
    ]


def _requested(params: Params) -> list[str]:
    include = params["data"]["include"]
    return datasets.names() if include == "all" else sorted(include)


def needed(params: Params) -> list[str]:
    """Return the names of the datasets to read from files, including the parts of a union."""
    asked = [*included(params), *placed(params)]
    single = {name for name in asked if not datasets.load(name).union}
    unions = len(single) < len(asked)
    return sorted(single.union(datasets.parts() if unions else ()))


def source(params: Params, name: str) -> str:
    """Return the source of a dataset: `simulated`, `mirror` or `official`."""
    chosen = params["data"]["source"]
    named: str = chosen if isinstance(chosen, str) else chosen[name]
    return named


def audit(params: Params, name: str) -> dict[str, Any]:
    """Return the settings of a dataset's audit: limits, features, shares of a split."""
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
    """Return a variant's hyperparameters: those of its family, replaced by its own.

    Device and precision, if the family has them, are those of `train` unless it has its own.
    """
    line = params["variants"][variant]
    known = models.schema(line["family"])
    shared = {key: params["train"][key] for key in models.ON_CPU if key in known}
    own = {key: value for key, value in line.items() if key not in _VARIANT_KEYS}
    return {**shared, **params["models"].get(line["family"], {}), **own}


def shown(params: Params, place: str) -> list[str]:
    """Return the variants in a table or figure (`table-6`), in order."""
    return [name for name, line in params["variants"].items() if place in line["shown"]]


def described(params: Params, variants: Iterable[str]) -> list[dict[str, Any]]:
    """Return the description of variants that tables read."""
    return [
        {
            "name": name,
            "title": params["variants"][name].get("title", name),
            "paper": papers.reproduced().models.get(name, ""),
            "protocol": params["variants"][name].get("protocol", ""),
            "family": params["variants"][name]["family"],
            "shown": params["variants"][name]["shown"],
            "hyperparameters": hyperparameters(params, name),
        }
        for name in variants
    ]
