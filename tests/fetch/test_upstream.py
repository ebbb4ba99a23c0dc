"""Receipts, and a raw file that changes upstream after it was taken."""

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
RECEIPT = Path("data/provenance/nsl-kdd/KDDTest+.txt.receipt")
RAW = Path("data/raw/nsl-kdd/KDDTest+.txt")


@pytest.fixture
def source(small_mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file of a mirror, beside which is the folder to work in."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return small_mirror / "nsl-kdd" / NAME


def take(location: str) -> download_records.Receipt:
    fetch.acquire(
        output=RAW,
        provenance=RECEIPT.with_suffix(".json"),
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
    receipt = download_records.read(RECEIPT)
    assert receipt is not None
    return receipt


def test_a_receipt_says_where_and_when_a_file_was_taken(source: Path) -> None:
    os.utime(source, (0, 86400))
    receipt = take(str(source))
    assert (receipt.location, receipt.licence) == (str(source), "public")
    assert (receipt.bytes, receipt.sha256) == (source.stat().st_size, sha256(source))
    assert (receipt.modified, receipt.etag) == ("1970-01-02T00:00:00Z", None)
    taken = datetime.datetime.fromisoformat(receipt.time)
    assert abs(datetime.datetime.now(tz=datetime.UTC) - taken) < datetime.timedelta(minutes=5)


@pytest.mark.usefixtures("source")
def test_a_receipt_of_a_download_has_what_the_server_says(server: str) -> None:
    receipt = take(f"{server}/nsl-kdd/KDDTest%2B.txt")
    assert receipt.modified is not None
    assert (receipt.modified, receipt.etag) == download.version(receipt.location)


@pytest.mark.usefixtures("source")
def test_a_server_that_answers_no_question_about_a_file_says_nothing_of_its_version(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(mirrors.Quiet.__base__, "do_HEAD")
    receipt = take(f"{server}/nsl-kdd/KDDTest%2B.txt")
    assert (receipt.modified, receipt.etag) == (None, None)


def test_a_receipt_follows_its_file_and_keeps_its_time(source: Path, tmp_path: Path) -> None:
    first = dataclasses.replace(take(str(source)), time="2020-01-01T00:00:00Z")
    download_records.write(RECEIPT, first)
    moved = source.rename(tmp_path / "moved.txt")
    assert take(str(moved)) == dataclasses.replace(first, location=str(moved))


def test_an_unchanged_mirror_has_nothing_to_say(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take(str(source))
    assert cli.main(["upstream"]) == 0
    assert capsys.readouterr().out == "1 files compared, 0 of them changed or gone\n"


def test_a_file_of_other_bytes_and_the_same_size_is_named(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take(str(source))
    source.write_bytes(source.read_bytes()[::-1])
    assert cli.main(["upstream"]) == 1
    line = capsys.readouterr().out.splitlines()[0]
    assert re.match(rf"{re.escape(str(source))}: has changed since it was taken on 20.*SHA", line)
    assert line.endswith(f"rm {RECEIPT} && snakemake --cores 1 --force {RAW}")


def test_a_file_that_is_gone_is_named(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    take(str(source))
    source.unlink()
    assert cli.main(["upstream"]) == 1
    assert f"{source}: is gone" in capsys.readouterr().out


def test_another_time_of_the_same_bytes_is_written_down(source: Path) -> None:
    take(str(source))
    os.utime(source, (0, 0))
    assert cli.main(["upstream"]) == 0
    receipt = download_records.read(RECEIPT)
    assert receipt is not None
    assert receipt.modified == "1970-01-01T00:00:00Z"


def test_a_file_that_its_server_changed_is_named(
    source: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    take(f"{server}/nsl-kdd/KDDTest%2B.txt")
    assert cli.main(["upstream"]) == 0
    os.utime(source, (0, 0))
    assert cli.main(["upstream"]) == 1
    assert "its Last-Modified was" in capsys.readouterr().out


def test_a_server_that_does_not_answer_is_named(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    download_records.write(
        RECEIPT, dataclasses.replace(take(str(source)), location="http://127.0.0.1:1/x")
    )
    assert cli.main(["upstream"]) == 1
    assert "http://127.0.0.1:1/x: cannot be asked for" in capsys.readouterr().out


@pytest.mark.usefixtures("source")
def test_what_is_no_receipt_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    RECEIPT.parent.mkdir(parents=True)
    RECEIPT.write_text('{"location": "here"}')
    assert cli.main(["upstream"]) == 2
    assert f"{RECEIPT}: is no receipt" in capsys.readouterr().err


@pytest.mark.slow
def test_a_mirror_may_move_or_be_out_of_reach_and_nothing_runs(project: Project) -> None:
    (project.folder / "mirror").rename(project.folder / "elsewhere")
    assert project.jobs("all", "--config", "mirror=elsewhere") == set()
    done = project.run("all", *MIRROR)
    assert "mirror is no folder" in done.stderr
    assert "What was taken from it before is used" in done.stderr
    assert "Nothing to be done" in done.stderr


@pytest.mark.slow
def test_a_file_that_changed_in_its_mirror_is_noticed_and_not_taken(project: Project) -> None:
    changed = next((project.folder / "mirror/nsl-kdd").glob(NAME))
    changed.write_text(changed.read_text() * 2)
    done = project.run("all", *MIRROR)
    notice = rf"mirror/nsl-kdd/{re.escape(NAME)}: has changed since it was taken on 20"
    assert re.search(notice, done.stderr)
    assert "Nothing to be done" in done.stderr
    (project.folder / RECEIPT).unlink()
    assert project.jobs("--force", str(RAW), *MIRROR) == {f"nsl-kdd: fetching {NAME}"}
    expected = from_sampling(project, "nsl-kdd", NSL_KDD)
    assert project.jobs() == expected - {"nsl-kdd: sampling KDDTrain+.txt"}
