"""Slow, broken or hostile servers: an error in one line, in time, and no file is left behind."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import misbehaving
import pytest
from hypothesis import given
from hypothesis import strategies as st
from misbehaving import CONTENT, ETAG, Handler, Server, answers, first_then, length, well

from ecnet.errors import InputError, UnreachableError
from ecnet.fetch import download as downloads
from ecnet.fetch import http, listing, quota, redirects
from ecnet.fetch.http import RetryPolicy

QUICK = RetryPolicy(
    connect=1, read=1, grace=0.4, min_rate=10**6, attempts=3, backoff=0.01, max_wait=1
)
SOON = 5
"""The maximum duration of a request in seconds."""


@pytest.fixture
def server() -> Iterator[Server]:
    with misbehaving.serving() as found:
        yield found


def download(url: str, folder: Path, limit: int = 10**9) -> bytes:
    output = folder / "raw/nsl-kdd/file.csv"
    limits = {"max_bytes": limit, "max_total_bytes": 10**10}
    downloads.download(url, output, lambda size: quota.check(size, output, limits), QUICK)
    assert [path.name for path in output.parent.iterdir()] == ["file.csv"]
    return output.read_bytes()


def failure(url: str, folder: Path, limit: int = 10**9) -> str:
    """Return the message of a failing download."""
    begun = time.monotonic()
    with pytest.raises(InputError) as caught:
        download(url, folder, limit)
    assert time.monotonic() - begun < SOON
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 1000
    assert not (folder / "raw/nsl-kdd/file.csv").exists()
    return line


def moved(to: str, status: int = 302) -> Callable[[Handler], None]:
    return answers(status, ("Location", to), length(0))


SLOW = [
    misbehaving.drips,
    misbehaving.drips_headers,
    misbehaving.drips_chunk_sizes,
    misbehaving.says_nothing,
]


@pytest.mark.parametrize("way", SLOW, ids=lambda way: way.__name__)
def test_the_connection_to_a_server_that_is_too_slow_is_closed(
    way: Callable[[Handler], None], server: Server, tmp_path: Path
) -> None:
    url = server.way(way)
    assert "too slow" in failure(url, tmp_path)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("way", "why"),
    [
        (misbehaving.cut_off, "try again"),
        (answers(404, length(0)), "answers 404"),
        (answers(500, length(0)), "answers 500"),
        (answers(204), "answers 204"),
        (answers(206, length(5), body=b"hello"), "answers 206"),
        (answers(200, length(5000), body=CONTENT), "try again"),
        (answers(200, length(10**15), body=CONTENT), "larger than data.max_bytes"),
        (answers(200, length(900), length(7), body=CONTENT), "cannot be fetched"),
        (answers(200, ("Content-Encoding", "gzip"), length(5), body=b"hello"), "not requested"),
        (misbehaving.huge_header, "cannot be fetched"),
        (misbehaving.many_headers, "cannot be fetched"),
        (answers(200, ("Transfer-Encoding", "chunked"), body=b"5\r\nhelloxyz"), "try again"),
        (moved("file:///etc/passwd"), "'file:///etc/passwd', which is not followed"),
        (moved("ftp://example.org/file"), "which is not followed"),
        (moved("http://[::1"), "not an address"),
        (moved("http://user:word@example.org/"), "which is not followed"),
        (moved("http://127.0.0.1:1/"), "not public"),
        (moved("http://localhost:1/"), "not public"),
        (moved("http://2130706433/"), "not public"),
        (moved("http://[::ffff:10.0.0.1]/"), "not public"),
        (moved("https://169.254.169.254/latest/meta-data"), "not public"),
        (moved("http://10.1.2.3/"), "not public"),
        (answers(302, length(0)), "redirects more than 5 times"),
    ],
)
def test_a_response_without_the_file_is_an_error_in_one_line(
    way: Callable[[Handler], None], why: str, server: Server, tmp_path: Path
) -> None:
    assert why in failure(server.way(way), tmp_path)


def test_endless_redirects_are_an_error(server: Server, tmp_path: Path) -> None:
    server.ways["/round"] = moved("/round")
    assert "redirects more than 5 times" in failure(server.url("/round"), tmp_path)
    assert len(server.asked) == 6


def test_a_redirect_on_the_same_host_is_followed(server: Server, tmp_path: Path) -> None:
    server.ways["/well"] = well
    for status in (301, 302, 303, 307, 308):
        assert download(server.way(moved("/well", status)), tmp_path) == CONTENT


def test_no_request_is_sent_to_a_name_with_a_private_address(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.ways["/secret"] = well
    url = server.way(moved(f"http://public.example:{server.server_port}/secret"))
    monkeypatch.setattr(redirects, "resolved", lambda *_: ["127.0.0.1"])
    assert "redirects to '127.0.0.1', which is not public" in failure(url, tmp_path)
    assert "/secret" not in dict(server.asked)


def test_no_request_is_sent_to_a_name_that_changes_to_a_private_address(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.ways["/secret"] = well
    monkeypatch.setattr(redirects, "resolved", lambda *_: ["93.184.216.34"])
    url = server.way(moved(f"http://ip6-localhost.example:{server.server_port}/secret"))
    real = http.HTTPConnection._new_conn

    def rebound(self: http.HTTPConnection) -> object:
        self._dns_host = "127.0.0.1"
        return real(self)

    monkeypatch.setattr(http.HTTPConnection, "_new_conn", rebound)
    assert "not public" in failure(url, tmp_path)
    assert "/secret" not in dict(server.asked)


@pytest.mark.parametrize(
    ("written", "to", "followed"),
    [
        ("http://mirror.lan/a", "https://mirror.lan/b", True),
        ("http://mirror.lan/a", "/b", True),
        ("http://mirror.lan:80/a", "http://mirror.lan/b", True),
        ("https://mirror.org/a", "https://8.8.8.8/b", True),
        ("https://mirror.org/a", "http://mirror.org/b", False),
        ("https://mirror.org/a", "http://8.8.8.8/b", False),
        ("http://10.0.0.1/a", "http://10.0.0.2/a", False),
        ("http://10.0.0.1/a", "http://10.0.0.1:8080/a", False),
        ("http://mirror.org/a", "http://[64:ff9b::a00:1]/", False),
        ("http://mirror.org/a", "http://[2002:7f00:1::]/", False),
        ("http://mirror.org/a", "http://[fe80::1%25eth0]/", False),
        ("http://mirror.org/a", "http://0/", False),
        ("http://mirror.org/a", "javascript:alert(1)", False),
    ],
)
def test_redirects_to_http_or_to_private_hosts_are_not_followed(
    written: str, to: str, followed: bool
) -> None:
    if followed:
        assert redirects.target(written, written, to)
        return
    with pytest.raises(InputError):
        redirects.target(written, written, to)


@given(st.text(max_size=60))
def test_any_location_gives_an_https_address_or_an_error_in_one_line(location: str) -> None:
    written = "https://mirror.org/folder/file"
    try:
        said = redirects.target(written, written, location)
    except InputError as error:
        said = f"https:// is not followed: {error}"
    assert said.startswith("https://")
    assert len(said.splitlines()) == 1


def test_a_request_to_a_busy_server_is_retried(server: Server, tmp_path: Path) -> None:
    for status in (429, 500, 502, 503, 504):
        busy = answers(status, ("Retry-After", "nonsense"), length(0))
        assert download(server.way(first_then(busy, well)), tmp_path) == CONTENT


def test_retry_after_is_obeyed(server: Server, tmp_path: Path) -> None:
    busy = answers(429, ("Retry-After", "1"), length(0))
    begun = time.monotonic()
    assert download(server.way(first_then(busy, well)), tmp_path) == CONTENT
    assert time.monotonic() - begun >= 1


@pytest.mark.parametrize("asked", ["86400", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 100])
def test_an_excessive_retry_after_is_an_error(asked: str, server: Server, tmp_path: Path) -> None:
    url = server.way(answers(429, ("Retry-After", asked), length(0)))
    assert "asks to wait" in failure(url, tmp_path)
    assert len(server.asked) == 1


def test_an_endless_error_page_is_not_read(server: Server, tmp_path: Path) -> None:
    def pours_errors(handler: Handler) -> None:
        handler.answer(503)
        misbehaving.pours(handler)

    assert "answers 503" in failure(server.way(pours_errors), tmp_path)


def test_the_body_of_a_redirect_is_not_read(server: Server, tmp_path: Path) -> None:
    def pours_on_the_way(handler: Handler) -> None:
        handler.answer(302, ("Location", "/well"))
        misbehaving.pours(handler)

    server.ways["/well"] = well
    assert download(server.way(pours_on_the_way), tmp_path) == CONTENT


def test_an_endless_body_stops_at_the_limit(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "_CHECK_EVERY", 1 << 20)
    url = server.way(misbehaving.pours)
    assert "is larger than data.max_bytes" in failure(url, tmp_path, limit=10**6)
    assert quota.taken(tmp_path) < 10 * 10**6


def test_a_content_encoding_of_gzip_is_accepted_for_a_gz_file(
    server: Server, tmp_path: Path
) -> None:
    coded = ("Content-Encoding", "x-gzip")
    server.ways["/file.csv.gz"] = answers(200, coded, length(len(CONTENT)), body=CONTENT)
    assert download(server.url("/file.csv.gz"), tmp_path) == CONTENT


def resumed(server: Server, folder: Path, then: Callable[[Handler], None]) -> list[str | None]:
    """Interrupt a download, repeat it, and return the ranges that were then requested."""
    url = server.way(first_then(misbehaving.cut_off, then))
    assert "try again, the download resumes" in failure(url, folder)
    asked = len(server.asked)
    assert download(url, folder) == CONTENT
    return [ranged for _, ranged in server.asked[asked:]]


def test_a_download_resumes_if_the_file_is_unchanged(server: Server, tmp_path: Path) -> None:
    assert resumed(server, tmp_path, well) == ["bytes=100-"]


SIZE = len(CONTENT)


@pytest.mark.parametrize(
    ("way", "questions"),
    [
        (answers(200, length(SIZE), body=CONTENT), 1),
        (answers(416, length(0)), 2),
        (answers(206, ("Content-Range", f"bytes 90-{SIZE - 1}/{SIZE}"), length(0)), 2),
        (answers(206, ("Content-Range", f"bytes 100-200/{SIZE}"), length(101)), 2),
        (answers(206, ("Content-Range", "nonsense"), length(0)), 2),
        (answers(206, length(0)), 2),
        (
            answers(
                206,
                ("Content-Range", f"bytes 100-{SIZE - 1}/{SIZE}"),
                ("ETag", '"another"'),
                length(SIZE - 100),
                body=b"x" * (SIZE - 100),
            ),
            2,
        ),
    ],
)
def test_a_download_restarts_if_it_cannot_resume(
    way: Callable[[Handler], None],
    questions: int,
    server: Server,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def ranged(handler: Handler) -> None:
        (well if handler.rest() is None else way)(handler)

    assert len(resumed(server, tmp_path, ranged)) == questions
    assert "restarted" in capsys.readouterr().err


def test_a_file_that_changed_meanwhile_is_fetched_completely(
    server: Server, tmp_path: Path
) -> None:
    def changed(handler: Handler) -> None:
        assert handler.headers["If-Range"] == ETAG
        handler.answer(200, length(SIZE), ("ETag", '"second"'), body=CONTENT)

    assert resumed(server, tmp_path, changed) == ["bytes=100-"]


def test_a_partial_download_without_validator_is_not_resumed(
    server: Server, tmp_path: Path
) -> None:
    unknown = answers(200, ("ETag", 'W/"weak"'), length(SIZE), body=b"x" * 100)
    url = server.way(first_then(unknown, well))
    failure(url, tmp_path)
    assert download(url, tmp_path) == CONTENT
    assert [ranged for _, ranged in server.asked] == [None, None]


def test_a_list_of_checksums_has_a_maximum_size(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "MAX_TEXT", 10**6)
    with pytest.raises(InputError, match="more than 1000000 bytes"):
        downloads.text(server.way(misbehaving.pours), QUICK)
    with pytest.raises(InputError, match="byte 0 is not UTF-8"):
        downloads.text(server.way(answers(200, length(3), body=b"\xff\x00\x01")), QUICK)


DIGEST = "0" * 64


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"{DIGEST}  ../../.ssh/authorized_keys", "not a path in the mirror"),
        (f"{DIGEST}  /etc/passwd", "not a path in the mirror"),
        (f"{DIGEST}  nsl-kdd/../../x", "not a path in the mirror"),
        (f"{DIGEST}  nsl-kdd/a\x1b[31m", "not a path in the mirror"),
        (f"{DIGEST}  nsl-kdd/a\rb", "not a path in the mirror"),
        (f"{DIGEST}  nsl-kdd/a\u2028b", "not a path in the mirror"),
        (f"{'g' * 64}  nsl-kdd/file", "line 1 is"),
        ("\x00" * 70, "line 1 is"),
    ],
)
def test_a_list_of_checksums_may_only_name_files_in_the_mirror(
    line: str, why: str, server: Server, small_mirror: Path
) -> None:
    server.ways["/SHA256SUMS"] = answers(200, length(len(line.encode())), body=line.encode())
    (small_mirror / "SHA256SUMS").write_text(line)
    for mirror in (server.url(""), str(small_mirror)):
        with pytest.raises(InputError, match=why) as caught:
            listing.read(mirror)
        assert len(str(caught.value).splitlines()) == 1


def test_an_address_with_a_password_is_an_error_that_does_not_show_it() -> None:
    with pytest.raises(InputError, match="netrc") as caught:
        listing.read("http://name:secret@mirror.org/")
    assert "secret" not in str(caught.value)


def test_a_server_that_does_not_exist_is_unreachable(tmp_path: Path) -> None:
    for url in ("http://127.0.0.1:1/x", "http://no-such-host.invalid/x", "http://./x"):
        with pytest.raises(UnreachableError):
            download(url, tmp_path)
