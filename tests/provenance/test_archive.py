"""Untrusted results: an archive or a file that a run did not write does no harm."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import NAME, Edit, edit, metrics, move

from ecnet.provenance.compare import archive

Run = Callable[[Path, Path], tuple[int, str]]


def pack(path: Path, *members: tuple[str, Any]) -> Path:
    """Write an archive of members: name -> bytes, or a TarInfo as it is."""
    with tarfile.open(path, "w:gz") as archived:
        for name, content in members:
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            body = content if isinstance(content, bytes) else b""
            info.size = info.size or len(body)
            archived.addfile(info, io.BytesIO(body))
    return path


def special(name: str, kind: bytes, target: str = "") -> tuple[str, tarfile.TarInfo]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return name, info


def test_an_archive_is_read_like_its_folder(old: Path, new: Path, tmp_path: Path, run: Run) -> None:
    path = tmp_path / "results.tar.gz"
    with tarfile.open(path, "w:gz") as archived:
        archived.add(old, arcname="results")
    assert run(path, new)[0] == 0
    edit(metrics(new), move(-0.125))
    assert run(path, new)[0] == 1


def test_an_error_in_an_archive_names_the_archive(tmp_path: Path, new: Path, run: Run) -> None:
    path = pack(tmp_path / "results.tar.gz", (f"results/metrics/{NAME}.json", b"{}"))
    status, shown = run(path, new)
    assert status == 2
    assert shown.startswith(f"ecnet: {path}: results/provenance.json: cannot be read")


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (("results/../../outside", b"x"), "is not below results/"),
        (("/results/absolute", b"x"), "is not below results/"),
        (("elsewhere/file", b"x"), "is not below results/"),
        (special("results/link", tarfile.SYMTYPE, "/etc/passwd"), "is neither file nor folder"),
        (special("results/link", tarfile.LNKTYPE, "results/f"), "is neither file nor folder"),
        (special("results/pipe", tarfile.FIFOTYPE), "is neither file nor folder"),
        (special("results/device", tarfile.CHRTYPE), "is neither file nor folder"),
    ],
)
def test_an_archive_with_paths_outside_is_refused(
    tmp_path: Path, new: Path, run: Run, monkeypatch: pytest.MonkeyPatch, member: Any, words: str
) -> None:
    place = tmp_path / "unpacked"
    place.mkdir()
    monkeypatch.setattr(archive.tempfile, "tempdir", str(place))
    path = pack(tmp_path / "results.tar.gz", ("results/f", b"x"), member)
    status, shown = run(path, new)
    assert status == 2
    assert shown.startswith(f"ecnet: {path}: ")
    assert words in shown
    assert shown.count("\n") == 1
    assert list(place.iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_an_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, new: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LIMIT", 1 << 16)
    path = pack(tmp_path / "results.tar.gz", ("results/f", bytes(1 << 17)))
    assert path.stat().st_size < 1 << 12
    status, shown = run(path, new)
    assert (status, "unpacks to more than 65536 bytes" in shown) == (2, True)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00broken"])
def test_a_file_that_is_not_an_archive_is_an_input_error(
    tmp_path: Path, new: Path, run: Run, content: bytes
) -> None:
    path = tmp_path / "results.tar.gz"
    path.write_bytes(content)
    status, shown = run(path, new)
    assert (status, shown.count("\n"), str(path) in shown) == (2, 1, True)


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        (metrics, lambda content: content.pop("runs"), "'runs' is a required property"),
        (metrics, move(float("nan")), "NaN is not a number"),
        (metrics, move(5.0), "is greater than the maximum of 1"),
        (
            metrics,
            lambda content: content["runs"].update(first={}),
            "'first' does not match",
        ),
        (
            lambda folder: folder / "provenance.json",
            lambda content: content["params"].update({"[x](http://y)\n": "z"}),
            "does not match",
        ),
        (
            lambda folder: folder / "provenance.json",
            lambda content: content["processor"].update(model="<img src=x>"),
            "does not match",
        ),
    ],
)
def test_an_invalid_file_is_an_input_error(
    old: Path, new: Path, run: Run, file: Callable[[Path], Path], change: Edit, words: str
) -> None:
    edit(file(old), change)
    status, shown = run(old, new)
    assert status == 2
    assert shown.startswith(f"ecnet: {file(old)}: ")
    assert words in shown
    assert shown.count("\n") == 1


def test_a_metrics_file_with_another_name_is_an_input_error(old: Path, new: Path, run: Run) -> None:
    metrics(old).rename(metrics(old, "multiclass/iot-23/a|b"))
    status, shown = run(old, new)
    assert (status, "'multiclass/iot-23/a|b.json' is not named" in shown) == (2, True)


def test_results_without_metrics_are_an_input_error(tmp_path: Path, new: Path, run: Run) -> None:
    (tmp_path / "empty").mkdir()
    status, shown = run(tmp_path / "empty", new)
    assert (status, "holds no metrics" in shown) == (2, True)
