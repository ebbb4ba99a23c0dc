"""Figures show all that the result files say, readably, and the same bytes each time."""

import json
from pathlib import Path

import resultfiles as given
from PIL import Image
from resultfiles import text

from ecnet.render import accuracy
from ecnet.render.settings import Shown


def test_figures_carry_no_date_and_no_version(drawn: Path) -> None:
    for path in drawn.glob("figure_*"):
        content = path.read_bytes()
        assert b"CreationDate" not in content
        assert b"dc:date" not in content
        assert b"Matplotlib v" not in content


def test_figures_keep_text_as_text_and_the_width_of_the_settings(drawn: Path) -> None:
    svg = text(drawn, "figure_6.svg")
    assert "predicted class" in svg
    assert 'width="504pt"' in svg  # 7 inches
    with Image.open(drawn / "figure_6.png") as image:
        assert image.width == 7 * 80


def test_no_seed_and_no_bar_of_figure_5_is_cut_off(tmp_path: Path) -> None:
    paths = given.write_metrics(tmp_path)
    for path in paths:
        content = json.loads(path.read_text(encoding="utf-8"))
        for seed, value in zip(given.SEEDS, (0.93, 0.93, 0.90), strict=True):
            content["runs"][f"{seed}-1"]["vector"]["accuracy"] = value  # bars outreach the seeds
        path.write_text(json.dumps(content), encoding="utf-8")
    shown = Shown("figure_5_compared", "accuracy.compared", place="figure-5")
    figure, _ = accuracy.compared(*given.sources(paths), shown)
    panels = [axes for axes in figure.axes if axes.axison]
    assert len(panels) == len(given.SOURCES)
    for axes in panels:
        heights = [y for line in axes.lines for y in line.get_ydata()]
        heights += [y for c in axes.collections for p in c.get_paths() for _, y in p.vertices]
        assert len(heights) > 15
        low, high = axes.get_ylim()
        assert low < min(heights)
        assert max(heights) < high


def test_figure_6_adds_up_the_seeds(drawn: Path) -> None:
    # EcNet: 282, 279 and 276 of 300 right in either class
    assert text(drawn, "figure_6.svg").count(">837<") == 2 * len(given.SOURCES)


def test_figure_5_compared_alone_speaks_of_the_paper(drawn: Path) -> None:
    assert "prints no numbers with its Figure 5" in text(drawn, "figure_5_compared.svg")
    assert "paper" not in text(drawn, "figure_5.svg")
