"""Numbers on colours can be read: as a figure is drawn, and on the report's dark ground."""

import re
from pathlib import Path
from typing import Any

import pytest
from contrasts import contrast
from matplotlib.colors import to_hex, to_rgb
from resultfiles import text

from ecnet.render.contrast import DARK, TURNED, shades, turned

STYLE = Path(__file__).parents[2] / "src/ecnet/report/page/page.css"


def least(ground: Any) -> float:
    """Return the contrast of black text on a ground, in the scheme where it is smaller."""
    pairs = (("#000000", to_hex(ground)), (to_hex(turned((0, 0, 0))), to_hex(turned(ground[:3]))))
    return min(contrast(*pair) for pair in pairs)


@pytest.mark.parametrize("colour", ["#0072B2", "#D55E00", "#F0E442", "#000000", "#ffffff"])
def test_black_can_be_read_on_the_colour_of_every_value(colour: str) -> None:
    colours = shades(colour)
    assert min(least(colours(value / 1000)) for value in range(1001)) >= 4.5
    assert to_hex(colours(0.0)) == "#ffffff"


def test_the_highest_value_has_the_colour_asked_for_or_the_darkest_that_can_be_read_on() -> None:
    assert to_hex(shades("#F0E442")(1.0)) == "#f0e442"
    assert 4.5 <= least(shades("#0072B2")(1.0)) < 4.6


def test_the_report_turns_figures_around_as_is_reckoned_with() -> None:
    style = STYLE.read_text(encoding="utf-8")
    assert f"--paper: light-dark(#ffffff, {DARK})" in style
    filters = re.findall(r"filter: (.*?); mix-blend-mode: (.*?);", style)
    assert filters == [(f"invert({TURNED}) hue-rotate(180deg)", "lighten")] * 2
    white = turned(to_rgb("#ffffff"))
    assert white == pytest.approx(to_rgb(DARK), abs=0.002)


def test_figure_6_has_no_white_text(drawn: Path) -> None:
    labels = re.findall(r"<text[^>]*>", text(drawn, "figure_6.svg"))
    assert len(labels) > 20
    assert not [label for label in labels if "#fff" in label]
