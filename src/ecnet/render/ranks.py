"""The critical-difference diagram: the mean ranks of the variants of Table VI over datasets."""

import textwrap
from collections.abc import Mapping
from typing import Any

import pandas as pd
import scikit_posthocs
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecnet.evaluate.measures import HEADLINE
from ecnet.render.marks import says
from ecnet.render.panels import Drawing
from ecnet.render.settings import Settings, Shown
from ecnet.render.significance import statistics_of
from ecnet.render.sources import Sources, is_simulated, words

_ROW_HEIGHT = 0.17  # inches, for each variant
_PANEL_HEIGHT = 1.0  # inches, for the axis and the bars


def ranks(sources: Sources, settings: Settings, _: Shown) -> Drawing:
    """Return the diagram (InputError: the file is not what `ecnet statistics` writes)."""
    found = statistics_of(sources)
    tests = {test["metric"]: test for test in found["ranks"]}
    rows = max([len(test["ranks"]) for test in tests.values()], default=1)
    height = len(HEADLINE) * (_PANEL_HEIGHT + _ROW_HEIGHT * rows)
    drawn = Figure(figsize=(settings.figure["width"], height), layout="constrained")
    for axes, measure in zip(drawn.subplots(len(HEADLINE), 1), HEADLINE, strict=True):
        if measure.key in tests:
            _diagram(axes, tests[measure.key], measure.title, found, settings)
        else:
            _empty(axes, measure.title)
    origins = words(*found["sources"].values()) if found["sources"] else ["none"]
    return Drawing(drawn, f"Mean ranks over datasets, 1 the best; data: {', '.join(origins)}")


def _diagram(
    axes: Axes, test: Mapping[str, Any], title: str, found: Mapping[str, Any], settings: Settings
) -> None:
    """Draw ranks on a line, and a bar over those that do not differ significantly (Nemenyi)."""
    variants = list(test["ranks"])
    # Numbers stand for the variants: names would come in the order of their hashes, which differs
    # from process to process.
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
        label.set_text(f"{settings.title(variant)} ({test['ranks'][variant]:.2f})")
        says(label, settings.title(variant), _values(test, variant, title, settings))
    simulated = {name for name in test["datasets"] if is_simulated(found["sources"][name])}
    named = ", ".join(
        settings.title(name) + (" (simulated)" if name in simulated else "")
        for name in test["datasets"]
    )
    text = (
        f"{title}: mean rank over {named}. Friedman's test: p = {test['p']:.2g}. A bar joins "
        f"variants whose ranks differ by less than {test['critical']:.2f} (Nemenyi)."
    )
    axes.set_title(textwrap.fill(text, width=120), fontsize=7, pad=14)


def _values(
    test: Mapping[str, Any], variant: str, title: str, settings: Settings
) -> dict[str, str]:
    """Return what a variant says where it is pointed at."""
    apart = [
        settings.title(other)
        for other, rank in test["ranks"].items()
        if abs(rank - test["ranks"][variant]) >= test["critical"]
    ]
    return {
        f"mean rank in {title}": f"{test['ranks'][variant]:.2f}",
        "differs from": ", ".join(apart) or "none",
        "n": f"{test['n']} datasets",
    }


def _empty(axes: Axes, title: str) -> None:
    axes.set_axis_off()
    axes.set_title(f"{title}: nothing to rank; it takes three variants and two datasets")
