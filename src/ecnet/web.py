"""Files by HTTP: with retries, progress and a limit, going on where an earlier try ended."""

import sys
import urllib.parse
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from tqdm import tqdm
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from ecnet.errors import InputError, UnreachableError

_BLOCK = 1 << 20
_TIMEOUT = (10, 60)
"""Seconds to connect, and between two bytes."""
_PROBE = 5
"""Seconds in which an address must answer to count as one."""


def is_url(mirror: str) -> bool:
    """Tell an HTTP address from a folder."""
    return urllib.parse.urlsplit(mirror).scheme in ("http", "https")


def answers(url: str) -> bool:
    """Tell whether a server has a file, by asking once and briefly."""
    try:
        return requests.head(url, timeout=_PROBE, allow_redirects=True).ok
    except requests.RequestException:
        return False


def version(url: str) -> tuple[str | None, str | None]:
    """Return Last-Modified and ETag of a file of a server, each None if it is not said.

    Raises:
        InputError: the server does not have the file, or does not answer.
    """
    try:
        response = requests.head(url, timeout=_PROBE, allow_redirects=True)
        response.raise_for_status()
    except requests.RequestException as error:
        raise InputError(f"{url}: does not answer ({error})") from error
    return response.headers.get("Last-Modified"), response.headers.get("ETag")


def text(url: str) -> str:
    """Return a small text file of a server."""
    try:
        response = _session().get(url, timeout=_TIMEOUT)
        response.raise_for_status()
    except requests.HTTPError as error:
        raise InputError(f"{url}: cannot be read ({error})") from error
    except requests.RequestException as error:
        raise UnreachableError(f"{url}: cannot be read ({error})") from error
    return response.text


def download(url: str, output: Path, limit: int) -> None:
    """Download to `output`, going on from what an earlier try left in `.<output>.download`.

    Raises:
        InputError: the server does not give the whole file, or it is larger than `limit` bytes.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(f".{output.name}.download")
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"}  # the file's own bytes, not packed for the way
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        with _session().get(url, stream=True, timeout=_TIMEOUT, headers=headers) as response:
            if have and response.status_code == requests.codes.partial_content:
                mode = "ab"
            elif have and response.status_code == requests.codes.requested_range_not_satisfiable:
                part.unlink()
                return download(url, output, limit)
            else:
                mode, have = "wb", 0
            response.raise_for_status()
            total = have + int(response.headers.get("Content-Length", 0))
            _receive(response, part, mode=mode, have=have, total=total, limit=limit)
    except (requests.RequestException, HTTPError) as error:
        raise InputError(f"{url}: cannot be fetched ({error}); try again, it goes on") from error
    if total and part.stat().st_size != total:
        raise InputError(f"{url}: ended after {part.stat().st_size} of {total} bytes; try again")
    part.replace(output)
    return None


def _receive(
    response: requests.Response, part: Path, *, mode: str, have: int, total: int, limit: int
) -> None:
    """Write a response to `part` with progress, up to `limit` bytes."""
    with (
        part.open(mode) as file,
        tqdm(
            total=total or None,
            initial=have,
            unit="B",
            unit_scale=True,
            desc=part.name[1:],
            disable=not sys.stderr.isatty(),
        ) as progress,
    ):
        for block in response.raw.stream(_BLOCK, decode_content=False):
            have += len(block)
            if have > limit:
                raise InputError(f"{response.url}: is larger than data.max_bytes = {limit}")
            file.write(block)
            progress.update(len(block))


def _session() -> requests.Session:
    """Return a session that tries again, with back-off, what may pass."""
    retry = Retry(total=4, backoff_factor=1, status_forcelist=(429, 500, 502, 503, 504))
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session
