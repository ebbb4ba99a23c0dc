"""The critical-difference diagram: the mean ranks of the variants of Table VI over datasets."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import scikit_posthocs
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecnet.render.figures import STYLE, save
from ecnet.render.inputs import words
from ecnet.render.significance import statistics_of

_SHOWN = {"accuracy": "Accuracy", "f1": "F1"}
_ROW_HEIGHT = 0.17  # inches, for each variant
_PANEL_HEIGHT = 1.0  # inches, for the axis and the bars


def ranks(*, statistics: Path, folder: Path, settings: dict[str, Any]) -> None:
    """Write `critical_difference` to `folder` as SVG, PDF and PNG.

    statistics: what `ecnet statistics` wrote. settings: titles (of datasets and variants), and
    `figure`: width (inches) and dpi.

    Raises:
        InputError: `statistics` cannot be read or is something else.
    """
    found = statistics_of(statistics)
    tests = {test["metric"]: test for test in found["ranks"]}
    rows = max([len(test["ranks"]) for test in tests.values()], default=1)
    height = len(_SHOWN) * (_PANEL_HEIGHT + _ROW_HEIGHT * rows)
    with style.context(["default", STYLE]):
        drawn = Figure(figsize=(settings["figure"]["width"], height), layout="constrained")
        for axes, (metric, title) in zip(
            drawn.subplots(len(_SHOWN), 1), _SHOWN.items(), strict=True
        ):
            if metric in tests:
                _diagram(axes, tests[metric], title, found, settings["titles"])
            else:
                _empty(axes, title)
        sources = words(*found["sources"].values()) if found["sources"] else ["none"]
        title = f"Mean ranks over datasets, 1 the best; data: {', '.join(sources)}"
        save(drawn, folder / "critical_difference", title, dpi=settings["figure"]["dpi"])


def _diagram(
    axes: Axes, test: Mapping[str, Any], title: str, found: Mapping[str, Any], titles: Any
) -> None:
    """Draw ranks on a line, and a bar over those that do not differ significantly (Nemenyi)."""
    variants = list(test["ranks"])
    # Numbers stand for the variants: names would come in the order of their hashes, which is
    # another one in each process.
    numbers = range(len(variants))
    artists = scikit_posthocs.critical_difference_diagram(
        {i: test["ranks"][variants[i]] for i in numbers},
        pd.DataFrame([[test["nemenyi"][a][b] for b in variants] for a in variants]),
        alpha=found["alpha"],
        ax=axes,
        text_h_margin=0.04,
        label_fmt_left="{label}",
        label_fmt_right="{label}",
        elbow_props={"color": "0.35", "linewidth": 0.7},
        marker_props={"s": 8},
        crossbar_props={"linewidth": 1.6},
    )
    for label in artists["labels"]:
        variant = variants[int(label.get_text())]
        label.set_text(f"{titles.get(variant, variant)} ({test['ranks'][variant]:.2f})")
    simulated = {name for name in test["datasets"] if "simulated" in words(found["sources"][name])}
    named = ", ".join(
        titles.get(name, name) + (" (simulated)" if name in simulated else "")
        for name in test["datasets"]
    )
    text = (
        f"{title}: mean rank over {named}. Friedman's test: p = {test['p']:.2g}. A bar joins "
        f"variants whose ranks differ by less than {test['critical']:.2f} (Nemenyi)."
    )
    axes.set_title(textwrap.fill(text, width=120), fontsize=7, pad=14)


def _empty(axes: Axes, title: str) -> None:
    axes.set_axis_off()
    axes.set_title(f"{title}: nothing to rank; it takes three variants and two datasets")
