"""Installed packages are those in the lock files, checked by hashes; CI actions are pinned."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
HASHED = [
    *("requirements.hashes", "docs/requirements.hashes", "profiles/slurm/requirements.hashes"),
    *(".ci/servers.lock", ".ci/validators.lock"),
]
MAY_WRITE = {
    "attach": ["contents"],
    "comment": ["pull-requests"],
    "deploy": ["pages", "id-token"],
}
"""What the token of a job may write; that of any other, nothing."""


def packages(file: str) -> dict[str, str]:
    """Return the versions that a file of requirements names, by normalised name."""
    lines = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / file).read_text(), flags=re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in lines}


def test_every_package_but_torch_is_locked() -> None:
    locked = packages("requirements.lock")
    assert locked.pop("torch")
    assert packages("requirements.hashes") == locked


@pytest.mark.parametrize("file", HASHED)
def test_installed_packages_are_checked_by_hashes(file: str) -> None:
    for block in re.split(r"\n(?=\S)", (ROOT / file).read_text()):
        if not block.startswith("#"):
            assert re.fullmatch(r"\S+==\S+( \\\n    --hash=sha256:[0-9a-f]{64})+\n?", block), block


def test_build_tools_are_locked() -> None:
    makefile = (ROOT / "Makefile").read_text()
    pattern = re.search(r"sed -n '(.*)' requirements\.hashes", makefile)
    assert pattern is not None
    assert pattern[1] == r"/^setuptools==/,/[^\\]$$/p"
    text = (ROOT / "requirements.hashes").read_text()
    assert re.search(r"^setuptools==", text, flags=re.MULTILINE)
    assert makefile.count("--require-hashes") == 3
    assert makefile.count("--no-build-isolation") == 2


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_an_action_is_pinned_to_a_commit_and_may_only_read(path: Path) -> None:
    text = path.read_text()
    for used in re.findall(r"uses: (.*)", text):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\S+", used), used
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        writes = [scope for scope, may in job.get("permissions", {}).items() if may != "read"]
        assert writes == MAY_WRITE.get(name, []), name


def test_no_code_of_a_pull_request_runs_where_a_comment_may_be_written() -> None:
    job = yaml.safe_load((ROOT / ".github/workflows/figures.yml").read_text())["jobs"]["comment"]
    assert not [
        step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout")
    ]
    runs = "".join(step.get("run", "") for step in job["steps"])
    assert "gh pr comment" in runs
    assert "${{" not in runs  # what a pull request names comes by the environment, and is no code
