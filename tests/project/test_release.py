"""`make release` makes a version that a clone is restored from, or says what is not ready."""

import contextlib
import functools
import re
import shutil
import threading
import tomllib
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import projects
import pytest
import yaml
from versioned import Versioned

ROOT = Path(__file__).parents[2]
PARTS = (".ci", "CHANGELOG.md", "CITATION.cff", "LICENSE", "README.md", "pyproject.toml")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
TAG = f"v{VERSION}"
ENTRY = f"## [{VERSION}] - 2026-11-29\n"


def test_every_file_states_the_same_version() -> None:
    entries = re.findall(
        r"^## \[([0-9.]+)\] - (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert entries[0] == (VERSION, str(citation["date-released"]))
    assert citation["version"] == VERSION


def simulated(values: dict) -> None:
    """Keep one dataset, which is simulated."""
    values["data"].update(source="simulated", include=["nsl-kdd"])
    values["simulator"]["records"]["nsl-kdd"] = 600


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Versioned:
    """A small project that could be released, of which nothing has run; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("ready") / "project"
    versioned = Versioned(projects.new_project(folder, PARTS).folder)
    shutil.rmtree(folder / "mirror")
    versioned.params(simulated)
    (folder / "CHANGELOG.md").write_text(
        f"{ENTRY}\n### Added\n\n- All.\n\n## [0.0.1] - 2026-01-01\n"
    )
    versioned.done("git", "init", "--quiet", "--initial-branch", "main")
    versioned.commit("The project")
    return versioned


@pytest.fixture
def project(ready: Versioned, tmp_path: Path) -> Versioned:
    return ready.clone(tmp_path / "project")


def no_entry(project: Versioned) -> None:
    (project.folder / "CHANGELOG.md").write_text(f"## [{VERSION}]: soon\n")
    project.commit("Changelog")


def another_citation(project: Versioned) -> None:
    project.change("CITATION.cff", (f"version: {VERSION}", "version: 9.9.9"))
    project.commit("Citation")


def files_of_others(project: Versioned) -> None:
    project.params(lambda values: values["data"].update(source="mirror", mirror="mirror"))
    project.commit("A mirror")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda project: (project.folder / "notes").touch(), "git status: not clean"),
        (lambda project: project.done("git", "tag", TAG), f"{TAG}: is a tag already"),
        (no_entry, f"CHANGELOG.md: has no entry '## [{VERSION}] - YYYY-MM-DD'"),
        (another_citation, f"CITATION.cff: the version is not {VERSION}"),
        (files_of_others, "params.yaml: data.source is not simulated"),
    ],
)
@pytest.mark.parametrize("asked", [(), ("--ready",)])
def test_what_is_not_ready_is_refused(
    project: Versioned, spoil: Callable[[Versioned], None], message: str, asked: tuple[str, ...]
) -> None:
    assert project.done(".ci/release", "--ready") == ""
    spoil(project)
    before = project.done("git", "log", "--format=%H")
    done = project.call(".ci/release", *asked)
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1
    assert project.done("git", "log", "--format=%H") == before
    assert not (project.folder / "results").exists()


def test_make_pull_without_a_remote_says_what_to_do(project: Versioned) -> None:
    (project.folder / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n")
    done = project.pull()
    assert done.returncode != 0
    assert done.stderr.startswith("No remote is set, so there is nothing to pull from")
    assert "dvc repro" in done.stderr


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; yield its address."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.slow
def test_a_release_is_restored_over_http_and_compared_with_the_next_change(
    project: Versioned, tmp_path: Path
) -> None:
    shown = project.done(".ci/release")
    assert project.done("git", "status", "--short", "--", ":!.cache") == ""  # of the user's home
    assert project.done("git", "describe") == f"{TAG}\n"
    assert project.done("git", "tag", "--list", "--format=%(contents)", TAG).strip() == (
        "### Added\n\n- All."
    )
    made = {path.name for path in (project.folder / "dist").iterdir()}
    wheel = f"ecnet-{VERSION}-py3-none-any.whl"
    assert made == {"crate.tar.gz", "objects.tar.gz", "notes.md", wheel}
    for name in made:
        assert f"dist/{name}" in shown

    # A newcomer's clone has the scores and no record of them, and is not refused.
    clone = project.clone(tmp_path / "clone")
    assert clone.outputs()
    assert all(name.startswith("results/scores/") for name in clone.outputs())
    assert projects.messages(clone.done("snakemake", "--dry-run", "results/tables"))
    clone.params(lambda values: values["models"]["xgboost"].update(rounds=6))
    difference = clone.done("dvc", "params", "diff")
    assert "models.xgboost.rounds" in difference
    clone.done("git", "checkout", "--quiet", "params.yaml")

    shutil.unpack_archive(project.folder / "dist/objects.tar.gz", tmp_path, filter="data")
    with served(tmp_path / "objects") as address:
        clone.done("dvc", "remote", "add", "--local", "--default", "release", address)
        clone.done("dvc", "remote", "modify", "--local", "release", "verify", "true")
        done = clone.pull()
    assert done.returncode == 0, done.stdout + done.stderr
    assert clone.outputs() == project.outputs()
    assert clone.planned() == set()

    clone.params(lambda values: values["models"]["xgboost"].update(rounds=6))
    clone.repro()
    changed = clone.done("dvc", "metrics", "diff", "--json")
    assert '"xgboost.' in changed
    assert '"ecnet.' not in changed
