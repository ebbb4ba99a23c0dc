"""DVC's remotes in a folder, in S3 and over SSH: a clone gets what was pushed, or is refused."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import remotes
from remotes import Remote, alter, listing, mend, refused
from versioned import Versioned

_ON_SERVERS = [pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in ("s3", "ssh")]
KINDS = ["folder", *_ON_SERVERS]
CUT = 700_000
"""Bytes that pass before a wire is cut: a good part of the project's, not all."""
TWO_BY_TWO = ("--jobs", "2")
"""Of so few that pass at once, some are through before the wire is cut."""
RAW = "data/raw/file-4"


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Versioned:
    return remotes.toy(tmp_path_factory.mktemp("toy") / "project")


@pytest.fixture
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Remote]:
    with remotes.remote(request.param, tmp_path / "remote") as made:
        yield made


@pytest.fixture
def project(toy: Versioned, remote: Remote, tmp_path: Path) -> Versioned:
    shutil.copytree(toy.folder, tmp_path / "project", copy_function=shutil.copy2, symlinks=True)
    copy = Versioned(tmp_path / "project")
    remote.add(copy)
    return copy


@pytest.fixture
def pushed(project: Versioned) -> Versioned:
    project.done("dvc", "push")
    return project


@pytest.fixture
def clone(pushed: Versioned, remote: Remote, tmp_path: Path) -> Versioned:
    """A clone that knows the remote's secrets, and has pulled nothing yet."""
    made = pushed.clone(tmp_path / "clone")
    remote.tell(made)
    return made


def cached(project: Versioned) -> remotes.Folder:
    return remotes.Folder(project.folder / ".dvc/cache")


@pytest.mark.parametrize("remote", KINDS, indirect=True)
def test_a_clone_gets_every_byte(pushed: Versioned, clone: Versioned, remote: Remote) -> None:
    clone.done("dvc", "pull")
    assert clone.outputs() == pushed.outputs()
    assert clone.done("git", "status", "--short") == ""
    assert remotes.wrong(remote.objects) == []
    for secret in remote.secrets.values():
        assert clone.call("git", "grep", "--fixed-strings", secret, "HEAD").returncode == 1


@pytest.mark.parametrize("remote", _ON_SERVERS, indirect=True)
def test_a_push_that_was_cut_is_taken_up(
    project: Versioned, remote: Remote, tmp_path: Path
) -> None:
    remote.wire.cut_after(CUT)
    refused(project.call("dvc", "push", *TWO_BY_TWO), "failed to transfer")
    remote.wire.mend()
    arrived = set(remote.objects.names())
    assert arrived
    assert remotes.wrong(remote.objects) == []
    project.done("dvc", "push")
    assert arrived < set(remote.objects.names())
    assert remotes.wrong(remote.objects) == []
    clone = project.clone(tmp_path / "clone")
    remote.tell(clone)
    clone.done("dvc", "pull")
    assert clone.outputs() == project.outputs()


@pytest.mark.parametrize("remote", _ON_SERVERS, indirect=True)
def test_a_pull_that_was_cut_is_taken_up(
    pushed: Versioned, clone: Versioned, remote: Remote
) -> None:
    remote.wire.cut_after(CUT)
    refused(clone.call("dvc", "pull", *TWO_BY_TWO), "failed to transfer")
    remote.wire.mend()
    arrived = set(cached(clone).names())
    assert arrived
    assert remotes.wrong(cached(clone)) == []
    assert clone.outputs() == {}
    clone.done("dvc", "pull")
    assert arrived < set(cached(clone).names())
    assert clone.outputs() == pushed.outputs()


@pytest.mark.parametrize("remote", ["folder"], indirect=True)
def test_a_push_to_a_folder_that_cannot_be_written_is_taken_up(
    project: Versioned, remote: Remote, tmp_path: Path
) -> None:
    project.done("dvc", "push", "data/raw")
    store = remote.objects.path
    away = store.rename(tmp_path / "away")
    store.write_text("no folder")
    refused(project.call("dvc", "push"), f"Not a directory: '{store}")
    store.unlink()
    away.rename(store)
    project.done("dvc", "push")
    assert remotes.wrong(remote.objects) == []
    clone = project.clone(tmp_path / "clone")
    clone.done("dvc", "pull")
    assert clone.outputs() == project.outputs()


@pytest.mark.parametrize("remote", ["folder"], indirect=True)
def test_a_pull_from_a_folder_that_is_gone_is_refused(
    pushed: Versioned, clone: Versioned, remote: Remote, tmp_path: Path
) -> None:
    away = remote.objects.path.rename(tmp_path / "away")
    refused(clone.call("dvc", "pull"), "failed to pull data")
    assert clone.outputs() == {}
    assert cached(clone).names() == []
    done = clone.call("ecnet", "verify")
    assert done.returncode == 1
    assert "data/raw: DVC's cache has no list of its files, files/md5/" in done.stdout
    away.rename(remote.objects.path)
    clone.done("dvc", "pull")
    assert clone.outputs() == pushed.outputs()


@pytest.mark.parametrize("remote", ["folder"], indirect=True)
def test_a_push_to_a_folder_that_is_gone_makes_it_anew_and_whole(
    pushed: Versioned, clone: Versioned, remote: Remote, tmp_path: Path
) -> None:
    remote.objects.path.rename(tmp_path / "away")
    pushed.done("dvc", "push")
    clone.done("dvc", "pull")
    assert clone.outputs() == pushed.outputs()


@pytest.mark.parametrize("remote", KINDS, indirect=True)
def test_an_object_altered_by_a_byte_is_refused_and_its_file_named(
    pushed: Versioned, clone: Versioned, remote: Remote
) -> None:
    name = remotes.object_of(pushed.outputs()[RAW])
    alter(remote, name)
    done = clone.call("dvc", "pull")
    refused(done, "data/raw")  # DVC leaves the whole folder out, and does not say which file
    assert RAW not in done.stdout + done.stderr
    assert remotes.wrong(cached(clone)) == []
    assert name not in cached(clone).names()
    whole = pushed.outputs()
    assert clone.outputs() == {n: whole[n] for n in whole if not n.startswith("data/raw/")}
    done = clone.call("ecnet", "verify")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == f"{RAW}: is missing, and DVC's cache has no {name}"
    assert "Neither here nor in DVC's cache: 1." in done.stdout
    mend(remote, pushed, name, listing(pushed, "data", "data/raw"))
    clone.done("dvc", "pull")
    assert clone.outputs() == whole


@pytest.mark.parametrize("remote", KINDS, indirect=True)
def test_an_altered_list_of_a_folder_is_believed_by_dvc_and_refused_by_us(
    pushed: Versioned, clone: Versioned, remote: Remote
) -> None:
    name = listing(pushed, "data", "data/raw")
    alter(remote, name, remote.objects.read(name).index(b"file-4") + len("file-"))
    clone.done("dvc", "pull")
    assert clone.outputs() != pushed.outputs()
    assert name not in cached(clone).names()
    done = clone.call("ecnet", "verify")
    assert done.returncode == 1
    assert f"data/raw: DVC's cache has no list of its files, {name}" in done.stdout
    mend(remote, pushed, name)
    clone.call("dvc", "pull")  # fetches the list, and perhaps not yet its files
    clone.done("dvc", "pull")
    assert clone.outputs() == pushed.outputs()


@pytest.mark.parametrize("remote", ["folder"], indirect=True)
def test_what_a_remote_that_is_not_verified_sent_is_found_and_replaced(
    pushed: Versioned, clone: Versioned, remote: Remote
) -> None:
    name = remotes.object_of(pushed.outputs()[RAW])
    alter(remote, name)
    clone.done("dvc", "remote", "modify", "--local", remotes.NAME, "verify", "false")
    clone.done("dvc", "pull")  # DVC believes it
    assert clone.outputs()[RAW] != pushed.outputs()[RAW]
    refused(clone.call("ecnet", "verify"), f"dvc remote modify {remotes.NAME} verify true")
    clone.done("dvc", "remote", "modify", "--local", remotes.NAME, "verify", "true")
    done = clone.call("ecnet", "verify")
    assert done.returncode == 1
    assert f"{RAW}: is not what dvc.lock recorded" in done.stdout
    mend(remote, pushed, name, listing(pushed, "data", "data/raw"))
    (clone.folder / RAW).unlink()
    shutil.rmtree(clone.folder / ".dvc/cache")
    clone.done("dvc", "pull")
    assert clone.outputs() == pushed.outputs()


@pytest.mark.parametrize("remote", ["folder"], indirect=True)
def test_raw_files_that_may_not_be_shared_stay_here(
    project: Versioned, remote: Remote, tmp_path: Path
) -> None:
    project.change("dvc.yaml", ("data/raw:\n", "data/raw:\n        push: false\n"))
    assert project.repro() == set()
    project.commit("Raw files are not shared")
    project.done("dvc", "push")
    whole = project.outputs()
    raw = {name: content for name, content in whole.items() if name.startswith("data/raw/")}
    assert not set(remote.objects.names()) & {remotes.object_of(raw[name]) for name in raw}
    clone = project.clone(tmp_path / "clone")
    refused(clone.call("dvc", "pull"), "data/raw")
    assert clone.outputs() == {name: whole[name] for name in whole if name not in raw}
    shutil.copytree(project.folder / "data/raw", clone.folder / "data/raw")  # one's own copies
    clone.done("dvc", "commit", "--force", "data/raw")
    assert clone.done("git", "status", "--short") == ""  # they are those of dvc.lock
    clone.done("dvc", "pull")
    assert clone.outputs() == whole
