"""A finished project in S3: `make pull` restores it completely, or refuses."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import remotes
from projects import Project, messages
from remotes import Remote, alter, listing
from versioned import Versioned, version

pytestmark = [pytest.mark.slow, pytest.mark.s3]


@pytest.fixture(scope="module")
def kept(
    finished: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Versioned, Remote]]:
    """A finished project, pushed to S3; tests leave both as they are."""
    folder = tmp_path_factory.mktemp("kept")
    with remotes.remote("s3", folder / "remote") as remote:
        versioned = version(finished, folder / "project")
        assert versioned.repro() == set()
        remote.add(versioned)
        versioned.done("dvc", "push")
        yield versioned, remote


@pytest.fixture
def fresh(kept: tuple[Versioned, Remote], tmp_path: Path) -> Versioned:
    """A clone of it that has pulled nothing yet."""
    versioned, remote = kept
    made = versioned.clone(tmp_path / "clone")
    remote.tell(made)
    return made


def untouched(clone: Versioned) -> bool:
    """Return whether a clone has only what is in git."""
    return all(name.startswith("results/scores/") for name in clone.outputs())


def test_a_finished_project_comes_back_from_s3_and_nothing_is_to_be_done(
    kept: tuple[Versioned, Remote], fresh: Versioned
) -> None:
    done = fresh.pull()
    assert done.returncode == 0, done.stdout + done.stderr
    assert messages(done.stdout + done.stderr) == set()
    assert fresh.outputs() == kept[0].outputs()
    assert fresh.planned() == set()
    assert fresh.done("git", "status", "--short") == ""


def test_make_pull_names_what_was_altered_in_s3(
    kept: tuple[Versioned, Remote], fresh: Versioned
) -> None:
    versioned, remote = kept
    model = "results/models/multiclass/nsl-kdd/ecnet/weights.safetensors"
    name = remotes.object_of(versioned.outputs()[model])
    intact = remote.objects.read(name)
    alter(remote, name)
    done = fresh.pull()
    remote.objects.write(name, intact)
    assert done.returncode != 0
    assert f"{model}: is missing, and DVC's cache has no {name}" in done.stdout
    assert untouched(fresh)
    assert fresh.pull().returncode == 0
    assert fresh.outputs() == versioned.outputs()


def test_make_pull_refuses_an_altered_list_of_a_folder(
    kept: tuple[Versioned, Remote], fresh: Versioned
) -> None:
    _, remote = kept
    name = listing(fresh, "models", "results/models")
    intact = remote.objects.read(name)
    alter(remote, name, intact.index(b"weights.safetensors") + len("weig"))
    done = fresh.pull()
    remote.objects.write(name, intact)
    assert done.returncode != 0
    assert f"results/models: DVC's cache has no list of its files, {name}" in done.stdout
    assert untouched(fresh)


def test_raw_files_that_are_not_shared_are_ones_own_copies(
    kept: tuple[Versioned, Remote], fresh: Versioned
) -> None:
    versioned, remote = kept
    name = listing(fresh, "data", "data/raw")
    intact = remote.objects.read(name)
    remote.objects.delete(name)  # as if it had never been pushed
    done = fresh.pull()
    assert done.returncode != 0
    assert f"data/raw: DVC's cache has no list of its files, {name}" in done.stdout
    fresh.done("dvc", "checkout", "--allow-missing")
    shutil.copytree(versioned.folder / "data/raw", fresh.folder / "data/raw")
    fresh.done("dvc", "commit", "--force", "data/raw")
    assert fresh.done("git", "status", "--short") == ""
    done = fresh.pull()
    remote.objects.write(name, intact)
    assert done.returncode == 0, done.stdout + done.stderr
    assert fresh.outputs() == versioned.outputs()
    assert fresh.planned() == set()
