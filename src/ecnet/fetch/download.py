"""Files by HTTP, with progress and a limit, going on where an earlier try ended."""

import re
import sys
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path

from tqdm import tqdm

from ecnet.errors import InputError, UnreachableError
from ecnet.fetch import http
from ecnet.fetch.http import PATIENCE, Answer, Patience
from ecnet.fetch.quota import parts
from ecnet.files import read_json, write_json

_BRIEF = Patience(connect=5, silence=5, grace=5, tries=1)
"""In which an address must answer to count as one."""
LONGEST_TEXT = 1 << 24
"""Bytes of a list of checksums: that of some hundred thousand files."""
_OFTEN = 1 << 24
"""After how many bytes it is asked again whether there is room."""


def is_url(mirror: str) -> bool:
    """Tell an HTTP address from a folder."""
    return urllib.parse.urlsplit(mirror).scheme in ("http", "https")


def answers(url: str, patience: Patience = _BRIEF) -> bool:
    """Tell whether a server has a file, by asking once and briefly."""
    try:
        with http.ask(url, method="HEAD", patience=patience):
            return True
    except InputError:
        return False


def version(url: str, patience: Patience = _BRIEF) -> tuple[str | None, str | None]:
    """Return Last-Modified and ETag of a file of a server, each None if it is not said.

    Raises:
        InputError: the server does not have the file, or does not answer.
    """
    with http.ask(url, method="HEAD", patience=patience) as answer:
        return answer.headers.get("Last-Modified"), answer.headers.get("ETag")


def text(url: str, patience: Patience = PATIENCE) -> str:
    """Return a small text file of a server, in UTF-8.

    Raises:
        UnreachableError: the server is out of reach or of order.
        InputError: it does not have the file, or that is too large or no text.
    """
    found = bytearray()
    with http.ask(url, patience=patience) as answer:
        for block in answer.blocks():
            found += block
            if len(found) > LONGEST_TEXT:
                raise InputError(f"{url}: has more than {LONGEST_TEXT} bytes, too many for a list")
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{url}: byte {error.start} is no UTF-8") from error


def download(
    url: str, output: Path, room: Callable[[int], None], patience: Patience = PATIENCE
) -> None:
    """Download to `output`, going on from what an earlier try left in `.<output>.download`.

    It goes on if the server says that the file is still the same, and else begins anew.

    room: called with a number of bytes; raises an InputError if there is no room for them.

    Raises:
        InputError: the server does not give the whole file, or there is no room for it.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    part = parts(output)[1]
    try:
        if not _went_on(url, part, room, patience):
            with http.ask(url, patience=patience) as answer:
                _begin(url, answer, part, room)
    except UnreachableError as error:
        raise UnreachableError(f"{error}; try again, it goes on where it can") from error
    except OSError as error:
        raise InputError(f"{url}: cannot be written to {part} ({error.strerror})") from error
    part.replace(output)
    _state(part).unlink(missing_ok=True)


def _went_on(url: str, part: Path, room: Callable[[int], None], patience: Patience) -> bool:
    """Tell whether an earlier try could be gone on with, and do so."""
    then = _known(part, url)
    if then is None:
        return False
    have = part.stat().st_size
    headers = {"Range": f"bytes={have}-", "If-Range": then}
    with http.ask(url, headers=headers, accept=(200, 206, 416), patience=patience) as answer:
        if answer.status == 206 and _is_rest(answer, have, then):
            _receive(url, answer, part, have, room)
            return True
        print(f"{url}: begun anew: the rest of the earlier try is not to be had", file=sys.stderr)
        if answer.status == 200:
            _begin(url, answer, part, room)
            return True
    return False


def _begin(url: str, answer: Answer, part: Path, room: Callable[[int], None]) -> None:
    """Receive a file from its first byte, and note by what its version is known."""
    part.unlink(missing_ok=True)
    _state(part).unlink(missing_ok=True)
    if mark := _mark(answer.headers):
        write_json(_state(part), {"url": url, "version": mark})
    _receive(url, answer, part, 0, room)


def _receive(url: str, answer: Answer, part: Path, have: int, room: Callable[[int], None]) -> None:
    """Write a body behind the first `have` bytes of `part`, with progress, while there is room."""
    total = None if answer.length is None else have + answer.length
    _make_room(url, room, max(have, total or 0))
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
        for block in answer.blocks():
            have, unchecked = have + len(block), unchecked + len(block)
            file.write(block)
            progress.update(len(block))
            if unchecked >= _OFTEN:  # other files come meanwhile
                _make_room(url, room, max(have, total or 0))
                unchecked = 0
    _make_room(url, room, have)


def _make_room(url: str, room: Callable[[int], None], size: int) -> None:
    try:
        room(size)
    except InputError as error:
        raise InputError(f"{url}: {error}") from error


def _is_rest(answer: Answer, have: int, then: str) -> bool:
    """Tell whether a part of a file begins where ours ends, and is of the same version."""
    stated = answer.headers.get("Content-Range", "")
    found = re.fullmatch(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)", stated)
    if found is None or int(found[1]) != have:
        return False
    whole = found[3] in ("*", str(int(found[2]) + 1))
    # A server may leave out of a part what it said of the whole.
    return whole and _mark(answer.headers) in ("", then)


def _known(part: Path, url: str) -> str | None:
    """Return by what the version of an unfinished download is known; None if it is not."""
    if not (_state(part).exists() and part.exists() and part.stat().st_size):
        return None
    noted = read_json(_state(part))
    if not isinstance(noted, dict) or noted.get("url") != url:
        return None
    mark = noted.get("version")
    return mark if isinstance(mark, str) and mark.isascii() and mark.isprintable() else None


def _mark(headers: Mapping[str, str]) -> str:
    """Return what tells a file's version from others, empty if nothing does surely."""
    etag = headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")


def _state(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")
