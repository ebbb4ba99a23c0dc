"""The forest plots show every comparison, its interval and the reported margin, on two grounds."""

import re
from pathlib import Path
from typing import Any

import pytest
import resultfiles as given
import verdictfiles
from contrasts import contrast
from marked import said
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from verdictfiles import UNTOLD, claim, comparison

from ecnet.errors import InputError
from ecnet.render import forest, verdicts
from ecnet.render.settings import Shown, settings_of
from ecnet.render.sources import Sources
from ecnet.render.verdicts import LOOKS

TITLES = given.TITLES | {"ecnet": "EcNet", "svm": "SVM", "lstm": "LSTM"}
F1 = comparison(metric="f1")


def figure(
    folder: Path, *claims: dict[str, Any], metric: str = "accuracy", **changes: Any
) -> Figure:
    path = verdictfiles.write(folder / "claims.json", *claims, **changes)
    settings = settings_of(given.settings("forest", titles=TITLES))
    function = forest.accuracy if metric == "accuracy" else forest.averages
    drawing = function(Sources(settings, claims=path), settings, Shown("forest", "forest"))
    return drawing.figure


def svg(folder: Path, *claims: dict[str, Any], **changes: Any) -> str:
    files = {"claims": verdictfiles.write(folder / "claims.json", *claims, **changes)}
    given.make(folder, "forest_plots", "forest", files=files, titles=TITLES)
    return (folder / "forest.svg").read_text(encoding="utf-8")


def markers(drawn: Figure) -> list[tuple[str, float]]:
    """Return marker and place of every point of the panels."""
    return [
        (str(line.get_marker()), float(line.get_xdata()[0]))
        for axes in drawn.axes
        for line in axes.lines
        if line.get_marker() != "None"
    ]


def test_a_comparison_is_a_point_its_interval_and_a_diamond_at_the_margin(tmp_path: Path) -> None:
    (axes,) = figure(tmp_path, claim(comparisons=[comparison()])).axes
    assert markers(axes.figure) == [("s", 0.2), ("D", 8.0)]
    assert [0.2, -0.4, 0.8] in [list(line.get_xdata()) for line in axes.lines]


def test_every_verdict_has_a_colour_and_a_shape_of_its_own(tmp_path: Path) -> None:
    told = [word for word in verdictfiles.EVERY if word != "fails"]
    rows = [comparison(b=f"b{i}", verdict=word, margin=None) for i, word in enumerate(told)]
    drawn = figure(tmp_path, claim(comparisons=rows))
    assert [marker for marker, _ in markers(drawn)] == [LOOKS[word].marker for word in told]
    assert list(LOOKS) == list(verdictfiles.EVERY)
    for part in ("sign", "marker", "light", "dark"):
        assert len({getattr(look, part) for look in LOOKS.values()}) == len(LOOKS)
    assert all(MarkerStyle(look.marker) for look in LOOKS.values())


def test_limits_hold_intervals_margins_and_the_band(tmp_path: Path) -> None:
    rows = [comparison(margin=16.0), comparison(b="lstm", low=-9.0, high=9.0)]
    (axes,) = figure(tmp_path, claim(comparisons=rows)).axes
    low, high = axes.get_xlim()
    assert -12 < low < -9
    assert 16 < high < 19
    (axes,) = figure(tmp_path, claim(comparisons=[comparison(margin=None)]), equivalence=5).axes
    assert axes.get_xlim()[0] < -5


def test_a_comparison_says_what_it_shows_of_which_records(tmp_path: Path) -> None:
    (one,) = said(svg(tmp_path, claim(comparisons=[comparison("nsl-kdd")])))
    heading, *values = one.splitlines()
    assert heading == "NSL-KDD (simulated): EcNet \N{MINUS SIGN} SVM"
    assert values == [
        "difference: +0.20 points",
        "95% interval: \N{MINUS SIGN}0.40 to +0.80 points",
        "margin reported: +8.00 points",
        "verdict: practically equal",
        "n: 4,000 test records",
        "splits: 6",
    ]
    both = said(svg(tmp_path, claim(comparisons=[comparison(), UNTOLD, comparison(b="lstm")])))
    assert [text.splitlines()[0].partition(": ")[2] for text in both] == [
        f"EcNet \N{MINUS SIGN} {name}" for name in ("SVM", "LSTM", "SVM")
    ]


def test_an_interval_that_says_nothing_is_not_drawn(tmp_path: Path) -> None:
    for nothing in ({"low": None, "high": None}, {"splits": 2, "low": -40, "high": 40},
                    {"low": -120, "high": 90}):  # fmt: skip
        one = claim(comparisons=[comparison(**nothing)])
        (axes,) = figure(tmp_path, one, interval="corrected-t").axes
        drawn = [
            line for line in axes.lines if line.get_color() == LOOKS["practically equal"].light
        ]
        assert [len(line.get_xdata()) for line in drawn] == [1]  # the point alone
        assert axes.get_xlim()[0] > -3


def test_rows_are_grouped_by_dataset_and_one_pair_needs_no_groups(tmp_path: Path) -> None:
    mixed = [comparison("iot-23"), UNTOLD, comparison("iot-23", "lstm")]
    (axes,) = figure(tmp_path, claim(comparisons=mixed)).axes
    texts = [text.get_text() for text in axes.texts]
    minus = "\N{MINUS SIGN}"
    assert texts == ["IoT-23", f"\xa0\xa0EcNet {minus} SVM", f"\xa0\xa0EcNet {minus} LSTM",
                     "BoT-IoT", f"\xa0\xa0EcNet {minus} SVM"]  # fmt: skip
    (axes,) = figure(tmp_path, claim(comparisons=[comparison("iot-23"), UNTOLD])).axes
    assert [text.get_text() for text in axes.texts] == ["IoT-23", "BoT-IoT"]


def test_each_claim_has_a_panel_for_its_own_measure_and_classes_none(tmp_path: Path) -> None:
    of_class = comparison(metric="F1 of DDoS")
    claims = [
        claim("one"),
        claim("two", comparisons=[F1, of_class]),
        claim("three", comparisons=[]),
        claim("four"),
    ]
    assert len(figure(tmp_path, *claims).axes) == 2
    assert len(figure(tmp_path, *claims, metric="f1").axes) == 1
    assert len(figure(tmp_path, claims[2]).axes) == 0


def test_a_margin_out_of_reach_is_marked_and_explained(tmp_path: Path) -> None:
    drawn = figure(tmp_path, claim(comparisons=[comparison(out_of_reach=True)]))
    assert ("x", 8.0) in markers(drawn)
    assert "margin out of reach" in svg(
        tmp_path, claim(comparisons=[comparison(out_of_reach=True)])
    )
    assert "margin out of reach" not in svg(tmp_path, claim())


def test_simulated_records_and_several_papers_are_named(tmp_path: Path) -> None:
    shown = svg(tmp_path, claim(comparisons=[comparison("nsl-kdd"), UNTOLD]))
    assert "NSL-KDD (simulated)" in shown
    assert "Measured on simulated data: NSL-KDD." in shown
    assert ">EcNet: EcNet beats" not in shown
    papers = [*verdictfiles.PAPERS, {"name": "other", "title": "Other"}]
    assert ">EcNet: EcNet beats" in svg(tmp_path, claim(), papers=papers)


def test_the_dark_figure_has_light_ink_everywhere_and_no_ground(tmp_path: Path) -> None:
    rows = [comparison(b=f"b{i}", verdict=word) for i, word in enumerate(LOOKS)]
    light = svg(tmp_path, claim(comparisons=rows), claim("two"))
    dark = forest.dark(light)
    colours = set(re.findall(r"#[0-9a-f]{6}\b", dark))
    assert colours <= {look.dark for look in LOOKS.values()} | set(forest._DARK.values())
    texts = re.findall(r"<text [^>]*>", dark)
    assert len(texts) > 20
    assert all("fill: #" in text for text in texts)  # without one it would be black


@pytest.mark.parametrize("word", list(LOOKS))
def test_colours_can_be_read_as_text_on_their_ground(word: str) -> None:
    assert contrast(LOOKS[word].light, "#ffffff") >= 4.5
    assert contrast(LOOKS[word].dark, "#0d1117") >= 4.5


def test_the_same_claims_give_the_same_bytes(tmp_path: Path) -> None:
    assert svg(tmp_path / "one", claim()) == svg(tmp_path / "two", claim())


def test_an_unknown_verdict_is_refused_in_one_line(tmp_path: Path) -> None:
    rows = [comparison(verdict="perhaps")]
    path = verdictfiles.write(tmp_path / "claims.json", claim(comparisons=rows))
    with pytest.raises(InputError, match=r"claims\.json: baselines-accuracy: 'perhaps' is not a v"):
        verdicts.read(path)
    with pytest.raises(InputError, match="no file of the claims step was given"):
        verdicts.read(None)
