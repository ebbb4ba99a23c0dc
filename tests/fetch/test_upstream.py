"""Download records, and raw files whose source changes after they were fetched."""

import dataclasses
import datetime
import os
import re
from collections.abc import Iterator
from pathlib import Path

import mirrors
import pytest
from changes import NSL_KDD, from_sampling
from projects import MIRROR, Project

from ecnet.fetch import download, download_records, fetch
from ecnet.files import sha256
from ecnet.runtime import cli

NAME = "KDDTest+.txt"
RECORD = Path("data/provenance/nsl-kdd/KDDTest+.txt.record")
RAW = Path("data/raw/nsl-kdd/KDDTest+.txt")


@pytest.fixture
def source(small_mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a file of a mirror; the working folder is beside it."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return small_mirror / "nsl-kdd" / NAME


def take(location: str) -> download_records.DownloadRecord:
    fetch.fetch(
        output=RAW,
        provenance=RECORD.with_suffix(".json"),
        origin={"location": location, "sha256": ""},
        settings={
            "dataset": "nsl-kdd",
            "file": NAME,
            "source": "mirror",
            "sha256": "",
            "bytes": None,
            "licence": "public",
        },
        limits={"max_bytes": 1000, "max_total_bytes": 10**6},
    )
    record = download_records.read(RECORD)
    assert record is not None
    return record


def test_a_download_record_says_where_and_when_a_file_was_fetched(source: Path) -> None:
    os.utime(source, (0, 86400))
    record = take(str(source))
    assert (record.location, record.licence) == (str(source), "public")
    assert (record.bytes, record.sha256) == (source.stat().st_size, sha256(source))
    assert (record.modified, record.etag) == ("1970-01-02T00:00:00Z", None)
    taken = datetime.datetime.fromisoformat(record.time)
    assert abs(datetime.datetime.now(tz=datetime.UTC) - taken) < datetime.timedelta(minutes=5)


@pytest.mark.usefixtures("source")
def test_the_record_of_a_download_has_the_version_that_the_server_states(server: str) -> None:
    record = take(f"{server}/nsl-kdd/KDDTest%2B.txt")
    assert record.modified is not None
    assert (record.modified, record.etag) == download.version(record.location)


@pytest.mark.usefixtures("source")
def test_a_server_without_head_requests_gives_no_version(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(mirrors.Quiet.__base__, "do_HEAD")
    record = take(f"{server}/nsl-kdd/KDDTest%2B.txt")
    assert (record.modified, record.etag) == (None, None)


def test_a_record_follows_a_moved_file_and_keeps_its_time(source: Path, tmp_path: Path) -> None:
    first = dataclasses.replace(take(str(source)), time="2020-01-01T00:00:00Z")
    download_records.write(RECORD, first)
    moved = source.rename(tmp_path / "moved.txt")
    assert take(str(moved)) == dataclasses.replace(first, location=str(moved))


def test_an_unchanged_mirror_is_not_reported(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take(str(source))
    assert cli.main(["upstream"]) == 0
    assert capsys.readouterr().out == "1 files compared, 0 of them changed or gone\n"


def test_a_file_with_different_bytes_and_the_same_size_is_reported(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take(str(source))
    source.write_bytes(source.read_bytes()[::-1])
    assert cli.main(["upstream"]) == 1
    line = capsys.readouterr().out.splitlines()[0]
    assert re.match(rf"{re.escape(str(source))}: has changed since it was fetched on 20.*SHA", line)
    assert line.endswith(f"rm {RECORD} && snakemake --cores 1 --force {RAW}")


def test_a_file_that_is_gone_is_reported(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    take(str(source))
    source.unlink()
    assert cli.main(["upstream"]) == 1
    assert f"{source}: is gone" in capsys.readouterr().out


def test_a_new_modification_time_of_the_same_bytes_is_recorded(source: Path) -> None:
    take(str(source))
    os.utime(source, (0, 0))
    assert cli.main(["upstream"]) == 0
    record = download_records.read(RECORD)
    assert record is not None
    assert record.modified == "1970-01-01T00:00:00Z"


def test_a_file_changed_on_its_server_is_reported(
    source: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    take(f"{server}/nsl-kdd/KDDTest%2B.txt")
    assert cli.main(["upstream"]) == 0
    os.utime(source, (0, 0))
    assert cli.main(["upstream"]) == 1
    assert "its Last-Modified was" in capsys.readouterr().out


def test_a_server_that_does_not_respond_is_reported(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    download_records.write(
        RECORD, dataclasses.replace(take(str(source)), location="http://127.0.0.1:1/x")
    )
    assert cli.main(["upstream"]) == 1
    assert "http://127.0.0.1:1/x: cannot be compared" in capsys.readouterr().out


@pytest.mark.usefixtures("source")
def test_a_malformed_record_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    RECORD.parent.mkdir(parents=True)
    RECORD.write_text('{"location": "here"}')
    assert cli.main(["upstream"]) == 2
    assert f"{RECORD}: is not a download record" in capsys.readouterr().err


@pytest.mark.slow
def test_nothing_runs_after_a_mirror_moves_or_becomes_unreachable(project: Project) -> None:
    (project.folder / "mirror").rename(project.folder / "elsewhere")
    assert project.jobs("all", "--config", "mirror=elsewhere") == set()
    done = project.run("all", *MIRROR)
    assert "mirror is not a folder" in done.stderr
    assert "What was taken from it before is used" in done.stderr
    assert "Nothing to be done" in done.stderr


@pytest.mark.slow
def test_a_file_that_changed_in_its_mirror_is_reported_and_not_fetched(project: Project) -> None:
    changed = next((project.folder / "mirror/nsl-kdd").glob(NAME))
    changed.write_text(changed.read_text() * 2)
    done = project.run("all", *MIRROR)
    notice = rf"mirror/nsl-kdd/{re.escape(NAME)}: has changed since it was fetched on 20"
    assert re.search(notice, done.stderr)
    assert "Nothing to be done" in done.stderr
    (project.folder / RECORD).unlink()
    assert project.jobs("--force", str(RAW), *MIRROR) == {f"nsl-kdd: fetching {NAME}"}
    expected = from_sampling(project, "nsl-kdd", NSL_KDD)
    assert project.jobs() == expected - {"nsl-kdd: sampling KDDTrain+.txt"}
