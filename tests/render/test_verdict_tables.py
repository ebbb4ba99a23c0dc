"""The tables and figure of statistics and claims show all there is, and what is simulated."""

import json
from pathlib import Path

import pytest
import resultfiles as given
from judged import AS_CLAIMED, NEAR, TITLES, Judged, everywhere

from ecnet.claims.declared import CLAIMS
from ecnet.errors import InputError


def make(folder: Path, job: str, judged: Judged, *names: str) -> None:
    """Make the tables or the figure of what was judged."""
    files = {"statistics": judged.statistics, "claims": judged.claims}
    absent = {"multiclass": {"bot-iot": "not in the mirror"}, "binary": {}}
    given.make(folder, job, *names, files=files, titles=TITLES, absent=absent)


def test_simulated_is_said(tmp_path: Path) -> None:
    judged = Judged(tmp_path, everywhere(AS_CLAIMED), source="simulated")
    assert judged.rows["baselines-accuracy"]["data"] == "simulated"
    make(tmp_path, "verdict_tables", judged)
    for suffix in ("md", "tex"):
        text = (tmp_path / f"claims.{suffix}").read_text(encoding="utf-8")
        caption = next(line for line in text.splitlines() if "the verdicts on them" in line)
        assert "holds on simulated traffic" in caption
        assert "not whether the paper is right" in text
    for name in ("significance", "variance"):
        text = (tmp_path / f"{name}.md").read_text(encoding="utf-8")
        assert "Measured on simulated data: bot-iot, IoT-23" in text
        lines = (tmp_path / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        assert all(",simulated," in line for line in lines[1:])


def test_tables_show_every_comparison_and_claim(tmp_path: Path) -> None:
    judged = Judged(tmp_path, everywhere(AS_CLAIMED, mqttset={"svm": NEAR}))
    make(tmp_path, "verdict_tables", judged)
    table = (tmp_path / "significance.md").read_text(encoding="utf-8")
    assert "| EcNet | SVM" in " ".join(table.split())
    assert "over datasets" in table
    assert "Absent: bot-iot, not in the mirror." in table
    lines = (tmp_path / "claims.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + len(CLAIMS)


def test_the_diagram_names_every_variant_and_is_the_same_each_time(tmp_path: Path) -> None:
    judged = Judged(tmp_path, everywhere(AS_CLAIMED))
    for folder in ("first", "second"):
        make(tmp_path / folder, "critical_difference", judged)
    svg = (tmp_path / "first" / "critical_difference.svg").read_text(encoding="utf-8")
    assert "EcNet (1.00)" in svg
    assert "SVM (4.00)" in svg
    for suffix in ("svg", "pdf", "png"):
        first, second = (
            tmp_path / f / f"critical_difference.{suffix}" for f in ("first", "second")
        )
        assert first.read_bytes() == second.read_bytes()


def test_nothing_measured_is_shown_as_nothing(tmp_path: Path) -> None:
    judged = Judged(tmp_path, {})
    make(tmp_path, "verdict_tables", judged)
    make(tmp_path, "critical_difference", judged)
    assert "nothing was measured" in (tmp_path / "significance.csv").read_text(encoding="utf-8")
    assert "nothing to rank" in (tmp_path / "critical_difference.svg").read_text(encoding="utf-8")


def test_a_file_of_another_step_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text("{}")
    for name, kind in (("significance", "statistics"), ("claims", "claims")):
        with pytest.raises(InputError, match=r"other\.json: lacks"):
            given.make(tmp_path, "verdict_tables", name, files={kind: path})


def test_an_interval_of_two_splits_is_called_too_few(tmp_path: Path) -> None:
    judged = Judged(tmp_path, everywhere(AS_CLAIMED))
    for path, place in ((judged.statistics, "comparisons"), (judged.claims, "claims")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for row in content[place]:
            row["splits"] = 2
        path.write_text(json.dumps(content), encoding="utf-8")
    make(tmp_path, "verdict_tables", judged)
    for name in ("significance", "claims"):
        assert "too few splits" in (tmp_path / f"{name}.md").read_text(encoding="utf-8")
    lines = (tmp_path / "significance.csv").read_text(encoding="utf-8").splitlines()
    assert all(line.split(",")[9] for line in lines[1:] if "over datasets" not in line)  # low
