"""The tables and figure of statistics and claims show all there is, and what is simulated."""

from pathlib import Path
from typing import Any

import pytest
from judged import AS_CLAIMED, NEAR, TITLES, Judged, everywhere

from ecnet.claims.declared import CLAIMS
from ecnet.errors import InputError
from ecnet.render import claims as render_claims
from ecnet.render import ranks, significance


def shown() -> dict[str, Any]:
    """Return the settings of the tables and the figure."""
    absent = {"bot-iot": "not in the mirror"}
    return {"titles": TITLES, "absent": absent, "figure": {"width": 7.0, "dpi": 80}}


def test_simulated_is_said(tmp_path: Path) -> None:
    judged = Judged(tmp_path, everywhere(AS_CLAIMED), source="simulated")
    assert judged.rows["baselines-accuracy"]["data"] == "simulated"
    render_claims.claims(claims=judged.claims, folder=tmp_path, settings=shown())
    for suffix in ("md", "tex"):
        text = (tmp_path / f"claims.{suffix}").read_text(encoding="utf-8")
        caption = next(line for line in text.splitlines() if "what becomes of them" in line)
        assert "holds on simulated traffic" in caption
        assert "not whether the paper is right" in text
    significance.significance(statistics=judged.statistics, folder=tmp_path, settings=shown())
    for name in ("significance", "variance"):
        text = (tmp_path / f"{name}.md").read_text(encoding="utf-8")
        assert "Measured on simulated data: bot-iot, IoT-23" in text
        lines = (tmp_path / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        assert all(",simulated," in line for line in lines[1:])


def test_tables_show_every_comparison_and_claim(tmp_path: Path) -> None:
    judged = Judged(tmp_path, everywhere(AS_CLAIMED, mqttset={"svm": NEAR}))
    significance.significance(statistics=judged.statistics, folder=tmp_path, settings=shown())
    render_claims.claims(claims=judged.claims, folder=tmp_path, settings=shown())
    table = (tmp_path / "significance.md").read_text(encoding="utf-8")
    assert "| EcNet | SVM" in " ".join(table.split())
    assert "over datasets" in table
    assert "Absent: bot-iot, not in the mirror." in table
    lines = (tmp_path / "claims.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + len(CLAIMS)


def test_the_diagram_names_every_variant_and_is_the_same_each_time(tmp_path: Path) -> None:
    judged = Judged(tmp_path, everywhere(AS_CLAIMED))
    for folder in ("first", "second"):
        ranks.ranks(statistics=judged.statistics, folder=tmp_path / folder, settings=shown())
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
    significance.significance(statistics=judged.statistics, folder=tmp_path, settings=shown())
    ranks.ranks(statistics=judged.statistics, folder=tmp_path, settings=shown())
    assert "nothing was measured" in (tmp_path / "significance.csv").read_text(encoding="utf-8")
    assert "nothing to rank" in (tmp_path / "critical_difference.svg").read_text(encoding="utf-8")


def test_a_file_of_another_step_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text("{}")
    for step, argument in (
        (significance.significance, "statistics"),
        (render_claims.claims, "claims"),
    ):
        with pytest.raises(InputError, match=r"other\.json: lacks"):
            step(**{argument: path}, folder=tmp_path, settings=shown())
