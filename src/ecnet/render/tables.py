"""The step that writes tables, each in four formats."""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ecnet.render.formats import write
from ecnet.render.settings import Shown, settings_of
from ecnet.render.sources import Sources


def tables(
    *,
    folder: Path,
    settings: dict[str, Any],
    metrics: Sequence[Path] = (),
    splits: Sequence[Path] = (),
    counts: Sequence[Path] = (),
    audits: Sequence[Path] = (),
    transfers: Sequence[Path] = (),
    statistics: Path | None = None,
    claims: Path | None = None,
    protocols: Path | None = None,
    devices: Sequence[Path] = (),
) -> None:
    """Write the tables that the settings name, each as CSV, Markdown, LaTeX and HTML fragment.

    metrics: what `evaluate` wrote, a file for each variant.
    splits: the audits that `split` wrote.
    audits: the audits of the datasets.
    transfers, devices: what the step of this name wrote, a file for each dataset.
    statistics, claims, protocols: what the step of this name wrote.

    Raises:
        InputError: a file is missing or is not what its step writes.
    """
    chosen = settings_of(settings)
    sources = Sources(
        chosen, metrics, splits, counts, audits, transfers, statistics, claims, protocols, devices
    )
    for shown in chosen.shown:
        write(function(shown)(sources, chosen, shown), folder)


def function(shown: Shown) -> Callable[[Sources, Any, Shown], Any]:
    """Return the function of this package that makes a table or figure."""
    module, _, name = shown.function.partition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(f"ecnet.render.{module}"), name)
    return found
