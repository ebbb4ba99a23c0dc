"""The project meets the published rules of Snakemake's workflow catalogue.

Source: README.md of https://github.com/snakemake/snakemake-workflow-catalog, "Standardized usage
workflows" and "Workflow pages", and its scripts/generate-catalog.py, of November 2026.
"""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOYMENTS = {"conda", "apptainer", "singularity", "apptainer+conda", "singularity+conda"}


def test_the_catalogue_finds_the_workflow() -> None:
    """With a folder `workflow`, the catalogue leaves out a project that has no Snakefile in it."""
    readme = (ROOT / "README.md").read_text().lower()
    assert "snakemake" in readme
    assert "workflow" in readme
    assert (ROOT / "workflow/Snakefile").is_file()
    assert list((ROOT / "workflow/rules").glob("*.smk"))


def test_the_catalogue_shows_its_usage() -> None:
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    assert {True} == set(usage["software-stack-deployment"].values())
    assert set(usage["software-stack-deployment"]) <= DEPLOYMENTS
    assert (ROOT / "config/README.md").read_text().startswith("# Configuration\n")


@pytest.mark.slow
def test_the_catalogue_can_draw_the_rules(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").symlink_to(ROOT / ".test/params.yaml")
    snakemake = Path(sys.executable).with_name("snakemake")
    snakefile = ROOT / "workflow/Snakefile"
    done = subprocess.run(
        [snakemake, "-s", snakefile, "-c", "1", "-d", tmp_path, "--forceall", "--rulegraph"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("digraph")
    assert '"train' in done.stdout
