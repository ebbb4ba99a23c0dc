"""Limits on raw files: for each file, for all files, and by the free disk space."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import misbehaving
import pytest
from misbehaving import CONTENT, answers, length

from ecnet.errors import InputError
from ecnet.fetch import fetch, quota

LIMITS = {"max_bytes": 1000, "max_total_bytes": 3000}
SIZE = len(CONTENT)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return a path in a folder of raw files that contains 2000 bytes of other files."""
    other = tmp_path / "raw/iot-23/other"
    other.parent.mkdir(parents=True)
    other.write_bytes(bytes(2000))
    return tmp_path / "raw/nsl-kdd/file"


def fill(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))


def test_a_file_may_use_the_remaining_quota_and_no_more(output: Path) -> None:
    quota.check(1000, output, LIMITS)
    with pytest.raises(InputError, match=r"larger than data\.max_bytes = 1000"):
        quota.check(1001, output, LIMITS)
    with pytest.raises(InputError, match=r"raw already contains 2000, .*max_total_bytes = 2999"):
        quota.check(1000, output, LIMITS | {"max_total_bytes": 2999})


def test_an_existing_file_and_its_partial_download_do_not_count(output: Path) -> None:
    fill(output, 700)
    quota.check(1000, output, LIMITS)
    output.unlink()
    fill(output.with_name(".file.download"), 700)
    quota.check(1000, output, LIMITS)
    fill(output.with_name(".another.download"), 1)
    with pytest.raises(InputError, match="2001"):
        quota.check(1000, output, LIMITS)


def test_a_file_too_large_for_the_disk_is_rejected_before_it_is_downloaded(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=SIZE - 1))
    limits = {"max_bytes": 10**6, "max_total_bytes": 10**6}
    with misbehaving.serving() as server:
        url = server.way(answers(200, length(SIZE), body=CONTENT))
        with pytest.raises(
            InputError, match=rf"needs {SIZE} more bytes, .* has only {SIZE - 1} free"
        ):
            take(url, output, limits)
    assert not list(output.parent.iterdir())


def test_a_download_stops_at_the_total_limit(output: Path) -> None:
    limits = {"max_bytes": 10**6, "max_total_bytes": 2000 + SIZE - 1}
    with misbehaving.serving() as server:
        for headers in ((length(SIZE),), ()):
            url = server.way(answers(200, *headers, body=CONTENT))
            with pytest.raises(InputError, match=r"max_total_bytes = "):
                take(url, output, limits)
            assert not output.exists()


def take(url: str, output: Path, limits: dict[str, int]) -> None:
    words = {"dataset": "nsl-kdd", "file": "file", "source": "mirror", "licence": ""}
    fetch.fetch(
        output=output,
        provenance=output.parents[2] / "provenance.json",
        origin={"location": url, "sha256": ""},
        limits=limits,
        settings={**words, "sha256": "", "bytes": None},
    )
