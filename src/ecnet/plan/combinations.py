"""Hyperparameters that rule each other out, found before anything is trained with them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from ecnet import models
from ecnet.config import params, protocols
from ecnet.config.params import Params
from ecnet.config.protocols import DEFAULT
from ecnet.errors import InputError
from ecnet.plan.layout import COMPARISONS

Check = Callable[[str, Mapping[str, Any]], None]
"""Raises an InputError for hyperparameters of a family that it refuses."""

_MOST = 10_000
"""Combinations of a search that are tried before one of them is taken to be possible."""


def errors(values: Params) -> Iterator[str]:
    """Yield an error for each variant that cannot be trained as it stands, whatever the data."""
    yield from refused(values, models.check)
    for name, space in values["tuning"]["space"].items():
        yield from _space_errors(values, name, space)


def refused(values: Params, check: Check) -> Iterator[str]:
    """Yield an error for each variant whose hyperparameters a check refuses, with the reason."""
    for name in values["variants"]:
        for protocol in _protocols(values, name):
            changed = protocols.under(values, protocols.suffix(protocol))
            if why := _why(values, name, params.hyperparameters(changed, name), check):
                under = f" under protocols.{protocol}" if protocol else ""
                yield f"variants.{name}{under}: {why}"
                break  # of the protocols the first is enough


def _protocols(values: Params, variant: str) -> Iterator[str]:
    """Yield the protocols that a variant is trained under, by name; the default one is empty."""
    line = values["variants"][variant]
    yield line.get("protocol", DEFAULT)
    for name, protocol in values["protocols"].items():
        if any(place in line["shown"] and place in protocol["shown"] for place in COMPARISONS):
            yield name


def _space_errors(values: Params, variant: str, space: Mapping[str, Any]) -> Iterator[str]:
    """Yield an error for each choice of a search that goes with no combination of the others."""
    base = params.hyperparameters(values, variant)
    choices = {name: law["choice"] for name, law in space.items() if "choice" in law}
    for name, chosen in choices.items():
        others = {other: choice for other, choice in choices.items() if other != name}
        for value in chosen:
            drawn = (dict(zip(others, some, strict=True)) for some in product(*others.values()))
            if why := _never(values, variant, ({**base, **some, name: value} for some in drawn)):
                yield f"tuning.space.{variant}.{name}: {value} goes with no other choice: {why}"


def _never(values: Params, variant: str, tried: Iterable[Mapping[str, Any]]) -> str:
    """Return why none of some hyperparameters can be trained with; empty if one may be."""
    why = ""
    for number, hyperparameters in enumerate(tried):
        why = _why(values, variant, hyperparameters)
        if not why or number == _MOST:
            return ""
    return why


def _why(
    values: Params, variant: str, hyperparameters: Mapping[str, Any], check: Check = models.check
) -> str:
    """Return why a check refuses hyperparameters; empty if it does not."""
    try:
        check(values["variants"][variant]["family"], hyperparameters)
    except InputError as error:
        return str(error)
    return ""
