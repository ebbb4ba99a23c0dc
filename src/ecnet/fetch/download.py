"""Download files by HTTP, with progress, size limits, and resumption of partial downloads."""

import re
import sys
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path

from tqdm import tqdm

from ecnet.errors import InputError, UnreachableError
from ecnet.fetch import http
from ecnet.fetch.http import DEFAULT_POLICY, Response, RetryPolicy
from ecnet.fetch.quota import parts
from ecnet.files import read_json, write_json

_BRIEF = RetryPolicy(connect=5, read=5, grace=5, attempts=1)
"""For checks that a file is available."""
MAX_TEXT = 1 << 24
"""The maximum size of a list of checksums in bytes: enough for 100,000 files."""
_CHECK_EVERY = 1 << 24
"""The number of received bytes after which the quota is checked again."""

Check = Callable[[int], None]
"""Raises an InputError if there is no room for that many bytes."""


def is_url(mirror: str) -> bool:
    """Return whether a mirror is an HTTP address; otherwise it is a folder."""
    return urllib.parse.urlsplit(mirror).scheme in ("http", "https")


def is_available(url: str, policy: RetryPolicy = _BRIEF) -> bool:
    """Return whether a server has a file, with a single short request."""
    try:
        with http.request(url, method="HEAD", policy=policy):
            return True
    except InputError:
        return False


def version(url: str, policy: RetryPolicy = _BRIEF) -> tuple[str | None, str | None]:
    """Return Last-Modified and ETag of a file on a server; None if the server omits them.

    Raises:
        InputError: the server does not have the file, or does not respond.
    """
    with http.request(url, method="HEAD", policy=policy) as response:
        return response.headers.get("Last-Modified"), response.headers.get("ETag")


def text(url: str, policy: RetryPolicy = DEFAULT_POLICY) -> str:
    """Return a small text file of a server, decoded as UTF-8.

    Raises:
        UnreachableError: the server does not respond or has a temporary error.
        InputError: the server does not have the file, or the file is too large or not UTF-8.
    """
    found = bytearray()
    with http.request(url, policy=policy) as response:
        for block in response.blocks():
            found += block
            if len(found) > MAX_TEXT:
                raise InputError(f"{url}: has more than {MAX_TEXT} bytes, too many for a list")
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{url}: byte {error.start} is not UTF-8") from error


def download(
    url: str, output: Path, check_quota: Check, policy: RetryPolicy = DEFAULT_POLICY
) -> None:
    """Download to `output`; resume the partial download `.<output>.download` if there is one.

    It is resumed if the server confirms that the file has not changed, and restarted otherwise.

    Raises:
        InputError: the server does not send the whole file, or there is no room for it.
    """

    def check(size: int) -> None:
        try:
            check_quota(size)
        except InputError as error:
            raise InputError(f"{url}: {error}") from error

    output.parent.mkdir(parents=True, exist_ok=True)
    part = parts(output)[1]
    try:
        if not _resumed(url, part, check, policy):
            with http.request(url, policy=policy) as response:
                _start(url, response, part, check)
    except UnreachableError as error:
        raise UnreachableError(f"{error}; try again, the download resumes if it can") from error
    except OSError as error:
        raise InputError(f"{url}: cannot be written to {part} ({error.strerror})") from error
    part.replace(output)
    _state(part).unlink(missing_ok=True)


def _resumed(url: str, part: Path, check: Check, policy: RetryPolicy) -> bool:
    """Download the rest of a partial download; return whether the file is now complete."""
    validator = _stored_validator(part, url)
    if validator is None:
        return False
    have = part.stat().st_size
    headers = {"Range": f"bytes={have}-", "If-Range": validator}
    with http.request(url, headers=headers, accept=(200, 206, 416), policy=policy) as response:
        if response.status == 206 and _is_rest(response, have, validator):
            _receive(response, part, have, check)
            return True
        print(f"{url}: restarted: the partial download cannot be resumed", file=sys.stderr)
        if response.status == 200:
            _start(url, response, part, check)
            return True
    return False


def _start(url: str, response: Response, part: Path, check: Check) -> None:
    """Receive a file from its first byte, and store its validator."""
    part.unlink(missing_ok=True)
    _state(part).unlink(missing_ok=True)
    if validator := _validator(response.headers):
        write_json(_state(part), {"url": url, "version": validator})
    _receive(response, part, 0, check)


def _receive(response: Response, part: Path, have: int, check: Check) -> None:
    """Append a body to the first `have` bytes of `part`, with progress, while there is room."""
    total = None if response.length is None else have + response.length
    check(max(have, total or 0))
    unchecked = 0
    with (
        part.open("ab") as file,
        tqdm(
            total=total,
            initial=have,
            unit="B",
            unit_scale=True,
            desc=part.name[1:],
            disable=not sys.stderr.isatty(),
        ) as progress,
    ):
        for block in response.blocks():
            have, unchecked = have + len(block), unchecked + len(block)
            file.write(block)
            progress.update(len(block))
            if unchecked >= _CHECK_EVERY:  # other downloads may run at the same time
                check(max(have, total or 0))
                unchecked = 0
    check(have)


def _is_rest(response: Response, have: int, validator: str) -> bool:
    """Return whether a range starts after our last byte, ends with the file, and is unchanged."""
    stated = response.headers.get("Content-Range", "")
    found = re.fullmatch(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", stated)
    if found is None or int(found[1]) != have:
        return False
    whole = found[3] in ("*", str(int(found[2]) + 1))
    # A server may omit the validator in a partial response.
    return whole and _validator(response.headers) in ("", validator)


def _stored_validator(part: Path, url: str) -> str | None:
    """Return the validator of a partial download; None if there is no usable one."""
    if not (_state(part).exists() and part.exists() and part.stat().st_size):
        return None
    state = read_json(_state(part))
    if not isinstance(state, dict) or state.get("url") != url:
        return None
    found = state.get("version")
    usable = isinstance(found, str) and found.isascii() and found.isprintable()
    return found if usable else None


def _validator(headers: Mapping[str, str]) -> str:
    """Return the strong ETag, or else Last-Modified; empty if the server sends neither."""
    etag = headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")


def _state(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")
