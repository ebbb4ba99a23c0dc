"""The Dockerfile: locked packages, a small last stage without rights, and nothing of the user's."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
BUILD, LAST = re.split(r"^FROM .*\n", TEXT, flags=re.MULTILINE)[1:]
COPIED = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] in "*!"]


def test_every_installed_package_but_torch_is_checked_by_its_hash() -> None:
    calls = [call.strip() for call in re.split(r"&&|\n", TEXT) if "pip install" in call]
    unhashed = [call for call in calls if "--require-hashes" not in call]
    assert len(calls) == 4
    assert [call.split()[-1] for call in unhashed] == ['requirements.lock)"', "."]
    assert '--index-url "${TORCH_INDEX}" "$(grep \'^torch==\' requirements.lock)"' in unhashed[0]
    assert "--no-deps --no-build-isolation" in unhashed[1]


def test_each_list_of_apt_is_removed_in_the_layer_that_fetched_it() -> None:
    fetching = [line for line in TEXT.splitlines() if "apt-get update" in line]
    assert len(fetching) == 2
    assert all(line.endswith("rm -rf /var/lib/apt/lists/*") for line in fetching)


def test_the_last_stage_has_no_build_tools_and_runs_without_rights() -> None:
    installed = re.search(r"--no-install-recommends (.*?) *&&", LAST)
    assert installed is not None
    assert installed[1].split() == ["libgomp1", "python3", "tshark"]
    assert "pip install" not in LAST
    assert "pip uninstall --yes pip" in BUILD
    commands = re.findall(r"^(\w+) (.*)", LAST, flags=re.MULTILINE)
    assert [rest for name, rest in commands if name == "USER"] == ["ecnet"]
    assert [name for name, _ in commands].index("USER") < [name for name, _ in commands].index(
        "CMD"
    )


def test_only_named_files_of_the_project_are_copied() -> None:
    assert COPIED[0] == "*"
    named = [line.removeprefix("!") for line in COPIED[1:] if line.startswith("!")]
    assert all((ROOT / name).exists() for name in named)
    assert {"Snakefile", "params.yaml", "profiles", "src", "workflow"} <= {*named}
    assert not {"data", "results", "logs", ".git", ".venv", "dvc.lock"} & {*named}
