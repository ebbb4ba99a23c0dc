"""No value of params.yaml, and no name in a mirror, reaches a shell as code."""

from pathlib import Path

import pytest
from projects import TARGETS, Project

pytestmark = pytest.mark.slow

HOSTILE = "-rf $(touch canary) `touch canary`;touch canary #'\" {x} {wildcards.dataset} | & \\ ä"
"""All that a shell, or Snakemake's own templates, could take for something else than text."""


def sang(project: Project) -> bool:
    return bool(list(project.folder.rglob("canary")))


def test_what_may_be_any_text_is_text_to_the_end(project: Project) -> None:
    """Titles and the place of the mirror may hold anything that can be shown."""
    mirror = project.folder / HOSTILE
    (project.folder / "mirror").rename(mirror)

    def hostile(values: dict) -> None:
        values["data"].update(source="mirror", mirror=HOSTILE)
        values["variants"]["xgboost"].update(title=HOSTILE)
        values["protocols"]["random"]["title"] = HOSTILE

    project.params(hostile)
    done = project.run(*TARGETS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not sang(project)
    shown = (project.folder / "results/tables/table_6.md").read_text()
    assert "touch canary" in shown
    raw = Path("data/raw/nsl-kdd/KDDTest+.txt")
    before = (project.folder / raw).read_bytes()
    done = project.run("--force", str(raw))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project.folder / raw).read_bytes() == before
    assert not sang(project)


def test_what_must_be_a_name_is_refused_in_a_line_each(project: Project) -> None:
    def hostile(values: dict) -> None:
        values["data"]["include"] = [HOSTILE]
        values["datasets"][HOSTILE] = {"format": [HOSTILE], "keep": [HOSTILE]}
        values["simulator"]["records"][HOSTILE] = 1
        values["sampling"]["per_class"] = {HOSTILE: {HOSTILE: 1}}
        values["variants"][HOSTILE] = dict(values["variants"]["xgboost"])
        values["variants"]["xgboost"]["family"] = HOSTILE
        values["protocols"][HOSTILE] = {"title": "x", "shown": []}
        values["models"][HOSTILE] = {}
        values["tuning"]["space"][HOSTILE] = {"rounds": {"choice": [HOSTILE, "x"]}}
        values[HOSTILE] = HOSTILE

    project.params(hostile)
    done = project.run(*TARGETS)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if "touch canary" in line]
    assert lines
    assert all(line.startswith("params.yaml: ") for line in lines)
    assert not sang(project)


def test_a_file_of_params_that_asks_to_be_run_is_not(project: Project) -> None:
    path = project.folder / "params.yaml"
    path.write_text(
        f"__use_yte__: true\n?open('canary', 'w').close() or True:\n  a: 1\n{path.read_text()}"
    )
    done = project.run(*TARGETS)
    assert done.returncode != 0
    assert "params.yaml: line 1: __use_yte__ would run code in the file" in done.stderr
    assert "Traceback" not in done.stderr
    assert not sang(project)
