"""The tables and figure of statistics and claims show all there is, and what is simulated."""

import csv
from pathlib import Path

import pytest
import resultfiles as given
import verdictfiles
from judged import AS_CLAIMED, TITLES, Judged, everywhere
from marked import said
from verdictfiles import UNTOLD, claim, comparison

from ecnet.errors import InputError
from ecnet.render.table import DASH

ABSENT = {"multiclass": {"mqttset": "not in the mirror"}, "binary": {}}


def make(folder: Path, *claims: dict, **changes: object) -> None:
    """Make the tables of some claims."""
    files = {
        "claims": verdictfiles.write(folder / "claims.json", *claims, **changes),
        "statistics": verdictfiles.write_statistics(folder / "statistics.json"),
    }
    titles = TITLES | {"bot-iot": "BoT-IoT"}
    given.make(folder, "verdict_tables", files=files, titles=titles, absent=ABSENT)


def read(folder: Path, name: str) -> str:
    """Return a table as Markdown, with single blanks."""
    return " ".join((folder / f"{name}.md").read_text(encoding="utf-8").split())


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_simulated_is_said(tmp_path: Path) -> None:
    judged = claim(data="simulated", comparisons=[comparison(dataset="nsl-kdd")])
    make(tmp_path, judged, claim("other", data="mixed"))
    for suffix in ("md", "tex"):
        text = (tmp_path / f"claims.{suffix}").read_text(encoding="utf-8")
        caption = next(line for line in text.splitlines() if "the verdicts on them" in line)
        assert "practically equal on simulated traffic: 1" in caption
        assert "practically equal on partly simulated traffic: 1" in caption
        assert "not whether the paper is right" in text
    assert "Measured on simulated data: nsl-kdd" in read(tmp_path, "significance")
    assert rows(tmp_path, "significance")[0]["source"] == "simulated"


def test_a_claim_is_shown_with_its_headline_margins_and_equal_comparisons(tmp_path: Path) -> None:
    far = comparison(b="lstm", margin=16.0, out_of_reach=True)
    of_class = comparison(metric="F1 of DDoS", margin=99.0)
    make(tmp_path, claim(comparisons=[comparison(), UNTOLD, far, of_class]), claim("plain",
         comparisons=[], interval=None, p=None))  # fmt: skip
    table = read(tmp_path, "claims")
    shown = "differ by less than one point. <sup>a</sup> | Table VI | **practically equal** |"
    assert f"{shown} +3.00 to +16.00 | 2 of 3 | 1 of 3 | 2 of 3 | yes: 15 of 15 (VI) |" in table
    assert f"{shown} {' | '.join([DASH] * 4)} |" in table
    assert "Absent: MQTTset, not in the mirror." in table
    first, second = rows(tmp_path, "claims")
    assert (first["margin_least"], first["margin_largest"], first["equal"]) == ("3.0", "16.0", "2")
    assert (second["margin_least"], second["comparisons"]) == ("", "0")


def test_verdicts_are_counted_in_the_order_of_what_they_say(tmp_path: Path) -> None:
    words = ("cannot be told", "fails", "holds", "holds")
    make(tmp_path, *(claim(str(i), verdict=word) for i, word in enumerate(words)))
    assert "holds: 2; fails: 1; cannot be told: 1." in read(tmp_path, "claims")


def test_claims_of_several_papers_name_theirs(tmp_path: Path) -> None:
    papers = [*verdictfiles.PAPERS, {"name": "second", "title": "A second paper"}]
    make(tmp_path, claim(), claim(paper="second"), papers=papers)
    assert "| A second paper | EcNet and SVM differ by less" in read(tmp_path, "claims")
    assert "| ecnet: baselines-accuracy |" in read(tmp_path, "significance")
    make(tmp_path, claim())
    assert "| Paper |" not in read(tmp_path, "claims")


def test_a_comparison_is_shown_with_margin_verdict_odds_and_effect(tmp_path: Path) -> None:
    make(tmp_path, claim(comparisons=[comparison(out_of_reach=True), UNTOLD]))
    table = read(tmp_path, "significance")
    minus = "\N{MINUS SIGN}"
    assert (
        f"| 6 | +0.20 | {minus}0.40 to +0.80 | +8.00 <sup>a</sup> | practically equal "
        "| 0.97 | 0.50 | 0.400 | 0.800 | +0.50 | 75 |"
    ) in table
    assert "<sup>a</sup> Out of reach" in table
    assert "+3.00 | cannot be told | 0.97 | 0.50 | 0.400 | 0.800 | +0.50 | 75 |" in table
    assert f"| 2 | +0.60 | {DASH} | {DASH} | {DASH} | {DASH} | {DASH} | 0.500 |" in table
    first, second, across = rows(tmp_path, "significance")
    assert (first["margin"], second["needs"], across["verdict"]) == ("8.0", "30000", "")
    assert (across["dataset"], across["ahead"], across["source"]) == (
        "over datasets",
        "1.0",
        "mirror",
    )


def test_comparisons_of_single_classes_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, claim(comparisons=[comparison(), comparison(metric="F1 of DDoS")]))
    found = rows(tmp_path, "significance")
    assert [row["dataset"] for row in found] == ["iot-23", "over datasets"]
    assert {row["metric"] for row in found} == {"accuracy"}


def test_the_diagram_names_every_variant_and_is_the_same_each_time(tmp_path: Path) -> None:
    judged = Judged(tmp_path, everywhere(AS_CLAIMED))
    for folder in ("first", "second"):
        files = {"statistics": judged.statistics}
        given.make(tmp_path / folder, "critical_difference", files=files, titles=TITLES)
    svg = (tmp_path / "first" / "critical_difference.svg").read_text(encoding="utf-8")
    assert "EcNet (1.00)" in svg
    assert "SVM (4.00)" in svg
    assert any(one.startswith("EcNet\nmean rank in Accuracy: 1.00\n") for one in said(svg))
    for suffix in ("svg", "pdf", "png"):
        first, second = (
            tmp_path / f / f"critical_difference.{suffix}" for f in ("first", "second")
        )
        assert first.read_bytes() == second.read_bytes()


def test_variation_is_shown_by_dataset_and_says_what_is_simulated(tmp_path: Path) -> None:
    judged = Judged(tmp_path, everywhere(AS_CLAIMED), source="simulated")
    files = {"statistics": judged.statistics}
    given.make(tmp_path, "verdict_tables", "variance", files=files, titles=TITLES)
    found = rows(tmp_path, "variance")
    assert len({row["dataset"] for row in found}) == 5
    assert {row["source"] for row in found} == {"simulated"}
    assert "Measured on simulated data: bot-iot, IoT-23" in read(tmp_path, "variance")


def test_nothing_measured_is_shown_as_nothing(tmp_path: Path) -> None:
    files = {
        "statistics": verdictfiles.write_statistics(
            tmp_path / "statistics.json", sources={}, comparisons=[], across=[]
        ),
        "claims": verdictfiles.write(
            tmp_path / "claims.json", claim(comparisons=[], interval=None), sources={}
        ),
    }
    for job in ("verdict_tables", "critical_difference", "forest_plots"):
        given.make(tmp_path, job, files=files)
    assert "nothing was measured" in (tmp_path / "significance.csv").read_text(encoding="utf-8")
    assert "nothing to rank" in (tmp_path / "critical_difference.svg").read_text(encoding="utf-8")
    assert "Nothing was compared" in (tmp_path / "forest.svg").read_text(encoding="utf-8")


def test_a_file_of_another_step_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text("{}")
    for name, kind in (("variance", "statistics"), ("claims", "claims")):
        with pytest.raises(InputError, match=r"other\.json: lacks"):
            given.make(tmp_path, "verdict_tables", name, files={kind: path})


def test_an_interval_by_the_variance_of_two_splits_alone_is_called_too_few(tmp_path: Path) -> None:
    two = claim(splits=2, comparisons=[comparison(splits=2)])
    make(tmp_path / "records", two)
    assert "too few splits" not in read(tmp_path / "records", "significance")
    make(tmp_path, two, interval="corrected-t")
    for name in ("significance", "claims"):
        assert "too few splits" in read(tmp_path, name)
    assert rows(tmp_path, "significance")[0]["low"] == "-0.4"
