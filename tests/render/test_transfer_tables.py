"""What is shown of networks, captures and attacks that models were not trained on."""

from pathlib import Path
from typing import Any

import pytest
import resultfiles as given
import transferfiles
from marked import said
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from resultfiles import rows, text
from transferfiles import content

from ecnet.errors import InputError
from ecnet.render import contrast, dumbbell, heat_map
from ecnet.render.settings import Settings, Shown, settings_of
from ecnet.render.sources import Sources
from ecnet.render.table import DASH

TITLES = given.TITLES | {"iot-ds2": "IoT-DS2"}
LISTED = [{"name": name, "title": title} for name, title in TITLES.items()]
ATTACKS = ("C&C", "DDoS", "Scan")
DROPS = {"C&C": (60.0, 2.0), "DDoS": (0.1, 0.2), "Scan": (-2.0, 0.5)}
CHANGES: dict[str, Any] = {
    "titles": TITLES | {"majority": "Majority class", "xgboost": "XGBoost", "ecnet": "EcNet"},
    "datasets": LISTED,
    "transfer": transferfiles.SETTINGS,
}
FALLS, EQUAL, RISES = "\N{DOWNWARDS ARROW}", "\N{ALMOST EQUAL TO}", "\N{UPWARDS ARROW}"


def tables(folder: Path, *contents: dict[str, Any]) -> Path:
    """Make the tables of some files, and return their folder."""
    files = {"transfers": transferfiles.write(folder / "transfer", *contents)}
    given.make(folder / "tables", "transfer_tables", files=files, **CHANGES)
    return folder / "tables"


def lines(folder: Path, name: str, *cells: str) -> list[list[str]]:
    """Return the cells of a table from the first row that has some of them on, in Markdown."""
    found = text(folder, f"{name}.md").splitlines()
    held = [[cell.strip() for cell in one.strip("|").split("|")] for one in found]
    return held[next(i for i, row in enumerate(held) if set(cells) <= set(row)) :]


def sources(folder: Path, *contents: dict[str, Any]) -> tuple[Sources, Settings]:
    settings = settings_of(given.settings(job="transfer_figures", **CHANGES))
    return Sources(settings, transfers=transferfiles.write(folder, *contents)), settings


def heat(folder: Path, *contents: dict[str, Any]) -> Figure:
    shown = Shown("transfer", "heat_map.networks", "binary")
    return heat_map.networks(*sources(folder, *contents), shown).figure


def dumbbells(folder: Path, *contents: dict[str, Any]) -> Figure:
    shown = Shown("unknown_attacks", "dumbbell.attacks", "binary")
    return dumbbell.attacks(*sources(folder, *contents), shown).figure


def test_rows_are_what_was_trained_on_and_columns_the_network_tested(tmp_path: Path) -> None:
    drops = {"iot-23": (0.1, 0.2), "mqttset": (-2.0, 0.5)}
    made = tables(tmp_path, content(drops=drops))
    fell, equal, rose = (
        f"**57.0 [53.0, 61.0] {FALLS}**",
        f"96.9 [96.5, 97.3] {EQUAL}",
        f"99.0 [98.0, 100.0] {RISES}",
    )
    within = "97.0 [96.0, 98.0]"
    assert [row[3:] for row in lines(made, "transfer", "EcNet")[:5]] == [
        ["all networks", within, within, within],
        ["all but the one tested", fell, equal, rose],
        ["BoT-IoT alone", within, equal, rose],
        ["IoT-23 alone", fell, within, rose],
        ["MQTTset alone", fell, equal, within],
    ]


def test_the_caption_says_what_it_comes_to(tmp_path: Path) -> None:
    caption = text(tables(tmp_path, content(drops={"iot-23": (1.0, 2.0)})), "transfer.md")
    # Six pairs: on two networks 57, on the other one 96.
    told = "EcNet: 97.0 within, 70.0 on another network (mean over 6 pairs); falls in 4 of 6, "
    assert f"{told}cannot be told in 2." in caption
    assert "Majority class:" not in caption  # the control


def test_what_it_comes_to_counts_the_attacks_of_a_union_once(tmp_path: Path) -> None:
    union = content("attacks", ATTACKS, dataset="iot-ds2")
    parts = content("attacks", ATTACKS)
    both = text(tables(tmp_path / "both", union, parts), "unknown_attacks.md")
    assert "57.0 if the kind is left out (mean over 3 kinds); falls in 3 of 3." in both
    alone = text(tables(tmp_path / "alone", union), "unknown_attacks.md")
    assert "(mean over 3 kinds)" in alone


def test_the_data_has_a_row_for_each_comparison_and_model(tmp_path: Path) -> None:
    found = rows(tables(tmp_path, content()), "transfer")
    assert len(found) == (3 + 6) * len(transferfiles.VARIANTS)
    (one,) = (
        row
        for row in found
        if (row["trained_on"], row["tested_on"], row["model"])
        == ("only iot-23", "bot-iot", "EcNet")
    )
    assert one["within"] == "only bot-iot"
    assert (one["score_within_mean"], one["score_mean"]) == ("97.0", "57.0")
    assert [one[f"drop_{key}"] for key in ("mean", "se", "low", "high")] == [
        *("40.0", "2.0", "36.0", "44.0")
    ]
    assert (one["records"], one["verdict"], one["source"]) == ("400", "falls", "mirror")


def test_an_attack_is_shown_with_its_verdict_and_the_false_alarms(tmp_path: Path) -> None:
    made = tables(tmp_path, content("attacks", ATTACKS, drops=DROPS))
    control, other, ours = lines(made, "unknown_attacks", "C&C")[:3]
    assert control[:5] == ["IoT-23", "mirror", "C&C", "400", "Majority class"]
    assert control[5:] == ["45.0 [44.0, 46.0]", "45.0 [44.8, 45.2]", "practically equal", "1.5"]
    assert other[:5] == [*[""] * 4, "XGBoost"]
    assert other[5:] == ["98.0 [97.0, 99.0]", "38.0 [34.0, 42.0]", "**falls by 60.0**", "1.5"]
    assert ours[5:] == ["97.0 [96.0, 98.0]", "37.0 [33.0, 41.0]", "**falls by 60.0**", "1.5"]
    assert lines(made, "unknown_attacks", "Scan")[2][7] == "rises by 2.0"
    assert lines(made, "unknown_attacks", "DDoS")[2][7] == "practically equal"
    assert "at most 1% of the normal records" in text(made, "unknown_attacks.md")


def test_few_test_records_give_no_verdict_and_are_pointed_out(tmp_path: Path) -> None:
    made = tables(tmp_path, content("captures", ("a", "b"), records={"a": 29, "b": 30}))
    found = lines(made, "transfer_captures", "a", "29 <sup>a</sup>")
    assert [row[7] for row in found[:3]] == ["cannot be told"] * 3
    assert [row[7] for row in found[3:6]] == ["practically equal", *["**falls by 40.0**"] * 2]
    shown = text(made, "transfer_captures.md")
    assert "<sup>a</sup> Fewer than 30 test records: no verdict." in shown


def test_an_interval_that_says_nothing_is_not_shown(tmp_path: Path) -> None:
    single = {"mean": 50.0, "low": None, "high": None}
    for nothing in (single, {"mean": 50.0, "low": 0.0, "high": 100.0}):
        found = content("captures", ("a", "b"))
        for one in found["rows"]:
            one |= {"score": nothing, "drop": {**single, "se": None, "n": 1}}
        row = lines(tables(tmp_path, found), "transfer_captures", "a")[0]
        assert row[6:] == ["50.0", "cannot be told"]


def test_what_was_not_trained_is_a_dash_with_its_reason(tmp_path: Path) -> None:
    why = "all train records are Normal"
    absent = {"only mqttset": why, "without mqttset": why}
    made = tables(tmp_path, content(absent=absent), content(absent=absent, task="multiclass"))
    assert lines(made, "transfer", "MQTTset alone")[0][4:] == [f"{DASH} <sup>a</sup>"] * 3
    assert f"<sup>a</sup> Not trained: {why}." in text(made, "transfer.md")
    named = lines(made, "transfer_classes", "MQTTset alone", "BoT-IoT")[0]
    assert named[4:] == [f"{DASH} <sup>a</sup>", *[DASH] * 4]
    notes = {row["note"] for row in rows(made, "transfer") if row["trained_on"] == "only mqttset"}
    assert notes == {f"Not trained: {why}."}


def test_a_model_that_some_splits_lack_is_pointed_out(tmp_path: Path) -> None:
    found = content("attacks", ATTACKS) | {"absent": {"without Scan": "no validation record"}}
    shown = text(tables(tmp_path, found), "unknown_attacks.md")
    assert "Some splits alone; in others not trained: no validation record." in shown


def test_a_single_group_and_no_file_are_said_to_be_nothing(tmp_path: Path) -> None:
    made = tables(tmp_path, content("attacks", ("Scan",)), content("captures", ("a", "b")))
    assert lines(made, "unknown_attacks", "IoT-23")[0][2:] == ["Scan <sup>a</sup>", *[DASH] * 6]
    assert "There is no second one to train on." in text(made, "unknown_attacks.md")
    assert "Nothing was compared." in text(made, "transfer.md")
    assert [row["source"] for row in rows(made, "transfer")] == ["nothing was compared"]


def test_simulated_records_are_named_in_every_format_and_figure(tmp_path: Path) -> None:
    files = [
        content(source="mirror, simulated"),
        content("captures", ("a", "b"), source="simulated"),
        content("attacks", ATTACKS, source="simulated"),
    ]
    made = tables(tmp_path, *files)
    for name, dataset in (("transfer", "IoT-DS2"), ("unknown_attacks", "IoT-23")):
        for suffix in ("md", "tex", "html"):
            shown = text(made, f"{name}.{suffix}")
            assert f"Measured on simulated data: {dataset}." in shown
    drawn = figures(tmp_path / "figures", *files)
    assert "IoT-DS2 (mirror, simulated)" in text(drawn, "transfer.svg")
    for name in ("unknown_attacks", "transfer_captures"):
        assert "IoT-23 (simulated)" in text(drawn, f"{name}.svg")
    real = tables(tmp_path / "real", content(), content("attacks", ATTACKS))
    assert "imulated" not in text(real, "transfer.md") + text(real, "unknown_attacks.md")


def figures(folder: Path, *contents: dict[str, Any]) -> Path:
    files = {"transfers": transferfiles.write(folder / "transfer", *contents)}
    given.make(folder, "transfer_figures", files=files, **CHANGES)
    return folder


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    every = [
        content(absent={"only mqttset": "no train record"}),
        content("captures", ("a", "b")),
        content("attacks", ATTACKS, drops=DROPS),
    ]
    first, again = (figures(tmp_path / name, *every) for name in ("first", "again"))
    names = [f"{n}.{s}" for n in ("transfer", "unknown_attacks", "transfer_captures")
             for s in ("svg", "pdf", "png")]  # fmt: skip
    assert all((first / name).read_bytes() == (again / name).read_bytes() for name in names)


def test_marks_say_scores_intervals_and_numbers_of_records(tmp_path: Path) -> None:
    drawn = figures(tmp_path, content(), content("attacks", ATTACKS, drops=DROPS))
    expected = {
        "transfer": ("macro F1: ", "tested on"),
        "unknown_attacks": ("trained on it: ", "left out: ", "drop: "),
    }
    for name, words in expected.items():
        found = said(text(drawn, f"{name}.svg"))
        assert len(found) == len(set(found)) > 5
        full = [one for one in found if "no score: " not in one]
        assert all(word in one for one in full[:1] for word in words)
        assert all("distinct test records" in one for one in full)


def test_a_heat_map_frames_what_is_in_training_and_hatches_what_is_absent(tmp_path: Path) -> None:
    drawn = heat(tmp_path, content(absent={"only mqttset": "no train record"}))
    panels = [axes for axes in drawn.axes if axes.get_title()]
    assert [axes.get_title() for axes in panels] == ["Majority class", "XGBoost", "EcNet"]
    boxes = [patch for patch in panels[2].patches if isinstance(patch, Rectangle)]
    assert sum(bool(box.get_hatch()) for box in boxes) == 5  # trained or tested with it alone
    framed = [box for box in boxes if box.get_width() < 1]
    assert sorted(int(box.get_y()) for box in framed) == [0, 0, 0, 2, 3]
    assert [cell.get_text() for cell in panels[2].texts].count("57.0") == 5


def test_numbers_can_be_read_on_the_colours_of_a_heat_map(tmp_path: Path) -> None:
    panels = [axes for axes in heat(tmp_path, content()).axes if axes.get_title()]
    for axes in panels:
        assert {number.get_color() for number in axes.texts} == {"black"}
        grounds = {patch.get_facecolor() for patch in axes.patches}
        assert all(contrast.readable(ground[:3]) for ground in grounds if ground[3])  # not hatches


def test_kinds_are_sorted_by_their_drop_and_the_control_is_left_out(tmp_path: Path) -> None:
    drawn = dumbbells(tmp_path, content("attacks", ATTACKS, drops=DROPS, records={"Scan": 1200}))
    (axes,) = drawn.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["C&C (400)", "DDoS (400)", "Scan (1,200)"]
    points = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert points == [98.0, 38.0, 97.0, 37.0, 98.0, 97.9, 97.0, 96.9, 98.0, 100.0, 97.0, 99.0]
    legend = [shown.get_text() for shown in drawn.legends[0].get_texts()]
    assert legend == ["XGBoost", "EcNet", "trained on it", "left out", "95% interval"]


def test_kinds_with_few_records_and_none_come_last(tmp_path: Path) -> None:
    absent = {"without DDoS": "no validation record"}
    found = content("attacks", (*ATTACKS, "Torii"), records={"C&C": 29}, drops=DROPS, absent=absent)
    (axes,) = dumbbells(tmp_path, found).axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["Torii (400)", "Scan (400)", "C&C (29)", "DDoS"]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("a-1.log", "a-2.log"), ["a-1 (400)", "a-2 (400)"]),
        (("a.csv", "a.log"), ["a.csv (400)", "a.log (400)"]),
        (("a", "b" * 31), ["a (400)", f"\N{HORIZONTAL ELLIPSIS}{'b' * 29} (400)"]),
    ],
)
def test_names_of_captures_are_as_long_as_they_must_be(
    tmp_path: Path, names: tuple[str, ...], shown: list[str]
) -> None:
    (axes,) = dumbbells(tmp_path, content("attacks", names)).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == shown


def test_a_kind_that_was_not_trained_has_its_reason_in_the_figure(tmp_path: Path) -> None:
    found = content("attacks", ATTACKS, absent={"without Scan": "no validation record"})
    (axes,) = dumbbells(tmp_path, found).axes
    assert [shown.get_text() for shown in axes.texts] == ["Not trained: no validation record."]


def test_figures_without_a_file_say_so(tmp_path: Path) -> None:
    for drawn in (heat(tmp_path), dumbbells(tmp_path, content("attacks", ("Scan",)))):
        assert [shown.get_text() for shown in drawn.texts] == ["Nothing was compared."]


@pytest.mark.parametrize("rows", [None, [{"variant": "ecnet"}], content()["rows"][1:]])
def test_another_file_is_refused_in_one_line(tmp_path: Path, rows: Any) -> None:
    with pytest.raises(InputError, match=r"^\S+0\.json: .*; run the transfer step again$"):
        tables(tmp_path, content(rows=rows))
