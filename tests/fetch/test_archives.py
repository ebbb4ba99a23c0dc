"""A .zip of several files in a mirror is like a folder: its files are read without unpacking."""

import gzip
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ecnet import datasets
from ecnet.errors import InputError
from ecnet.fetch import fetch as step
from ecnet.fetch import listing, sources, upstream
from ecnet.fetch.sources import Located

TRAIN, TEST = "KDDTrain+.txt", "KDDTest+.txt"
LIMITS = {"max_bytes": 1000, "max_total_bytes": 10**6}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of NSL-KDD in a mirror."""
    (tmp_path / "mirror/nsl-kdd").mkdir(parents=True)
    return tmp_path / "mirror/nsl-kdd"


def pack(path: Path, members: Mapping[str, str | bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def located(folder: Path) -> Located | None:
    dataset = datasets.load(folder.name)
    names = [format.name for format in dataset.formats]
    return sources.mirrored(dataset, names, listing.read(str(folder.parent)))


def settings(dataset: str, file: str) -> dict[str, Any]:
    known = {"dataset": dataset, "file": file, "source": "mirror"}
    return {**known, "sha256": "", "bytes": None, "licence": "public"}


def fetched(folder: Path, location: str, limits: Mapping[str, int] = LIMITS) -> bytes:
    output = folder.parents[1] / "raw" / folder.name / Path(location).relative_to(folder)
    step.fetch(
        output=output,
        provenance=output.with_suffix(".json"),
        origin={"location": location, "sha256": ""},
        limits=limits,
        settings=settings(folder.name, output.name),
    )
    return output.read_bytes()


@pytest.mark.parametrize("within", ["", "NSL-KDD/", "a\\b\\"])
def test_the_files_in_an_archive_are_read(folder: Path, within: str) -> None:
    pack(
        folder / "archive.zip",
        {
            f"{within}{TRAIN}": "train",
            f"{within}{TEST}": "test",
            f"{within}index.html": "",
            f"{within}.DS_Store": "",
            f"__MACOSX/._{TRAIN}": "",
        },
    )
    found = located(folder)
    assert found is not None
    assert {name: fetched(folder, place) for name, place in found.files.items()} == {
        TRAIN: b"train",
        TEST: b"test",
    }


def test_a_compressed_file_in_an_archive_stays_compressed(folder: Path) -> None:
    packed = gzip.compress(b"train")
    pack(folder / "archive.zip", {f"{TRAIN}.gz": packed, TEST: "test"})
    found = located(folder)
    assert found is not None
    assert fetched(folder, found.files[f"{TRAIN}.gz"]) == packed


def test_an_archive_of_a_single_file_need_not_have_its_name(folder: Path) -> None:
    pack(folder / "archive.zip", {TRAIN: "train"})
    pack(folder / "archive (1).zip", {TEST: "test"})
    found = located(folder)
    assert found is not None
    assert fetched(folder, found.files[TRAIN]) == b"train"


def test_captures_are_told_apart_by_their_folder_in_the_archive(tmp_path: Path) -> None:
    folder = tmp_path / "mirror/iot-23"
    folder.mkdir(parents=True)
    names = ("CTU-Honeypot-Capture-4-1", "CTU-IoT-Malware-Capture-34-1")
    pack(folder / "iot-23.zip", {f"x/{name}/bro/conn.log.labeled": name for name in names})
    found = located(folder)
    assert found is not None
    assert {name: fetched(folder, place) for name, place in found.files.items()} == {
        f"{name}.conn.log.labeled": name.encode() for name in names
    }


def test_an_unpacked_file_is_read_instead_of_that_in_the_archive(folder: Path) -> None:
    pack(folder / "a.zip", {TRAIN: "train", TEST: "test"})
    (folder / TRAIN).write_text("train")
    found = located(folder)
    assert found is not None
    assert found.files[TRAIN] == str(folder / TRAIN)
    assert [skipped.skipped for skipped in found.skipped] == [f"nsl-kdd/a.zip/{TRAIN}"]


def test_equal_files_in_two_archives_are_read_once(folder: Path) -> None:
    for name in ("a.zip", "b.zip"):
        pack(folder / name, {TRAIN: "train", TEST: "test"})
    found = located(folder)
    assert found is not None
    assert set(found.files.values()) == {str(folder / "a.zip" / name) for name in (TRAIN, TEST)}
    assert len(found.skipped) == 2


@pytest.mark.parametrize("unpacked", [True, False])
def test_a_file_that_differs_from_that_in_an_archive_is_an_error(
    folder: Path, unpacked: bool
) -> None:
    pack(folder / "b.zip", {TRAIN: "another", TEST: "test"})
    if unpacked:
        (folder / TRAIN).write_text("train")
    else:
        pack(folder / "a.zip", {TRAIN: "traitor", "x": ""})
    with pytest.raises(InputError, match=r"both named as KDDTrain\+\.txt, but differ"):
        located(folder)


@pytest.mark.parametrize("name", [f"../{TRAIN}", f"/{TRAIN}", f"C:\\{TRAIN}", f"a\n/{TRAIN}"])
def test_a_path_outside_the_archive_is_no_source(folder: Path, name: str) -> None:
    pack(folder / "archive.zip", {name: "train", TEST: "test"})
    assert located(folder) is None


def test_a_file_in_an_archive_has_the_limits_of_any_other(folder: Path) -> None:
    pack(folder / "archive.zip", {TRAIN: "x" * 2000, TEST: "test"})
    found = located(folder)
    assert found is not None
    place = found.files[TRAIN]
    assert sources.known_size(datasets.load("nsl-kdd").format("full"), TRAIN, place) == 2000
    with pytest.raises(InputError, match=r"archive\.zip/KDDTrain\+\.txt: is larger than data\.max"):
        fetched(folder, place)


def test_a_file_in_an_archive_is_compared_with_the_fetched_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = folder / "archive.zip"
    monkeypatch.chdir(folder.parents[1])
    pack(place, {TRAIN: "train", TEST: "test"})
    found = located(folder)
    assert found is not None
    for name, location in found.files.items():
        step.fetch(
            output=Path("data/raw/nsl-kdd", name),
            provenance=Path("data/provenance/nsl-kdd", f"{name}.json"),
            origin={"location": location, "sha256": ""},
            limits=LIMITS,
            settings=settings("nsl-kdd", name),
        )
    assert upstream.upstream() == 0
    assert list(upstream.notices({"nsl-kdd": found})) == []
    pack(place, {TRAIN: "Train", TEST: "test!"})
    assert upstream.upstream() == 1
    assert f"{place}/{TRAIN}: has changed since" in capsys.readouterr().out
    [notice] = [line for line in upstream.notices({"nsl-kdd": found}) if "bytes" in line]
    assert f"{place}/{TEST}: has changed since" in notice
    pack(place, {TEST: "test"})
    assert upstream.upstream() == 1
    assert f"{place}/{TRAIN}: is gone" in capsys.readouterr().out


def test_a_damaged_file_in_an_archive_is_an_error(folder: Path) -> None:
    place = folder / "archive.zip"
    pack(place, {TRAIN: "train" * 100, TEST: "test"})
    content = bytearray(place.read_bytes())
    content[content.index(TRAIN.encode()) + len(TRAIN) + 2] ^= 0xFF
    place.write_bytes(content)
    with pytest.raises(InputError, match=r"archive\.zip: cannot be read .*get the file again"):
        fetched(folder, str(place / TRAIN))
    assert not (folder.parents[1] / "raw/nsl-kdd" / TRAIN).exists()


def test_an_encrypted_file_in_an_archive_is_an_error(folder: Path) -> None:
    place = folder / "archive.zip"
    pack(place, {TRAIN: "train", TEST: "test"})
    content = bytearray(place.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    place.write_bytes(content)
    with pytest.raises(InputError, match=r"is encrypted; unpack .*archive\.zip beside it"):
        fetched(folder, str(place / TRAIN))


def test_a_file_that_is_no_longer_in_the_archive_is_named(folder: Path) -> None:
    pack(folder / "archive.zip", {TEST: "test"})
    with pytest.raises(InputError, match=r"archive\.zip: does not contain KDDTrain\+\.txt"):
        fetched(folder, str(folder / "archive.zip" / TRAIN))
