"""Fetching: one source per dataset, every byte verified, clear messages for missing files."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from mirrors import CHANGED, FILES, Quiet, state_sums, write

from ecnet import datasets
from ecnet.datasets.declaration import Dataset
from ecnet.errors import InputError
from ecnet.fetch import download, listing, sources
from ecnet.fetch import fetch as step
from ecnet.files import sha256, write_json
from ecnet.simulate import simulator


def settings(**changes: Any) -> dict[str, Any]:
    return {
        "dataset": "nsl-kdd",
        "file": "KDDTest+.txt",
        "source": "mirror",
        "sha256": "",
        "bytes": None,
        "licence": "public",
        **changes,
    }


LIMITS = {"max_bytes": 1000, "max_total_bytes": 10**6}


def fetch(
    folder: Path,
    location: str,
    *,
    stated: str = "",
    limits: dict[str, int] = LIMITS,
    **changes: Any,
) -> Path:
    output = folder / "raw" / "KDDTest+.txt"
    step.fetch(
        output=output,
        provenance=folder / "provenance.json",
        origin={"location": location, "sha256": stated},
        limits=limits,
        settings=settings(**changes),
    )
    return output


def locate(mirror: str, name: str = "nsl-kdd") -> sources.Located | None:
    dataset = datasets.load(name)
    return sources.mirrored(dataset, formats(dataset), listing.read(mirror))


def formats(dataset: Dataset) -> list[str]:
    return [format.name for format in dataset.formats]


def test_the_first_format_that_a_mirror_has_completely_is_used(small_mirror: Path) -> None:
    found = locate(str(small_mirror))
    assert found is not None
    assert (found.format, found.source, sorted(found.files)) == (
        "20percent",
        "mirror",
        sorted(FILES),
    )
    write(small_mirror, "KDDTrain+.txt.gz")
    found = locate(str(small_mirror))
    assert found is not None
    assert (found.format, sorted(found.files)) == ("full", ["KDDTest+.txt", "KDDTrain+.txt.gz"])


def test_an_http_mirror_is_listed_by_its_checksums(small_mirror: Path, server: str) -> None:
    state_sums(small_mirror)
    found = locate(server)
    assert found is not None
    assert found.files["KDDTest+.txt"] == f"{server}/nsl-kdd/KDDTest%2B.txt"
    assert found.sha256["KDDTest+.txt"] == hashlib.sha256(b"content of KDDTest+.txt").hexdigest()


@pytest.mark.parametrize("name", ["NSL-KDD.zip", "NSL-KDD.tar.gz"])
def test_an_archive_on_a_server_is_named_with_what_to_do(
    small_mirror: Path, server: str, name: str
) -> None:
    (small_mirror / "nsl-kdd" / name).write_text("")
    state_sums(small_mirror)
    dataset, listed = datasets.load("nsl-kdd"), listing.read(server)
    remedy = "unpack it there, and write SHA256SUMS again: find"
    (notice,) = sources.unread(dataset, listed)
    assert f"{server}/nsl-kdd/{name}: archives on a server are not read; {remedy}" in notice
    absent = sources.absent(dataset, ["full"], "mirror", server, listed)
    assert f"but {name}; {remedy}" in absent.splitlines()[0]


def test_a_compressed_file_on_a_server_is_not_taken_for_an_archive(
    small_mirror: Path, server: str
) -> None:
    write(small_mirror, "KDDTrain+.txt.gz")
    state_sums(small_mirror)
    assert list(sources.unread(datasets.load("nsl-kdd"), listing.read(server))) == []


def test_a_checksum_applies_only_to_its_own_dataset(small_mirror: Path) -> None:
    (small_mirror / "other").mkdir()
    (small_mirror / "other/KDDTest+.txt").write_text("another file of that name")
    state_sums(small_mirror)
    found = locate(str(small_mirror))
    assert found is not None
    assert found.sha256["KDDTest+.txt"] == hashlib.sha256(b"content of KDDTest+.txt").hexdigest()


def test_an_http_mirror_without_checksums_is_an_error_with_a_remedy(server: str) -> None:
    with pytest.raises(InputError, match=r"SHA256SUMS: cannot be fetched .*sha256sum"):
        locate(server)


def test_a_dataset_that_needs_a_login_has_no_official_address() -> None:
    assert sources.official(datasets.load("nsl-kdd"), ["full"]) is None


def test_a_dataset_missing_from_a_mirror_is_not_searched_elsewhere(small_mirror: Path) -> None:
    assert locate(str(small_mirror), "iot-23") is None


def test_a_dataset_without_a_login_has_its_official_address() -> None:
    found = sources.official(datasets.load("iot-23"), ["zeek"])
    assert found is not None
    assert (found.source, len(found.files)) == ("official", 23)
    assert all(url.startswith("https://") for url in found.files.values())


def test_an_address_that_does_not_respond_is_not_available(server: str) -> None:
    assert download.is_available(f"{server}/nsl-kdd/KDDTest%2B.txt")
    assert not download.is_available(f"{server}/nsl-kdd/none")
    assert not download.is_available("http://127.0.0.1:1/")


@pytest.mark.parametrize("name", [n for n in datasets.names() if not datasets.load(n).union])
def test_a_simulated_dataset_has_one_format_and_known_files(name: str) -> None:
    dataset = datasets.load(name)
    found = sources.simulated(dataset, formats(dataset), 1000)
    assert found is not None
    assert (found.source, found.format) == ("simulated", simulator.format(name))
    assert list(found.files) == simulator.files(name, 1000)
    assert not found.companions
    others = [format for format in formats(dataset) if format != found.format]
    assert sources.simulated(dataset, others, 1000) is None


def test_the_reason_for_an_absence_depends_on_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    def why(name: str, *formats: str, source: str) -> str:
        return sources.why_absent(datasets.load(name), formats, source)

    assert why("iot-23", "zeek", source="mirror") == "not in the mirror"
    assert why("iot-23", "zeek", source="official") == "its official address does not answer"
    assert why("nsl-kdd", "full", source="official") == "www.unb.ca requires a login"
    excluded = "only simulated as full, which datasets.nsl-kdd.format does not allow"
    assert why("nsl-kdd", "20percent", source="simulated") == excluded
    monkeypatch.setattr(simulator, "format", lambda _: None)
    assert why("nsl-kdd", "full", source="simulated") == "cannot be simulated"


def test_one_line_says_why_a_dataset_cannot_be_simulated() -> None:
    line = sources.absent(datasets.load("nsl-kdd"), ["20percent"], "simulated", None)
    assert re.fullmatch(r"NSL-KDD: only simulated as full, .*data\.source.*params\.yaml", line)


def test_five_lines_say_how_to_get_an_absent_dataset() -> None:
    lines = sources.absent(datasets.load("bot-iot"), ["argus"], "mirror", "mirror").splitlines()
    assert len(lines) == 5
    for line, word in zip(
        lines, ("BoT-IoT", "https://", "GB", "mirror/bot-iot/", "snakemake"), strict=True
    ):
        assert word in line


def test_a_file_of_a_mirror_is_copied_byte_for_byte(tmp_path: Path, small_mirror: Path) -> None:
    source = small_mirror / "nsl-kdd/KDDTest+.txt"
    assert fetch(tmp_path, str(source)).read_bytes() == source.read_bytes()
    facts = json.loads((tmp_path / "provenance.json").read_text())
    assert facts["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert facts["bytes"] == source.stat().st_size
    assert str(tmp_path) not in str(facts)


def test_a_download_resumes_where_it_stopped(tmp_path: Path, server: str) -> None:
    part = tmp_path / "raw" / ".KDDTest+.txt.download"
    part.parent.mkdir()
    part.write_text("CONTENT")
    url = f"{server}/nsl-kdd/KDDTest%2B.txt"
    write_json(part.with_name(f"{part.name}.json"), {"url": url, "version": CHANGED})
    output = fetch(tmp_path, url)
    assert output.read_text() == "CONTENT of KDDTest+.txt"
    assert list(part.parent.iterdir()) == [output]


def test_a_file_with_a_wrong_size_or_digest_is_rejected_and_deleted(
    tmp_path: Path, small_mirror: Path
) -> None:
    with pytest.raises(InputError, match=r"KDDTest\+.txt: its SHA-256 is .* SHA256SUMS says 000"):
        fetch(tmp_path, str(small_mirror / "nsl-kdd/KDDTest+.txt"), stated="0" * 64)
    with pytest.raises(InputError, match=r"its SHA-256 is .* the published one is 000"):
        fetch(tmp_path, str(small_mirror / "nsl-kdd/KDDTest+.txt"), sha256="0" * 64)
    with pytest.raises(InputError, match="has 23 bytes, the published file has 7"):
        fetch(tmp_path, str(small_mirror / "nsl-kdd/KDDTest+.txt"), bytes=7)
    assert not list((tmp_path / "raw").iterdir())


def test_a_file_fetched_again_must_equal_the_first_one(tmp_path: Path, small_mirror: Path) -> None:
    source = small_mirror / "nsl-kdd/KDDTest+.txt"
    fetch(tmp_path, str(source))
    source.write_text("another")
    # Whatever the mirror states now: it is a different file.
    for stated in ("", sha256(source)):
        with pytest.raises(InputError, match=r"first fetched, on 20.* rm .*provenance\.record"):
            fetch(tmp_path, str(source), stated=stated)
    (tmp_path / "provenance.record").unlink()
    assert fetch(tmp_path, str(source)).read_text() == "another"


def test_an_interrupted_download_is_reported_and_resumed_next_time(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Quiet, "do_GET", Quiet.break_off)
        with pytest.raises(InputError, match=r"KDDTest%2B\.txt: .*try again"):
            fetch(tmp_path, f"{server}/nsl-kdd/KDDTest%2B.txt")
    assert (tmp_path / "raw/.KDDTest+.txt.download").read_text() == "content"
    output = fetch(tmp_path, f"{server}/nsl-kdd/KDDTest%2B.txt")
    assert output.read_text() == "content of KDDTest+.txt"


def test_a_file_over_the_limit_is_rejected(tmp_path: Path, small_mirror: Path, server: str) -> None:
    for location in (
        str(small_mirror / "nsl-kdd/KDDTest+.txt"),
        f"{server}/nsl-kdd/KDDTest%2B.txt",
    ):
        with pytest.raises(InputError, match=r"is larger than data\.max_bytes = 10"):
            fetch(tmp_path, location, limits=LIMITS | {"max_bytes": 10})
    assert not (tmp_path / "raw/KDDTest+.txt").exists()


def test_a_file_missing_on_the_server_is_named(tmp_path: Path, server: str) -> None:
    with pytest.raises(InputError, match=r"/nsl-kdd/none: cannot be fetched .*404"):
        fetch(tmp_path, f"{server}/nsl-kdd/none")


def test_a_mirror_that_is_not_a_folder_is_named() -> None:
    with pytest.raises(InputError, match=r"data.mirror: /nowhere is not a folder"):
        listing.read("/nowhere")


def test_a_malformed_line_of_checksums_is_named(small_mirror: Path) -> None:
    (small_mirror / "SHA256SUMS").write_text("nonsense\n")
    with pytest.raises(InputError, match="line 1 is 'nonsense'"):
        listing.read(str(small_mirror))
