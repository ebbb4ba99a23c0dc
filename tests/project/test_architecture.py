"""docs/architecture.md names the stages, the packages and the files that exist, in their order."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PACKAGES = sorted(path.parent.name for path in ROOT.glob("src/ecnet/*/__init__.py"))


def layers() -> list[str]:
    """Return the packages of the page's table, in its order."""
    table = PAGE.split("<!-- layers -->")[1].split("<!-- /layers -->")[0]
    return re.findall(r"^\| (\w+) \|", table, flags=re.MULTILINE)[1:]  # without its head


def contract() -> list[str]:
    """Return the packages that the contract names, in its order."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (found,) = (c for c in settings["tool"]["importlinter"]["contracts"] if c["id"] == "layers")
    return [layer for layer in found["layers"] if layer in PACKAGES]


def test_the_page_has_the_packages_in_the_order_of_the_contract() -> None:
    assert sorted(layers()) == PACKAGES
    assert layers() == contract()


def test_no_package_imports_one_above_it() -> None:
    done = subprocess.run(
        ["lint-imports", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_package_stays_small_at_its_root() -> None:
    assert len(PACKAGES) <= 16
    assert len(list(ROOT.glob("src/ecnet/*.py"))) <= 8


@pytest.mark.parametrize("path", sorted(ROOT.glob("src/ecnet/**/*.py")), ids=lambda path: path.name)
def test_no_module_is_longer_than_300_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_every_file_that_the_page_names_exists() -> None:
    named = re.findall(r"`((?:src|workflow|tests|docs)/[^`<]+)`", PAGE)
    named += [f"docs/{link}" for link in re.findall(r"\]\(([\w.]+\.md)\)", PAGE)]
    assert len(named) > 10
    fixed = [name for name in named if "NAME" not in name]
    assert [name for name in fixed if not (ROOT / name).exists()] == []


def test_each_stage_has_its_rules_in_the_order_of_the_snakefile() -> None:
    snakefile = (ROOT / "Snakefile").read_text(encoding="utf-8")
    included = re.findall(r'include: "workflow/rules/(\w+)\.smk"', snakefile)
    stages = [name for name in included if name in PACKAGES]
    assert len(stages) > 8
    assert all((ROOT / "tests" / stage).is_dir() for stage in stages)
    assert sorted(included) == sorted(path.stem for path in ROOT.glob("workflow/rules/*.smk"))
    table = re.findall(r"^\| (\w+)[:| ]", PAGE, flags=re.MULTILINE)
    assert [stage for stage in stages if stage != "plan" and stage not in table] == []
