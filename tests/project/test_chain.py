"""The drawing of the chain shows the rules that there are."""

import subprocess
import sys
from pathlib import Path

import projects
import pytest
import yaml

ROOT = projects.ROOT


def draw(dot: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "docs/chain.py"],
        input=dot,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_rule_that_belongs_to_no_box_is_named() -> None:
    done = draw('0[label = "all"];\n1[label = "shard"];\n2[label = "distil"];\n1 -> 2\n')
    assert done.returncode == 1
    assert "the rule distil belongs to no box" in done.stderr


@pytest.mark.slow
def test_the_drawing_in_the_pages_is_that_of_the_rules(tmp_path: Path) -> None:
    project = projects.new_project(tmp_path / "project")
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))  # the whole of it
    simulated = dict.fromkeys(values["simulator"]["records"], "simulated")
    values["data"].update(source=simulated | {"iot-23": "mirror"}, mirror="mirror")
    (project.folder / "params.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    done = draw(project.done("snakemake", "--rulegraph", "dot", "all"))
    assert done.stdout == (ROOT / "docs/pictures/chain.svg").read_text(encoding="utf-8"), (
        done.stderr
    )
