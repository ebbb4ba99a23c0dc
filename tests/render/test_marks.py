"""Marks of figures say their values in the SVG, and nothing else of the figure changes."""

from pathlib import Path

import pytest
from marked import said
from matplotlib.figure import Figure
from resultfiles import text

from ecnet.render.figures import save
from ecnet.render.marks import says, within
from ecnet.render.panels import Drawing


def test_a_mark_says_its_heading_and_the_values_that_it_has(tmp_path: Path) -> None:
    drawn = Figure()
    (mark,) = drawn.subplots().plot(1, 2, "o")
    says(mark, 'A <b> & "c"', {"accuracy": "98.10 %", "interval": within(None, 1.0), "n": "5"})
    save(Drawing(drawn, "A figure"), tmp_path / "figure", dpi=50)
    svg = text(tmp_path, "figure.svg")
    assert said(svg) == ['A <b> & "c"\naccuracy: 98.10 %\nn: 5']
    assert 'id="mark' not in svg


@pytest.mark.parametrize("name", ["figure_5", "figure_5_compared", "figure_6"])
def test_every_mark_of_the_paper_s_figures_says_of_how_many_it_is(drawn: Path, name: str) -> None:
    found = said(text(drawn, f"{name}.svg"))
    assert len(found) >= 8
    assert len(set(found)) == len(found)
    for one in found:
        assert "\nn: " in one
        assert ("accuracy: " if name.startswith("figure_5") else "predicted class: ") in one
